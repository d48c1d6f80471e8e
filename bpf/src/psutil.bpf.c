/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/*
 * Programs that list processes, and descriptors of sockets, when user space runs
 * them or reads their iterator. They only read, and never wait.
 *
 * Where numbers are made from others (the state's letter, CPU times) user space
 * does it, so that what is here is what the kernel has.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * A pointer to kernel memory that nothing is known about but its type: a read that
 * faults gives 0. In kernels since 6.2.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#define CAST(p, type) ((struct type *)bpf_rdonly_cast((void *)(p), bpf_core_type_id_kernel(struct type)))

/*
 * The kernel looks up by name what may be read through a pointer that it trusts,
 * among all of its types, for each place in a program. It takes it a hundred times
 * as long as to check the rest.
 */
static __always_inline struct task_struct *untrusted(struct task_struct *t)
{
	return bpf_rdonly_cast ? CAST(t, task_struct) : t;
}

/* ---- namespaces of PIDs ---- */

/* Which PIDs the reader knows: those of its own namespace. */
struct reader {
	struct pid_namespace *ns;
	__u32 level;
};

static __always_inline void reader_init(struct reader *r)
{
	struct task_struct *current = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(current, thread_pid);
	struct upid up = {};

	r->level = BPF_CORE_READ(pid, level);
	bpf_probe_read_kernel(&up, sizeof up,
			      (char *)pid + bpf_core_field_offset(pid->numbers) + r->level * sizeof(struct upid));
	r->ns = up.ns;
}

/*
 * The number of a PID for the reader, 0 if it does not know it. There is no branch,
 * each of which would make the kernel check everything after it twice: a read that
 * faults gives 0. A PID of fewer levels than the reader's has no number there, but
 * memory that may have been another PID's, of the reader's own namespace.
 */
static __always_inline __u32 pid_nr(struct pid *pid, const struct reader *r)
{
	struct upid up = {};
	__u64 other;

	bpf_probe_read_kernel(&up, sizeof up,
			      (char *)pid + bpf_core_field_offset(pid->numbers) + r->level * sizeof(struct upid));
	other = (__u64)up.ns ^ (__u64)r->ns;
	other |= -other;
	other |= (__u64)pid->level - r->level;
	return up.nr & ((other >> 63) - 1);
}

/* ---- processes ---- */

struct io {
	__u64 rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes;
};

/* What a thread has used, nanoseconds. */
struct times {
	__u64 utime, stime, runtime, prev_utime, prev_stime;
};

/*
 * A thread, and if it is the first one its process. The first part is there for
 * both.
 */
struct task_record {
	__u32 size; /* of this record */
	__u32 tgid, tid;
	__u32 state, exit_state;
	__u32 cpu;
	__u64 start; /* nanoseconds */
	struct times own;
	__u64 sig_runtime; /* of threads that have ended */
	__u64 min_flt, maj_flt;
	struct io io;
	char comm[16];
	/* the process */
	__u32 ppid, pgid, sid;
	__u32 tty;
	__u32 flags;
	__s32 static_prio;
	__u32 nr_threads;
	__u32 counted; /* threads that own, the faults and io are the sums of */
	__u32 uid[3], gid[3];
	__u64 sig_utime, sig_stime, prev_utime, prev_stime, cutime, cstime;
	__u64 blkio_delay;
	__u64 sig_min_flt, sig_maj_flt, cmin_flt, cmaj_flt;
	__u64 nvcsw, nivcsw;
	__u64 total_vm;	/* pages */
	__u64 arg_start, arg_end;
	__s64 rss[3];	/* pages, may be negative for a moment */
	struct io sig_io;
};

/* A process with a name that a kernel thread has beside comm. */
struct process_record {
	struct task_record task;
	/* What follows comm if it works off queues, or else stands for it. */
	char name[64];
};

#define THREAD_SIZE __builtin_offsetof(struct task_record, ppid)

/* Of linux/sched.h. */
#define PF_WQ_WORKER 0x00000020
#define PF_KTHREAD 0x00200000

static __always_inline void read_io(struct io *to, const struct task_io_accounting *from)
{
	/* A kernel may be built without; user space looks for the same. */
	if (!bpf_core_field_exists(from->rchar) || !bpf_core_field_exists(from->read_bytes))
		return;
	to->rchar = from->rchar;
	to->wchar = from->wchar;
	to->syscr = from->syscr;
	to->syscw = from->syscw;
	to->read_bytes = from->read_bytes;
	to->write_bytes = from->write_bytes;
	to->cancelled_write_bytes = from->cancelled_write_bytes;
}

