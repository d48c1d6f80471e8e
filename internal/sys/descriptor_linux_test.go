package sys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// TestEachDescriptor has descriptors in a row, with gaps and far apart, looked at in
// one call and in several.
func TestEachDescriptor(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "held"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d, err := OpenDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	look := func(parts bool) (found []int, calls int) {
		rest := []int{0}
		var more func(int)
		if parts {
			more = func(from int) { rest = append(rest, from) }
		}
		for len(rest) > 0 {
			from := rest[0]
			rest = rest[1:]
			calls++
			if err := d.EachDescriptor(os.Getpid(), from, more, func(name, target []byte) bool {
				if string(target) == file.Name() {
					fd, err := strconv.Atoi(string(name))
					if err != nil {
						t.Error(err)
					}
					found = append(found, fd)
				}
				return true
			}); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(found)
		return found, calls
	}
	for _, test := range []struct {
		name   string
		n      int
		least  int // number of the first
		remove func(i int) bool
		alone  bool // one call goes on to the end, since most numbers are not there
		total  bool // n is how many are to be open
	}{
		{"Few", 5, 0, nil, false, false},
		{"Row", 1300, 0, nil, false, false},
		{"Gaps", 2600, 0, func(i int) bool { return i%2 == 0 }, false, false},
		{"Hole", 2600, 0, func(i int) bool { return i > 100 && i < 1400 }, true, false},
		{"Far", 700, 9000, nil, true, false},
		{"BelowEnd", 3*descriptorShare - 2, 0, nil, false, true},
		{"AtEnd", 3*descriptorShare - 1, 0, nil, false, true},
		{"End", 3 * descriptorShare, 0, nil, false, true},
		{"BeyondEnd", 3*descriptorShare + 1, 0, nil, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := []int{int(file.Fd())}
			var gaps []int
			if test.total {
				st, err := os.Stat("/proc/self/fd")
				if err != nil {
					t.Fatal(err)
				}
				test.n -= int(st.Size())
			}
			for i := range test.n {
				fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, test.least)
				if err != nil {
					t.Fatal(err)
				}
				if test.remove != nil && test.remove(i) {
					gaps = append(gaps, fd)
					continue
				}
				want = append(want, fd)
				defer unix.Close(fd)
			}
			for _, fd := range gaps {
				unix.Close(fd)
			}
			slices.Sort(want)
			for _, parts := range []bool{false, true} {
				got, calls := look(parts)
				if !slices.Equal(got, want) {
					t.Errorf("in parts %v: %d descriptors, want %d", parts, len(got), len(want))
				}
				st, err := os.Stat("/proc/self/fd")
				shares := 1
				if err == nil && parts && !test.alone {
					shares = int(st.Size())/descriptorShare + 1 // with the directory's own, which is open by then
				}
				if err != nil || calls != shares {
					t.Errorf("%d calls, want %d, %v", calls, shares, err)
				}
			}
		})
	}
}

func TestEachDescriptorFails(t *testing.T) {
	d, err := OpenDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	n := 0
	if err := d.EachDescriptor(os.Getpid(), 0, nil, func(_, _ []byte) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("%d calls, %v", n, err)
	}
	none := func(_, _ []byte) bool { t.Error("called"); return true }
	if err := d.EachDescriptor(1<<22+1, 0, nil, none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no process: %v", err)
	}
	if err := d.EachDescriptor(os.Getpid(), 1<<20, nil, none); err != nil {
		t.Error(err)
	}
}
