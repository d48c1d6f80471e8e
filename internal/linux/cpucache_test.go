package linux

import "testing"

func TestParseCPUCache(t *testing.T) {
	for _, tt := range []struct {
		level, kind, size, shared string
		want                      CPUCache
		ok                        bool
	}{
		{"1", "Data", "32K", "0-1", CPUCache{1, "Data", 32768, 2}, true},
		{"3", "Unified", "16384K", "0-3,8", CPUCache{3, "Unified", 16 << 20, 5}, true},
		{"2", "", "0K", "7", CPUCache{2, "", 0, 1}, true},
		{"2", "Unified", "1099511627775K", "7", CPUCache{2, "Unified", (1<<40 - 1) << 10, 1}, true},
		{"2", "Unified", "1099511627776K", "7", CPUCache{}, false},
		{"2", "Unified", "18446744073709551616K", "7", CPUCache{}, false},
		{"2", "Unified", "512", "7", CPUCache{}, false},
		{"2", "Unified", "K", "7", CPUCache{}, false},
		{"2", "Unified", "-1K", "7", CPUCache{}, false},
		{"2", "Unified", "1M", "7", CPUCache{}, false},
		{"2", "Unified", "", "7", CPUCache{}, false},
		{"", "Unified", "1K", "7", CPUCache{}, false},
		{"x", "Unified", "1K", "7", CPUCache{}, false},
		{"1", "Unified", "1K", "x", CPUCache{}, false},
	} {
		if got, ok := ParseCPUCache(tt.level, tt.kind, tt.size, tt.shared); got != tt.want || ok != tt.ok {
			t.Errorf("ParseCPUCache(%q, %q, %q, %q) = %+v, %v", tt.level, tt.kind, tt.size, tt.shared, got, ok)
		}
	}
}

func FuzzCPUCache(f *testing.F) {
	f.Add("1", "32K", "0-1")
	f.Fuzz(func(t *testing.T, level, size, shared string) {
		c, ok := ParseCPUCache(level, "Data", size, shared)
		if !ok && c != (CPUCache{}) || ok && (c.SharedCPUs > maxCPUs || c.Size >= 1<<50) {
			t.Fatalf("%q %q %q: %+v, %v", level, size, shared, c, ok)
		}
	})
}