static __always_inline void read_rss(struct task_record *r, struct mm_struct *mm)
{
	if (bpf_core_type_exists(struct mm_rss_stat)) {
		struct mm_struct___6_1 *old = (void *)mm;

		r->rss[0] = BPF_CORE_READ(old, rss_stat.count[MM_FILEPAGES].counter);
		r->rss[1] = BPF_CORE_READ(old, rss_stat.count[MM_ANONPAGES].counter);
		r->rss[2] = BPF_CORE_READ(old, rss_stat.count[MM_SHMEMPAGES].counter);
	} else {
		r->rss[0] = mm->rss_stat[MM_FILEPAGES].count;
		r->rss[1] = mm->rss_stat[MM_ANONPAGES].count;
		r->rss[2] = mm->rss_stat[MM_SHMEMPAGES].count;
	}
}

static __always_inline void read_times(struct times *to, struct task_struct *t)
{
	to->utime = t->utime;
	to->stime = t->stime;
	to->runtime = t->se.sum_exec_runtime;
	/* Where the kernel measures every switch these are not there. */
	if (bpf_core_field_exists(t->prev_cputime.utime)) {
		to->prev_utime = t->prev_cputime.utime;
		to->prev_stime = t->prev_cputime.stime;
	}
}

/* The part of a record that every thread has, but for size, tgid and tid. */
static __always_inline void read_thread(struct task_record *r, struct task_struct *t, struct signal_struct *sig)
{
	if (bpf_core_field_exists(t->__state))
		r->state = t->__state;
	else
		r->state = BPF_CORE_READ((struct task_struct___5_13 *)t, state);
	r->exit_state = t->exit_state;
	/* A kernel for one processor has neither. */
	if (bpf_core_field_exists(((struct task_struct___5_15 *)t)->cpu))
		r->cpu = BPF_CORE_READ((struct task_struct___5_15 *)t, cpu);
	else if (bpf_core_field_exists(t->thread_info.cpu))
		r->cpu = t->thread_info.cpu;
	r->start = t->start_boottime;
	read_times(&r->own, t);
	r->sig_runtime = sig->sum_sched_runtime;
	r->min_flt = t->min_flt;
	r->maj_flt = t->maj_flt;
	read_io(&r->io, &t->ioac);
	bpf_probe_read_kernel(r->comm, sizeof r->comm, t->comm);
}

/*
 * The rest of it, but for name. It counts the first thread, or none if the record is
 * not to be relied on.
 */
static __always_inline void read_process(struct task_record *r, struct task_struct *t, struct signal_struct *sig,
					 const struct reader *reader)
{
	struct tty_struct *tty;
	const struct cred *cred;
	struct mm_struct *mm;

	r->ppid = pid_nr(t->real_parent->group_leader->thread_pid, reader);
	r->pgid = pid_nr(sig->pids[PIDTYPE_PGID], reader);
	r->sid = pid_nr(sig->pids[PIDTYPE_SID], reader);
	r->tty = 0;
	tty = sig->tty;
	if (tty) {
		__u32 minor = tty->driver->minor_start + tty->index;

		r->tty = (minor & 0xff) | tty->driver->major << 8 | (minor & ~0xff) << 12;
	}
	r->flags = t->flags;
	r->static_prio = t->static_prio;
	r->nr_threads = sig->nr_threads;
	cred = t->real_cred;
	r->uid[0] = cred->uid.val;
	r->uid[1] = cred->euid.val;
	r->uid[2] = cred->suid.val;
	r->gid[0] = cred->gid.val;
	r->gid[1] = cred->egid.val;
	r->gid[2] = cred->sgid.val;
	r->sig_utime = sig->utime;
	r->sig_stime = sig->stime;
	if (bpf_core_field_exists(sig->prev_cputime.utime)) {
		r->prev_utime = sig->prev_cputime.utime;
		r->prev_stime = sig->prev_cputime.stime;
	}
	r->cutime = sig->cutime;
	r->cstime = sig->cstime;
	r->blkio_delay = 0;
	if (bpf_core_field_exists(t->delays)) {
		struct task_delay_info *delays = t->delays;

		if (delays) {
			r->blkio_delay = delays->blkio_delay;
			/* Before 5.17 the wait for pages from swap counts as one for IO. */
			if (!bpf_core_field_exists(delays->compact_delay))
				r->blkio_delay += delays->swapin_delay;
		}
	}
	r->sig_min_flt = sig->min_flt;
	r->sig_maj_flt = sig->maj_flt;
	r->cmin_flt = sig->cmin_flt;
	r->cmaj_flt = sig->cmaj_flt;
	r->nvcsw = t->nvcsw;
	r->nivcsw = t->nivcsw;
	r->counted = 1;
	r->total_vm = r->arg_start = r->arg_end = 0;
	r->rss[0] = r->rss[1] = r->rss[2] = 0;
	mm = t->mm;
	if (mm && !(t->flags & PF_KTHREAD)) {
		r->total_vm = mm->total_vm;
		r->arg_start = mm->arg_start;
		r->arg_end = mm->arg_end;
		read_rss(r, mm);
		if (t->mm != mm) /* it has another by now, and this may be anybody's */
			r->counted = 0;
	}
	read_io(&r->sig_io, &sig->ioac);
	/*
	 * Of a thread that has ended meanwhile the share may be in neither, and a
	 * terminal that it has no more may have been anything.
	 */
	if (sig->sum_sched_runtime != r->sig_runtime || sig->tty != tty)
		r->counted = 0;
}

