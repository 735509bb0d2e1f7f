// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doc/privileges.md says what each need and each system call is for. */
#include "cmd/confine.h"

#include <stddef.h>
#include <string.h>

#include "lib/error.h"
#include "system/privilege.h"
#include "system/sandbox.h"

/* Some are of older or newer kernels, of arm64, or of other versions of the C library. */
static const char *const calls[] = {
	/* files that are open, and files of /proc, /sys/fs/cgroup, /etc */
	"access", "close", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fcntl",
	"fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents",
	"getdents64", "ioctl", "lseek", "lstat", "memfd_create", "newfstatat", "open", "openat",
	"openat2", "open_by_handle_at", "pipe2", "pread64", "pwrite64", "read", "readlink",
	"readlinkat", "readv", "rmdir", "stat", "statfs", "statx", "unlink", "unlinkat", "write",
	"writev",
	/* memory */
	"brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
	/* time, events, signals */
	"clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2", "gettimeofday", "nanosleep",
	"poll", "ppoll", "pselect6", "restart_syscall", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigtimedwait", "select", "sigaltstack", "signalfd4", "time",
	"timerfd_create", "timerfd_gettime", "timerfd_settime",
	/* this process and its threads */
	"capget", "clone", "clone3", "exit", "exit_group", "futex", "getcpu", "getegid", "geteuid",
	"getgid", "getpid", "getppid", "getrandom", "getrlimit", "getrusage", "gettid", "getuid",
	"kill", "membarrier", "prctl", "prlimit64", "rseq", "sched_getaffinity", "sched_yield",
	"set_robust_list", "setrlimit", "sysinfo", "tgkill", "uname", "wait4", "waitid",
	/* the kernel's tables of sockets, names of hosts and users */
	"bind", "connect", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmmsg",
	"recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "socket",
	"socketpair",
	/* BPF, and one network namespace after the other */
	"bpf", "perf_event_open", "pidfd_getfd", "pidfd_open", "setns",
#ifdef __SANITIZE_ADDRESS__
	"arch_prctl", "ptrace", "sched_setaffinity", /* the search for leaks at exit */
#endif
	NULL
};

/* Builds for tests: no call outside of the list may go unnoticed. */
#if defined(CONFINE_KILL) || defined(__SANITIZE_ADDRESS__)
static const enum sandbox_refusal refusal = SANDBOX_KILL;
#else
static const enum sandbox_refusal refusal = SANDBOX_ENOSYS;
#endif

uint64_t confine_capabilities(unsigned needs)
{
	uint64_t keep = 0;

	if (needs & CONFINE_BPF)
		keep |= PRIVILEGES_OF_BPF;
	if (needs & CONFINE_SCANS)
		keep |= PRIVILEGE(CAP_SYS_ADMIN) | PRIVILEGE(CAP_SYS_PTRACE) |
			PRIVILEGE(CAP_NET_ADMIN);
	if (needs & CONFINE_FILES)
		keep |= PRIVILEGE(CAP_DAC_READ_SEARCH);
	if (needs & CONFINE_ORIGINS)
		keep |= PRIVILEGE(CAP_SYS_PTRACE);
	return keep;
}

void confine(unsigned needs, int verbosity)
{
	int err = sandbox_keep(confine_capabilities(needs));

	if (err && verbosity > 0)
		note(0, "cannot drop capabilities: %s", strerror(-err));
	err = sandbox_allow(calls, refusal);
	if (err && verbosity > 0)
		note(0, "cannot filter system calls: %s", strerror(-err));
}
