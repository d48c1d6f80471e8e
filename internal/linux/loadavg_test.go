package linux

import "testing"

func TestLoadavg(t *testing.T) {
	tests := []struct {
		name, in string
		want     Loadavg
		bad      bool
	}{
		{"Usual", "0.20 1.18 12.07 3/884 11206\n", Loadavg{0.20, 1.18, 12.07, 3, 884, 11206}, false},
		{"Idle", "0.00 0.00 0.00 1/1 1\n", Loadavg{Running: 1, Tasks: 1, LastPID: 1}, false},
		{"High", "1234567.89 0.01 0.99 1000000/4194304 4194303\n", Loadavg{1234567.89, 0.01, 0.99, 1000000, 4194304, 4194303}, false},
		{"More", "0.20 0.18 0.12 1/80 112 future\n", Loadavg{0.20, 0.18, 0.12, 1, 80, 112}, false},
		{"NoSlash", "0.20 0.18 0.12 180 112\n", Loadavg{}, true},
		{"NegativeTasks", "0.20 0.18 0.12 1/-80 112\n", Loadavg{}, true},
		{"NegativeLoad", "-0.20 0.18 0.12 1/80 112\n", Loadavg{}, true},
		{"NoPID", "0.20 0.18 0.12 1/80\n", Loadavg{}, true},
		{"BadPID", "0.20 0.18 0.12 1/80 1x\n", Loadavg{}, true},
		{"NotANumber", "NaN 0.18 0.12 1/80 112\n", Loadavg{}, true},
		{"Empty", "", Loadavg{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Loadavg{9, 9, 9, 9, 9, 9}
			err := l.Parse([]byte(tt.in))
			if l != tt.want || (err != nil) != tt.bad {
				t.Errorf("Parse = %+v, %v; want %+v", l, err, tt.want)
			}
		})
	}
	const whole = "0.20 1.18 12.07 3/884 11206\n"
	for i := range whole {
		var l Loadavg
		if err := l.Parse([]byte(whole[:i])); err == nil || l != (Loadavg{}) {
			t.Errorf("cut at %d: %+v, %v", i, l, err)
		}
	}
	b := []byte(whole)
	checkNoAllocs(t, func() {
		var l Loadavg
		if l.Parse(b) != nil {
			t.Fatal("error")
		}
	})
}

func FuzzLoadavg(f *testing.F) {
	f.Add([]byte("0.20 1.18 12.07 3/884 11206\n"))
	f.Add([]byte("184467440737095516.15 0 0. 1/2 3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var l Loadavg
		err := l.Parse(b)
		if err != nil && l != (Loadavg{}) {
			t.Fatalf("%+v with error %v", l, err)
		}
		if !(l.Load1 >= 0 && l.Load5 >= 0 && l.Load15 >= 0 && l.Load1 <= 1<<64) {
			t.Fatalf("%+v", l)
		}
	})
}