/*
 * The walk goes over the list of processes itself. It takes no references, so that
 * it does not write to what the processes use, and it does not look up one PID after
 * the other.
 *
 * The list is of the order in which processes were made. A walk begins with the
 * first one of the reader's namespace and ends with the idle task, which is the
 * list's head and has no PID. It runs under RCU, where what has left the list still
 * leads on, and keeps its memory. What a process had before it ended, its mm and its
 * terminal, may be anybody's by then; a read that faults gives 0.
 */

/* The most at once. Each has every other TASK_STRIPE of PIDs. */
#define WALKERS 2
#define TASK_STRIPE 8
#define TASK_CAPACITY 512 /* records of each walker */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALKERS * TASK_CAPACITY);
	__type(key, __u32);
	__type(value, struct process_record);
} tasks SEC(".maps");

/*
 * Where a walker has stopped, because its records are used up or it was at it for long
 * enough. User space takes the records and runs it again, with what is here from
 * next on.
 */
struct walk_state {
	__u32 count;
	__u32 next_fd;	/* of next, in a walk over descriptors */
	__u64 next;	/* 0 at the end */
	__u64 next_start;
	__u64 since;	/* what is older was told before */
	__u32 next_pid;
	__u32 steps;
};

/*
 * So many steps, of some 100 ns, a walker makes at a time: RCU and the scheduler wait
 * for it.
 */
__u32 most_steps = 8192;

/* If next has gone, where it was is looked for among those that are as old. */
#define SAME_AGE 1000000000ULL /* nanoseconds */

/* Arguments of a program that walks: its number, 1 if there are two, and walk_state. */
enum { ARG_WALKER, ARG_MASK, ARG_NEXT, ARG_NEXT_START, ARG_NEXT_PID, ARG_NEXT_FD, ARG_SINCE };

/*
 * The process that a walk begins with, or goes on with. If that has gone, it is the
 * first one again, and what is older than since has been told.
 */
static __always_inline struct task_struct *walk_from(struct bpf_raw_tracepoint_args *ctx, struct walk_state *state,
						     const struct reader *reader)
{
	struct task_struct *t = CAST(ctx->args[ARG_NEXT], task_struct);
	struct pid_namespace *ns = reader->ns;
	__u64 start = ctx->args[ARG_NEXT_START], since = ctx->args[ARG_SINCE];

	state->count = state->steps = 0;
	state->next = 0;
	state->since = since;
	if (ctx->args[ARG_NEXT] && t->pid == (__u32)ctx->args[ARG_NEXT_PID] && t->start_boottime == start &&
	    t->thread_pid)
		return t;
	if (start > since + SAME_AGE)
		state->since = start - SAME_AGE;
	return BPF_CORE_READ(ns, child_reaper, group_leader);
}

