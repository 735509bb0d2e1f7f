// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * More of one kind than is usual, until end of input: descriptors of one socket, network namespaces
 * with a listener each, clients whose SYN is not answered. As many processes as the limits require.
 */
#include "load.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OTHER_FILES = 64 };

struct many {
	const struct load *load;
	const struct listeners *listeners;
	int fd;			    /* the socket that is duplicated */
	int end[2];		    /* closed at the end */
	unsigned long begin, count; /* the share of one process */
};

static void duplicate(const struct many *many)
{
	for (unsigned long i = 1; i < many->count; i++)
		if (dup(many->fd) < 0)
			fail("dup");
}

/* A bound address would need the namespace's loopback up. */
static void enter_namespace(const struct many *many)
{
	int fd;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		fail("unshare");
	fd = socket(many->load->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || listen(fd, 1))
		fail("listen");
}

static void hang(const struct many *many)
{
	for (unsigned long i = many->begin; i < many->begin + many->count; i++)
		client_begin(many->load, many->listeners, i);
}

/* Starts a process, and returns when it has made its share. */
static pid_t start(const struct many *many, void (*make)(const struct many *))
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe(ready))
		fail("pipe");
	pid = spawn("load-many");
	if (!pid) {
		close(ready[0]);
		close(many->end[1]);
		make(many);
		if (write(ready[1], "", 1) != 1)
			fail("write");
		while (read(many->end[0], &byte, 1) > 0)
			;
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		fail("a process");
	close(ready[0]);
	return pid;
}

static void run(struct many *many, const char *mode, unsigned long share,
		void (*make)(const struct many *))
{
	unsigned long all = many->load->count, number = (all + share - 1) / share;
	pid_t *pids = calloc(number, sizeof(*pids));
	char input[512];

	if (!pids || pipe(many->end))
		fail("processes");
	for (unsigned long i = 0; i < number; i++) {
		many->begin = i * share;
		many->count = all - many->begin < share ? all - many->begin : share;
		pids[i] = start(many, make);
	}
	close(many->fd);
	printf("{\"mode\":\"%s\",\"count\":%lu,\"processes\":%lu}\n", mode, all, number);
	fflush(stdout);
	while (read(STDIN_FILENO, input, sizeof(input)) > 0)
		;
	close(many->end[1]);
	await(pids, number);
	free(pids);
}

bool many_run(const char *mode, const struct load *load, const struct listeners *listeners)
{
	struct many many = { .load = load, .listeners = listeners, .fd = -1 };
	unsigned long files = files_raise() - OTHER_FILES;

	if (!strcmp(mode, "duplicates")) {
		many.fd = socket(load->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (many.fd < 0)
			fail("socket");
		run(&many, mode, files, duplicate);
	} else if (!strcmp(mode, "namespaces")) {
		run(&many, mode, 1, enter_namespace);
	} else if (!strcmp(mode, "hang")) {
		for (unsigned i = 0; i < listeners->n; i++)
			deafen(listeners->fd[i]);
		run(&many, mode, files, hang);
	} else {
		return false;
	}
	return true;
}
