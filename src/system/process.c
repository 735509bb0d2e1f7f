// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/file.h"

/* As in the kernel's tables for all architectures since 5.3 and 5.6; older headers lack them. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum { PATH_ROOM = 256, LINE_ROOM = 512, CGROUP_ROOM = 4096 };

/* Kernel functions that threads sleep in (5.10 to 7.3), by the beginnings of their names. */
static const struct {
	const char *begins, *means;
} sleeps[] = {
	{ "futex_", "waiting for a lock" },
	{ "ep_poll", "waiting in epoll_wait" },
	{ "do_epoll_wait", "waiting in epoll_wait" },
	{ "do_sys_poll", "waiting in poll" },
	{ "poll_schedule_timeout", "waiting in poll or select" },
	{ "do_select", "waiting in select" },
	{ "inet_csk_accept", "waiting in accept" },
	{ "inet_csk_wait_for_connect", "waiting in accept" },
	{ "sk_wait_data", "waiting for data of a socket" },
	{ "wait_woken", "waiting for a socket" },
	{ "sk_stream_wait_memory", "waiting for room to send" },
	{ "unix_stream_read_generic", "waiting for data of a local socket" },
	{ "unix_stream_data_wait", "waiting for data of a local socket" },
	{ "pipe_read", "waiting for data of a pipe" },
	{ "anon_pipe_read", "waiting for data of a pipe" },
	{ "pipe_write", "waiting for room in a pipe" },
	{ "anon_pipe_write", "waiting for room in a pipe" },
	{ "hrtimer_nanosleep", "sleeping" },
	{ "common_nsleep", "sleeping" },
	{ "do_wait", "waiting for a child" },
	{ "do_sigtimedwait", "waiting for a signal" },
	{ "do_signal_stop", "stopped" },
};

static FILE *open_file(const char *root, uint32_t pid, const char *name)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/%s", root, pid, name);
	return fopen(path, "re");
}

static DIR *open_folder(const char *root, uint32_t pid, const char *name)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/%s", root, pid, name);
	return opendir(path);
}

static uint64_t count_descriptors(const char *root, uint32_t pid)
{
	DIR *folder = open_folder(root, pid, "fd");
	struct dirent *entry;
	uint64_t n = 0;

	while (folder && (entry = readdir(folder)))
		n += isdigit((unsigned char)entry->d_name[0]) != 0;
	if (folder)
		(void)closedir(folder);
	return n;
}

static uint64_t read_limit(const char *root, uint32_t pid)
{
	FILE *file = open_file(root, pid, "limits");
	char line[LINE_ROOM];
	uint64_t limit = 0;

	while (file && !limit && fgets(line, sizeof(line), file))
		(void)sscanf(line, "Max open files %" SCNu64, &limit);
	if (file)
		(void)fclose(file);
	return limit;
}

static const char *meaning(const char *function)
{
	for (size_t i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++)
		if (!strncmp(function, sleeps[i].begins, strlen(sleeps[i].begins)))
			return sleeps[i].means;
	return NULL;
}

/* The beginning of a file of a thread; empty: it cannot be read, or the thread has exited. */
static void read_thread(const char *root, uint32_t pid, const char *thread, const char *name,
			char *text, size_t room)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/task/%.16s/%s", root, pid, thread, name);
	(void)file_read_text(AT_FDCWD, path, text, room);
}

/* The letter in `stat`, after a name that may contain any byte; 0: the thread has exited. */
static char read_state(const char *root, uint32_t pid, const char *thread)
{
	char text[LINE_ROOM], *end;

	read_thread(root, pid, thread, "stat", text, sizeof(text));
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : '\0';
}

static void describe(const char *root, uint32_t pid, const char *thread, char state,
		     char what[PROCESS_WAIT_TEXT])
{
	char function[PROCESS_WAIT_TEXT]; /* that the thread sleeps in; empty or "0": unknown */
	const char *means = state == 'R'		 ? "running" :
			    state == 'T' || state == 't' ? "stopped" :
			    state == 'Z' || state == 'X' ? "ended" :
							   "idle";

	if (state == 'S' || state == 'D') {
		read_thread(root, pid, thread, "wchan", function, sizeof(function));
		means = meaning(function);
		if (!means && (!*function || !strcmp(function, "0")))
			means = state == 'S' ? "sleeping" : "waiting for a disk";
	}
	if (means)
		(void)snprintf(what, PROCESS_WAIT_TEXT, "%s", means);
	else
		(void)snprintf(what, PROCESS_WAIT_TEXT, "sleeping in %.51s", function);
}

