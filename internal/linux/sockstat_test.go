package linux

import "testing"

const (
	sockstat  = "sockets: used 294\nTCP: inuse 41 orphan 1 tw 3 alloc 47 mem 73\nUDP: inuse 4 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n"
	sockstat6 = "TCP6: inuse 5\nUDP6: inuse 2\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n"
)

func TestSockstat(t *testing.T) {
	tests := []struct {
		name, in string
		want     Sockstat
		bad      bool
	}{
		{"IPv4", sockstat, Sockstat{41}, false},
		{"IPv6", sockstat6, Sockstat{5}, false},
		{"None", "TCP6: inuse 0\n", Sockstat{}, false},
		{"NoTCP", "sockets: used 1\nUDP: inuse 4 mem 0\n", Sockstat{}, true},
		{"NoNumber", "TCP: inuse orphan\n", Sockstat{}, true},
		{"Negative", "TCP: inuse -1\n", Sockstat{}, true},
		{"Another", "TCP: alloc 4\n", Sockstat{}, true},
		{"Overflow", "TCP: inuse 18446744073709551616\n", Sockstat{}, true},
		{"Empty", "", Sockstat{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Sockstat{9}
			if err := s.Parse([]byte(tt.in)); s != tt.want || (err != nil) != tt.bad {
				t.Errorf("Parse = %+v, %v; want %+v", s, err, tt.want)
			}
		})
	}
	for i := range len("TCP6: inuse 5\n") {
		var s Sockstat
		if err := s.Parse([]byte(sockstat6[:i])); err == nil {
			t.Errorf("cut at %d: %+v", i, s)
		}
	}
}

func FuzzSockstat(f *testing.F) {
	f.Add([]byte(sockstat))
	f.Add([]byte(sockstat6))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Sockstat
		if err := s.Parse(b); err != nil && s != (Sockstat{}) {
			t.Fatalf("%+v with error %v", s, err)
		}
	})
}
