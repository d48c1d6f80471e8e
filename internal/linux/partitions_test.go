package linux

import "testing"

const partitions618 = "major minor  #blocks  name\n\n 254        0  268435456 vda\n   8       17 9223372036854775807 sdb1\n"

func TestEachPartition(t *testing.T) {
	checkRows(t, EachPartition, partitions618, []Partition{
		{Major: 254, Minor: 0, Blocks: 268435456, Name: []byte("vda")},
		{Major: 8, Minor: 17, Blocks: 1<<63 - 1, Name: []byte("sdb1")},
	})
	checkRows(t, EachPartition, "h\n\n8 0 1\n8 0 x sda\nx 0 1 sda\n4294967296 0 1 sda\n8 4294967296 1 sda\n8 0 -1 sda\n8 0 5 sda\n8 0 5 s", []Partition{
		{Major: 8, Blocks: 5, Name: []byte("sda")},
	}, 3, 4, 5, 6, 7, 8, 10)
	checkRows(t, EachPartition, "", nil)
	checkCuts(t, EachPartition, "h\n 254        0  268435456 vda\n   8       17 9 sdb1\n", 1)
}

func FuzzPartitions(f *testing.F) {
	f.Add([]byte(partitions618))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range fuzzRows(t, b, EachPartition) {
			if len(p.Name) == 0 {
				t.Fatalf("%+v", p)
			}
		}
	})
}
