package psutil

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFieldNames(t *testing.T) {
	// Process.attrs of psutil 8 on Linux, in alphabetical order.
	attrs := strings.Fields("cmdline cpu_affinity cpu_num cpu_percent cpu_times create_time cwd environ exe gids io_counters ionice " +
		"memory_footprint memory_info memory_info_ex memory_maps memory_percent name net_connections nice num_ctx_switches num_fds " +
		"num_threads open_files page_faults pid ppid status terminal threads uids username")
	ours := strings.Fields("cgroups ctx_switch_rate groups io_rate namespaces net_rate num_handles page_fault_rate pgid root rss sid vms")
	var names []string
	var set Field
	for f := range AllFields.All() {
		name := f.String()
		names = append(names, name)
		if f <= set {
			t.Errorf("%s comes late", name)
		}
		set |= f
		if got, err := ParseFields(name); err != nil || got != f {
			t.Errorf("ParseFields(%q) = %v, %v", name, got, err)
		}
		text, err := f.MarshalText()
		var got Field
		if err != nil || got.UnmarshalText(text) != nil || got != f {
			t.Errorf("text of %s is %s, %v, and back %v", name, text, err, got)
		}
		if !set.Has(f) || AllFields&^f != 0 && (AllFields&^f).Has(f) {
			t.Errorf("Has(%s)", name)
		}
	}
	if set != AllFields || len(names) != len(fieldTable) {
		t.Errorf("All() gave %v", set)
	}
	slices.Sort(names)
	want := slices.Sorted(slices.Values(append(attrs, ours...)))
	if !slices.Equal(names, want) {
		t.Errorf("fields %q, want %q", names, want)
	}
	if got, err := ParseFields(AllFields.String()); err != nil || got != AllFields {
		t.Errorf("ParseFields(%q) = %v, %v", AllFields, got, err)
	}
}

func TestParseFields(t *testing.T) {
	for list, want := range map[string]Field{
		"name,pid,rss":  FieldName | FieldPID | FieldRSS,
		" name ,\tpid ": FieldName | FieldPID,
		"name,name":     FieldName,
		"cpu_percent":   FieldCPUPercent,
	} {
		if got, err := ParseFields(list); err != nil || got != want {
			t.Errorf("ParseFields(%q) = %v, %v, want %v", list, got, err, want)
		}
	}
	for _, list := range []string{"", " ", "name,", ",", "Name", "name;pid", "connections", "nam", "name pid", "0", "\x00"} {
		got, err := ParseFields(list)
		if got != 0 || !errors.Is(err, ErrInvalid) || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("ParseFields(%q) = %v, %v, want ErrInvalid", list, got, err)
		}
		f := FieldName
		if err := f.UnmarshalText([]byte(list)); list != "" && !errors.Is(err, ErrInvalid) {
			t.Errorf("UnmarshalText(%q): %v, want ErrInvalid", list, err)
		}
	}
	if s := Field(0).String(); s != "" {
		t.Errorf("no field is %q", s)
	}
	// Bits that are no field are not shown, and not accepted.
	beyond := FieldName | (AllFields + 1) | 1<<63
	if s := beyond.String(); s != "name" {
		t.Errorf("%#x is %q", uint64(beyond), s)
	}
	for range beyond.All() {
		break
	}
	for _, f := range []Field{0, AllFields + 1, beyond, 1 << 63} {
		for info, err := range Snapshot(f) {
			if info != nil || !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrNotSupported) {
				t.Errorf("Snapshot(%#x): %v, %v, want ErrInvalid", uint64(f), info, err)
			}
		}
		if s, err := NewSampler(f); s != nil || !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrNotSupported) {
			t.Errorf("NewSampler(%#x): %v, %v, want ErrInvalid", uint64(f), s, err)
		}
	}
}

