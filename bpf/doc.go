// Package bpf lets [github.com/go-psutil/psutil] read processes and sockets
// through eBPF iterators of the Linux kernel, below the cost of /proc:
//
//	engine, err := bpf.New()
//	if err != nil {
//		log.Print(err) // what is missing; the System does without
//	}
//	sys, err := psutil.New(psutil.WithAccelerator(engine))
//
// The System loads the programs when what they save makes up for it, and answers
// the same with and without them. Programs only read, and run only while a call of
// the System lasts; nothing stays in the kernel but the loaded programs, until
// [Engine.Close] or the end of the process.
//
// It takes Linux 5.8 for processes and 5.11 for sockets, on a 64-bit processor,
// with BTF (CONFIG_DEBUG_INFO_BTF), and CAP_BPF with CAP_PERFMON, or
// CAP_SYS_ADMIN, in the initial user namespace. [Requirements] says which of these
// there are. On other systems [New] returns [psutil.ErrNotSupported].
//
// What the kernel does not tell its programs exactly: on a kernel started with
// nohz_full, the CPU times of running threads may lag behind those of /proc.
package bpf
