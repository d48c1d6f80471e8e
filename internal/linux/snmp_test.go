package linux

import "testing"

const snmp = "Ip: Forwarding DefaultTTL\nIp: 1 64\n" +
	"Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab\n" +
	"Tcp: 1 200 120000 -1 230066 230052 0 260108 199992\n" +
	"Udp: InDatagrams\nUdp: 7\n"

func TestSNMP(t *testing.T) {
	tests := []struct {
		name, in string
		want     SNMP
		bad      bool
	}{
		{"Real", snmp, SNMP{460118}, false},
		{"Order", "Tcp: PassiveOpens ActiveOpens\nTcp: 5 3\n", SNMP{8}, false},
		{"NoValues", "Tcp: ActiveOpens PassiveOpens\n", SNMP{}, true},
		{"FewValues", "Tcp: ActiveOpens PassiveOpens\nTcp: 5\n", SNMP{}, true},
		{"NoNumber", "Tcp: ActiveOpens PassiveOpens\nTcp: 5 x\n", SNMP{}, true},
		{"Negative", "Tcp: ActiveOpens PassiveOpens\nTcp: -5 1\n", SNMP{}, true},
		{"OnlyOne", "Tcp: ActiveOpens CurrEstab\nTcp: 5 1\n", SNMP{}, true},
		{"NoTCP", "Udp: InDatagrams\nUdp: 7\n", SNMP{}, true},
		{"Empty", "", SNMP{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := SNMP{9}
			if err := s.Parse([]byte(tt.in)); s != tt.want || (err != nil) != tt.bad {
				t.Errorf("Parse = %+v, %v; want %+v", s, err, tt.want)
			}
		})
	}
	end := len(snmp) - len("Udp: InDatagrams\nUdp: 7\n")
	for i := range end {
		var s SNMP
		if err := s.Parse([]byte(snmp[:i])); err == nil {
			t.Errorf("cut at %d: %+v", i, s)
		}
	}
}

func FuzzSNMP(f *testing.F) {
	f.Add([]byte(snmp))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s SNMP
		if err := s.Parse(b); err != nil && s != (SNMP{}) {
			t.Fatalf("%+v with error %v", s, err)
		}
	})
}
