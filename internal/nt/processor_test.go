package nt

import (
	"encoding/binary"
	"iter"
	"reflect"
	"slices"
	"testing"
)

// systemU32 is 32-bit numbers behind each other.
func systemU32(values ...uint32) []byte { return systemStruct(4, values) }

// systemStruct lays out a struct as a compiler for Windows does: each number, and each
// number of a slice, at a multiple of its size, and at the end room up to a multiple of
// the largest.
func systemStruct(pointer int, fields ...any) (b []byte) {
	widest := 1
	align := func(size int) {
		for len(b)%size != 0 {
			b = append(b, 0xee) // must not matter
		}
	}
	var put func(reflect.Value)
	put = func(v reflect.Value) {
		if v.Kind() == reflect.Slice {
			for i := range v.Len() {
				put(v.Index(i))
			}
			return
		}
		size := int(v.Type().Size())
		if v.Type() == reflect.TypeFor[word]() {
			size = pointer
		}
		bits := uint64(0)
		if v.CanInt() {
			bits = uint64(v.Int())
		} else {
			bits = v.Uint()
		}
		align(size)
		widest = max(widest, size)
		b = append(b, binary.LittleEndian.AppendUint64(nil, bits)[:size]...)
	}
	for _, field := range fields {
		put(reflect.ValueOf(field))
	}
	align(widest)
	return b
}

// systemRows is what an iterator yields. It fails if anything comes after an error, or
// a row beside one.
func systemRows[T any](t testing.TB, rows iter.Seq2[T, error]) (all []T, failed error) {
	t.Helper()
	for row, err := range rows {
		if failed != nil {
			t.Fatalf("%+v, %v after the error %v", row, err, failed)
		}
		if failed = err; err == nil {
			all = append(all, row)
		} else if !reflect.ValueOf(&row).Elem().IsZero() {
			t.Fatalf("%+v with the error %v", row, err)
		}
	}
	return all, failed
}

// checkRecord checks that b decodes as want, that it does so with anything behind it and
// without its last padding bytes, and that less is an error.
func checkRecord[T any](t *testing.T, b []byte, padding int, want T, parse func([]byte) (T, error)) {
	t.Helper()
	for i := range len(b) + 1 {
		got, err := parse(b[:i:i])
		if i < len(b)-padding {
			if err == nil || !reflect.ValueOf(&got).Elem().IsZero() {
				t.Fatalf("cut at %d: %+v, %v", i, got, err)
			}
		} else if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("cut at %d: %v\n got %+v\nwant %+v", i, err, got, want)
		}
	}
	if got, err := parse(append(slices.Clone(b), 0xee)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("with one byte more: %v\n got %+v\nwant %+v", err, got, want)
	}
}

// checkRecords checks that b is full of records of one size that decode as want, and
// that what is cut off makes an error and loses no other record.
func checkRecords[T any](t *testing.T, b []byte, size int, want []T, each func([]byte) iter.Seq2[T, error]) {
	t.Helper()
	if len(b) != size*len(want) {
		t.Fatalf("%d records of %d in %d bytes", len(want), size, len(b))
	}
	for i := range len(b) + 1 {
		got, err := systemRows(t, each(b[:i:i]))
		if !slices.EqualFunc(got, want[:i/size], func(a, b T) bool { return reflect.DeepEqual(a, b) }) || (err != nil) != (i%size != 0) {
			t.Fatalf("cut at %d: %+v, %v", i, got, err)
		}
	}
	for range each(b) {
		break
	}
}

// fuzzRecords fuzzes an iterator over records of one size.
func fuzzRecords[T any](f *testing.F, size int, each func([]byte) iter.Seq2[T, error]) {
	f.Add([]byte{})
	f.Add(make([]byte, size))
	f.Add(slices.Repeat([]byte{0xff}, 2*size+1))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := systemRows(t, each(b))
		if len(rows) != len(b)/size || (err != nil) != (len(b)%size != 0) {
			t.Fatalf("%d rows and %v of %d bytes", len(rows), err, len(b))
		}
	})
}

// fuzzRecord fuzzes a decoder that needs some bytes, whatever they are.
func fuzzRecord[T any](f *testing.F, need int, parse func([]byte) (T, error)) {
	f.Add([]byte{})
	f.Add(make([]byte, need-1))
	f.Add(slices.Repeat([]byte{0xff}, need+8))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parse(b)
		if (err != nil) != (len(b) < need) || err != nil && !reflect.ValueOf(&v).Elem().IsZero() {
			t.Fatalf("%+v, %v of %d bytes", v, err, len(b))
		}
	})
}

func TestEachProcessorPerformance(t *testing.T) {
	b := slices.Concat(
		systemStruct(8, int64(29777500000), int64(34199600000), int64(6193400000), int64(7), int64(8), uint32(0xfffffff0)),
		systemStruct(8, int64(1), int64(1<<40), int64(3), int64(-1), int64(5), uint32(6)))
	checkRecords(t, b, 48, []ProcessorPerformance{
		{IdleTime: 29777500000, KernelTime: 34199600000, UserTime: 6193400000, DPCTime: 7, InterruptTime: 8, InterruptCount: 0xfffffff0},
		{IdleTime: 1, KernelTime: 1 << 40, UserTime: 3, DPCTime: -1, InterruptTime: 5, InterruptCount: 6},
	}, EachProcessorPerformance)
}

func TestEachInterrupt(t *testing.T) {
	b := systemU32(3604611215, 2, 3, 156250, 5, 6, 11, 12, 13, 14, 15, 0xffffffff)
	checkRecords(t, b, 24, []InterruptInformation{
		{ContextSwitches: 3604611215, DPCCount: 2, DPCRate: 3, TimeIncrement: 156250, DPCBypassCount: 5, APCBypassCount: 6},
		{ContextSwitches: 11, DPCCount: 12, DPCRate: 13, TimeIncrement: 14, DPCBypassCount: 15, APCBypassCount: 0xffffffff},
	}, EachInterrupt)
}

func FuzzProcessorPerformance(f *testing.F) { fuzzRecords(f, 48, EachProcessorPerformance) }

func FuzzInterrupt(f *testing.F) { fuzzRecords(f, 24, EachInterrupt) }
