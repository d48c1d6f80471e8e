package nt

import (
	"reflect"
	"slices"
	"testing"
)

// relationBytes lays out a SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX.
func relationBytes(pointer int, relationship Relationship, union ...any) []byte {
	body := systemStruct(pointer, union...)
	return append(systemU32(uint32(relationship), uint32(8+len(body))), body...)
}

// affinityBytes lays out GROUP_AFFINITY, ready for the end of another struct.
func affinityBytes(pointer int, masks ...GroupAffinity) (b []byte) {
	for _, m := range masks {
		b = append(b, systemStruct(pointer, word(m.Mask), m.Group, make([]byte, 6))...)
	}
	return b
}

// topologyRecords is a machine of two groups, a package of two dies in both, and a
// core that is not active.
func topologyRecords(pointer int) (records [][]byte, want []Relation) {
	zeros := make([]byte, 38)
	core := func(flags, class uint8, m GroupAffinity) {
		records = append(records, relationBytes(pointer, RelationProcessorCore, []byte{flags, class}, zeros[:20], uint16(1), affinityBytes(pointer, m)))
		want = append(want, Relation{Relationship: RelationProcessorCore, Flags: flags, EfficiencyClass: class, GroupMasks: []GroupAffinity{m}})
	}
	core(1, 1, GroupAffinity{Mask: 0x3})
	core(1, 1, GroupAffinity{Mask: 0xa0})
	core(0, 0, GroupAffinity{Mask: 0x80000000, Group: 1})

	both := []GroupAffinity{{Mask: 0xa3}, {Mask: 0x80000000, Group: 1}}
	for _, relationship := range []Relationship{RelationProcessorPackage, RelationProcessorDie, RelationProcessorModule} {
		records = append(records, relationBytes(pointer, relationship, uint16(0), zeros[:20], uint16(2), affinityBytes(pointer, both...)))
		want = append(want, Relation{Relationship: relationship, GroupMasks: both})
	}

	records = append(records,
		relationBytes(pointer, RelationNUMANode, uint32(5), zeros[:18], uint16(0), affinityBytes(pointer, both[0])), // before 20H2
		relationBytes(pointer, RelationNUMANode, uint32(6), zeros[:18], uint16(2), affinityBytes(pointer, both...)),
		relationBytes(pointer, RelationCache, []byte{1, 8}, uint16(64), uint32(32768), uint32(CacheData), zeros[:18], uint16(0), affinityBytes(pointer, both[0])),
		relationBytes(pointer, RelationCache, []byte{3, 0xff}, uint16(128), uint32(1<<31), uint32(CacheUnified), zeros[:18], uint16(2), affinityBytes(pointer, both...)),
		relationBytes(pointer, RelationGroup, uint16(4), uint16(2), zeros[:20],
			[]byte{64, 4}, zeros[:38], word(0xa3),
			[]byte{32, 1}, zeros[:38], word(0x80000000)),
		relationBytes(pointer, 99, []byte{1, 2, 3, 4, 5}),
	)
	want = append(want,
		Relation{Relationship: RelationNUMANode, NodeNumber: 5, GroupMasks: both[:1]},
		Relation{Relationship: RelationNUMANode, NodeNumber: 6, GroupMasks: both},
		Relation{Relationship: RelationCache, CacheLevel: 1, CacheAssociativity: 8, CacheLineSize: 64, CacheSize: 32768, CacheType: CacheData, GroupMasks: both[:1]},
		Relation{Relationship: RelationCache, CacheLevel: 3, CacheAssociativity: 0xff, CacheLineSize: 128, CacheSize: 1 << 31, GroupMasks: both},
		Relation{Relationship: RelationGroup, MaximumGroupCount: 4, Groups: []ProcessorGroup{
			{MaximumProcessorCount: 64, ActiveProcessorCount: 4, ActiveProcessorMask: 0xa3},
			{MaximumProcessorCount: 32, ActiveProcessorCount: 1, ActiveProcessorMask: 0x80000000}}},
		Relation{Relationship: 99},
	)
	return records, want
}

