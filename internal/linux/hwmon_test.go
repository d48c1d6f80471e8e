package linux

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestParseHwmonName(t *testing.T) {
	for name, want := range map[string]HwmonName{
		"temp1_input":             {HwmonTemp, 1, "input"},
		"temp12_crit_alarm":       {HwmonTemp, 12, "crit_alarm"},
		"temp1_auto_point2_temp":  {HwmonTemp, 1, "auto_point2_temp"},
		"fan2_label":              {HwmonFan, 2, "label"},
		"in0_max":                 {HwmonIn, 0, "max"},
		"curr1_average":           {HwmonCurr, 1, "average"},
		"power1_average_interval": {HwmonPower, 1, "average_interval"},
		"energy3_input":           {HwmonEnergy, 3, "input"},
		"humidity1_input":         {HwmonHumidity, 1, "input"},
		"freq1_input":             {HwmonFreq, 1, "input"},
		"pwm1":                    {HwmonPWM, 1, ""},
		"pwm1_enable":             {HwmonPWM, 1, "enable"},
		"intrusion0_alarm":        {HwmonIntrusion, 0, "alarm"},
	} {
		if got, ok := ParseHwmonName(name); got != want || !ok {
			t.Errorf("ParseHwmonName(%q) = %+v, %v; want %+v", name, got, ok, want)
		}
	}
	for _, name := range []string{
		"", "name", "uevent", "temp", "temp1", "temp_input", "temp1_", "1_input", "temp1x_input", "Temp1_input",
		"cpu0_vid", "tempo1_input", "temp-1_input", "update_interval", "pwm", "pwm1_", "pwmx1", "temp99999999999999999999_input",
		"temp१_input", "in_0", "device",
	} {
		if got, ok := ParseHwmonName(name); ok || got != (HwmonName{}) {
			t.Errorf("ParseHwmonName(%q) = %+v, %v", name, got, ok)
		}
	}
	checkNoAllocs(t, func() { ParseHwmonName("temp1_auto_point2_temp") })
}

func TestHwmonKind(t *testing.T) {
	for _, tt := range []struct {
		kind HwmonKind
		name string
		raw  int64
		want float64
	}{
		{HwmonTemp, "temp", 45500, 45.5},
		{HwmonTemp, "temp", -5000, -5},
		{HwmonFan, "fan", 1200, 1200},
		{HwmonIn, "in", 12096, 12.096},
		{HwmonCurr, "curr", 1500, 1.5},
		{HwmonPower, "power", 15250000, 15.25},
		{HwmonEnergy, "energy", 2500000, 2.5},
		{HwmonHumidity, "humidity", 55500, 55.5},
		{HwmonFreq, "freq", 1800000000, 1.8e9},
		{HwmonPWM, "pwm", 128, 128},
		{HwmonIntrusion, "intrusion", 1, 1},
		{HwmonUnknown, "", 7, 7},
		{HwmonKind(200), "", 7, 7},
	} {
		if got := tt.kind.Value(tt.raw); got != tt.want {
			t.Errorf("%v.Value(%d) = %v, want %v", tt.kind, tt.raw, got, tt.want)
		}
		if got := tt.kind.String(); got != tt.name {
			t.Errorf("String = %q, want %q", got, tt.name)
		}
	}
}

func TestHwmonChannels(t *testing.T) {
	files := strings.Fields("name temp10_input temp2_crit_alarm in0_input temp2_input fan1_label temp1_label power1_average " +
		"temp2_label temp2_alarm temp3_average power2_input power2_average power2_max uevent temp02_max temp2_alarms")
	for _, tt := range []struct {
		kind HwmonKind
		want []HwmonChannel
	}{
		{HwmonTemp, []HwmonChannel{
			{HwmonTemp, 2, []string{"crit_alarm", "input", "label", "alarm", "max", "alarms"}},
			{HwmonTemp, 10, []string{"input"}},
		}},
		{HwmonIn, []HwmonChannel{{HwmonIn, 0, []string{"input"}}}},
		{HwmonPower, []HwmonChannel{{HwmonPower, 1, []string{"average"}}, {HwmonPower, 2, []string{"input", "average", "max"}}}},
		{HwmonFan, nil},
		{HwmonUnknown, nil},
	} {
		got := HwmonChannels(files, tt.kind)
		if len(got)+len(tt.want) > 0 && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v:\ngot  %+v\nwant %+v", tt.kind, got, tt.want)
		}
	}
	c := HwmonChannels(files, HwmonTemp)[0]
	if got := c.Alarms(); !slices.Equal(got, []string{"crit_alarm", "alarm"}) {
		t.Errorf("alarms: %q", got)
	}
	if got := (HwmonChannel{Items: []string{"input"}}).Alarms(); len(got) != 0 {
		t.Errorf("alarms: %q", got)
	}
	if got := c.File("crit_alarm"); got != "temp2_crit_alarm" {
		t.Errorf("file: %q", got)
	}
	if !c.Has("label") || c.Has("crit") {
		t.Error("Has is wrong")
	}
	for kind, want := range map[HwmonKind][]string{HwmonPower: {"input", "average"}, HwmonTemp: {"input"}, HwmonEnergy: {"input"}} {
		if got := kind.Inputs(); !slices.Equal(got, want) {
			t.Errorf("%v: inputs %q", kind, got)
		}
	}
}

func TestParseHwmonValue(t *testing.T) {
	for in, want := range map[string]int64{"45000\n": 45000, "-5000\n": -5000, "0": 0, "9223372036854775807\n": 1<<63 - 1} {
		if got, err := ParseHwmonValue([]byte(in)); got != want || err != nil {
			t.Errorf("ParseHwmonValue(%q) = %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "\n", "N/A\n", "45.0\n", "1 2\n", "9223372036854775808\n", "+5\n"} {
		if got, err := ParseHwmonValue([]byte(in)); got != 0 || err == nil {
			t.Errorf("ParseHwmonValue(%q) = %d, %v", in, got, err)
		}
	}
}

func FuzzHwmon(f *testing.F) {
	for _, s := range []string{"temp1_input", "pwm1", "in0_", "fan1048577_x", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := ParseHwmonName(s)
		if ok {
			if n.Kind == HwmonUnknown || n.Kind.String() == "" || n.Index < 0 {
				t.Fatalf("%q: %+v", s, n)
			}
			// The parts say the whole, but for zeros before the index.
			built := n.Kind.String() + strconv.Itoa(n.Index)
			if n.Item != "" {
				built += "_" + n.Item
			}
			if again, ok := ParseHwmonName(built); !ok || again != n {
				t.Fatalf("%q: %+v, but %q: %+v", s, n, built, again)
			}
		}
		if channels := HwmonChannels([]string{s, "temp1_input", s}, n.Kind); len(channels) > 2 {
			t.Fatalf("%q: %+v", s, channels)
		}
		if v, err := ParseHwmonValue([]byte(s)); err != nil && v != 0 {
			t.Fatalf("%d with error %v", v, err)
		}
	})
}
