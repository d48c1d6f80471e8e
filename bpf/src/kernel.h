/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */
/*
 * What the programs read of the kernel's structures, by name. The loader finds
 * out from the running kernel's BTF where a member is (CO-RE), so that order,
 * size and what stands between do not matter here. A struct whose name ends in
 * ___ and a release is what that kernel, or the ones before it, had instead.
 */
#ifndef PSUTIL_KERNEL_H
#define PSUTIL_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_F_MMAPABLE = 1 << 10,
};

#define ACCESS __attribute__((preserve_access_index))

struct task_struct;

struct list_head {
	struct list_head *next;
} ACCESS;

struct pid_namespace {
	struct task_struct *child_reaper;
} ACCESS;

struct upid {
	int nr;
	struct pid_namespace *ns;
} ACCESS;

struct pid {
	unsigned int level;
	struct upid numbers[1];
} ACCESS;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

struct cred {
	kuid_t uid, euid, suid;
	kgid_t gid, egid, sgid;
} ACCESS;

struct task_io_accounting {
	__u64 rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes;
} ACCESS;

struct prev_cputime {
	__u64 utime, stime;
} ACCESS;

struct task_delay_info {
	__u64 blkio_delay, swapin_delay, compact_delay;
} ACCESS;

struct tty_driver {
	int major, minor_start;
} ACCESS;

struct tty_struct {
	struct tty_driver *driver;
	int index;
} ACCESS;

/* Indices of signal_struct.pids, enum pid_type of linux/pid.h since 4.19. */
enum { PIDTYPE_TGID = 1, PIDTYPE_PGID = 2, PIDTYPE_SID = 3 };

struct signal_struct {
	int nr_threads;
	struct list_head thread_head;
	struct pid *pids[4];
	struct tty_struct *tty;
	__u64 utime, stime, cutime, cstime;
	struct prev_cputime prev_cputime;
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt;
	unsigned long long sum_sched_runtime;
	struct task_io_accounting ioac;
} ACCESS;

/* enum of linux/mm_types_task.h; swap entries are 2. */
enum { MM_FILEPAGES = 0, MM_ANONPAGES = 1, MM_SHMEMPAGES = 3, NR_MM_COUNTERS = 4 };

struct percpu_counter {
	__s64 count;
} ACCESS;

struct mm_struct {
	unsigned long total_vm;
	unsigned long arg_start, arg_end;
	struct percpu_counter rss_stat[NR_MM_COUNTERS]; /* since 6.2 */
} ACCESS;

typedef struct {
	long counter;
} atomic_long_t;

struct mm_rss_stat { /* before 6.2 */
	atomic_long_t count[NR_MM_COUNTERS];
} ACCESS;

struct mm_struct___6_1 {
	struct mm_rss_stat rss_stat;
} ACCESS;

struct thread_info {
	__u32 cpu; /* since 5.16 */
} ACCESS;

struct sched_entity {
	__u64 sum_exec_runtime;
} ACCESS;

/* What belongs to a kernel thread. */
struct kthread {
	void *data;
	char *full_name;
} ACCESS;

/* What one that works off queues has as data. */
struct worker {
	void *current_work;
	void *pool;
	char desc[24];
} ACCESS;

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
} ACCESS;

struct file {
	void *private_data;
	struct inode *f_inode;
} ACCESS;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} ACCESS;

struct files_struct {
	struct fdtable *fdt;
} ACCESS;

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state; /* since 5.14 */
	unsigned int flags;
	int static_prio;
	struct sched_entity se;
	struct list_head tasks, thread_node;
	struct mm_struct *mm;
	int exit_state;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	__u64 utime, stime;
	struct prev_cputime prev_cputime;
	unsigned long nvcsw, nivcsw;
	__u64 start_boottime;
	unsigned long min_flt, maj_flt;
	const struct cred *real_cred;
	char comm[16];
	struct files_struct *files;
	struct signal_struct *signal;
	struct task_io_accounting ioac;
	struct task_delay_info *delays;
	void *worker_private; /* of a kernel thread since 5.17 */
} ACCESS;

struct task_struct___5_13 {
	long state;
} ACCESS;

struct task_struct___5_15 {
	unsigned int cpu;
} ACCESS;

/* net/tcp_states.h */
enum { TCP_CLOSE = 7, TCP_LISTEN = 10 };

enum { AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, IPPROTO_TCP = 6 };

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
};

struct ns_common {
	unsigned int inum;
} ACCESS;

struct net {
	struct ns_common ns;
} ACCESS;

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
} ACCESS;

struct kernfs_node {
	__u64 id;
} ACCESS;

struct cgroup {
	struct kernfs_node *kn;
} ACCESS;

struct sock_cgroup_data {
	struct cgroup *cgroup; /* since 5.15 */
} ACCESS;

struct socket {
	struct sock *sk;
} ACCESS;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	__u16 sk_type, sk_protocol;
	__u32 sk_ack_backlog, sk_max_ack_backlog;
	kuid_t sk_uid;
	struct sock_cgroup_data sk_cgrp_data;
} ACCESS;

struct minmax_sample {
	__u32 t, v;
} ACCESS;

struct minmax {
	struct minmax_sample s[3];
} ACCESS;

struct tcp_congestion_ops {
	char name[16];
} ACCESS;

struct inet_connection_sock {
	const struct tcp_congestion_ops *icsk_ca_ops;
} ACCESS;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt, copied_seq, write_seq, snd_una;
	__u32 srtt_us, mdev_us, snd_cwnd, mss_cache, total_retrans;
	__u64 bytes_sent, bytes_retrans, bytes_acked, bytes_received;
	__u32 rate_delivered, rate_interval_us;
	struct minmax rtt_min;
} ACCESS;

struct bpf_raw_tracepoint_args {
	__u64 args[1];
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id, seq_num;
} ACCESS;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} ACCESS;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
} ACCESS;

#endif
