package linux

import "testing"

const (
	swapHeader = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
	swapRows   = `/dev/dm-1                               partition	8388604		16	-2
/my\040swap\011file\134x                  file		1048572		0	5
/gone\040(deleted)                       file		4	4	32767
`
)

func TestEachSwap(t *testing.T) {
	checkRows(t, EachSwap, swapHeader+swapRows, []Swap{
		{Name: []byte("/dev/dm-1"), Type: []byte("partition"), SizeKB: 8388604, UsedKB: 16, Priority: -2},
		{Name: []byte("/my swap\tfile\\x"), Type: []byte("file"), SizeKB: 1048572, UsedKB: 0, Priority: 5},
		{Name: []byte("/gone (deleted)"), Type: []byte("file"), SizeKB: 4, UsedKB: 4, Priority: 32767},
	})
	checkRows(t, EachSwap, swapHeader, nil)
	checkRows(t, EachSwap, "", nil)
	checkRows(t, EachSwap, swapHeader+"/a file 1 2\n/b file 1 2 3\n/c file -1 2 3\n/d file 1 2 2147483648\n/e file 18446744073709551616 2 3\n/f file 1 2 3", []Swap{
		{Name: []byte("/b"), Type: []byte("file"), SizeKB: 1, UsedKB: 2, Priority: 3},
	}, 2, 4, 5, 6, 7)
	checkCuts(t, EachSwap, swapHeader+swapRows, 1)
}

func FuzzSwaps(f *testing.F) {
	f.Add([]byte(swapHeader + swapRows))
	f.Add([]byte("h\n\\040 \\04 1 2 -3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range fuzzRows(t, b, EachSwap) {
			if len(s.Name) == 0 || len(s.Type) == 0 {
				t.Fatalf("%+v", s)
			}
		}
	})
}
