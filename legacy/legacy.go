// Package legacy has the names of psutil 1.x in Go's spelling, for who ports a program
// from those times: the module's constants and get_* functions, and the get_* and set_*
// methods of Process as functions that take the process first.
//
// psutil 2.0 renamed them all and kept the old names for a while, with a warning. Here
// the warning is a comment that editors and linters show, and the tool can do the
// work: each function is one call of its replacement, which
//
//	go fix ./...
//
// puts in its place, in every file that is built for the system it runs on. Afterwards
// nothing of this package is left in the program.
//
// TOTAL_PHYMEM and the functions of the memory were one number each. Their
// replacements tell several at once, and so do they; the comment says which.
//
// The methods that keep their name, and the properties name, exe, cmdline and so on,
// which are methods since 2.0, are those of [psutil.Process].
//
// Deprecated: Use [github.com/go-psutil/psutil].
package legacy

import (
	"context"
	"iter"
	"time"

	"github.com/go-psutil/psutil"
)

// NumCPUs is psutil's NUM_CPUS.
//
// Deprecated: Use [psutil.CPUCount].
//
//go:fix inline
func NumCPUs() (int, error) { return psutil.CPUCount() }

// BootTime is psutil's BOOT_TIME.
//
// Deprecated: Use [psutil.BootTime].
//
//go:fix inline
func BootTime() (time.Time, error) { return psutil.BootTime() }

// TotalPhymem is psutil's TOTAL_PHYMEM, as Total.
//
// Deprecated: Use [psutil.VirtualMemory].
//
//go:fix inline
func TotalPhymem() (psutil.MemoryUsage, error) { return psutil.VirtualMemory() }

// GetBootTime is psutil's get_boot_time.
//
// Deprecated: Use [psutil.BootTime].
//
//go:fix inline
func GetBootTime() (time.Time, error) { return psutil.BootTime() }

// GetPIDList is psutil's get_pid_list.
//
// Deprecated: Use [psutil.PIDs].
//
//go:fix inline
func GetPIDList() ([]int, error) { return psutil.PIDs() }

// GetProcessList is psutil's get_process_list.
//
// Deprecated: Use [psutil.Processes].
//
//go:fix inline
func GetProcessList() iter.Seq2[psutil.Process, error] { return psutil.Processes() }

// GetUsers is psutil's get_users.
//
// Deprecated: Use [psutil.Users].
//
//go:fix inline
func GetUsers() ([]psutil.User, error) { return psutil.Users() }

// NetworkIOCounters is psutil's network_io_counters.
//
// Deprecated: Use [psutil.NetIOCounters].
//
//go:fix inline
func NetworkIOCounters() (psutil.NetIO, error) { return psutil.NetIOCounters() }

// PhymemUsage is psutil's phymem_usage.
//
// Deprecated: Use [psutil.VirtualMemory].
//
//go:fix inline
func PhymemUsage() (psutil.MemoryUsage, error) { return psutil.VirtualMemory() }

// AvailPhymem is psutil's avail_phymem, as Available.
//
// Deprecated: Use [psutil.VirtualMemory].
//
//go:fix inline
func AvailPhymem() (psutil.MemoryUsage, error) { return psutil.VirtualMemory() }

// UsedPhymem is psutil's used_phymem, as Used.
//
// Deprecated: Use [psutil.VirtualMemory].
//
//go:fix inline
func UsedPhymem() (psutil.MemoryUsage, error) { return psutil.VirtualMemory() }

// CachedPhymem is psutil's cached_phymem, as Cached.
//
// Deprecated: Use [psutil.VirtualMemory].
//
//go:fix inline
func CachedPhymem() (psutil.MemoryUsage, error) { return psutil.VirtualMemory() }

// PhymemBuffers is psutil's phymem_buffers, as Buffers.
//
// Deprecated: Use [psutil.VirtualMemory].
//
//go:fix inline
func PhymemBuffers() (psutil.MemoryUsage, error) { return psutil.VirtualMemory() }

// VirtmemUsage is psutil's virtmem_usage.
//
// Deprecated: Use [psutil.SwapMemory].
//
//go:fix inline
func VirtmemUsage() (psutil.SwapUsage, error) { return psutil.SwapMemory() }

// TotalVirtmem is psutil's total_virtmem, as Total.
//
// Deprecated: Use [psutil.SwapMemory].
//
//go:fix inline
func TotalVirtmem() (psutil.SwapUsage, error) { return psutil.SwapMemory() }

// AvailVirtmem is psutil's avail_virtmem, as Free.
//
// Deprecated: Use [psutil.SwapMemory].
//
//go:fix inline
func AvailVirtmem() (psutil.SwapUsage, error) { return psutil.SwapMemory() }

// UsedVirtmem is psutil's used_virtmem, as Used.
//
// Deprecated: Use [psutil.SwapMemory].
//
//go:fix inline
func UsedVirtmem() (psutil.SwapUsage, error) { return psutil.SwapMemory() }

// GetChildren is psutil's Process.get_children.
//
// Deprecated: Use [psutil.Process.Children].
//
//go:fix inline
func GetChildren(p psutil.Process, recursive bool) ([]psutil.Process, error) {
	return p.Children(recursive)
}

// GetConnections is psutil's Process.get_connections.
//
// Deprecated: Use [psutil.Process.NetConnections].
//
//go:fix inline
func GetConnections(p psutil.Process, kind psutil.ConnKind) ([]psutil.Connection, error) {
	return p.NetConnections(kind)
}

// GetCPUAffinity is psutil's Process.get_cpu_affinity.
//
// Deprecated: Use [psutil.Process.CPUAffinity].
//
//go:fix inline
func GetCPUAffinity(p psutil.Process) ([]int, error) { return p.CPUAffinity() }