// testProcess is a handle that needs no process.
func testProcess(t testing.TB) Process {
	t.Helper()
	p, err := ProcessWithToken(812, 45120)
	if errors.Is(err, ErrNotSupported) && runtime.GOOS != "linux" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// testInfo has a value in every field.
func testInfo(t testing.TB) *ProcessInfo {
	all := processResults
	return &ProcessInfo{
		Process: testProcess(t), Valid: AllFields, asked: AllFields,
		PPID: 1, Name: "a\"\\\n\x1b\xff\u2028é", Exe: "/bin/\xfe", Cmdline: []string{"", "a b", "\x80"},
		Environ: map[string]string{"B": "\xff", "A": "1"}, Cwd: "/", Root: "/srv",
		CreateTime: time.Unix(1700000000, 250_000_000), Status: StatusDiskSleep, Username: "root",
		UIDs: all["user_ids"].(UserIDs), GIDs: UserIDs{4, 5, 6}, Groups: []uint32{0, 1000, 1<<32 - 1}, Terminal: "/dev/pts/3",
		PGID: 7, SID: 8, Nice: -20, IONice: all["io_priority"].(IOPriority), CPUAffinity: []int{0, 2}, CPUNum: 3,
		CPUTimes: all["process_cpu_time"].(ProcessCPUTime), CPUPercent: 150.25, NumCtxSwitches: all["ctx_switches"].(CtxSwitches),
		NumThreads: 2, Threads: []Thread{all["thread"].(Thread)}, NumFDs: 9, IOCounters: all["process_io"].(ProcessIO),
		MemoryInfo: all["process_memory"].(ProcessMemory), MemoryInfoEx: all["process_memory_ex"].(ProcessMemoryEx),
		MemoryFootprint: all["process_footprint"].(ProcessFootprint), MemoryPercent: 12.5,
		MemoryMaps: []MemoryMap{all["memory_map"].(MemoryMap)}, PageFaults: all["page_faults"].(PageFaults),
		OpenFiles: []OpenFile{all["open_file"].(OpenFile)}, NetConnections: []Connection{all["connection_tcp"].(Connection)},
		Cgroups: []Cgroup{all["cgroup"].(Cgroup)}, Namespaces: []Namespace{all["namespace"].(Namespace)},
		RSS: 1 << 40, VMS: 1<<64 - 1, IORate: all["io_rate"].(ProcessIORate), CtxSwitchRate: all["ctx_switch_rate"].(CtxSwitchRate),
		PageFaultRate: all["page_fault_rate"].(PageFaultRate), NetRate: all["net_rate"].(NetRate), NumHandles: 77,
	}
}

var someMemory = ProcessMemory{RSS: 1, VMS: 1<<64 - 1, Shared: 3, Text: 4, Data: 5}

var someMapped = MappedMemory{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ""}

// processResults are the types that tell of a process, by the name of the
// golden file.
var processResults = map[string]any{
	"process_memory":       someMemory,
	"process_memory_ex":    ProcessMemoryEx{someMemory, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, ""},
	"process_memory_old":   ProcessMemoryEx{ProcessMemory: someMemory, PeakRSS: 6, Missing: "rss_anon,rss_file,rss_shmem,hugetlb,pinned"},
	"process_footprint":    ProcessFootprint{USS: 1, PSS: 2, Swap: 3, SwapPSS: 4},
	"process_footprint_el": ProcessFootprint{USS: 1, PSS: 2, Missing: "swap_pss"},
	"memory_map":           MemoryMap{"/lib/x\xff", someMapped, true},
	"memory_region": MemoryRegion{Start: 0x400000, End: 0xffffffffff600000, Perms: "r-xp", MemoryMap: MemoryMap{"[anon]", someMapped, false},
		Offset: 4096, Device: "8:1", Inode: 77},
	"process_io":      ProcessIO{1, 2, 3, 4, 5, 6, 7, 8, 9, ""},
	"process_io_old":  ProcessIO{ReadBytes: 3, Missing: "read_count,write_count,read_chars,write_chars,other_count,other_bytes"},
	"thread":          Thread{42, 1500 * time.Millisecond, 20 * time.Millisecond, "a\x01", StatusRunning, 1, 62.5, ""},
	"thread_once":     Thread{ID: 43, UserTime: time.Second, Name: "b", Status: StatusSleeping, Missing: "cpu_percent"},
	"io_rate":         ProcessIORate{1, 2.5, 0, 1 << 40, 1e9 / 3.0, 6, 7, 0.125, ""},
	"io_rate_old":     ProcessIORate{ReadBytes: 3, Missing: "read_count,write_count,read_chars,write_chars,other_count,other_bytes"},
	"ctx_switch_rate": CtxSwitchRate{Voluntary: 10.5, Missing: "involuntary"},
	"page_fault_rate": PageFaultRate{1000, 0.25, ""},
	"net_rate":        NetRate{1 << 20, 0.5},
	"open_file":       OpenFile{"/tmp/a b\n", 3, 1 << 40, "a+", 0o102002, FDRegular, true, ""},
	"connection_tcp": Connection{FD: 5, Kind: KindTCP6, Family: FamilyINET6, Type: SocketStream, Local: netip.MustParseAddrPort("[::ffff:127.0.0.1]:80"),
		Remote: netip.MustParseAddrPort("[fe80::1%eth0]:65535"), Status: ConnEstablished, PID: 812, UID: 1000, Inode: 99, RecvQ: 1, SendQ: 2},
	"connection_listen":    Connection{FD: 6, Kind: KindTCP4, Family: FamilyINET, Type: SocketStream, Local: netip.MustParseAddrPort("0.0.0.0:22"), Status: ConnListen, Listening: true, PID: 812},
	"connection_unix":      Connection{FD: -1, PID: -1, Kind: KindUnix, Family: FamilyUnix, Type: SocketSeqpacket, LocalPath: "@a\xff", Inode: 7},
	"rlimit":               Rlimit{1024, RlimitInfinity},
	"rlimit_none":          Rlimit{RlimitInfinity - 1, RlimitInfinity},
	"cgroup":               Cgroup{4, "cpu,cpuacct", "/user.slice/\x1b[31m\xff"},
	"cgroup_v2":            Cgroup{Path: "/"},
	"namespace":            Namespace{"pid_for_children", 4026531836},
	"process_cpu_time":     ProcessCPUTime{1500 * time.Millisecond, 20 * time.Millisecond, time.Hour, 0, 10 * time.Millisecond, ""},
	"process_cpu_time_old": ProcessCPUTime{User: time.Second, Missing: "iowait"},
	"exit_code":            ExitStatus{Known: true, Code: 7},
	"exit_signal":          ExitStatus{Known: true, Signal: syscall.SIGKILL, Core: true},
	"exit_unknown":         ExitStatus{},
	"ctx_switches":         CtxSwitches{10, 2, ""},
	"page_faults":          PageFaults{1, 2, 3, 4, ""},
	"user_ids":             UserIDs{0, 1000, 1<<32 - 2},
	"io_priority":          IOPriority{IOClassBestEffort, 4},
}

// checkGoldenFile compares the JSON of v with testdata/golden/NAME.json. With
// PSUTIL_GOLDEN=write in the environment the file is written.
func checkGoldenFile(t *testing.T, name string, v any) []byte {
	t.Helper()
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "golden", name+".json")
	if os.Getenv("PSUTIL_GOLDEN") == "write" {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(got)+"\n" != string(want) {
		t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, want)
	}
	// Within AppendJSON, and as an element, it is the same.
	if b, err := AppendJSON(nil, v); err != nil || !bytes.Equal(b, got) {
		t.Errorf("%s: AppendJSON: %s, %v", name, b, err)
	}
	list := reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(v)), 0, 1)
	list = reflect.Append(list, reflect.ValueOf(v))
	if b, err := AppendJSON(nil, list.Interface()); err != nil || string(b) != "["+string(got)+"]" {
		t.Errorf("%s: AppendJSON of a slice: %s, %v", name, b, err)
	}
	return got
}

