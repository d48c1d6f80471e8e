// Package psutil reads the running processes and the CPU, memory, disks,
// network and sensors of a machine, exactly and without cgo.
//
// Its names are those of Python's psutil in Go's spelling: cpu_times is
// [CPUTimes], virtual_memory is [VirtualMemory], net_connections is
// [NetConnections], and the methods of psutil.Process are those of [Process].
// A setter begins with Set. What psutil selects by a flag, such as percpu or
// pernic, is a function of its own, such as [CPUTimesPerCPU].
//
//	mem, err := psutil.VirtualMemory()
//	if err != nil {
//		return err
//	}
//	fmt.Printf("%.1f%% of memory in use\n", mem.Percent)
//
// The functions look at the machine that the program runs on. Each is also a
// method of [System], for a machine whose files are elsewhere. The doc of a
// function says what it reads at each call, because that is what it costs.
//
// # Processes and identity
//
// The kernel uses PIDs again. A [Process] therefore is a PID and the kernel's
// start token, [Process.Token], which does not move when the clock is set. It
// is a small value: == says whether two of one System are the same process, and
// it may be the key of a map. It caches nothing, and there is nothing to close.
//
//	p, err := psutil.NewProcess(4711)
//	if err != nil {
//		return err
//	}
//	if err := p.Terminate(); errors.Is(err, psutil.ErrNoSuchProcess) {
//		fmt.Println("gone, and whoever has its PID now was left alone")
//	}
//
// What signals or changes a process, and [Process.PPID], [Process.Parent],
// [Process.Parents] and [Process.Children], check that it is still the same
// process. [Process.IsRunning] asks just that. The text of a Process,
// "812:45120", carries it to another program on the same boot of the machine.
//
// [Processes] iterates over all of them. To read several things of a process,
// or of all, ask for a set of [Field] at once: [Process.Info] and [Snapshot]
// read each file that the fields need once, and no other.
//
//	for info, err := range psutil.Snapshot(psutil.FieldName | psutil.FieldRSS) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(info.Process.PID(), info.Name, info.RSS)
//	}
//
// # Errors
//
// The conditions that a program may want to tell apart are [ErrNoSuchProcess],
// [ErrZombieProcess], [ErrAccessDenied], [ErrNotSupported], [ErrTimeout] and
// [ErrInvalid]; errors.Is finds them. A zombie is also ErrNoSuchProcess, as in
// psutil, and each of the others is also the standard library's, such as
// [io/fs.ErrPermission]. What is returned says more: a [*ProcessError] which
// operation on which process failed, a [*NotSupportedError] what it would
// take, a [*ParseError] which line of which file makes no sense.
//
// A call that returns several rows returns those that it could read beside the
// error, so that one bad line does not cost the others. A process that goes
// while all are read is left out, which is no error.
//
// # Missing is not zero
//
// Kernels differ in what they report, and zero is a value. A result that may
// lack something has a field of type [Missing] that names it:
//
//	stats, err := psutil.CPUStats()
//	if err != nil {
//		return err
//	}
//	if !stats.Missing.Has("syscalls") { // Linux does not count them
//		fmt.Println(stats.Syscalls)
//	}
//
// Of a [ProcessInfo] the fields in Valid are there, and [ProcessInfo.Err] says
// why another is not. In JSON what is missing is null.
//
// # Rates
//
// Nothing here remembers an earlier call, except a [Sampler]. Take two readings
// and ask for the difference: [CPUTime.Since], [CPUTimesSince],
// [CPUPercentSince], [DiskIO.Since], [NetIO.Since] and the like. A counter that
// was reset in between never makes a negative difference, nor an absurd one.
//
//	before, err := psutil.CPUTimesPerCPU()
//	if err != nil {
//		return err
//	}
//	time.Sleep(time.Second)
//	now, err := psutil.CPUTimesPerCPU()
//	if err != nil {
//		return err
//	}
//	fmt.Printf("%.1f%%\n", psutil.CPUPercentSince(now, before))
//
// For processes, a Sampler keeps the previous reading of each. Its first
// [Sample] has no CPU percentages: they are missing, not 0.
//
// # Waiting
//
// Only functions that take a context wait for something: [Process.Wait] and
// [WaitProcs], which the kernel wakes when a process ends; [CPUPercent],
// [CPUTimesPercent] and [Process.CPUPercent], which wait for an interval; and
// [DiskUsage], which a dead file server may hold up. After a deadline the error
// is [ErrTimeout]; WaitProcs instead returns which processes are left.
//
//	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
//	defer cancel()
//	status, err := p.Wait(ctx)
//	if errors.Is(err, psutil.ErrTimeout) {
//		err = p.Kill()
//	}
//
// # Units
//
// Sizes are bytes in uint64, times [time.Duration], instants [time.Time],
// addresses [net/netip.AddrPort], percentages float64 from 0 to 100 and not
// rounded. Those of a process are of one CPU and may be more. States and kinds
// are types of their own, such as [Status] and [ConnState], whose String is
// psutil's. Slices are sorted, by what the function's doc says.
//
// # JSON
//
// Every result marshals to JSON with psutil's field names in psutil's order,
// and then what psutil does not have. Durations and instants are decimal
// seconds, and null is what is missing. Names of files and processes may hold
// any byte: those that are not UTF-8 become the lone surrogates \udc80 to
// \udcff, Python's surrogateescape. [AppendJSON] does the same for slices and
// maps. Results also pass through encoding/gob, and their String is a line for
// people.
//
// # Another root
//
// [New] with [WithRoot] makes a [System] of the machine whose /proc, /sys, /etc,
// /run and /var are below a directory, as an agent in a container sees those of
// its host. The package reads no environment variables.
//
//	host, err := psutil.New(psutil.WithRoot("/host"))
//	if err != nil {
//		return err
//	}
//	load, err := host.LoadAvg()
//
// # Speed
//
// A bulk call reads no file twice and, where it can, allocates nothing for a
// process. Three options of [New] trade something for more: [WithParallelism]
// processor time, [WithKeptFiles] descriptors and memory of the kernel, and
// [WithAccelerator] the right to load eBPF programs, with package
// github.com/go-psutil/psutil/bpf. Which call suits which job, and what each field
// costs, is in docs/PERFORMANCE.md.
//
// # Concurrency
//
// The functions, a [System] and a [Process] may be used by any number of
// goroutines at once. A [Sampler] may not. What Snapshot yields and what
// [Sampler.Sample] returns is good until the next; [ProcessInfo.Clone] keeps
// it.
//
// # Platforms
//
// Linux, on every architecture that Go has for it, and Windows on amd64, 386 and
// arm64; docs/PLATFORMS.md says what each has. Elsewhere the package builds, and
// what reads the machine returns [ErrNotSupported]; nothing returns
// a zero that was made up. The same error says that a kernel or machine does
// not have something, such as a battery.
package psutil
