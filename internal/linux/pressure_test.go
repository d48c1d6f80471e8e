package linux

import "testing"

const pressure618 = "some avg10=1.25 avg60=0.09 avg300=100.00 total=6505019\n" +
	"full avg10=0.00 avg60=2.50 avg300=0.15 total=3020470\n"

func TestPressure(t *testing.T) {
	some := Stall{Avg10: 1.25, Avg60: 0.09, Avg300: 100, Total: 6505019}
	full := Stall{Avg10: 0, Avg60: 2.5, Avg300: 0.15, Total: 3020470}
	tests := []struct {
		name, in string
		want     Pressure
		bad      bool
	}{
		{"Memory", pressure618, Pressure{some, full, true, true}, false},
		{"CPUBefore513", "some avg10=1.25 avg60=0.09 avg300=100.00 total=6505019\n", Pressure{Some: some, HasSome: true}, false},
		{"IRQ", "full avg10=0.00 avg60=2.50 avg300=0.15 total=3020470\n", Pressure{Full: full, HasFull: true}, false},
		{"OtherOrderAndMore", "some total=6505019 avg300=100.00 avg3600=x avg60=0.09 avg10=1.25\n", Pressure{Some: some, HasSome: true}, false},
		{"LargestTotal", "some avg10=0 avg60=0 avg300=0 total=18446744073709551615\n", Pressure{Some: Stall{Total: 1<<64 - 1}, HasSome: true}, false},
		{"TotalOverflow", "some avg10=0 avg60=0 avg300=0 total=18446744073709551616\n" + pressure618[55:], Pressure{Full: full, HasFull: true}, true},
		{"NoTotal", "some avg10=1.25 avg60=0.09 avg300=100.00\n", Pressure{}, true},
		{"SameKeyTwice", "some avg10=1.25 avg10=0.09 avg300=100.00 total=1\n", Pressure{}, true},
		{"NoValue", "some avg10 avg60=0.09 avg300=100.00 total=1\n", Pressure{}, true},
		{"Negative", "some avg10=-1.25 avg60=0.09 avg300=100.00 total=1\n", Pressure{}, true},
		{"OtherLine", "none avg10=1.25 avg60=0.09 avg300=100.00 total=1\n", Pressure{}, true},
		{"Cut", pressure618[:len(pressure618)-1], Pressure{Some: some, HasSome: true}, true},
		{"Empty", "", Pressure{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Pressure{full, some, true, true}
			err := p.Parse([]byte(tt.in))
			if p != tt.want || (err != nil) != tt.bad {
				t.Errorf("Parse = %+v, %v; want %+v", p, err, tt.want)
			}
		})
	}
	for i := range pressure618 {
		var p Pressure
		err := p.Parse([]byte(pressure618[:i]))
		if (err == nil) != (i == 55) || p.HasSome != (i >= 55) || p.HasFull {
			t.Errorf("cut at %d: %+v, %v", i, p, err)
		}
	}
	b := []byte(pressure618)
	checkNoAllocs(t, func() {
		var p Pressure
		if p.Parse(b) != nil {
			t.Fatal("error")
		}
	})
}

func FuzzPressure(f *testing.F) {
	f.Add([]byte(pressure618))
	f.Add([]byte("some total= avg10\nfull avg10=. avg60=1. avg300=1 total=1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Pressure
		err := p.Parse(b)
		if err == nil && !p.HasSome && !p.HasFull {
			t.Fatal("nothing, and no error")
		}
		if !p.HasSome && p.Some != (Stall{}) || !p.HasFull && p.Full != (Stall{}) {
			t.Fatalf("%+v", p)
		}
		if p.Some.Avg10 < 0 || p.Full.Avg300 < 0 {
			t.Fatalf("%+v", p)
		}
	})
}
