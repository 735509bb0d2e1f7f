// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many processes, each with a listener of its own, that exit or take another name at once. Each
 * line of input is a step, which prints a line when it is done: the first is the exits or the
 * renames, each further one a connection to every listener. The processes share their memory, so
 * that a slow machine makes thousands of them in seconds; they call no function that needs more.
 */
#include "load.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 32768 };

struct member {
	const struct crowd *crowd;
	pid_t parent; /* opens the listener */
	pid_t child;  /* shares it; 0: none */
	union address address;
	char *stacks; /* of both */
};

struct crowd {
	const struct load *load;
	bool exits; /* the parents exit; else they take another name */
	int step[2], end[2], report[2];
	struct member *members;
};

/* Blocks until all ends for writing are closed. */
static void wait_for_close(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
}

static pid_t start_process(int (*run)(void *), struct member *member, unsigned number)
{
	pid_t pid = clone(run, member->stacks + (number + 1) * STACK_SIZE, CLONE_VM | SIGCHLD,
			  member);

	if (pid < 0)
		fail("clone");
	return pid;
}

static void report_step(const struct crowd *crowd)
{
	if (write(crowd->report[1], "", 1) != 1)
		_exit(1);
}

static int child_run(void *data)
{
	const struct member *member = data;

	prctl(PR_SET_NAME, "child");
	wait_for_close(member->crowd->end[0]);
	_exit(0);
}

static int member_run(void *data)
{
	struct member *member = data;
	const struct crowd *crowd = member->crowd;
	struct load load = *crowd->load;
	struct listeners listeners;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, crowd->exits ? "parent" : "old-name");
	close(crowd->step[1]);
	close(crowd->end[1]);
	load.count = 1;
	listeners_open(&load, &listeners);
	member->address = listeners.address[0];
	member->parent = getpid();
	if (crowd->exits)
		member->child = start_process(child_run, member, 1);
	report_step(crowd);
	wait_for_close(crowd->step[0]);
	if (crowd->exits)
		_exit(0);
	prctl(PR_SET_NAME, "new-name");
	report_step(crowd);
	wait_for_close(crowd->end[0]);
	_exit(0);
}

static void await_reports(const struct crowd *crowd)
{
	char bytes[512];
	unsigned long n = 0;

	while (n < crowd->load->count) {
		ssize_t got = read(crowd->report[0], bytes, sizeof(bytes));

		if (got <= 0)
			fail("a process of the crowd");
		n += got;
	}
}

static void print_step(const char *what, unsigned long count)
{
	printf("{\"step\":\"%s\",\"count\":%lu}\n", what, count);
	fflush(stdout);
}

/* Returns false at end of input. */
static bool await_step(void)
{
	char input[512];

	return fgets(input, sizeof(input), stdin);
}

static void log_members(const struct crowd *crowd)
{
	FILE *log = fopen(crowd->load->log, "w");

	if (!log)
		fail(crowd->load->log);
	for (unsigned long i = 0; i < crowd->load->count; i++) {
		const struct member *member = &crowd->members[i];
		/* at the same place in both families */
		unsigned port = ntohs(member->address.v4.sin_port);

		fprintf(log, "{\"port\":%u,\"parent\":%d,\"child\":%d}\n", port,
			(int)member->parent, (int)member->child);
	}
	if (fclose(log))
		fail(crowd->load->log);
}

static void start(struct crowd *crowd)
{
	const size_t size = 2 * STACK_SIZE;
	char *stacks = mmap(NULL, crowd->load->count * size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (stacks == MAP_FAILED)
		fail("mmap");
	for (unsigned long i = 0; i < crowd->load->count; i++) {
		crowd->members[i].crowd = crowd;
		crowd->members[i].stacks = stacks + i * size;
		start_process(member_run, &crowd->members[i], 0);
	}
	await_reports(crowd);
	close(crowd->step[0]);
	if (crowd->load->log)
		log_members(crowd);
}

/* Returns when the kernel has removed all parents, or all have their new name. */
static void change(struct crowd *crowd)
{
	close(crowd->step[1]);
	if (!crowd->exits) {
		await_reports(crowd);
		return;
	}
	for (unsigned long i = 0; i < crowd->load->count; i++)
		await(&crowd->members[i].parent, 1);
}

static void connect_all(const struct crowd *crowd)
{
	const struct load *load = crowd->load;

	for (unsigned long i = 0; i < load->count; i++) {
		const union address *to = &crowd->members[i].address;
		int fd = socket(load->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, &to->any, sizeof(*to)))
			fail("connect");
		close(fd);
	}
}

void crowd_run(const struct load *load, bool exits)
{
	struct crowd crowd = { .load = load, .exits = exits };

	crowd.members = calloc(load->count, sizeof(*crowd.members));
	if (!crowd.members || pipe(crowd.step) || pipe(crowd.end) || pipe(crowd.report))
		fail("crowd");
	start(&crowd);
	print_step("ready", load->count);
	if (await_step()) {
		change(&crowd);
		print_step(exits ? "exited" : "renamed", load->count);
	}
	while (await_step()) {
		connect_all(&crowd);
		print_step("connected", load->count);
	}
	close(crowd.end[1]);
	for (unsigned long i = 0; !exits && i < load->count; i++)
		await(&crowd.members[i].parent, 1);
	free(crowd.members);
}
