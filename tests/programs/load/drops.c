// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Handshakes that find full queues, step by step, on a listener that never accepts. The kernel's
 * counters (/proc/net/netstat) say what it dropped.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
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

static unsigned queue_length(const struct drops *t)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (getsockopt(t->listeners->fd[0], IPPROTO_TCP, TCP_INFO, &info, &size))
		fail("TCP_INFO");
	return info.tcpi_unacked;
}

/* ListenOverflows of /proc/net/netstat: of the network namespace, which has no other listener. */
static unsigned overflow_count(const struct drops *t)
{
	FILE *file = fopen("/proc/net/netstat", "re");
	char names[8192], values[8192], *name, *value, *next_name, *next_value;

	if (!file || !fgets(names, sizeof(names), file) || !fgets(values, sizeof(values), file))
		fail("/proc/net/netstat");
	fclose(file);
	name = strtok_r(names, " ", &next_name);
	value = strtok_r(values, " ", &next_value);
	while (name && value && strcmp(name, "ListenOverflows")) {
		name = strtok_r(NULL, " ", &next_name);
		value = strtok_r(NULL, " ", &next_value);
	}
	if (!name || !value)
		fail("no ListenOverflows");
	return strtoul(value, NULL, 10);
}

/* Until the listener has handled a packet that was sent: a busy machine does that some time later. */
static void wait_beyond(const struct drops *t, unsigned (*number)(const struct drops *t),
			unsigned before, int ms)
{
	const struct timespec time = { .tv_nsec = 1000000 };

	for (; number(t) <= before; ms--) {
		if (ms <= 0) {
			errno = ETIMEDOUT;
			fail("waiting for the listener");
		}
		nanosleep(&time, NULL);
	}
}

/* Connections stay in the accept queue. */
static void fill(const struct drops *t)
{
	unsigned before = queue_length(t);

	wait_connected(knock(t, false), FILL_MS);
	wait_beyond(t, queue_length, before, FILL_MS);
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

/* The client accepts packets again, answers the next SYN-ACK, which is dropped, and resets. */
static void answer_late(const struct drops *t)
{
	struct linger none = { .l_onoff = 1 };
	unsigned before = overflow_count(t);
	int unused = 0;

	if (setsockopt(t->late, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)))
		fail("SO_DETACH_FILTER");
	wait_connected(t->late, LATE_MS);
	wait_beyond(t, overflow_count, before, LATE_MS);
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
