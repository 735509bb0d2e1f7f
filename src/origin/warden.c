// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A worker is two processes: the finder, which may look up files of other processes and reads none,
 * and the worker itself, which reads them and can open nothing.
 */
#include "origin/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd_message.h"
#include "origin/finder.h"
#include "origin/worker.h"
#include "system/privilege.h"
#include "system/sandbox.h"

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

enum {
	FIRST_FD = 3, /* after the standard streams, which are /dev/null here */
	NOBODY = 65534,
	KILL_WAIT_MS = 200, /* for the end of a killed process */
	CHILDREN = 64,	    /* that are not known to have ended */
};

#define MEMORY	    ((rlim_t)1536 << 20) /* for data */
#define ADDRESSES   ((rlim_t)6 << 30)	 /* with mapped files */
#define CPU_SECONDS ((rlim_t)60)	 /* a worker ends itself before */
#define FILES	    ((rlim_t)1024)

/* /proc/PID/maps, root and map_files of any process, and files that only their owner may read. */
static const uint64_t OF_FINDER = PRIVILEGE(CAP_SYS_PTRACE) | PRIVILEGE(CAP_DAC_READ_SEARCH) |
				  PRIVILEGE(CAP_CHECKPOINT_RESTORE);
/* To make a worker, and to kill it. */
static const uint64_t OF_WARDEN = PRIVILEGE(CAP_SETUID) | PRIVILEGE(CAP_SETGID) |
				  PRIVILEGE(CAP_KILL);

static const char *const calls_of_worker[] = {
	"brk",		"clock_gettime", "close",	    "exit",	    "exit_group",
	"fcntl",	"fstat",	 "futex",	    "getpid",	    "getrandom",
	"gettid",	"lseek",	 "madvise",	    "mmap",	    "mprotect",
	"mremap",	"munmap",	 "newfstatat",	    "pread64",	    "read",
	"recvfrom",	"recvmsg",	 "restart_syscall", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sendmsg",	 "sendto",	    "sysinfo",	    NULL,
};

static const char *const calls_of_finder[] = {
	"brk",		"close",	  "exit",
	"exit_group",	"fcntl",	  "fstat",
	"fstatfs",	"futex",	  "getrandom",
	"lseek",	"madvise",	  "mmap",
	"mprotect",	"mremap",	  "munmap",
	"newfstatat",	"open",		  "openat",
	"openat2",	"pread64",	  "read",
	"recvfrom",	"recvmsg",	  "restart_syscall",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"sendmsg",	"sendto",	  NULL,
};

struct warden {
	int control;
	pid_t children[CHILDREN];
	size_t n;
};

#ifdef __SANITIZE_ADDRESS__ /* it maps terabytes, and reads files for its reports */
static void limit_memory(void)
{
}

static void allow_calls(const char *const *calls)
{
}
#else
static void limit_memory(void)
{
	(void)setrlimit(RLIMIT_DATA, &(struct rlimit){ MEMORY, MEMORY });
	(void)setrlimit(RLIMIT_AS, &(struct rlimit){ ADDRESSES, ADDRESSES });
}

/* Without a filter (built without libseccomp, or an old kernel) the rest has to do. */
static void allow_calls(const char *const *calls)
{
	(void)sandbox_allow(calls, SANDBOX_ENOSYS);
}
#endif

static void limit(void)
{
	limit_memory();
	(void)setrlimit(RLIMIT_CPU, &(struct rlimit){ CPU_SECONDS, CPU_SECONDS });
	(void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){ FILES, FILES });
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	(void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 });
}

/* Where memory runs out, a worker is the first to go. */
static void be_first_victim(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "1000", 4);
	(void)close(fd);
}

static void close_from(int first)
{
	if (!syscall(SYS_close_range, first, ~0U, 0))
		return;
	for (int fd = first; fd < 65536; fd++)
		(void)close(fd);
}

/* Moves n descriptors to FIRST_FD and the next ones, and closes all others. */
static void keep_only(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + n);
	for (int i = 0; i < n; i++)
		if (fds[i] < 0 || dup2(fds[i], FIRST_FD + i) < 0)
			_exit(EXIT_FAILURE);
	close_from(FIRST_FD + n);
}

