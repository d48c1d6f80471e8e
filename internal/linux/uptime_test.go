package linux

import "testing"

func TestUptime(t *testing.T) {
	tests := []struct {
		name, in string
		want     Uptime
		bad      bool
	}{
		{"Usual", "734.37 1422.75\n", Uptime{73437, 142275}, false},
		{"ManyCPUs", "31536000.05 9999999999999.99\n", Uptime{3153600005, 999999999999999}, false},
		{"NoFraction", "734 0\n", Uptime{73400, 0}, false},
		{"More", "1.00 2.00 3.00\n", Uptime{100, 200}, false},
		{"OneNumber", "734.37\n", Uptime{}, true},
		{"Negative", "-1.00 1.00\n", Uptime{}, true},
		{"Overflow", "184467440737095516.16 0.00\n", Uptime{}, true},
		{"Empty", "", Uptime{}, true},
		{"Blank", "\n", Uptime{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := Uptime{9, 9}
			err := u.Parse([]byte(tt.in))
			if u != tt.want || (err != nil) != tt.bad {
				t.Errorf("Parse = %+v, %v; want %+v", u, err, tt.want)
			}
		})
	}
	const whole = "734.37 1422.75\n"
	for i := range whole {
		var u Uptime
		if err := u.Parse([]byte(whole[:i])); err == nil || u != (Uptime{}) {
			t.Errorf("cut at %d: %+v, %v", i, u, err)
		}
	}
	b := []byte(whole)
	checkNoAllocs(t, func() {
		var u Uptime
		if u.Parse(b) != nil {
			t.Fatal("error")
		}
	})
}

func FuzzUptime(f *testing.F) {
	f.Add([]byte("734.37 1422.75\n"))
	f.Add([]byte(". 1.\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var u Uptime
		if err := u.Parse(b); err != nil && u != (Uptime{}) {
			t.Fatalf("%+v with error %v", u, err)
		}
	})
}
