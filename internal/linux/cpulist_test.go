package linux

import (
	"slices"
	"strings"
	"testing"
)

func numbersFromTo(from, to int) []int {
	var v []int
	for i := from; i <= to; i++ {
		v = append(v, i)
	}
	return v
}

func TestAppendCPUList(t *testing.T) {
	tests := []struct {
		name, in string
		want     []int
	}{
		{"Empty", "", nil},
		{"Newline", "\n", nil},
		{"One", "0", []int{0}},
		{"Range", "0-3\n", []int{0, 1, 2, 3}},
		{"Mixed", "0-3,8,10-12\n", []int{0, 1, 2, 3, 8, 10, 11, 12}},
		{"RangeOfOne", "7-7", []int{7}},
		{"Unordered", "3,1-2", []int{3, 1, 2}},
		{"Stride", "0-31:2/4", []int{0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29}},
		{"StrideCut", "1-6:2/4,9", []int{1, 2, 5, 6, 9}},
		{"StrideAll", "2-4:3/3", []int{2, 3, 4}},
		{"StrideNone", "0-7:0/4,9", []int{9}},
		{"StrideWide", "0-3:1/18446744073709551615", []int{0}},
		{"Largest", "65535", []int{65535}},
		{"Everything", "0-65535", numbersFromTo(0, 65535)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := AppendCPUList([]int{-1}, []byte(tt.in))
			if err != nil || !slices.Equal(got, append([]int{-1}, tt.want...)) {
				t.Errorf("AppendCPUList(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestAppendCPUListErrors(t *testing.T) {
	for _, in := range []string{
		",", "0,", ",0", "0,,1", "-", "1-", "-1", "3-1", "a", "0-a", "0x1", "0 1", "0-1-2",
		"65536", "0-65536", "0-18446744073709551615", "18446744073709551616",
		"0-3:", "0-3:1", "0-3:1/", "0-3:/2", "0-3:3/2", "0-3:0/0", "3:1/2", "0-3:-1/2",
		"0-65535,0", strings.Repeat("0-65535,", 1000) + "0",
	} {
		got, err := AppendCPUList([]int{-1}, []byte(in))
		if err == nil || !slices.Equal(got, []int{-1}) {
			t.Errorf("AppendCPUList(%.40q) = %d numbers, %v, want an error", in, len(got), err)
		}
	}
}

func TestAppendCPUNumbers(t *testing.T) {
	for in, want := range map[string][]int{
		"":                           nil,
		"\n":                         nil,
		" \t\n":                      nil,
		"0\n":                        {0},
		"0 1 2 3\n":                  {0, 1, 2, 3},
		" 12\t4  8 \n":               {12, 4, 8},
		"1 x 2 -3 4-5 6,7 8\n":       {1, 2, 8},
		"65535 65536 4294967296 1":   {65535, 1},
		"18446744073709551616 007\n": {7},
	} {
		if got := AppendCPUNumbers([]int{-1}, []byte(in)); !slices.Equal(got, append([]int{-1}, want...)) {
			t.Errorf("AppendCPUNumbers(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestCPUListNoAllocs(t *testing.T) {
	list, numbers := []byte("0-3,8,10-12\n"), []byte("0 1 2 3\n")
	buf := make([]int, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		got, err := AppendCPUList(buf, list)
		if err != nil || len(got) != 8 {
			t.Fatal(got, err)
		}
		if got = AppendCPUNumbers(buf, numbers); len(got) != 4 {
			t.Fatal(got)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzCPUList(f *testing.F) {
	for _, in := range []string{"", "0-3,8,10-12\n", "0-31:2/4", "0 1 2 3\n", "1-0", "0-65535,0-65535"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := AppendCPUList([]int{-1}, b)
		if err != nil && len(got) != 1 || got[0] != -1 || len(got) > maxCPUs+1 {
			t.Fatalf("list %q: %d numbers, %v", b, len(got), err)
		}
		numbers := AppendCPUNumbers([]int{-1}, b)
		if numbers[0] != -1 || len(numbers) > len(b)+1 {
			t.Fatalf("%q: numbers %v", b, numbers)
		}
		for _, cpu := range append(got[1:], numbers[1:]...) {
			if cpu < 0 || cpu >= maxCPUs {
				t.Fatalf("%q: number %d", b, cpu)
			}
		}
	})
}