func TestProcessGolden(t *testing.T) {
	for name, v := range processResults {
		checkGoldenFile(t, name, v)
	}
}

// TestProcessFieldOrder checks that the golden files start with the fields of
// psutil's named tuples.
func TestProcessFieldOrder(t *testing.T) {
	const pmem, pmmap = "rss vms shared text data", "rss size pss shared_clean shared_dirty private_clean private_dirty referenced anonymous swap"
	for name, fields := range map[string]string{
		"process_memory": pmem, "process_memory_ex": pmem + " peak_rss peak_vms rss_anon rss_file rss_shmem swap hugetlb",
		"process_memory_old": pmem + " peak_rss", "process_footprint": "uss pss swap", "memory_map": "path " + pmmap, "memory_region": "addr perms path " + pmmap,
		"process_io": "read_count write_count read_bytes write_bytes read_chars write_chars", "thread": "id user_time system_time",
		"open_file": "path fd position mode flags", "connection_tcp": "fd family type laddr raddr status pid",
		"connection_unix": "fd family type laddr raddr status pid", "process_cpu_time": "user system children_user children_system iowait",
		"ctx_switches": "voluntary involuntary", "page_faults": "minor major", "user_ids": "real effective saved", "io_priority": "ioclass value",
	} {
		b, err := json.Marshal(processResults[name])
		if err != nil {
			t.Fatal(err)
		}
		if keys := jsonKeys(t, b); !strings.HasPrefix(strings.Join(keys, " ")+" ", fields+" ") {
			t.Errorf("%s: fields %q, want first %q", name, keys, fields)
		}
	}
}