/* After a fork. The end of the parent is the end of the child. */
static void be_child(pid_t parent, const char *name)
{
	(void)prctl(PR_SET_NAME, name);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	be_first_victim();
	limit();
}

static _Noreturn void run_finder(int socket)
{
	keep_only(&socket, 1);
	if (sandbox_keep(OF_FINDER))
		_exit(EXIT_FAILURE);
	allow_calls(calls_of_finder);
	finder_serve(FIRST_FD);
	_exit(EXIT_SUCCESS);
}

/* A user without privileges keeps its identity, and has nothing to lose. */
static void confine_worker(void)
{
	if (!geteuid()) {
		(void)setgroups(0, NULL);
		(void)setresgid(NOBODY, NOBODY, NOBODY);
		(void)setresuid(NOBODY, NOBODY, NOBODY);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* setresuid() clears it */
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (sandbox_keep(0))
		_exit(EXIT_FAILURE);
	allow_calls(calls_of_worker);
}

static _Noreturn void run_worker(int tracer, int finder)
{
	int fds[] = { tracer, finder };

	keep_only(fds, 2);
	worker_serve(FIRST_FD, FIRST_FD + 1, confine_worker);
	_exit(EXIT_SUCCESS);
}

static void reap(struct warden *warden)
{
	pid_t ended;

	while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < warden->n; i++)
			if (warden->children[i] == ended)
				warden->children[i] = warden->children[--warden->n];
}

static void kill_all(struct warden *warden)
{
	reap(warden);
	for (size_t i = 0; i < warden->n; i++)
		(void)kill(warden->children[i], SIGKILL);
	reap(warden);
}

static void send_news(const struct warden *warden, struct warden_news news)
{
	news.left = (uint32_t)warden->n;
	(void)send(warden->control, &news, sizeof(news), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void start(struct warden *warden, int tracer)
{
	struct warden_news news = { 0 };
	int pair[2];
	pid_t self = getpid(), child;

	kill_all(warden);
	if (warden->n + 2 > CHILDREN || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return;
	child = fork();
	if (!child) {
		be_child(self, "tcpstate-finder");
		run_finder(pair[1]);
	}
	if (child > 0) {
		warden->children[warden->n++] = news.finder = child;
		child = fork();
	}
	if (!child) {
		be_child(self, "tcpstate-worker");
		run_worker(tracer, pair[0]);
	}
	if (child > 0)
		warden->children[warden->n++] = news.worker = child;
	send_news(warden, news);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

/* Returns false at the end; *fd: the socket of an order, or -1. */
static bool take_order(int control, int *fd)
{
	char byte;

	return fd_message_receive(control, &byte, sizeof(byte), fd, 1) == sizeof(byte);
}

static void end_all(struct warden *warden)
{
	const struct timespec pause = { .tv_nsec = 2 * 1000000 };

	kill_all(warden);
	for (int i = 0; i < KILL_WAIT_MS / 2 && warden->n; i++) {
		(void)nanosleep(&pause, NULL);
		reap(warden);
	}
	send_news(warden, (struct warden_news){ 0 });
}

/* The terminal's signals are for the process that traces, which then ends the warden. */
static void detach(int *control)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd < FIRST_FD && null >= 0; fd++)
		(void)dup2(null, fd);
	keep_only(control, 1);
	*control = FIRST_FD;
	(void)!chdir("/");
	(void)prctl(PR_SET_NAME, "tcpstate-warden");
}

_Noreturn void warden_run(int control)
{
	struct warden warden = { .control = control };
	int fd;

	detach(&warden.control);
	if (sandbox_keep(OF_WARDEN | OF_FINDER))
		_exit(EXIT_FAILURE);
	while (take_order(warden.control, &fd)) {
		if (fd < 0) {
			kill_all(&warden);
			continue;
		}
		start(&warden, fd);
		(void)close(fd);
	}
	end_all(&warden);
	_exit(EXIT_SUCCESS);
}
