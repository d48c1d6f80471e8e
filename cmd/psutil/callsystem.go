package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/go-psutil/psutil"
)

// A call is one function of psutil's, or of this program's own.
type call struct {
	name    string
	doc     string
	params  []param
	process bool // of a process: pid and create_token are arguments too
	// results are zero values of the types it answers with; nil is null.
	results []any
	run     func(*invocation) (any, error)
}

// An invocation is a call that is under way.
type invocation struct {
	ctx  context.Context
	conv *conversation
	sys  *psutil.System
	proc psutil.Process // of a call of a process
	args map[string]any
}

// arg returns an argument, and whether it was passed or has a default.
func arg[T any](in *invocation, name string) (T, bool) {
	value, ok := in.args[name].(T)
	return value, ok
}

// flag returns an argument that is true or false.
func (in *invocation) flag(name string) bool {
	on, _ := arg[bool](in, name)
	return on
}

// listArg returns an argument that is a list.
func listArg[T any](in *invocation, name string) (elements []T, ok bool) {
	values, ok := arg[[]any](in, name)
	for _, v := range values {
		elements = append(elements, v.(T))
	}
	return elements, ok
}

// withTimeout returns the context for a call that waits: it ends with the
// argument timeout, when the user interrupts the program, and when nobody reads
// the answers any more. That the input ends says nothing: a client may write all
// its requests first and then read the answers.
func (in *invocation) withTimeout() (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(in.ctx)
	interrupt := make(chan os.Signal, 1)
	if !signal.Ignored(os.Interrupt) {
		signal.Notify(interrupt, os.Interrupt)
	}
	unread, unwatch := watchReader(in.conv.answers)
	go func() {
		select {
		case <-interrupt:
			end(errInterrupted)
		case <-unread:
			end(errNoReader)
		case <-ctx.Done():
		}
	}()
	stop := func() {
		end(nil)
		signal.Stop(interrupt)
		unwatch()
	}
	timeout, ok := arg[time.Duration](in, "timeout")
	if !ok {
		return ctx, stop
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	return limited, func() { cancel(); stop() }
}

// sleep waits for the argument interval, or for shortest if that is longer. It
// returns false at once if there is none, or it is 0.
func (in *invocation) sleep() (slept bool, err error) {
	d, _ := arg[time.Duration](in, "interval")
	if d == 0 {
		return false, nil
	}
	ctx, stop := in.withTimeout()
	defer stop()
	timer := time.NewTimer(max(d, shortest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true, nil
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
}

// cpuTimes reads the CPUs and returns what they were at the beginning of the
// interval, or without one at the last such call: nil if this is the first, or
// the kernel's clock has not ticked since.
func (in *invocation) cpuTimes(name string) (now, before []psutil.PerCPUTime, err error) {
	known := in.conv.cpus[cpuKey{name, in.flag("percpu")}]
	now, err1 := in.sys.CPUTimesPerCPU()
	if len(now) == 0 {
		return nil, nil, err1
	}
	old := known.add(now, time.Now())
	slept, err := in.sleep()
	if err != nil {
		return nil, nil, err
	}
	if slept {
		if now, err = in.sys.CPUTimesPerCPU(); len(now) == 0 {
			return nil, nil, err
		}
		old = known.add(now, time.Now())
	}
	if old != nil && slices.ContainsFunc(psutil.CPUTimesSince(now, old.value), ticked) {
		before = old.value
	}
	return now, before, errors.Join(err1, err)
}

// ticked reports whether a CPU has spent any time.
func ticked(spent psutil.PerCPUTime) bool { return spent.Total() > 0 }

// eachCPU answers a value for what each CPU has spent, null for nothing.
func eachCPU(now, before []psutil.PerCPUTime, value func(psutil.PerCPUTime) any) []any {
	spent := psutil.CPUTimesSince(now, before)
	values := make([]any, len(spent))
	for i, t := range spent {
		if ticked(t) {
			values[i] = value(t)
		}
	}
	return values
}

// systemCalls are the calls about the machine.
func systemCalls() []call {
	return []call{
		{
			name: "cpu_times", doc: "CPU time since boot, in seconds",
			params:  []param{percpu},
			results: []any{psutil.CPUTime{}, []psutil.PerCPUTime(nil)},
			run: func(in *invocation) (any, error) {
				if in.flag("percpu") {
					return rows(in.sys.CPUTimesPerCPU())
				}
				return orError(in.sys.CPUTimes())
			},
		},
		{
			name: "cpu_percent", doc: "how busy the CPUs are, 0 to 100",
			params:  []param{interval, percpu},
			results: []any{0.0, []float64(nil), nil},
			run: func(in *invocation) (any, error) {
				now, before, err := in.cpuTimes("cpu_percent")
				switch {
				case before == nil:
					return nil, err
				case !in.flag("percpu"):
					return psutil.CPUPercentSince(now, before), err
				}
				return eachCPU(now, before, func(t psutil.PerCPUTime) any { return t.Percent(psutil.CPUTime{}) }), err
			},
		},
		{
			name: "cpu_times_percent", doc: "which share of the CPUs' time goes where, 0 to 100",
			params:  []param{interval, percpu},
			results: []any{psutil.CPUTimePercent{}, []psutil.PerCPUTimePercent(nil), nil},
			run: func(in *invocation) (any, error) {
				now, before, err := in.cpuTimes("cpu_times_percent")
				switch {
				case before == nil:
					return nil, err
				case !in.flag("percpu"):
					return psutil.CPUTimesPercentSince(now, before), err
				}
				return eachCPU(now, before, func(t psutil.PerCPUTime) any {
					return psutil.PerCPUTimePercent{CPUTimePercent: t.Percentages(psutil.CPUTime{}), CPU: t.CPU}
				}), err
			},
		},
		{
			name: "cpu_count", doc: "number of CPUs, or of cores",
			params:  []param{{"logical", kindBool, "true", "count hardware threads, not cores"}},
			results: []any{0, nil},
			run: func(in *invocation) (any, error) {
				if in.flag("logical") {
					return orNull(in.sys.CPUCount())
				}
				return orNull(in.sys.CPUCountCores())
			},
		},
		get("cpu_count_usable", "number of CPUs that affinity and control groups leave", (*psutil.System).CPUCountUsable),
		get("cpu_stats", "counts of events since boot", (*psutil.System).CPUStats),
		{
			name: "cpu_freq", doc: "clock rates, in MHz",
			params:  []param{percpu},
			results: []any{psutil.CPUFrequency{}, []psutil.PerCPUFrequency(nil), nil},
			run: func(in *invocation) (any, error) {
				if in.flag("percpu") {
					return orEmpty(in.sys.CPUFreqPerCPU())
				}
				return orNull(in.sys.CPUFreq())
			},
		},
		get("cpu_info", "model, caches, flags and NUMA nodes of the CPUs", (*psutil.System).CPUInfo),
		{
			name: "getloadavg", doc: "load averages over 1, 5 and 15 minutes",
			results: []any{[]float64(nil)},
			run: func(in *invocation) (any, error) {
				l, err := in.sys.LoadAvg()
				if err != nil {
					return nil, err
				}
				return []float64{l.Load1, l.Load5, l.Load15}, nil
			},
		},
		get("virtual_memory", "use of memory, in bytes", (*psutil.System).VirtualMemory),
		get("swap_memory", "use of swap space, in bytes", (*psutil.System).SwapMemory),
		getRows("swap_devices", "swap partitions and files", (*psutil.System).SwapDevices),
		{
			name: "disk_partitions", doc: "mounted file systems",
			params:  []param{{"all", kindBool, "false", "also those without a device"}},
			results: []any{[]psutil.DiskPartition(nil)},
			run: func(in *invocation) (any, error) {
				if in.flag("all") {
					return rows(in.sys.DiskPartitionsAll())
				}
				return rows(in.sys.DiskPartitions())
			},
		},
		{
			name: "disk_usage", doc: "how full a file system is, in bytes",
			params: []param{
				{"path", kindText, "", "a file or directory of the file system"},
				{"timeout", kindSeconds, "null", "how long to wait for a file system that hangs"},
			},
			results: []any{psutil.DiskSpace{}},
			run: func(in *invocation) (any, error) {
				path, _ := arg[string](in, "path")
				ctx, cancel := in.withTimeout()
				defer cancel()
				space, err := in.sys.DiskUsage(ctx, path)
				if why := interrupted(ctx); err != nil && why != nil {
					err = fmt.Errorf("disk_usage: %w", why)
				}
				return orError(space, err)
			},
		},
		{
			name: "disk_io_counters", doc: "what disks have done since boot; without disks null",
			params:  []param{{"perdisk", kindBool, "false", "by disk and partition"}, nowrap},
			results: []any{psutil.DiskIO{}, map[string]psutil.DiskIO(nil), nil},
			run: func(in *invocation) (any, error) {
				if !in.flag("perdisk") {
					return orNull(in.sys.DiskIOCounters())
				}
				disks, err := orEmpty(in.sys.DiskIOCountersPerDisk())
				return byName(disks, err, func(d psutil.DiskIO) string { return d.Name })
			},
		},
		{
			name: "net_io_counters", doc: "what has passed through network interfaces",
			params:  []param{{"pernic", kindBool, "false", "by interface"}, nowrap},
			results: []any{psutil.NetIO{}, map[string]psutil.NetIO(nil), nil},
			run: func(in *invocation) (any, error) {
				nics, err := in.sys.NetIOCountersPerNIC()
				if in.flag("pernic") {
					nics, err = orEmpty(nics, err)
					return byName(nics, err, func(n psutil.NetIO) string { return n.Name })
				}
				if len(nics) == 0 {
					return orNull[any](nil, err)
				}
				return orError(in.sys.NetIOCounters())
			},
		},
		{
			name: "net_connections", doc: "sockets and the processes that hold them",
			params:  []param{connKind},
			results: []any{[]psutil.Connection(nil)},
			run: func(in *invocation) (any, error) {
				kind, err := in.connKind()
				if err != nil {
					return nil, err
				}
				return rows(in.sys.NetConnections(kind))
			},
		},
		{
			name: "net_if_addrs", doc: "addresses of each network interface",
			results: []any{map[string][]psutil.NetIfAddr(nil)},
			run: func(in *invocation) (any, error) {
				addrs, err := in.sys.NetIfAddrs()
				return groupByName(addrs, err, func(a psutil.NetIfAddr) string { return a.Name })
			},
		},
		{
			name: "net_if_stats", doc: "state of each network interface",
			results: []any{map[string]psutil.NetIfStat(nil)},
			run: func(in *invocation) (any, error) {
				nics, err := in.sys.NetIfStats()
				return byName(nics, err, func(n psutil.NetIfStat) string { return n.Name })
			},
		},
		{
			name: "sensors_temperatures", doc: "temperatures by chip, in degrees Celsius",
			params:  []param{{"fahrenheit", kindBool, "false", "in degrees Fahrenheit"}},
			results: []any{map[string][]psutil.Temperature(nil)},
			run: func(in *invocation) (any, error) {
				temps, err := in.sys.SensorsTemperatures()
				if in.flag("fahrenheit") {
					for i, t := range temps {
						temps[i] = t.Fahrenheit()
					}
				}
				return groupByName(temps, err, func(t psutil.Temperature) string { return t.Chip })
			},
		},
		{
			name: "sensors_fans", doc: "fans by chip, in revolutions per minute",
			results: []any{map[string][]psutil.Fan(nil)},
			run: func(in *invocation) (any, error) {
				fans, err := in.sys.SensorsFans()
				return groupByName(fans, err, func(f psutil.Fan) string { return f.Chip })
			},
		},
		{
			name: "sensors_battery", doc: "the first battery",
			results: []any{psutil.Battery{}, nil},
			run: func(in *invocation) (any, error) {
				return orNull(in.sys.SensorsBattery())
			},
		},
		getRows("sensors_batteries", "all batteries", (*psutil.System).SensorsBatteries),
		getReadings("sensors_voltages", "voltages by chip, in volts", (*psutil.System).SensorsVoltages),
		getReadings("sensors_currents", "electric currents by chip, in amperes", (*psutil.System).SensorsCurrents),
		getReadings("sensors_powers", "power by chip, in watts", (*psutil.System).SensorsPowers),
		getReadings("sensors_energies", "energy used by chip, in joules", (*psutil.System).SensorsEnergies),
		getReadings("sensors_humidities", "relative humidity by chip, in percent", (*psutil.System).SensorsHumidities),
		getRows("users", "logins that are open", (*psutil.System).Users),
		getRows("win_service_iter", "the services of Windows", (*psutil.System).WinServices),
		{
			name: "win_service_get", doc: "a service of Windows",
			params:  []param{{"name", kindText, "", "what the service is known by, such as EventLog"}},
			results: []any{psutil.WindowsService{}},
			run: func(in *invocation) (any, error) {
				name, _ := arg[string](in, "name")
				service, err := in.sys.WinService(name)
				if service.Name == "" {
					return nil, err
				}
				return service, err
			},
		},
		get("boot_time", "when the machine was started, in seconds since 1970", (*psutil.System).BootTime),
		get("uptime", "how long ago the machine was started, in seconds", (*psutil.System).Uptime),
		get("host_info", "what the machine and its system are called", (*psutil.System).HostInfo),
		get("pressure", "share of time lost for want of CPUs, memory and IO", (*psutil.System).Pressure),
		get("cgroup_limits", "what control groups allow this program", (*psutil.System).CgroupLimits),
		unsupported("heap_info", "C heap of the calling program", "to run within that program", heap{}),
		unsupported("heap_trim", "gives back memory of that heap", "to run within that program", nil),
		{
			name: "bytes2human", doc: "a number of bytes with a unit",
			params:  []param{{"n", kindNumber, "", "bytes"}},
			results: []any{""},
			run: func(in *invocation) (any, error) {
				n, _ := arg[float64](in, "n")
				return psutil.Bytes2Human(n), nil
			},
		},
		getRows("pids", "the PIDs in use", (*psutil.System).PIDs),
		{
			name: "pid_exists", doc: "whether a process has that PID",
			params:  []param{{"pid", kindInt, "", "process ID"}},
			results: []any{false},
			run: func(in *invocation) (any, error) {
				pid, _ := arg[int](in, "pid")
				return orError(in.sys.PIDExists(pid))
			},
		},
		{
			name: "process_iter", doc: "every process, in order of PID; without attrs its handle",
			params:  []param{attrs, adValue},
			results: []any{[]handle(nil), []anyFields(nil)},
			run:     processIter,
		},
		{
			name: "wait_procs", doc: "waits until processes have ended",
			params: []param{
				{"procs", kindProcs, "", "PIDs, PID:TOKEN, or objects like that of process.new"},
				{"timeout", kindSeconds, "null", "how long to wait"},
			},
			results: []any{waited{}},
			run:     waitProcs,
		},
	}
}

// The arguments that several calls have.
var (
	percpu   = param{"percpu", kindBool, "false", "for each CPU, in order"}
	interval = param{"interval", kindSeconds, "null", "how long to measure; without, since the last call of the conversation, null in the first"}
	nowrap   = param{"nowrap", kindBool, "true", "accepted for psutil's sake: counters are always the kernel's own"}
	connKind = param{"kind", kindText, `"inet"`, "all, inet, inet4, inet6, tcp, tcp4, tcp6, udp, udp4, udp6 or unix"}
	attrs    = param{"attrs", kindNames, "null", "names of the fields"}
	adValue  = param{"ad_value", kindAny, "null", "stands for what access is denied to"}
)

func (in *invocation) connKind() (psutil.ConnKind, error) {
	kind, _ := arg[string](in, "kind")
	return psutil.ParseConnKind(kind)
}

// get is a call without arguments.
func get[T any](name, doc string, f func(*psutil.System) (T, error)) call {
	var zero T
	return call{name: name, doc: doc, results: []any{zero}, run: func(in *invocation) (any, error) {
		return orError(f(in.sys))
	}}
}

// getRows is a call without arguments that may have rows beside an error.
func getRows[T any](name, doc string, f func(*psutil.System) ([]T, error)) call {
	c := get(name, doc, f)
	c.run = func(in *invocation) (any, error) { return rows(f(in.sys)) }
	return c
}

func getReadings(name, doc string, f func(*psutil.System) ([]psutil.SensorReading, error)) call {
	return call{
		name: name, doc: doc,
		results: []any{map[string][]psutil.SensorReading(nil)},
		run: func(in *invocation) (any, error) {
			readings, err := f(in.sys)
			return groupByName(readings, err, func(r psutil.SensorReading) string { return r.Chip })
		},
	}
}

// unsupported is a call of psutil's that makes no sense from another program.
func unsupported(name, doc, need string, result any) call {
	return call{name: name, doc: doc + "; not supported here", results: []any{result}, run: func(*invocation) (any, error) {
		return nil, &psutil.NotSupportedError{Op: name, Need: need}
	}}
}

// heap is psutil's pheap.
type heap struct {
	Used   uint64 `json:"heap_used"`
	Mapped uint64 `json:"mmap_used"`
}

// orError drops the result if there is an error.
func orError[T any](result T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return result, nil
}

// orNull answers null for what the machine does not have, as psutil's None.
func orNull[T any](result T, err error) (any, error) {
	if errors.Is(err, psutil.ErrNotSupported) {
		return nil, nil
	}
	return orError(result, err)
}

// orEmpty answers no rows for what the machine does not have.
func orEmpty[T any](list []T, err error) ([]T, error) {
	if errors.Is(err, psutil.ErrNotSupported) {
		err = nil
	}
	return list, err
}

// rows keeps the rows that could be read beside an error.
func rows[T any](list []T, err error) (any, error) {
	if err != nil && len(list) == 0 {
		return nil, err
	}
	return list, err
}

func byName[T any](list []T, err error, name func(T) string) (any, error) {
	if err != nil && len(list) == 0 {
		return nil, err
	}
	named := make(map[string]T, len(list))
	for _, row := range list {
		named[name(row)] = row
	}
	return named, err
}

func groupByName[T any](list []T, err error, name func(T) string) (any, error) {
	if err != nil && len(list) == 0 {
		return nil, err
	}
	named := make(map[string][]T)
	for _, row := range list {
		named[name(row)] = append(named[name(row)], row)
	}
	return named, err
}
