package nt

import (
	"reflect"
	"slices"
	"testing"
)

// serviceHeap is where texts are put behind structs of so many bytes, of a buffer at
// base.
type serviceHeap struct {
	base uint64
	size int
	b    []byte
}

// put adds text, and the NUL that the caller leaves out, and returns its address.
func (h *serviceHeap) put(text string) word {
	address := h.base + uint64(h.size+len(h.b))
	h.b = append(h.b, utf16le(text+"\x00")...)
	return word(address)
}

func TestEachService(t *testing.T) {
	const base = 0x10203000
	want := []ServiceStatus{
		{Name: utf16le("BITS"), DisplayName: utf16le("Übertragung"), Type: 0x20, State: ServiceStopped, Controls: 3, ExitCode: 1077,
			SpecificExitCode: 5, CheckPoint: 6, WaitHint: 7, PID: 0, Flags: 0},
		{Name: utf16le("RpcSs"), DisplayName: []byte{}, Type: 0x10, State: ServiceRunning, Controls: 0xffffffff, ExitCode: 12,
			SpecificExitCode: 13, CheckPoint: 14, WaitHint: 15, PID: 248, Flags: 1},
		{Type: 1, State: ServicePaused},
	}
	for name, pointer := range pointers {
		t.Run(name, func(t *testing.T) {
			size := 36 + 2*pointer
			size = (size + pointer - 1) / pointer * pointer
			heap := serviceHeap{base: base, size: 3 * size}
			b := slices.Concat(
				systemStruct(pointer, heap.put("BITS"), heap.put("Übertragung"), systemU32(0x20, 1, 3, 1077, 5, 6, 7, 0, 0)),
				systemStruct(pointer, heap.put("RpcSs"), heap.put(""), systemU32(0x10, 4, 0xffffffff, 12, 13, 14, 15, 248, 1)),
				systemStruct(pointer, word(0), word(0), systemU32(1, 7, 0, 0, 0, 0, 0, 0, 0)))
			if len(b) != 3*size {
				t.Fatalf("%d bytes", len(b))
			}
			b = append(b, heap.b...)
			for n, want := range [][]ServiceStatus{nil, want[:1], want[:2], want} {
				if got, err := systemRows(t, EachService(b, base, pointer, n)); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("of %d: %v\n got %+v\nwant %+v", n, err, got, want)
				}
			}
			for _, n := range []int{-1, 1 << 30} {
				if got, err := systemRows(t, EachService(b, base, pointer, n)); len(got) > len(b)/size || (err == nil) != (n < 0) {
					t.Errorf("of %d: %d services, %v", n, len(got), err)
				}
			}
			for cut := range b {
				got, err := systemRows(t, EachService(b[:cut:cut], base, pointer, 3))
				if err == nil || len(got) == 3 || !slices.EqualFunc(got, want[:len(got)], func(a, b ServiceStatus) bool { return reflect.DeepEqual(a, b) }) {
					t.Fatalf("cut at %d: %+v, %v", cut, got, err)
				}
			}
			for range EachService(b, base, pointer, 3) {
				break
			}

			for offset := 0; offset < 2*pointer; offset += pointer {
				for _, address := range []uint64{base - 1, base - 2, base + uint64(len(b)), base + uint64(len(b)) - 1, 1} {
					bad := slices.Clone(b)
					copy(bad[size+offset:], systemStruct(pointer, word(address)))
					if got, err := systemRows(t, EachService(bad, base, pointer, 3)); err == nil || len(got) != 1 {
						t.Errorf("a name at %#x: %+v, %v", address, got, err)
					}
				}
			}
		})
	}
}

func TestParseServiceStatus(t *testing.T) {
	checkRecord(t, systemU32(0x110, 2, 3, 4, 5, 6, 7, 8, 9), 0, ServiceStatus{Type: 0x110, State: ServiceStartPending, Controls: 3, ExitCode: 4,
		SpecificExitCode: 5, CheckPoint: 6, WaitHint: 7, PID: 8, Flags: 9}, ParseServiceStatus)
}

func TestParseServiceConfig(t *testing.T) {
	const base = 0x10203000
	for name, pointer := range pointers {
		t.Run(name, func(t *testing.T) {
			size := map[int]int{4: 36, 8: 64}[pointer]
			parse := func(b []byte) (ServiceConfig, error) { return ParseServiceConfig(b, base, pointer) }
			heap := serviceHeap{base: base, size: size}
			b := systemStruct(pointer, systemU32(0x20, 2, 1), heap.put(`C:\Windows\svchost.exe -k netsvcs`), heap.put("NDIS"), uint32(7),
				heap.put("RpcSs\x00+TDI\x00"), heap.put("LocalSystem"), heap.put("Größe"))
			if len(b) != size {
				t.Fatalf("%d bytes", len(b))
			}
			b = append(b, heap.b...)
			want := ServiceConfig{Type: 0x20, StartType: ServiceAutoStart, ErrorControl: 1, BinaryPathName: utf16le(`C:\Windows\svchost.exe -k netsvcs`),
				LoadOrderGroup: utf16le("NDIS"), TagID: 7, Dependencies: [][]byte{utf16le("RpcSs"), utf16le("+TDI")},
				ServiceStartName: utf16le("LocalSystem"), DisplayName: utf16le("Größe")}
			checkRecord(t, b, 0, want, parse)

			// Each pointer in turn points before the buffer, and to an odd last byte.
			for _, offset := range map[int][]int{4: {12, 16, 24, 28, 32}, 8: {16, 24, 40, 48, 56}}[pointer] {
				for _, address := range []uint64{base - 2, base + uint64(len(b)) - 1} {
					bad := slices.Clone(b)
					copy(bad[offset:], systemStruct(pointer, word(address)))
					if got, err := parse(bad); err == nil || !reflect.DeepEqual(got, ServiceConfig{}) {
						t.Errorf("pointer at %d to %#x: %+v, %v", offset, address, got, err)
					}
				}
			}

			heap = serviceHeap{base: base, size: size}
			b = systemStruct(pointer, systemU32(1, 3, 0), heap.put(""), word(0), uint32(0), heap.put(""), word(0), word(0))
			checkRecord(t, append(b, heap.b...), 0, ServiceConfig{Type: 1, StartType: ServiceDemandStart, BinaryPathName: []byte{}}, parse)
		})
	}
}

