// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps that open and close connections by ordinary system calls. */
#include "selftest/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* On a slow machine round trips are long, and with them the timeouts that a test waits for. */
enum { PATIENCE_S = 150, BACKLOG = 8, FAST_MAX = 1000 };

int actor_set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

static int set_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);

	return fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) ? -errno : 0;
}

/* No call blocks for ever. */
static void limit_waiting(int fd)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static bool means_absent(int err)
{
	return err == EPROTONOSUPPORT || err == ENOPROTOOPT || err == EAFNOSUPPORT ||
	       err == ESOCKTNOSUPPORT || err == EINVAL;
}

/* Creates a socket and binds it to the port of its name. */
static int open_socket(struct actor *actor, char name, bool share)
{
	const struct endpoint *end = endpoint_find(name);
	struct sockaddr_storage address;
	socklen_t size;
	int fd, err = 0;

	if (!end)
		return actor_fail(actor, "no socket is called %c", name);
	fd = socket(actor->setup.family, SOCK_STREAM | SOCK_CLOEXEC, actor->setup.protocol);
	if (fd < 0 && actor->setup.protocol && means_absent(errno))
		return actor_unable(actor, "no MPTCP in this kernel (CONFIG_MPTCP)");
	if (fd < 0)
		return -errno;
	limit_waiting(fd);
	(void)actor_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (share)
		(void)actor_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (actor->setup.family == AF_INET6)
		(void)actor_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	size = actor_address(actor, end->unbound ? 0 : actor->setup.port + end->local, &address);
	if (!end->unbound && bind(fd, (struct sockaddr *)&address, size) != 0)
		err = -errno;
	if (err) {
		(void)close(fd);
		return err;
	}
	actor->fd[name - 'a'] = fd;
	return 0;
}

int actor_socket(struct actor *actor, const char *word)
{
	int fd = actor_fd(actor, word), err;

	if (fd >= 0)
		return fd;
	err = open_socket(actor, *word, false);
	return err ? err : actor_fd(actor, word);
}

static int step_open(struct actor *actor, char **words, int n)
{
	return open_socket(actor, *words[0], false);
}

/* share NAME: SO_REUSEPORT. */
static int step_share(struct actor *actor, char **words, int n)
{
	return open_socket(actor, *words[0], true);
}

/* listen NAME [BACKLOG] */
static int step_listen(struct actor *actor, char **words, int n)
{
	int fd = actor_socket(actor, words[0]);

	if (fd < 0)
		return fd;
	return listen(fd, n > 1 ? (int)actor_number(words[1]) : BACKLOG) ? -errno : 0;
}

static socklen_t remote_of(const struct actor *actor, char name, struct sockaddr_storage *address)
{
	return actor_address(actor, actor->setup.port + endpoint_find(name)->remote, address);
}

int actor_compare(struct actor *actor, int err, const char *expected)
{
	int wanted = expected ? actor_errno(expected) : 0;

	if (err == wanted)
		return 0;
	return actor_fail(actor, "%s instead of %s", err ? strerror(err) : "no error",
			  expected ? expected : "success");
}

/* connect NAME [ERRNO] */
static int step_connect(struct actor *actor, char **words, int n)
{
	struct sockaddr_storage address;
	int fd = actor_socket(actor, words[0]);
	socklen_t size;

	if (fd < 0)
		return fd;
	size = remote_of(actor, *words[0], &address);
	return actor_compare(actor, connect(fd, (struct sockaddr *)&address, size) ? errno : 0,
			     n > 1 ? words[1] : NULL);
}

/* start NAME: non-blocking connect(). */
static int step_start(struct actor *actor, char **words, int n)
{
	struct sockaddr_storage address;
	int fd = actor_socket(actor, words[0]);
	socklen_t size;
	int err;

	if (fd < 0)
		return fd;
	size = remote_of(actor, *words[0], &address);
	err = set_blocking(fd, false);
	if (!err && connect(fd, (struct sockaddr *)&address, size) != 0 && errno != EINPROGRESS)
		err = -errno;
	return err;
}

int actor_wait(int fd, short what)
{
	struct pollfd poll_fd = { .fd = fd, .events = what };
	int n = poll(&poll_fd, 1, PATIENCE_S * 1000);

	return n > 0 ? 0 : n ? -errno : -EAGAIN;
}

int actor_error(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &size) ? errno : value;
}