static void count_wait(struct process_facts *facts, const char *what)
{
	size_t i = 0;

	while (i < facts->n_waits && strcmp(facts->waits[i].what, what))
		i++;
	if (i == PROCESS_WAITS) { /* the last kind stands for all others */
		i--;
		(void)snprintf(facts->waits[i].what, PROCESS_WAIT_TEXT, "doing something else");
	} else if (i == facts->n_waits) {
		(void)snprintf(facts->waits[i].what, PROCESS_WAIT_TEXT, "%s", what);
		facts->n_waits++;
	}
	facts->waits[i].threads++;
}

static int most_first(const void *left, const void *right)
{
	const struct process_wait *a = left, *b = right;

	if (a->threads != b->threads)
		return a->threads > b->threads ? -1 : 1;
	return strcmp(a->what, b->what);
}

static void read_threads(const char *root, uint32_t pid, struct process_facts *facts)
{
	DIR *folder = open_folder(root, pid, "task");
	char what[PROCESS_WAIT_TEXT];
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		char state;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		state = facts->threads < PROCESS_THREADS_MAX ?
				read_state(root, pid, entry->d_name) :
				'\0';
		facts->threads++;
		if (!state)
			continue;
		describe(root, pid, entry->d_name, state, what);
		count_wait(facts, what);
	}
	if (folder)
		(void)closedir(folder);
	qsort(facts->waits, facts->n_waits, sizeof(facts->waits[0]), most_first);
}

uint32_t process_of(const char *root, uint32_t id)
{
	FILE *file = open_file(root, id, "status");
	char line[LINE_ROOM];
	uint32_t process = 0;

	while (file && !process && fgets(line, sizeof(line), file))
		(void)sscanf(line, "Tgid: %" SCNu32, &process);
	if (file)
		(void)fclose(file);
	return process;
}

bool process_exists(uint32_t pid)
{
	return !kill((pid_t)pid, 0) || errno != ESRCH;
}

bool process_long_name(const char *root, uint32_t pid, char comm[TS_COMM_LEN],
		       char name[PROCESS_NAME])
{
	char path[PATH_ROOM], text[LINE_ROOM];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/comm", root, pid);
	if (file_read_text(AT_FDCWD, path, text, sizeof(text)) != TS_COMM_LEN)
		return false; /* 15 bytes and a newline, or it is whole */
	memcpy(comm, text, TS_COMM_LEN - 1);
	comm[TS_COMM_LEN - 1] = '\0';
	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/cmdline", root, pid);
	n = file_read_text(AT_FDCWD, path, text, sizeof(text));
	/* of a script, the interpreter comes first */
	for (ssize_t at = 0, i = 0; i < 2 && at < n; at += (ssize_t)strlen(text + at) + 1, i++) {
		const char *slash = strrchr(text + at, '/');
		const char *base = slash ? slash + 1 : text + at;

		if (strlen(base) < TS_COMM_LEN || strncmp(base, comm, TS_COMM_LEN - 1) != 0)
			continue;
		(void)snprintf(name, PROCESS_NAME, "%.*s", PROCESS_NAME - 1, base);
		return true;
	}
	return false;
}

int process_copy_fd(uint32_t pid, uint32_t fd)
{
	int process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0), copy;

	if (process < 0)
		return -errno;
	copy = (int)syscall(SYS_pidfd_getfd, process, (int)fd, 0);
	if (copy < 0)
		copy = -errno;
	(void)close(process);
	return copy;
}

void process_read(const char *root, uint32_t pid, struct process_facts *facts)
{
	*facts = (struct process_facts){ .descriptors = count_descriptors(root, pid),
					 .limit = read_limit(root, pid) };
	read_threads(root, pid, facts);
}

/* Removes the text between `@` and the next `.` or `/`. Returns the length. */
static size_t strip_instances(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from += strcspn(from, "./\n")) {
		size_t n = strcspn(from, "@");

		memmove(to, from, n);
		to += n;
		from += n;
	}
	*to = '\0';
	return (size_t)(to - text);
}

uint64_t process_program(const char *root, uint32_t pid, const struct hash_index *table)
{
	struct {
		uint64_t dev, ino;
		char cgroup[CGROUP_ROOM];
	} program;
	char path[PATH_ROOM];
	struct stat exe;

	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/exe", root, pid);
	if (stat(path, &exe))
		return 0;
	program.dev = exe.st_dev;
	program.ino = exe.st_ino;
	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/cgroup", root, pid);
	if (file_read_text(AT_FDCWD, path, program.cgroup, sizeof(program.cgroup)) < 0)
		return 0;
	return hash_index_key(table, &program,
			      offsetof(__typeof__(program), cgroup) +
				      strip_instances(program.cgroup));
}
