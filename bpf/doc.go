// Package bpf lets [github.com/go-psutil/psutil] read processes and sockets
// by eBPF programs in the Linux kernel, below the cost of /proc:
//
//	var opts []psutil.Option
//	engine, err := bpf.New()
//	if err == nil {
//		defer engine.Close()
//		opts = append(opts, psutil.WithAccelerator(engine))
//	} else {
//		log.Print(err) // what is missing; the System does without
//	}
//	sys, err := psutil.New(opts...)
//	if err != nil {
//		return err
//	}
//	conns, err := sys.NetConnections(psutil.KindTCP)
//
// The System loads the programs when what they save makes up for it, and answers
// the same with and without them, but for what is listed below. Programs only read,
// and run only while a call of the System lasts; nothing stays in the kernel but the
// loaded programs, until [Engine.Close] or the end of the process. An engine may serve
// several Systems.
//
// # What it takes
//
// Linux 5.8 for processes and 5.11 for sockets, on a 64-bit processor, with BTF
// (CONFIG_DEBUG_INFO_BTF), and CAP_BPF with CAP_PERFMON, or CAP_SYS_ADMIN, in the
// initial user namespace. [Requirements] says which of these there are. On other
// systems [New] returns [psutil.ErrNotSupported]. Both are read fastest since
// Linux 6.2, if the kernel has a compiler for programs (JIT). Tried on Linux 5.10, where
// sockets are not supported, 6.1, 6.12 with and without PREEMPT_RT, 6.18 and 7.2 on
// amd64, and on 6.12 on arm64, ppc64le, riscv64 and s390x.
//
// The programs are part of the package: there is no cgo, and no compiler or header
// is needed where it runs. They find out from the kernel's BTF where it has what
// they read.
//
// A program gets the rights without being root by
//
//	setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep PROGRAM
//
// of which the last two are for what is still read in /proc.
//
// Before Linux 5.11 maps count as locked memory: RLIMIT_MEMLOCK is lifted while they
// are made, if that is allowed, and set back.
//
// # What it tells
//
// Of processes the fields of [Engine.ProcessFields]. If others are asked for too, a
// call reads all of them from /proc. Of sockets those that a descriptor stands for,
// with all there is to know of TCP; the System asks sock_diag(7) for the others.
//
// # What differs
//
// Where /proc is mounted with hidepid=1, it lists processes and closes their files;
// the Engine tells what those would. On a kernel started with nohz_full, the CPU times
// of running threads may lag behind those of /proc. A socket that the kernel has not
// given a cookie yet has none, where sock_diag would make it one. Before Linux 5.15
// the cgroup of a socket of TCP is not known. With CAP_BPF and CAP_PERFMON but without
// CAP_SYS_PTRACE it tells the holders of other users' sockets, and the IO of their
// processes, which /proc does not.
package bpf