/* finish NAME [ERRNO]: waits for the result of start. */
static int step_finish(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);
	int err = fd < 0 ? fd : actor_wait(fd, POLLOUT);

	if (err)
		return err;
	err = actor_error(fd);
	(void)set_blocking(fd, true);
	return actor_compare(actor, err, n > 1 ? words[1] : NULL);
}

/* accept LISTENER NAME */
static int step_accept(struct actor *actor, char **words, int n)
{
	int listener = actor_fd(actor, words[0]);
	int fd;

	if (listener < 0)
		return listener;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	limit_waiting(fd);
	actor->fd[*words[1] - 'a'] = fd;
	return 0;
}

/* fast NAME BYTES: TCP Fast Open, data in the SYN. */
static int step_fast(struct actor *actor, char **words, int n)
{
	static const char data[FAST_MAX];
	struct sockaddr_storage address;
	int fd = actor_socket(actor, words[0]);
	uint64_t bytes = actor_number(words[1]);
	socklen_t size;

	if (fd < 0)
		return fd;
	size = remote_of(actor, *words[0], &address);
	(void)set_blocking(fd, false);
	if (sendto(fd, data, bytes < FAST_MAX ? bytes : FAST_MAX, MSG_FASTOPEN | MSG_NOSIGNAL,
		   (struct sockaddr *)&address, size) < 0 &&
	    errno != EINPROGRESS)
		return errno == EOPNOTSUPP ? actor_unable(actor, "no TCP Fast Open") : -errno;
	return 0;
}

/* shutdown NAME [RD] */
static int step_shutdown(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);

	if (fd < 0)
		return fd;
	return shutdown(fd, n > 1 && !strcmp(words[1], "RD") ? SHUT_RD : SHUT_WR) ? -errno : 0;
}

static int step_close(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);

	if (fd < 0)
		return fd;
	actor->fd[*words[0] - 'a'] = -1;
	return close(fd) ? -errno : 0;
}

/* disconnect NAME: connect() to AF_UNSPEC. */
static int step_disconnect(struct actor *actor, char **words, int n)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int fd = actor_fd(actor, words[0]);

	if (fd < 0)
		return fd;
	return connect(fd, &nowhere, sizeof(nowhere)) ? -errno : 0;
}

static int repair(struct actor *actor, int fd, int on)
{
	int err = actor_set_option(fd, IPPROTO_TCP, TCP_REPAIR, on);

	return err == -EPERM ? actor_unable(actor, "no TCP_REPAIR (CAP_NET_ADMIN)") : err;
}

/* checkpoint NAME: closes it in TCP_REPAIR mode and keeps its sequence numbers. */
static int step_checkpoint(struct actor *actor, char **words, int n)
{
	int fd = actor_fd(actor, words[0]);
	socklen_t size = sizeof(actor->sequence[0]);
	int err = fd < 0 ? fd : repair(actor, fd, 1);

	for (int i = 0; i < 2 && !err; i++) {
		err = actor_set_option(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE + i);
		if (!err &&
		    getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &actor->sequence[i], &size) != 0)
			err = -errno;
	}
	return err ? err : step_close(actor, words, n);
}

/* restore NAME: the connection that checkpoint closed. */
static int step_restore(struct actor *actor, char **words, int n)
{
	struct sockaddr_storage address;
	int fd = actor_socket(actor, words[0]);
	socklen_t size;
	int err = fd < 0 ? fd : repair(actor, fd, 1);

	for (int i = 0; i < 2 && !err; i++) {
		err = actor_set_option(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE + i);
		if (!err)
			err = actor_set_option(fd, IPPROTO_TCP, TCP_QUEUE_SEQ,
					       (int)actor->sequence[i]);
	}
	if (err)
		return err;
	size = remote_of(actor, *words[0], &address);
	return connect(fd, (struct sockaddr *)&address, size) ? -errno : repair(actor, fd, 0);
}

const struct actor_verb actor_socket_verbs[] = {
	{ "open", 1, step_open },
	{ "share", 1, step_share },
	{ "listen", 1, step_listen },
	{ "connect", 1, step_connect },
	{ "start", 1, step_start },
	{ "finish", 1, step_finish },
	{ "fast", 2, step_fast },
	{ "accept", 2, step_accept },
	{ "shutdown", 1, step_shutdown },
	{ "close", 1, step_close },
	{ "disconnect", 1, step_disconnect },
	{ "checkpoint", 1, step_checkpoint },
	{ "restore", 1, step_restore },
	{ 0 },
};
