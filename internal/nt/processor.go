package nt

import (
	"fmt"
	"iter"

	"github.com/go-psutil/psutil/internal/wire"
)

// ProcessorPerformance is SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION, of which
// SystemProcessorPerformanceInformation (8) returns one for each active processor of
// the caller's group, or of the one that is asked for (ntexapi.h of phnt, winternl.h).
// Times are in units of 100 ns.
type ProcessorPerformance struct {
	IdleTime       int64
	KernelTime     int64 // with IdleTime, DPCTime and InterruptTime
	UserTime       int64
	DPCTime        int64 // in deferred procedure calls, the software interrupts
	InterruptTime  int64
	InterruptCount uint32 // wraps
}

// EachProcessorPerformance iterates over the processors in order of their numbers.
func EachProcessorPerformance(b []byte) iter.Seq2[ProcessorPerformance, error] {
	return eachRecord("processor performance", b, 48, func(c *wire.Cursor) ProcessorPerformance {
		return ProcessorPerformance{IdleTime: c.I64(), KernelTime: c.I64(), UserTime: c.I64(), DPCTime: c.I64(),
			InterruptTime: c.I64(), InterruptCount: c.U32()}
	})
}

// InterruptInformation is SYSTEM_INTERRUPT_INFORMATION, of which
// SystemInterruptInformation (23) returns one for each processor (ntexapi.h of phnt).
// Counters wrap.
type InterruptInformation struct {
	ContextSwitches uint32
	DPCCount        uint32
	DPCRate         uint32 // calls in the last tick of the clock
	TimeIncrement   uint32 // between two ticks, in units of 100 ns
	DPCBypassCount  uint32
	APCBypassCount  uint32
}

// EachInterrupt iterates over the processors in order of their numbers.
func EachInterrupt(b []byte) iter.Seq2[InterruptInformation, error] {
	return eachRecord("interrupt information", b, 24, func(c *wire.Cursor) InterruptInformation {
		return InterruptInformation{ContextSwitches: c.U32(), DPCCount: c.U32(), DPCRate: c.U32(), TimeIncrement: c.U32(),
			DPCBypassCount: c.U32(), APCBypassCount: c.U32()}
	})
}

// eachRecord iterates over records of one size, without pointers, that b is full of.
func eachRecord[T any](what string, b []byte, size int, read func(*wire.Cursor) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var record wire.Cursor
		for c := wire.New(b, layout(0)); c.Len() > 0; {
			off := c.Offset()
			record = c.Sub(size)
			v := read(&record)
			if err := record.Err(); err != nil {
				var none T
				yield(none, fmt.Errorf("%s at %d: %w", what, off, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// parseRecord decodes the one record that b begins with. The pointer may be 0 if it
// has none.
func parseRecord[T any](what string, b []byte, pointer int, read func(*wire.Cursor) T) (T, error) {
	c := wire.New(b, layout(pointer))
	v := read(&c)
	if err := c.Err(); err != nil {
		var none T
		return none, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}
