package main

import (
	"bytes"
	"fmt"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// remarks say what the code does not tell: what of a function is different, or
// lacking, on Windows. They do not say whether it is supported.
var remarks = map[string]string{
	"CPUFreq":               "no `min`; not how far a CPU goes beyond the rate that it is set to",
	"CPUFreqPerCPU":         "as `CPUFreq`; of the caller's group of processors",
	"CPUCountUsable":        "by the affinity alone",
	"CPUTimesPercent":       "of what `CPUTimes` has",
	"CPUTimesPercentPerCPU": "of what `CPUTimes` has",
	"DiskPartitions":        "drives and mounted folders; no devices' numbers, mount IDs and propagation",
	"DiskPartitionsAll":     "as `DiskPartitions`",
	"DiskUsage":             "no inodes",
	"DiskIOCountersPerDisk": "whole disks",
	"NetConnections":        "TCP and UDP; no `fd`, `uid`, `inode`, `recv_q` and `send_q`",
	"NetConnectionsSeq":     "as `NetConnections`",
	"p.NetConnections":      "as `NetConnections`",
	"NetIfAddrs":            "no `ptp`",
	"SensorsBatteries":      "one for all",
	"SensorsBattery":        "one for all",
	"Users":                 "no terminal, PID and seat",
	"Sampler.Sample":        "not `FieldNetRate`",
	"p.Status":              "running or stopped",
	"p.Nice":                "the priority class",
	"p.SetNice":             "the priority class",
	"p.IONice":              "its own classes",
	"p.SetIONice":           "its own classes",
	"p.SetCPUAffinity":      "within one group of processors",
	"p.NumCtxSwitches":      "both kinds in one number",
	"p.MemoryMaps":          "size and what is resident",
	"p.MemoryRegions":       "size and what is resident",
	"p.OpenFiles":           "on disks",
	"p.OpenFDs":             "files and directories on disks",
	"p.SendSignal":          "SIGTERM, SIGKILL and SIGINT",
	"p.Terminate":           "ends it without asking",
}

// gaps are the functions that tests under Wine can't show to be right, by the keys of
// wineGaps: not at all, or part of what they do.
var gaps = map[string]struct {
	functions []string
	part      string
}{
	"thread state":                           {[]string{"p.Status", "p.Threads"}, "what is suspended"},
	"ProcessIoPriority":                      {[]string{"p.IONice", "p.SetIONice"}, ""},
	"IOCTL_DISK_PERFORMANCE":                 {[]string{"DiskIOCounters", "DiskIOCountersPerDisk"}, ""},
	"QueryWorkingSetEx":                      {[]string{"p.MemoryFootprint", "p.MemoryMaps", "p.MemoryRegions"}, "other processes than the caller"},
	"SERVICE_CONFIG_DELAYED_AUTO_START_INFO": {[]string{"WinServices", "WinService"}, "`delayed_start`"},
	"GetProcessIoCounters":                   {[]string{"p.IOCounters"}, ""},
	"SystemPageFileInformation":              {[]string{"SwapDevices"}, ""},
}

// others are the systems that have no glue yet.
var others = [][2]string{
	{"darwin", "arm64"}, {"freebsd", "amd64"}, {"openbsd", "amd64"}, {"netbsd", "amd64"}, {"dragonfly", "amd64"},
	{"solaris", "amd64"}, {"illumos", "amd64"}, {"aix", "ppc64"},
}

const head = `# Platforms

What works on which system. This page is made from the code, by ` + "`go generate`" + ` in
[internal/cmd/platforms](../internal/cmd/platforms/main.go); what a function reads on a
system, and what its values mean there, is in its comment.

A function that is not supported returns ` + "`ErrNotSupported`" + `. Fields that a system does
not tell are named in the result's ` + "`Missing`" + `, and here by their names in JSON; what a
Linux kernel lacks depends on its version and the machine. The functions of the package
are also methods of ` + "`System`" + `; a field of ` + "`Snapshot`, `Info` and `Sampler`" + ` is there where the
method of its name is.

Windows is tested under Wine, as a program for amd64 and for 386, and not on Windows
itself. Where Wine does something else than Windows, what is tested is the decoder, on
bytes laid out as the headers and the documentation say. "no test" is what no test that
runs there calls by its name.
`

// document returns the page, of the library in a directory.
func document(root string) ([]byte, error) {
	linux, err := load(root, "linux", "amd64")
	if err != nil {
		return nil, err
	}
	windows, err := load(root, "windows", "amd64")
	if err != nil {
		return nil, err
	}
	other, err := load(root, others[0][0], others[0][1])
	if err != nil {
		return nil, err
	}
	for _, o := range others[1:] {
		same, err := load(root, o[0], o[1])
		if err != nil {
			return nil, err
		}
		if !slices.Equal(same.names, other.names) {
			return nil, fmt.Errorf("%s has other files than %s: give it a column", o[0], others[0][0])
		}
	}
	p := page{linux: linux, windows: windows, other: other, tested: windows.tested()}
	if p.wine, err = windows.wineGaps(); err != nil {
		return nil, err
	}
	if !slices.Equal(slices.Sorted(maps.Keys(p.wine)), slices.Sorted(maps.Keys(gaps))) {
		return nil, fmt.Errorf("gaps has %q, wineGaps of the tests %q", slices.Sorted(maps.Keys(gaps)), slices.Sorted(maps.Keys(p.wine)))
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return nil, err
	}
	return p.write(readme)
}

// A page is what the document is made of.
type page struct {
	linux, windows, other *code
	tested                map[*types.Func]bool
	wine                  map[string]string
	anywhere              []string // functions that ask the system for nothing
	told                  map[string]bool
}

var (
	heading  = regexp.MustCompile(`^### (.*)`)
	firstRow = regexp.MustCompile("^\\| (`.*?) \\|")
	quoted   = regexp.MustCompile("`([^`]*)`")
)

// write writes the tables of README.md with other columns.
func (p *page) write(readme []byte) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(head)
	p.told = make(map[string]bool)
	var group string
	for line := range strings.SplitSeq(string(readme), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if m := heading.FindStringSubmatch(line); m != nil {
			group = m[1]
		}
		m := firstRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(m[1], -1) {
			row := p.row(name[1])
			if row == "" {
				continue
			}
			if group != "" {
				fmt.Fprintf(&b, "\n## %s\n\n| | Linux | Windows | other systems | how it is tested on Windows |\n|---|---|---|---|---|\n", group)
				group = ""
			}
			b.WriteString(row)
		}
	}
	for name := range remarks {
		if !p.told[name] {
			return nil, fmt.Errorf("a remark about %s, which no table of README.md has", name)
		}
	}
	b.WriteString("\n## Everywhere\n\nThese ask the system for nothing, or set up something that does: " +
		strings.Join(p.anywhere, ", ") + ".\nAn option that only some systems have says so in its comment.\n")
	b.WriteString("\n## Wine\n\nWhat Wine 10 does not do as Windows does, so that tests which need it skip:\n\n| | Wine |\n|---|---|\n")
	for _, api := range slices.Sorted(maps.Keys(p.wine)) {
		fmt.Fprintf(&b, "| %s | %s |\n", api, p.wine[api])
	}
	return b.Bytes(), nil
}