func TestTopology(t *testing.T) {
	for _, pointer := range pointers {
		records, want := topologyRecords(pointer)
		b := slices.Concat(records...)
		got, err := ParseTopology(b, pointer)
		if err != nil || !reflect.DeepEqual([]Relation(got), want) {
			t.Fatalf("pointers of %d: %v\n got %+v\nwant %+v", pointer, err, got, want)
		}
		if want := map[int]int{4: 44, 8: 48}[pointer]; len(records[0]) != want {
			t.Fatalf("a core of %d bytes", len(records[0]))
		}
		for range EachRelation(b, pointer) {
			break
		}
		n := 0
		for cut := range len(b) {
			if n+1 < len(records) && cut >= len(slices.Concat(records[:n+1]...)) {
				n++
			}
			got, err := ParseTopology(b[:cut:cut], pointer)
			atEnd := cut == len(slices.Concat(records[:n]...))
			if len(got) != n || (err == nil) != atEnd {
				t.Fatalf("pointers of %d, cut at %d: %d relations, %v", pointer, cut, len(got), err)
			}
		}

		for relationship, want := range []int{3, 2, 2, 1, 1, 1, 0, 1} {
			if n := got.Count(Relationship(relationship)); n != want {
				t.Errorf("%d of relationship %d", n, relationship)
			}
		}
		if n := got.LogicalProcessors(); n != 5 {
			t.Errorf("%d logical processors", n)
		}
		for i, want := range []int{2, 2, 1, 5, 5, 5, 4, 5, 4, 5, 5, 0} {
			if n := got[i].Processors(); n != want {
				t.Errorf("relation %d: %d processors", i, n)
			}
		}
		for i, want := range [][]int{{0, 1}, {2, 3}, {4}, {0, 1, 2, 3, 4}} {
			if numbers := got.Numbers(got[i].GroupMasks); !slices.Equal(numbers, want) {
				t.Errorf("relation %d: processors %v", i, numbers)
			}
		}
		// What is not active, or of no group, has no number.
		if numbers := got.Numbers([]GroupAffinity{{Mask: 0x80000001, Group: 1}, {Mask: 4}, {Mask: 2}, {Mask: 3}, {Mask: 1, Group: 2}}); !slices.Equal(numbers, []int{0, 1, 4}) {
			t.Errorf("processors %v", numbers)
		}
	}
}

func TestEachRelationMalformed(t *testing.T) {
	const pointer = 8
	group := affinityBytes(pointer, GroupAffinity{Mask: 1})
	zeros := make([]byte, 20)
	good := relationBytes(pointer, RelationProcessorCore, uint16(0), zeros, uint16(1), group)
	for name, bad := range map[string][]byte{
		"SizeZero":        systemU32(0, 0, 0, 0),
		"SizeOfLessThan8": systemU32(99, 7, 0, 0),
		"SizeNegative":    systemU32(99, 0x80000000, 0, 0),
		"SizeHuge":        systemU32(99, 0xffffffff, 0, 0),
		"SizeByOneTooBig": systemU32(99, 16+48+1, 0, 0),
		"Core":            relationBytes(pointer, RelationProcessorCore, uint16(0), zeros, uint16(2), group),
		"Cores":           relationBytes(pointer, RelationProcessorPackage, uint16(0), zeros, uint16(0xffff), group),
		"NUMA":            relationBytes(pointer, RelationNUMANodeEx, uint32(0), zeros[:18], uint16(2), group),
		"NUMANone":        relationBytes(pointer, RelationNUMANode, uint32(0), zeros[:18], uint16(0)),
		"Cache":           relationBytes(pointer, RelationCache, make([]byte, 12), zeros[:18], uint16(9), group),
		"Group":           relationBytes(pointer, RelationGroup, uint16(1), uint16(2), zeros, make([]byte, 48)),
		"Empty":           relationBytes(pointer, RelationGroup),
	} {
		// Alone, behind a good record, and before one.
		for i, b := range [][]byte{bad, slices.Concat(good, bad), slices.Concat(bad, good)} {
			got, err := systemRows(t, EachRelation(b, pointer))
			if len(got) != i%2 || err == nil {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
}

func FuzzTopology(f *testing.F) {
	for _, pointer := range pointers {
		records, _ := topologyRecords(pointer)
		for _, r := range records {
			f.Add(r, pointer == 8)
		}
		f.Add(slices.Concat(records...), pointer == 8)
	}
	f.Fuzz(func(t *testing.T, b []byte, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		topology, err := ParseTopology(b, pointer)
		size := 0
		for _, r := range topology {
			size += 8 + len(r.GroupMasks)*(pointer+8) + len(r.Groups)*(pointer+40)
			numbers := topology.Numbers(r.GroupMasks)
			if !slices.IsSorted(numbers) || len(numbers) > 64*len(r.GroupMasks) {
				t.Fatalf("processors %v of %+v", numbers, r)
			}
		}
		if size > len(b) || err == nil && len(b) > 0 && len(topology) == 0 {
			t.Fatalf("%d relations, %v of %d bytes", len(topology), err, len(b))
		}
	})
}
