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

func TestAppendCPUMask(t *testing.T) {
	full := strings.TrimSuffix(strings.Repeat("ffffffff,", maxCPUs/32), ",")
	tests := []struct {
		name, in string
		want     []int
	}{
		{"None", "0\n", nil},
		{"NoneWide", "00000000,00000000", nil},
		{"Two", "3\n", []int{0, 1}},
		{"Capital", "A", []int{1, 3}},
		{"Words", "ff,ffffffff", numbersFromTo(0, 39)},
		{"Sparse", "80000000,00000000,00000001\n", []int{0, 95}},
		{"TwelveBits", "c00", []int{10, 11}},
		{"Everything", full, numbersFromTo(0, maxCPUs-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := AppendCPUMask([]int{-1}, []byte(tt.in))
			if err != nil || !slices.Equal(got, append([]int{-1}, tt.want...)) {
				t.Errorf("AppendCPUMask(%.40q) = %v, %v, want %v", tt.in, got, err, tt.want)
			}
		})
	}
	for _, in := range []string{"", "\n", ",", "1,", ",00000001", "g", "0x1", "1,1", "1,000000001", "100000000", "-1", "1 1", "1," + full} {
		got, err := AppendCPUMask([]int{-1}, []byte(in))
		if err == nil || !slices.Equal(got, []int{-1}) {
			t.Errorf("AppendCPUMask(%.40q) = %d numbers, %v, want an error", in, len(got), err)
		}
	}
}

func TestCPUListNoAllocs(t *testing.T) {
	list, mask := []byte("0-3,8,10-12\n"), []byte("ff,ffffffff\n")
	buf := make([]int, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		got, err := AppendCPUList(buf, list)
		if err != nil || len(got) != 8 {
			t.Fatal(got, err)
		}
		if got, err = AppendCPUMask(buf, mask); err != nil || len(got) != 40 {
			t.Fatal(got, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func FuzzCPUList(f *testing.F) {
	for _, in := range []string{"", "0-3,8,10-12\n", "0-31:2/4", "ff,ffffffff", "1-0", "0-65535,0-65535"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, decode := range map[string]func([]int, []byte) ([]int, error){"list": AppendCPUList, "mask": AppendCPUMask} {
			got, err := decode([]int{-1}, b)
			if err != nil && len(got) != 1 || got[0] != -1 || len(got) > maxCPUs+1 {
				t.Fatalf("%s %q: %d numbers, %v", name, b, len(got), err)
			}
			for _, cpu := range got[1:] {
				if cpu < 0 || cpu >= maxCPUs {
					t.Fatalf("%s %q: number %d", name, b, cpu)
				}
			}
		}
		if got, err := AppendCPUMask(nil, b); err == nil && !slices.IsSorted(got) {
			t.Fatalf("mask %q: %v", b, got)
		}
	})
}