func TestParseServiceDescription(t *testing.T) {
	const base = 0x10203000
	for name, pointer := range pointers {
		t.Run(name, func(t *testing.T) {
			parse := func(b []byte) ([]byte, error) { return ParseServiceDescription(b, base, pointer) }
			heap := serviceHeap{base: base, size: pointer}
			b := systemStruct(pointer, heap.put("Lädt Schriften."))
			checkRecord(t, append(b, heap.b...), 0, utf16le("Lädt Schriften."), parse)
			checkRecord(t, systemStruct(pointer, word(0)), 0, nil, parse)
		})
	}
}

func TestServiceNames(t *testing.T) {
	for i, want := range []string{"unknown", "stopped", "start_pending", "stop_pending", "running", "continue_pending", "pause_pending", "paused", "unknown"} {
		if got := ServiceState(i).String(); got != want {
			t.Errorf("state %d: %s, not %s", i, got, want)
		}
	}
	for i, want := range []string{"boot", "system", "automatic", "manual", "disabled", "unknown"} {
		if got := ServiceStartType(i).String(); got != want {
			t.Errorf("start type %d: %s, not %s", i, got, want)
		}
	}
}

func FuzzService(f *testing.F) {
	for _, pointer := range pointers {
		heap := serviceHeap{base: 0x1000, size: 120}
		b := systemStruct(pointer, heap.put("a"), heap.put("bc"), make([]byte, 36))
		f.Add(append(append(b, make([]byte, 120-len(b))...), heap.b...), uint64(0x1000), pointer == 8, 1)
		f.Add([]byte{}, ^uint64(0), pointer == 8, -1)
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool, n int) {
		pointer, size := 4, 44
		if wide {
			pointer, size = 8, 56
		}
		rows, err := systemRows(t, EachService(b, base, pointer, n))
		if len(rows) > len(b)/size || (err == nil) != (len(rows) == max(n, 0)) {
			t.Fatalf("%d rows and %v of %d bytes, %d", len(rows), err, len(b), n)
		}
		for _, s := range rows {
			if len(s.Name) > len(b) || len(s.DisplayName) > len(b) {
				t.Fatalf("%+v of %d bytes", s, len(b))
			}
		}
	})
}

func FuzzServiceStatus(f *testing.F) { fuzzRecord(f, 36, ParseServiceStatus) }

func FuzzServiceConfig(f *testing.F) {
	for _, pointer := range pointers {
		heap := serviceHeap{base: 0x1000, size: 28 + 4*pointer}
		b := systemStruct(pointer, systemU32(1, 2, 3), heap.put("a"), heap.put(""), uint32(7), heap.put("d\x00e\x00"), word(0), word(0))
		f.Add(append(b[:28+4*pointer], heap.b...), uint64(0x1000), pointer == 8)
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		s, err := ParseServiceConfig(b, base, pointer)
		if err != nil && !reflect.DeepEqual(s, ServiceConfig{}) {
			t.Fatalf("%+v with the error %v", s, err)
		}
		size := 0
		for _, d := range s.Dependencies {
			if len(d) == 0 {
				t.Fatal("an empty name")
			}
			size += len(d) + 2
		}
		if max(size, len(s.BinaryPathName), len(s.LoadOrderGroup), len(s.ServiceStartName), len(s.DisplayName)) > len(b) {
			t.Fatalf("%+v of %d bytes", s, len(b))
		}
	})
}

func FuzzServiceDescription(f *testing.F) {
	for _, pointer := range pointers {
		heap := serviceHeap{base: 0x1000, size: pointer}
		b := systemStruct(pointer, heap.put("abc"))
		f.Add(append(b, heap.b...), uint64(0x1000), pointer == 8)
	}
	f.Fuzz(func(t *testing.T, b []byte, base uint64, wide bool) {
		pointer := 4
		if wide {
			pointer = 8
		}
		text, err := ParseServiceDescription(b, base, pointer)
		if len(text) > len(b) || len(text)%2 != 0 || err != nil && text != nil {
			t.Fatalf("%q, %v of %d bytes", text, err, len(b))
		}
	})
}