/* The walk goes on with t. */
static __always_inline void walk_stop(struct walk_state *state, struct task_struct *t)
{
	state->next = (__u64)t;
	state->next_pid = t->pid;
	state->next_start = t->start_boottime;
}

struct walk_state task_walks[WALKERS];

struct task_walk {
	struct reader reader;
	__u32 walker, mask;
	__u64 next;
	/* of the threads of a process but the first */
	__u64 first, thread, last;
	__u32 counted;
	struct times times;
	__u64 min_flt, maj_flt;
	struct io io;
};

static long add_thread(__u32 i, struct task_walk *w)
{
	struct task_struct *t = (void *)w->thread;
	struct times times = {};
	struct io io = {};

	if (w->thread == w->last)
		return 1;
	t = CAST(w->thread - bpf_core_field_offset(t->thread_node), task_struct);
	w->thread = (__u64)t->thread_node.next;
	if ((__u64)t == w->first)
		return 0;
	read_times(&times, t);
	w->times.utime += times.utime;
	w->times.stime += times.stime;
	w->times.runtime += times.runtime;
	w->min_flt += t->min_flt;
	w->maj_flt += t->maj_flt;
	read_io(&io, &t->ioac);
	w->io.rchar += io.rchar;
	w->io.wchar += io.wchar;
	w->io.syscr += io.syscr;
	w->io.syscw += io.syscw;
	w->io.read_bytes += io.read_bytes;
	w->io.write_bytes += io.write_bytes;
	w->io.cancelled_write_bytes += io.cancelled_write_bytes;
	w->counted++;
	return 0;
}

/* If a process has more threads, /proc adds them up. */
#define MOST_THREADS 16384

static __always_inline void add_threads(struct task_record *r, struct task_struct *t, struct signal_struct *sig,
					struct task_walk *w)
{
	w->first = (__u64)t;
	w->last = (__u64)sig + bpf_core_field_offset(sig->thread_head);
	w->thread = (__u64)sig->thread_head.next;
	w->counted = 1;
	w->times.utime = w->times.stime = w->times.runtime = 0;
	w->min_flt = w->maj_flt = 0;
	w->io.rchar = w->io.wchar = w->io.syscr = w->io.syscw = 0;
	w->io.read_bytes = w->io.write_bytes = w->io.cancelled_write_bytes = 0;
	bpf_loop(MOST_THREADS, add_thread, w, 0);
	task_walks[w->walker & (WALKERS - 1)].steps += w->counted;
	r->own.utime += w->times.utime;
	r->own.stime += w->times.stime;
	r->own.runtime += w->times.runtime;
	r->min_flt += w->min_flt;
	r->maj_flt += w->maj_flt;
	r->io.rchar += w->io.rchar;
	r->io.wchar += w->io.wchar;
	r->io.syscr += w->io.syscr;
	r->io.syscw += w->io.syscw;
	r->io.read_bytes += w->io.read_bytes;
	r->io.write_bytes += w->io.write_bytes;
	r->io.cancelled_write_bytes += w->io.cancelled_write_bytes;
	if (r->counted && w->thread == w->last && sig->sum_sched_runtime == r->sig_runtime)
		r->counted = w->counted;
	else
		r->counted = 0;
}

/* The name of a kernel thread as kernel/workqueue.c and kernel/kthread.c have it. */
static __always_inline void read_name(struct process_record *r, struct task_struct *t)
{
	struct kthread *k = t->worker_private;
	struct worker *worker;

	if (!bpf_core_field_exists(t->worker_private) || !bpf_core_field_exists(k->full_name))
		return;
	k = CAST(k, kthread);
	if (!(r->task.flags & PF_WQ_WORKER)) {
		bpf_probe_read_kernel_str(r->name, sizeof r->name, k->full_name);
		return;
	}
	worker = k->data;
	worker = CAST(worker, worker);
	if (!worker->pool)
		return;
	if (bpf_probe_read_kernel_str(r->name + 1, sizeof r->name - 1,
				      (char *)worker + bpf_core_field_offset(worker->desc)) > 1)
		r->name[0] = worker->current_work ? '+' : '-';
}