// jsonKeys returns the keys of an object in order.
func jsonKeys(t testing.TB, b []byte) (keys []string) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		key, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			t.Fatalf("%s: %v", b, err)
		}
		keys = append(keys, key.(string))
	}
	return keys
}

func TestProcessInfoGolden(t *testing.T) {
	info := testInfo(t)
	b := checkGoldenFile(t, "process_info", *info)
	if keys := jsonKeys(t, b); strings.Join(keys, ",") != AllFields.String() {
		t.Errorf("keys are %q", keys)
	}
	if pointer, err := json.Marshal(info); err != nil || !bytes.Equal(pointer, b) {
		t.Errorf("of a pointer: %s, %v", pointer, err)
	}

	// What is missing is null, what was not asked for is not there.
	info.reset(info.Process, FieldName|FieldPID|FieldEnviron|FieldCPUPercent|FieldCmdline)
	info.Name = "x"
	info.set(FieldName|FieldPID|FieldRSS, nil)
	denied := &ProcessError{Op: "info", PID: 812, Err: ErrAccessDenied}
	info.set(FieldEnviron|FieldExe, denied)
	info.set(FieldCPUPercent, rateTable[0].reason)
	info.set(FieldCmdline, nil)
	checkGoldenFile(t, "process_info_missing", *info)
	checkGoldenFile(t, "sample", Sample{At: time.Unix(1700000000, 0), Elapsed: 1500 * time.Millisecond, Processes: []ProcessInfo{*info},
		Started: []Process{info.Process}, Gone: []Process{info.Process}, NetUnowned: &NetRate{1024, 0.5}})
	if info.Valid != FieldName|FieldPID|FieldCmdline || info.Asked() != FieldName|FieldPID|FieldEnviron|FieldCPUPercent|FieldCmdline {
		t.Errorf("valid %v, asked %v", info.Valid, info.Asked())
	}
	for f, want := range map[Field]error{FieldName: nil, FieldEnviron: denied, FieldCPUPercent: error(rateTable[0].reason), FieldExe: nil, FieldRSS: nil} {
		if got := info.Err(f); got != want {
			t.Errorf("Err(%v) = %v, want %v", f, got, want)
		}
		value, ok := info.Value(f)
		if has := f == FieldName; ok != has || has != info.Has(f) || has != (value != nil) {
			t.Errorf("Value(%v) = %v, %v", f, value, ok)
		}
	}
	if v, ok := info.Value(0); ok || v != nil {
		t.Errorf("Value(0) = %v, %v", v, ok)
	}
	if v, ok := info.Value(1 << 63); ok || v != nil {
		t.Errorf("Value(1<<63) = %v, %v", v, ok)
	}
	if !info.Has(0) || !info.Has(FieldName|FieldPID) || info.Has(FieldName|FieldEnviron) {
		t.Error("Has wants all of the fields")
	}
	if got, want := info.String(), `pid=812 name="x" cmdline=[] environ=? cpu_percent=?`; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}