// row is the row of a function, empty for what has none.
func (p *page) row(name string) string {
	f := p.linux.function(name)
	if f == nil {
		return ""
	}
	var (
		onWindows  = p.windows.function(name)
		linux      = p.linux.refuses(f, nil)
		windows    = p.windows.refuses(onWindows, nil)
		other      = p.other.refuses(p.other.function(name), nil)
		whatIsLeft = p.remark(name, f, onWindows)
		how        = "–"
	)
	if linux == nil && windows == nil && other == nil && remarks[name] == "" {
		p.anywhere = append(p.anywhere, "`"+name+"`")
		return ""
	}
	if windows == nil {
		how = p.how(name, onWindows)
	} else {
		whatIsLeft = ""
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", name, verdict(linux, ""), verdict(windows, whatIsLeft), verdict(other, ""), how)
}

func verdict(r *refusal, partly string) string {
	switch {
	case r != nil && r.need != "":
		return "not supported: it needs " + r.need
	case r != nil:
		return "not supported"
	case partly != "":
		return "partly: " + partly
	}
	return "works"
}

// remark is what Windows lacks of a function's results that Linux has.
func (p *page) remark(name string, onLinux, onWindows *types.Func) string {
	var parts []string
	if r := remarks[name]; r != "" {
		p.told[name] = true
		parts = append(parts, r)
	}
	never, _ := p.linux.lacks(onLinux)
	lacks, has := p.windows.lacks(onWindows)
	lacks = slices.DeleteFunc(lacks, func(field string) bool { return slices.Contains(never, field) })
	switch {
	case len(lacks) > 2*len(has):
		parts = append(parts, "only `"+strings.Join(has, "`, `")+"`")
	case len(lacks) > 0:
		parts = append(parts, "no `"+strings.Join(lacks, "`, `")+"`")
	}
	return strings.Join(parts, "; ")
}

// how says how a function is tested on Windows.
func (p *page) how(name string, f *types.Func) string {
	for _, api := range slices.Sorted(maps.Keys(gaps)) {
		gap := gaps[api]
		switch {
		case !slices.Contains(gap.functions, name):
		case gap.part == "":
			return fmt.Sprintf("decoder only: in Wine %s %s", api, p.wine[api])
		default:
			return fmt.Sprintf("run under Wine, but for %s: there %s %s", gap.part, api, p.wine[api])
		}
	}
	if p.tested[f] {
		return "run under Wine"
	}
	return "no test"
}