static long walk_task(__u32 i, struct task_walk *w)
{
	struct walk_state *state = &task_walks[w->walker & (WALKERS - 1)];
	struct task_struct *t = CAST(w->next, task_struct);
	struct process_record *process;
	struct signal_struct *sig;
	struct task_record *r;
	__u32 pid = t->tgid;
	__u32 key, tid;

	if (!pid)
		return 1;
	if (state->count >= TASK_CAPACITY || ++state->steps > most_steps) {
		walk_stop(state, t);
		return 1;
	}
	w->next = (__u64)t->tasks.next - bpf_core_field_offset(t->tasks);
	if ((pid / TASK_STRIPE & w->mask) != w->walker || t->start_boottime < state->since)
		return 0;
	sig = t->signal;
	/* While another thread takes the place of the first one, this is the process's all the time. */
	tid = pid_nr(sig->pids[PIDTYPE_TGID], &w->reader);
	if (!tid)
		return 0;
	key = (w->walker & (WALKERS - 1)) * TASK_CAPACITY + state->count;
	process = bpf_map_lookup_elem(&tasks, &key);
	if (!process)
		return 1;
	r = &process->task;
	r->size = sizeof *r;
	r->tgid = r->tid = tid;
	read_thread(r, t, sig);
	read_process(r, t, sig, &w->reader);
	if (r->nr_threads != 1)
		add_threads(r, t, sig, w);
	if (t->pid != pid)
		r->counted = 0;
	process->name[0] = 0;
	if (r->flags & PF_KTHREAD)
		read_name(process, t);
	state->count++;
	return 0;
}

SEC("raw_tp")
int walk_tasks(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_walk w = {};

	w.walker = ctx->args[ARG_WALKER] & (WALKERS - 1);
	w.mask = ctx->args[ARG_MASK] & (WALKERS - 1);
	reader_init(&w.reader);
	w.next = (__u64)walk_from(ctx, &task_walks[w.walker], &w.reader);
	bpf_loop(1 << 23, walk_task, &w, 0);
	return 0;
}

/*
 * All threads, and for kernels before 6.2 the processes: the kernel goes over
 * them.
 */
SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct task_record r = {};
	struct signal_struct *sig;
	struct reader reader;

	if (!t)
		return 0;
	t = untrusted(t);
	reader_init(&reader);
	sig = t->signal;
	r.tid = pid_nr(t->thread_pid, &reader);
	r.tgid = t->pid == t->tgid ? r.tid : pid_nr(t->group_leader->thread_pid, &reader);
	read_thread(&r, t, sig);
	if (t->pid != t->tgid) {
		r.size = THREAD_SIZE;
		bpf_seq_write(ctx->meta->seq, &r, THREAD_SIZE);
		return 0;
	}
	r.size = sizeof r;
	read_process(&r, t, sig, &reader);
	bpf_seq_write(ctx->meta->seq, &r, sizeof r);
	return 0;
}

/* ---- descriptors of sockets ---- */

struct socket_record {
	__u32 pid, fd;
	__u32 inode, netns;
	__u32 uid;
	__u16 family;
	__u8 state;
	__u8 tcp; /* what follows is told */
	__u16 lport;
	__be16 rport;
	__u32 rxq, txq;
	__u32 pad;
	__u64 cookie, cgroup;
	__be32 local[4], remote[4];
	/* only if asked for */
	__u64 bytes_sent, bytes_retrans, bytes_acked, bytes_received;
	__u32 srtt, mdev, min_rtt, cwnd, retransmits;
	__u32 rate_delivered, rate_interval, mss;
	char congestion[16];
};

#define SOCKET_SIZE __builtin_offsetof(struct socket_record, bytes_sent)

/* What user space asks for. */
__u32 want_tcp, want_tcp_info;

/* A kernel may be built without network namespaces. */
static __always_inline __u32 netns_of(struct sock *sk)
{
	return bpf_core_field_exists(sk->__sk_common.skc_net.net) ? sk->__sk_common.skc_net.net->ns.inum : 0;
}

