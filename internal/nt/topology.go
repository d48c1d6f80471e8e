package nt

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"

	"github.com/go-psutil/psutil/internal/wire"
)

// Relationship is LOGICAL_PROCESSOR_RELATIONSHIP (winnt.h): what the processors of a
// [Relation] have in common.
type Relationship uint32

// The relationships.
const (
	RelationProcessorCore Relationship = iota
	RelationNUMANode
	RelationCache
	RelationProcessorPackage
	RelationGroup
	RelationProcessorDie
	RelationNUMANodeEx      // asks for nodes with all of their groups; what it gets has RelationNUMANode
	RelationProcessorModule // since Windows 11
)

// CacheType is PROCESSOR_CACHE_TYPE (winnt.h).
type CacheType uint32

// The types of caches.
const (
	CacheUnified CacheType = iota
	CacheInstruction
	CacheData
	CacheTrace
)

// GroupAffinity is GROUP_AFFINITY (winnt.h): processors of one group. To a 32-bit
// program the processors 32 to 63 look like 0 to 31.
type GroupAffinity struct {
	Mask  uint64 // bit n is the processor n of the group
	Group uint16
}

// ProcessorGroup is PROCESSOR_GROUP_INFO (winnt.h).
type ProcessorGroup struct {
	MaximumProcessorCount uint8
	ActiveProcessorCount  uint8
	ActiveProcessorMask   uint64
}

// Relation is SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX (winnt.h), of which
// GetLogicalProcessorInformationEx returns many. They exist since Windows 7. Fields
// that are not of the relationship are 0.
type Relation struct {
	Relationship Relationship

	// GroupMasks has one element for a core. A package, die or module has one for
	// each group that it is in. So have caches and NUMA nodes since Windows 10 20H2
	// and Windows Server 2022; before they had one.
	GroupMasks []GroupAffinity // empty for groups

	Flags           uint8 // of a core: 1 if it has several logical processors
	EfficiencyClass uint8 // of a core: faster ones have a higher one; 0 before Windows 10

	NodeNumber uint32

	CacheLevel         uint8
	CacheAssociativity uint8  // 0xff for fully associative
	CacheLineSize      uint16 // bytes
	CacheSize          uint32 // bytes
	CacheType          CacheType

	MaximumGroupCount uint16
	Groups            []ProcessorGroup // the active ones, by number
}

// EachRelation iterates over the records in b. One of an unknown relationship has
// nothing else.
func EachRelation(b []byte, pointer int) iter.Seq2[Relation, error] {
	return func(yield func(Relation, error) bool) {
		for c := wire.New(b, layout(pointer)); c.Len() > 0; {
			off := c.Offset()
			relationship, size := Relationship(c.U32()), c.U32()
			record := c.Sub(int(size) - relationHead)
			r := parseRelation(&record, relationship, pointer)
			if err := record.Err(); err != nil {
				yield(Relation{}, fmt.Errorf("processor relation at %d: %w", off, err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// relationHead is the size of what comes before the union.
const relationHead = 8

// parseRelation decodes the union of a record.
func parseRelation(c *wire.Cursor, relationship Relationship, pointer int) Relation {
	r := Relation{Relationship: relationship}
	switch relationship {
	case RelationProcessorCore, RelationProcessorPackage, RelationProcessorDie, RelationProcessorModule:
		r.Flags, r.EfficiencyClass = c.U8(), c.U8()
		c.Skip(20)
		r.GroupMasks = groupMasks(c, c.U16(), pointer)
	case RelationNUMANode, RelationNUMANodeEx:
		r.NodeNumber = c.U32()
		c.Skip(18)
		// The count was reserved, and 0, when there was always one.
		r.GroupMasks = groupMasks(c, max(c.U16(), 1), pointer)
	case RelationCache:
		r.CacheLevel, r.CacheAssociativity, r.CacheLineSize = c.U8(), c.U8(), c.U16()
		r.CacheSize, r.CacheType = c.U32(), CacheType(c.U32())
		c.Skip(18)
		r.GroupMasks = groupMasks(c, max(c.U16(), 1), pointer)
	case RelationGroup:
		r.MaximumGroupCount = c.U16()
		active := int(c.U16())
		c.Skip(20)
		if size := active * (40 + pointer); size > c.Len() {
			c.Skip(size)
			break
		}
		r.Groups = make([]ProcessorGroup, active)
		for i := range r.Groups {
			g := &r.Groups[i]
			g.MaximumProcessorCount, g.ActiveProcessorCount = c.U8(), c.U8()
			c.Skip(38)
			g.ActiveProcessorMask = c.ULong()
		}
	}
	return r
}

// groupMasks reads an array of GROUP_AFFINITY, if it is all there.
func groupMasks(c *wire.Cursor, n uint16, pointer int) []GroupAffinity {
	if size := int(n) * (pointer + 8); size > c.Len() {
		c.Skip(size)
		return nil
	}
	masks := make([]GroupAffinity, n)
	for i := range masks {
		masks[i] = GroupAffinity{Mask: c.ULong(), Group: c.U16()}
		c.Skip(6)
	}
	return masks
}

// Processors is how many active logical processors the relation is about.
func (r Relation) Processors() (n int) {
	for _, m := range r.GroupMasks {
		n += bits.OnesCount64(m.Mask)
	}
	for _, g := range r.Groups {
		n += int(g.ActiveProcessorCount)
	}
	return n
}

// Topology is all that EachRelation yields for RelationAll.
type Topology []Relation

// ParseTopology decodes all records, or those before an error and the error.
func ParseTopology(b []byte, pointer int) (t Topology, err error) {
	for r, err := range EachRelation(b, pointer) {
		if err != nil {
			return t, err
		}
		t = append(t, r)
	}
	return t, nil
}

// Count is how many cores, packages, caches or whatever there are, in all groups.
func (t Topology) Count(relationship Relationship) (n int) {
	for _, r := range t {
		if r.Relationship == relationship {
			n++
		}
	}
	return n
}

// LogicalProcessors is how many are active, in all groups.
func (t Topology) LogicalProcessors() (n int) {
	for _, r := range t {
		if r.Relationship == RelationGroup {
			n += r.Processors()
		}
	}
	return n
}

// Numbers returns the numbers of the processors in masks, sorted, where the active
// processors of all groups are counted through from 0.
func (t Topology) Numbers(masks []GroupAffinity) []int {
	type group struct {
		first  int
		active uint64
	}
	var groups []group
	first := 0
	for _, r := range t {
		for _, g := range r.Groups {
			groups = append(groups, group{first, g.ActiveProcessorMask})
			first += int(g.ActiveProcessorCount)
		}
	}
	var numbers []int
	for _, m := range masks {
		if int(m.Group) >= len(groups) {
			continue
		}
		g := groups[m.Group]
		for rest := m.Mask & g.active; rest != 0; rest &= rest - 1 {
			below := rest&-rest - 1
			numbers = append(numbers, g.first+bits.OnesCount64(g.active&below))
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}