// TestProcessInfoUTF8 reads the JSON as a program that knows nothing of lone
// surrogates.
func TestProcessInfoUTF8(t *testing.T) {
	info := testInfo(t)
	b, err := json.Marshal(info)
	if err != nil || !json.Valid(b) {
		t.Fatalf("%s, %v", b, err)
	}
	for _, want := range []string{`"name":"a\"\\\n\u001b\udcff\u2028é"`, `"exe":"/bin/\udcfe"`, `"cmdline":["","a b","\udc80"]`, `"environ":{"A":"1","B":"\udcff"}`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%s is not in %s", want, b)
		}
	}
	var back struct {
		Name string
		PID  int
	}
	if err := json.Unmarshal(b, &back); err != nil || back.PID != 812 || back.Name != "a\"\\\n\x1b\ufffd\u2028é" {
		t.Errorf("%+v, %v", back, err)
	}
}

// checkGobTrip sends v through gob.
func checkGobTrip(t *testing.T, name string, v any) {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got := reflect.New(reflect.TypeOf(v))
	if err := gob.NewDecoder(&b).DecodeValue(got); err != nil || !reflect.DeepEqual(got.Elem().Interface(), v) {
		t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got.Elem().Interface(), v)
	}
}

func TestProcessGob(t *testing.T) {
	for name, v := range processResults {
		checkGobTrip(t, name, v)
	}
	info := testInfo(t)
	info.asked = 0 // which of them were asked for and not read is not kept
	info.CreateTime = info.CreateTime.UTC()
	checkGobTrip(t, "process_info", *info)
	checkGobTrip(t, "sample", Sample{At: time.Unix(1700000000, 0).UTC(), Elapsed: 1, Processes: []ProcessInfo{*info}, Started: []Process{info.Process},
		NetUnowned: &NetRate{1024, 0.5}})
	if info.Asked() != AllFields {
		t.Errorf("Asked() = %v", info.Asked())
	}
	b, err := json.Marshal(info)
	if want, _ := json.Marshal(testInfo(t)); err != nil || !bytes.Equal(b, want) {
		t.Errorf("JSON afterwards: %s, %v", b, err)
	}
}

func TestProcessInfoClone(t *testing.T) {
	info := testInfo(t)
	info.Valid &^= FieldExe
	info.errors = []fieldError{{FieldExe, ErrAccessDenied}}
	c := info.Clone()
	if !reflect.DeepEqual(c, info) {
		t.Errorf("clone %v of %v", c, info)
	}
	info.reset(Process{}, FieldName)
	info.set(FieldName, ErrZombieProcess)
	if c.Err(FieldExe) != ErrAccessDenied || c.Err(FieldName) != nil || c.PPID != 1 || c.Process.PID() != 812 {
		t.Errorf("the clone became %v", c)
	}
}

// TestProcessStrings checks that no result prints as JSON, or on two lines, or
// with what a terminal would obey.
func TestProcessStrings(t *testing.T) {
	results := map[string]any{"process_info": *testInfo(t), "sample": Sample{}, "process": testProcess(t)}
	maps.Copy(results, processResults)
	for name, v := range results {
		s, ok := v.(interface{ String() string })
		if !ok {
			t.Errorf("%s has no String", name)
			continue
		}
		text := s.String()
		if text == "" || strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%s prints as %q", name, text)
		}
	}
}