/* Fills in all but where the descriptor is. */
static __always_inline void read_socket(struct socket_record *r, struct sock *sk, struct tcp_sock *tp)
{
	__u16 family = sk->__sk_common.skc_family;
	__u8 state = sk->__sk_common.skc_state;

	r->netns = netns_of(sk);
	r->tcp = 0;
	if (!want_tcp || (family != AF_INET && family != AF_INET6) || sk->sk_protocol != IPPROTO_TCP ||
	    sk->sk_type != SOCK_STREAM)
		return;
	r->tcp = 1;
	r->family = family;
	r->state = state;
	r->lport = sk->__sk_common.skc_num;
	r->rport = sk->__sk_common.skc_dport;
	if (family == AF_INET) {
		r->local[0] = sk->__sk_common.skc_rcv_saddr;
		r->remote[0] = sk->__sk_common.skc_daddr;
		r->local[1] = r->local[2] = r->local[3] = 0;
		r->remote[1] = r->remote[2] = r->remote[3] = 0;
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) { /* a kernel may be built without */
		r->local[0] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[0];
		r->local[1] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[1];
		r->local[2] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[2];
		r->local[3] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[3];
		r->remote[0] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[0];
		r->remote[1] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[1];
		r->remote[2] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2];
		r->remote[3] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3];
	}
	r->cookie = sk->__sk_common.skc_cookie.counter;
	r->uid = sk->sk_uid.val;
	r->cgroup = 0;
	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		struct cgroup *cgroup = sk->sk_cgrp_data.cgroup;

		if (cgroup)
			r->cgroup = cgroup->kn->id;
	}
	if (state == TCP_LISTEN) {
		r->rxq = sk->sk_ack_backlog;
		r->txq = sk->sk_max_ack_backlog;
	} else {
		r->rxq = tp->rcv_nxt - tp->copied_seq;
		r->txq = tp->write_seq - tp->snd_una;
	}
	if (!want_tcp_info || state == TCP_LISTEN)
		return;
	r->bytes_sent = tp->bytes_sent;
	r->bytes_retrans = tp->bytes_retrans;
	r->bytes_acked = tp->bytes_acked;
	r->bytes_received = tp->bytes_received;
	r->srtt = tp->srtt_us;
	r->mdev = tp->mdev_us;
	r->min_rtt = tp->rtt_min.s[0].v;
	r->cwnd = tp->snd_cwnd;
	r->retransmits = tp->total_retrans;
	r->rate_delivered = tp->rate_delivered;
	r->rate_interval = tp->rate_interval_us;
	r->mss = tp->mss_cache;
	bpf_probe_read_kernel(r->congestion, sizeof r->congestion, tp->inet_conn.icsk_ca_ops->name);
}

/*
 * The walk goes over the table of descriptors of each process itself, several
 * descriptors at a time: what they point to is far apart in memory, and the
 * processor waits for many places at once as long as for one. It takes no
 * references, so that it does not write to what the processes use.
 *
 * Everything it follows may go away meanwhile. It runs under RCU, where
 * files and sockets of TCP keep their memory; a read that faults all the same
 * gives 0. What is left of a socket that is being closed does not point back at
 * itself, and is left out; so is what was found in the table of a process that
 * ended meanwhile, which is not kept.
 */

/* The walkers share the descriptors among them, STRIPE in a row. */
#define STRIPE 256
#define BATCH 16
#define CAPACITY 4096 /* records of each walker */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WALKERS * CAPACITY);
	__type(key, __u32);
	__type(value, struct socket_record);
} sockets SEC(".maps");

struct walk_state socket_walks[WALKERS];

/*
 * What a walker works with. If it were on the stack, the kernel's check would follow
 * every value that it may have.
 */
struct walk {
	struct reader reader;
	__u64 next;
	__u32 stopped, first_fd;
	__u32 pid, fd, max_fds;
	__u64 table;
	/* What is known of each so far: first its file, then its socket. */
	__u64 sockets[BATCH], inos[BATCH];
	__u16 modes[BATCH];
} walks[WALKERS];

static long walk_one(__u32 i, __u32 *number)
{
	__u32 walker = *number & (WALKERS - 1);
	struct walk_state *state = &socket_walks[walker];
	struct walk *w = &walks[walker];
	struct socket_record *r;
	struct socket *socket;
	struct sock *sk;
	__u32 key;

	if (i >= BATCH)
		return 1;
	if ((w->modes[i] & 0170000) != 0140000 || w->fd + i < w->first_fd)
		return 0;
	socket = CAST(w->sockets[i], socket);
	sk = CAST((__u64)socket->sk, sock);
	if (!sk || (__u64)sk->sk_socket != w->sockets[i])
		return 0;
	key = walker * CAPACITY + state->count;
	r = state->count < CAPACITY ? bpf_map_lookup_elem(&sockets, &key) : 0;
	if (!r) {
		w->stopped = 1;
		state->next_fd = w->fd + i;
		return 1;
	}
	r->pid = w->pid;
	r->fd = w->fd + i;
	r->inode = w->inos[i];
	read_socket(r, sk, CAST((__u64)socket->sk, tcp_sock));
	state->count++;
	return 0;
}