// GetCPUPercent is psutil's Process.get_cpu_percent.
//
// Deprecated: Use [psutil.Process.CPUPercent].
//
//go:fix inline
func GetCPUPercent(p psutil.Process, ctx context.Context, interval time.Duration) (float64, error) {
	return p.CPUPercent(ctx, interval)
}

// GetCPUTimes is psutil's Process.get_cpu_times.
//
// Deprecated: Use [psutil.Process.CPUTimes].
//
//go:fix inline
func GetCPUTimes(p psutil.Process) (psutil.ProcessCPUTime, error) { return p.CPUTimes() }

// GetCwd is psutil's Process.getcwd.
//
// Deprecated: Use [psutil.Process.Cwd].
//
//go:fix inline
func GetCwd(p psutil.Process) (string, error) { return p.Cwd() }

// GetExtMemoryInfo is psutil's Process.get_ext_memory_info.
//
// Deprecated: Use [psutil.Process.MemoryInfoEx].
//
//go:fix inline
func GetExtMemoryInfo(p psutil.Process) (psutil.ProcessMemoryEx, error) { return p.MemoryInfoEx() }

// GetIOCounters is psutil's Process.get_io_counters.
//
// Deprecated: Use [psutil.Process.IOCounters].
//
//go:fix inline
func GetIOCounters(p psutil.Process) (psutil.ProcessIO, error) { return p.IOCounters() }

// GetIONice is psutil's Process.get_ionice.
//
// Deprecated: Use [psutil.Process.IONice].
//
//go:fix inline
func GetIONice(p psutil.Process) (psutil.IOPriority, error) { return p.IONice() }

// GetMemoryInfo is psutil's Process.get_memory_info.
//
// Deprecated: Use [psutil.Process.MemoryInfo].
//
//go:fix inline
func GetMemoryInfo(p psutil.Process) (psutil.ProcessMemory, error) { return p.MemoryInfo() }

// GetMemoryMaps is psutil's Process.get_memory_maps.
//
// Deprecated: Use [psutil.Process.MemoryMaps].
//
//go:fix inline
func GetMemoryMaps(p psutil.Process) ([]psutil.MemoryMap, error) { return p.MemoryMaps() }

// GetMemoryPercent is psutil's Process.get_memory_percent.
//
// Deprecated: Use [psutil.Process.MemoryPercent].
//
//go:fix inline
func GetMemoryPercent(p psutil.Process) (float64, error) { return p.MemoryPercent("rss") }

// GetNice is psutil's Process.get_nice.
//
// Deprecated: Use [psutil.Process.Nice].
//
//go:fix inline
func GetNice(p psutil.Process) (int, error) { return p.Nice() }

// GetNumCtxSwitches is psutil's Process.get_num_ctx_switches.
//
// Deprecated: Use [psutil.Process.NumCtxSwitches].
//
//go:fix inline
func GetNumCtxSwitches(p psutil.Process) (psutil.CtxSwitches, error) { return p.NumCtxSwitches() }

// GetNumFDs is psutil's Process.get_num_fds.
//
// Deprecated: Use [psutil.Process.NumFDs].
//
//go:fix inline
func GetNumFDs(p psutil.Process) (int, error) { return p.NumFDs() }

// GetNumHandles is psutil's Process.get_num_handles.
//
// Deprecated: Use [psutil.Process.NumHandles].
//
//go:fix inline
func GetNumHandles(p psutil.Process) (int, error) { return p.NumHandles() }

// GetNumThreads is psutil's Process.get_num_threads.
//
// Deprecated: Use [psutil.Process.NumThreads].
//
//go:fix inline
func GetNumThreads(p psutil.Process) (int, error) { return p.NumThreads() }

// GetOpenFiles is psutil's Process.get_open_files.
//
// Deprecated: Use [psutil.Process.OpenFiles].
//
//go:fix inline
func GetOpenFiles(p psutil.Process) ([]psutil.OpenFile, error) { return p.OpenFiles() }

// GetRlimit is psutil's Process.get_rlimit.
//
// Deprecated: Use [psutil.Process.Rlimit].
//
//go:fix inline
func GetRlimit(p psutil.Process, resource psutil.Resource) (psutil.Rlimit, error) {
	return p.Rlimit(resource)
}

// GetThreads is psutil's Process.get_threads.
//
// Deprecated: Use [psutil.Process.Threads].
//
//go:fix inline
func GetThreads(p psutil.Process) ([]psutil.Thread, error) { return p.Threads() }

// SetCPUAffinity is psutil's Process.set_cpu_affinity.
//
// Deprecated: Use [psutil.Process.SetCPUAffinity].
//
//go:fix inline
func SetCPUAffinity(p psutil.Process, cpus []int) error { return p.SetCPUAffinity(cpus) }

// SetIONice is psutil's Process.set_ionice.
//
// Deprecated: Use [psutil.Process.SetIONice].
//
//go:fix inline
func SetIONice(p psutil.Process, prio psutil.IOPriority) error { return p.SetIONice(prio) }

// SetNice is psutil's Process.set_nice.
//
// Deprecated: Use [psutil.Process.SetNice].
//
//go:fix inline
func SetNice(p psutil.Process, nice int) error { return p.SetNice(nice) }

// SetRlimit is psutil's Process.set_rlimit.
//
// Deprecated: Use [psutil.Process.SetRlimit].
//
//go:fix inline
func SetRlimit(p psutil.Process, resource psutil.Resource, limit psutil.Rlimit) error {
	return p.SetRlimit(resource, limit)
}
