// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Handshakes that find full queues, step by step, on a listener that never accepts. The kernel's
 * counters (/proc/net/netstat) say what it dropped.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FILL_MS = 30000, LATE_MS = 60000 };

struct drops {
	const struct load *load;
	const struct listeners *listeners;
	int late; /* a client that ignores packets until `late` */
};

static void hear_nothing(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &nothing };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
		fail("SO_ATTACH_FILTER");
}

/* Sends a SYN without waiting. */
static int knock(const struct drops *t, bool deaf)
{
	const union address *to = &t->listeners->address[0];
	socklen_t size = to->any.sa_family == AF_INET6 ? sizeof(to->v6) : sizeof(to->v4);
	int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		fail("socket");
	if (deaf)
		hear_nothing(fd);
	if (connect(fd, &to->any, size) && errno != EINPROGRESS)
		fail("connect");
	return fd;
}

static void wait_connected(int fd, int ms)
{
	struct pollfd connected = { .fd = fd, .events = POLLOUT };

	if (poll(&connected, 1, ms) != 1 || connected.revents != POLLOUT)
		fail("waiting for a connection");
}

/* Connections stay in the accept queue. */
static void fill(const struct drops *t)
{
	wait_connected(knock(t, false), FILL_MS);
}

static void knock_and_go(const struct drops *t)
{
	close(knock(t, false));
}

/* Ignores the SYN-ACK; the next one is answered by a RST. */
static void half_open(const struct drops *t)
{
	close(knock(t, true));
}

static void stay_half_open(const struct drops *t)
{
	(void)knock(t, true);
}

/* The client accepts packets again, answers the next SYN-ACK, and resets. */
static void answer_late(const struct drops *t)
{
	struct linger none = { .l_onoff = 1 };
	int unused = 0;

	if (setsockopt(t->late, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)))
		fail("SO_DETACH_FILTER");
	wait_connected(t->late, LATE_MS);
	if (setsockopt(t->late, SOL_SOCKET, SO_LINGER, &none, sizeof(none)))
		fail("SO_LINGER");
	close(t->late);
}

static void rest(unsigned long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void take_other_step(struct drops *t, const char *step, unsigned long n)
{
	if (!strcmp(step, "deaf"))
		t->late = knock(t, true);
	else if (!strncmp(step, "rest:", 5))
		rest(n);
	else {
		fprintf(stderr, "load: '%s' is not a step; see --help\n", step);
		exit(2);
	}
}

/* STEP[:N] */
static void take_step(struct drops *t, const char *step)
{
	static const struct {
		const char *name;
		void (*run)(const struct drops *t);
	} steps[] = {
		{ "fill", fill },	    { "knock", knock_and_go }, { "half", half_open },
		{ "stay", stay_half_open }, { "late", answer_late },
	};
	size_t length = strcspn(step, ":");
	unsigned long n = step[length] ? strtoul(step + length + 1, NULL, 10) : 1;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strlen(steps[i].name) != length || strncmp(step, steps[i].name, length))
			continue;
		for (; n; n--)
			steps[i].run(t);
		return;
	}
	take_other_step(t, step, n);
}

void drops_run(const struct load *load, const struct listeners *listeners, char **steps)
{
	struct drops t = { .load = load, .listeners = listeners, .late = -1 };

	if (listen(listeners->fd[0], load->backlog))
		fail("listen");
	for (; *steps; steps++)
		take_step(&t, *steps);
}