static long walk_batch(__u32 n, __u32 *number)
{
	__u32 walker = *number & (WALKERS - 1);
	struct walk_state *state = &socket_walks[walker];
	struct walk *w = &walks[walker];
	__u32 fd = n * BATCH;

	if (fd >= w->max_fds || w->stopped)
		return 1;
	if (((fd / STRIPE ^ w->pid) & (WALKERS - 1)) != walker || fd + BATCH <= w->first_fd)
		return 0;
	if (state->steps >= most_steps) {
		w->stopped = 1;
		state->next_fd = fd;
		return 1;
	}
	state->steps += BATCH / 2; /* a descriptor is some 50 ns */
	if (bpf_probe_read_kernel(w->sockets, sizeof w->sockets, (void *)(w->table + (__u64)fd * sizeof(void *))))
		return 1;
	w->fd = fd;
#pragma unroll
	for (int i = 0; i < BATCH; i++) {
		struct file *file = CAST(w->sockets[i], file);

		w->sockets[i] = (__u64)file->private_data;
		w->inos[i] = (__u64)file->f_inode;
	}
#pragma unroll
	for (int i = 0; i < BATCH; i++) {
		struct inode *inode = CAST(w->inos[i], inode);

		w->modes[i] = inode->i_mode;
		w->inos[i] = inode->i_ino;
	}
	bpf_loop(BATCH, walk_one, number, 0);
	return 0;
}

static long walk_files(__u32 i, __u32 *number)
{
	__u32 walker = *number & (WALKERS - 1);
	struct walk_state *state = &socket_walks[walker];
	struct walk *w = &walks[walker];
	struct task_struct *t = CAST(w->next, task_struct);
	struct files_struct *files;
	struct fdtable *fdt;
	__u32 before;

	if (!t->pid)
		return 1;
	files = t->files;
	w->pid = pid_nr(t->thread_pid, &w->reader);
	if (files && w->pid && t->start_boottime >= state->since) {
		fdt = files->fdt;
		w->max_fds = fdt->max_fds;
		w->table = (__u64)fdt->fd;
		before = state->count;
		bpf_loop(1 << 23, walk_batch, number, 0);
		/* If it has ended, what the table was may be another's by now. */
		if (t->files != files)
			state->count = before;
	}
	if (w->stopped) {
		walk_stop(state, t);
		return 1;
	}
	w->first_fd = 0;
	w->next = (__u64)t->tasks.next - bpf_core_field_offset(t->tasks);
	if (++state->steps > most_steps) {
		state->next_fd = 0;
		walk_stop(state, CAST(w->next, task_struct));
		return 1;
	}
	return 0;
}

SEC("raw_tp")
int walk_sockets(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 number = ctx->args[ARG_WALKER] & (WALKERS - 1);
	struct walk_state *state = &socket_walks[number];
	struct walk *w = &walks[number];

	reader_init(&w->reader);
	w->next = (__u64)walk_from(ctx, state, &w->reader);
	w->first_fd = w->next == ctx->args[ARG_NEXT] ? ctx->args[ARG_NEXT_FD] : 0;
	w->stopped = 0;
	bpf_loop(1 << 23, walk_files, &number, 0);
	return 0;
}

/* The same for kernels before 6.2: the kernel goes over the descriptors. */
SEC("iter/task_file")
int list_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *t = ctx->task;
	struct file *file = ctx->file;
	struct socket_record r = {};
	struct reader reader;
	struct socket *socket;
	struct tcp_sock *tp;
	struct sock *sk;

	if (!t || !file || t->pid != t->tgid)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	reader_init(&reader);
	r.pid = pid_nr(t->thread_pid, &reader);
	r.fd = ctx->fd;
	r.inode = file->f_inode->i_ino;
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp)
		read_socket(&r, sk, tp);
	else
		r.netns = netns_of(sk);
	bpf_seq_write(ctx->meta->seq, &r, want_tcp_info ? sizeof r : SOCKET_SIZE);
	return 0;
}
