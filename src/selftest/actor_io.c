// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps on open sockets: data, errors, options. */
#include "selftest/actor.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 4096, TRIES = 60000 };

/* send NAME BYTES */
static int step_send(struct actor *actor, char **words, int n)
{
	static const char data[BUFFER];
	int fd = actor_fd(actor, words[0]);
	uint64_t left = actor_number(words[1]);

	while (fd >= 0 && left) {
		ssize_t sent = send(fd, data, left < BUFFER ? left : BUFFER, MSG_NOSIGNAL);

		if (sent < 0)
			return -errno;
		left -= (uint64_t)sent;
	}
	return fd < 0 ? fd : 0;
}

/* fill NAME: sends until the send buffer is full. */
static int step_fill(struct actor *actor, char **words, int n)
{
	static const char data[BUFFER];
	int fd = actor_fd(actor, words[0]);

	if (fd < 0)
		return fd;
	while (send(fd, data, sizeof(data), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		;
	return errno == EAGAIN ? 0 : -errno;
}

/* recv NAME BYTES */
static int step_recv(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);
	uint64_t left = actor_number(words[1]);
	char data[BUFFER];

	while (fd >= 0 && left) {
		ssize_t got = recv(fd, data, left < BUFFER ? left : BUFFER, 0);

		if (got <= 0)
			return got ? -errno : actor_fail(actor, "end of file");
		left -= (uint64_t)got;
	}
	return fd < 0 ? fd : 0;
}

static int step_eof(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);
	char byte;
	ssize_t got;

	if (fd < 0)
		return fd;
	got = recv(fd, &byte, 1, 0);
	return got > 0 ? actor_fail(actor, "data instead of end of file") : got ? -errno : 0;
}

/*
 * error NAME ERRNO: waits for the end of the connection, and reads that SO_ERROR. tcp_reset() sets the
 * error first: who reads it before the socket is CLOSED takes it from the end. poll() reports
 * POLLERR and POLLHUP always.
 */
static int step_error(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]), err = fd < 0 ? fd : 0;
	struct pollfd end = { .fd = fd };

	for (int i = 0; i < TRIES && !err && !(end.revents & POLLHUP); i++) {
		err = actor_wait(fd, 0);
		if (!err && poll(&end, 1, 0) < 0)
			err = -errno;
		if (!err && !(end.revents & POLLHUP))
			(void)usleep(1000);
	}
	return err ? err : actor_compare(actor, actor_error(fd), words[1]);
}

/* readable NAME: waits without reading. */
static int step_readable(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);

	return fd < 0 ? fd : actor_wait(fd, POLLIN);
}

/* Connections that wait for accept(). */
static int queue_of(int fd, uint64_t *n)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);
	int err = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? -errno : 0;

	*n = info.tcpi_unacked;
	return err;
}

/* SYNs and ACKs that the listener dropped. */
static int drops_of(int fd, uint64_t *n)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);
	int err = getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) ? -errno : 0;

	*n = info[SK_MEMINFO_DROPS];
	return err;
}

static int wait_for_number(struct actor *actor, char **words, int (*read)(int fd, uint64_t *n))
{
	int fd = actor_fd(actor, words[0]), err = fd < 0 ? fd : 0;
	uint64_t wanted = actor_number(words[1]), n = 0;

	for (int i = 0; i < TRIES && !err; i++) {
		err = read(fd, &n);
		if (err || n >= wanted)
			return err;
		(void)usleep(1000);
	}
	return err ? err : -EAGAIN;
}

/* queued LISTENER N */
static int step_queued(struct actor *actor, char **words, int n)
{
	return wait_for_number(actor, words, queue_of);
}

/* dropped LISTENER N */
static int step_dropped(struct actor *actor, char **words, int n)
{
	return wait_for_number(actor, words, drops_of);
}

/* linger NAME: SO_LINGER 0, so that close() aborts the connection. */
static int step_linger(struct actor *actor, char **words, int n)
{
	const struct linger none = { .l_onoff = 1 };
	int fd = actor_fd(actor, words[0]);

	if (fd < 0)
		return fd;
	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) ? -errno : 0;
}

/* deaf NAME: drops all packets for the socket, like a lossy network. */
static int step_deaf(struct actor *actor, char **words, int n)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog filter = { .len = 1, .filter = &nothing };
	int fd = actor_socket(actor, words[0]);

	if (fd < 0)
		return fd;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ? -errno : 0;
}

static int step_hear(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);

	return fd < 0 ? fd : actor_set_option(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

/* set NAME OPTION VALUE */
static int step_set(struct actor *actor, char **words, int n)
{
	static const struct {
		const char *name;
		int level;
		int option;
	} options[] = {
		{ "user-timeout", IPPROTO_TCP, TCP_USER_TIMEOUT }, /* ms */
		{ "syn-retries", IPPROTO_TCP, TCP_SYNCNT },
		{ "linger2", IPPROTO_TCP, TCP_LINGER2 }, /* s */
		{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
		{ "keep-idle", IPPROTO_TCP, TCP_KEEPIDLE },	 /* s */
		{ "keep-interval", IPPROTO_TCP, TCP_KEEPINTVL }, /* s */
		{ "keep-count", IPPROTO_TCP, TCP_KEEPCNT },
		{ "defer-accept", IPPROTO_TCP, TCP_DEFER_ACCEPT }, /* s */
		{ "fast-open", IPPROTO_TCP, TCP_FASTOPEN },	   /* queue length */
		{ "receive-buffer", SOL_SOCKET, SO_RCVBUF },
	};
	int fd = actor_socket(actor, words[0]);

	for (size_t i = 0; fd >= 0 && i < sizeof(options) / sizeof(options[0]); i++)
		if (!strcmp(options[i].name, words[1]))
			return actor_set_option(fd, options[i].level, options[i].option,
						atoi(words[2]));
	return fd < 0 ? fd : actor_fail(actor, "no option is called %s", words[1]);
}

/* cookie NAME: SO_COOKIE. */
static int step_cookie(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);
	socklen_t size = sizeof(actor->answer.cookie);

	if (fd < 0)
		return fd;
	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &actor->answer.cookie, &size) ? -errno : 0;
}

const struct actor_verb actor_use_verbs[] = {
	{ "send", 2, step_send },	{ "fill", 1, step_fill },
	{ "recv", 2, step_recv },	{ "eof", 1, step_eof },
	{ "error", 2, step_error },	{ "readable", 1, step_readable },
	{ "linger", 1, step_linger },	{ "deaf", 1, step_deaf },
	{ "hear", 1, step_hear },	{ "set", 3, step_set },
	{ "cookie", 1, step_cookie },	{ "queued", 2, step_queued },
	{ "dropped", 2, step_dropped }, { 0 },
};
