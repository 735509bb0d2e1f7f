// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Asks before it closes sockets, each only if it is still the same one. A socket that no longer exists
 * by then counts as closed.
 */
#define _GNU_SOURCE
#include "stuck/close.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/sink.h"
#include "output/output.h"
#include "sockets/view.h"
#include "stuck/fields.h"
#include "stuck/report.h"
#include "stuck/sock_destroy.h"
#include "stuck/stuck.h"
#include "system/process.h"

static const struct {
	const char *with;
	const char *effect;
	const char *syn_sent; /* effect on a socket in SYN_SENT */
} effects[] = {
	[CLOSE_FIN] = { "a FIN",
			"The peer reads end of file. The process keeps its descriptor: it reads end of\n"
			"file too, and gets EPIPE when it writes.",
			"In SYN_SENT no FIN is sent: connect() fails with ECONNRESET." },
	[CLOSE_RESET] = { "a reset",
			  "The peer gets ECONNRESET. The process keeps its descriptor, and gets\n"
			  "ECONNABORTED.",
			  "In SYN_SENT connect() fails with ECONNABORTED." },
};

struct closing {
	const struct stuck_close_config *config;
	struct output *output;
	const struct socket_view *view;
	size_t left;
};

/* Whether the answer begins with y. A stop signal means no. */
static bool read_answer(int stop_fd)
{
	char answer[64] = "";
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = stop_fd, .events = POLLIN } };
	ssize_t n = 0;

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	if (!fds[1].revents && fds[0].revents)
		n = read(STDIN_FILENO, answer, sizeof(answer) - 1); /* a terminal gives a line */
	if (n <= 0) /* the question has not ended with a line break */
		(void)fputc('\n', stderr);
	return n > 0 && (*answer == 'y' || *answer == 'Y');
}

/*
 * tcp_abort() frees a request or timewait socket without a packet. It sends a RST in the states of
 * tcp_need_reset() alone.
 */
static bool is_silent(enum close_how how, const struct ts_socket *s)
{
	return how == CLOSE_RESET &&
	       (s->flags & TS_S_MINISOCK || s->state == TS_LAST_ACK || s->state == TS_CLOSING);
}

static int print(const struct closing *closing, const struct stuck_item *item, const char *what,
		 const char *why)
{
	const struct stuck_event event = { item, what, why, clock_mono_ns() };

	return stuck_output(closing->output, closing->view, &event);
}

static void print_effects(enum close_how how, const struct stuck_list *list)
{
	size_t syn_sent = 0, silent = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct ts_socket *s = list->items[i].entry->socket;

		syn_sent += s->state == TS_SYN_SENT;
		silent += is_silent(how, s);
	}
	if (syn_sent + silent < list->n)
		(void)fprintf(stderr, "%s\n", effects[how].effect);
	if (syn_sent)
		(void)fprintf(stderr, "%s\n", effects[how].syn_sent);
	if (silent)
		(void)fprintf(
			stderr,
			"The kernel forgets half-open and TIME_WAIT sockets, CLOSING and LAST_ACK,\n"
			"and sends their peers nothing (%zu of %zu). Such a peer gets a RST only if it\n"
			"sends a packet later.\n",
			silent, list->n);
}

/* " of NAME in N processes" if the sockets are one group; else nothing. */
static void describe_processes(const struct closing *closing, const struct stuck_list *list,
			       char text[STUCK_NAME + 64])
{
	char name[STUCK_NAME];
	struct stuck_groups groups;
	size_t n = 0;

	*text = '\0';
	if (stuck_groups_new(closing->view->sockets, list, "/proc", &groups))
		return;
	for (size_t i = 0; i < groups.n; i++)
		n += groups.groups[i].n_processes;
	if (groups.n == 1 && n > 1)
		(void)snprintf(text, STUCK_NAME + 64, " of %s in %zu processes",
			       stuck_report_program(&groups.groups[0], false, name), n);
	stuck_groups_free(&groups);
}

/* Returns 1 (yes), 0 (no) or the sink's error. */
static int ask(const struct closing *closing, struct sink *sink, const struct stuck_list *list)
{
	enum close_how how = closing->config->how;
	char processes[STUCK_NAME + 64];
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++)
		err = print(closing, &list->items[i], "stuck", NULL);
	if (!err)
		err = sink_flush(sink);
	if (err)
		return err;
	print_effects(how, list);
	describe_processes(closing, list, processes);
	(void)fprintf(stderr, "Close %zu socket%s%s with %s? [y/N] ", list->n,
		      list->n == 1 ? "" : "s", processes, effects[how].with);
	(void)fflush(stderr);
	return read_answer(closing->config->stop_fd);
}

/* The reason in words for an error of close_fin() or sockets_destroy(). */
static const char *reason_of(int err)
{
	switch (-err) {
	case ENOENT:
		return "no process holds it: only a reset closes it";
	case ENOTTY: /* of copy_fd() */
		return "only an io_uring holds it, without a descriptor: only a reset closes it";
	case EALREADY:
		return "its FIN has been sent already: only a reset closes it";
	case ENOTCONN:
		return "it has no connection: only its process can close the descriptor";
	case EINVAL:
		return "it is a listener: the process must call accept()";
	case EPERM:
	case EACCES:
		return "not permitted: CAP_SYS_PTRACE (fin) or CAP_NET_ADMIN (reset) is needed";
	case EOPNOTSUPP:
		return "this kernel cannot reset such a socket";
	case ENOTUNIQ:
		return "it has no cookie and no inode that identify it";
	case ENODEV:
		return "its network namespace cannot be entered";
	default:
		return strerror(-err);
	}
}

/* Prints the result of one socket. */
static int report(struct closing *closing, const struct stuck_item *item, int result)
{
	if (!result)
		return print(closing, item, "closed",
			     is_silent(closing->config->how, item->entry->socket) ?
				     "the kernel has sent its peer nothing" :
				     NULL);
	if (result == -ESTALE)
		return print(closing, item, "gone", NULL);
	closing->left++;
	return print(closing, item, "left", reason_of(result));
}

/*
 * Whether the descriptor refers to the socket. The cookie decides, or the inode where the socket has no
 * cookie yet (5.10). The descriptor of a subflow has the cookie of its MPTCP connection.
 */
static bool refers_to(int fd, const struct ts_socket *s)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat st;

	if (s->id && !(s->flags & TS_S_SUBFLOW))
		return !getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) && cookie == s->id;
	return s->inode && !fstat(fd, &st) && st.st_ino == s->inode;
}

/* Returns a copy of the holder's descriptor of the socket, or -errno (-ESTALE: another socket, -ENOTTY: no descriptor). */
static int copy_fd(const struct ts_holder *holder, const struct ts_socket *s)
{
	int fd = holder_is_ring(holder) ? -ENOTTY : process_copy_fd(holder->pid, holder->fd);

	if (fd < 0)
		return fd == -ESRCH || fd == -EBADF ? -ESTALE : fd;
	if (!refers_to(fd, s)) {
		(void)close(fd);
		return -ESTALE;
	}
	return fd;
}

static int check_state(const struct ts_socket *s)
{
	switch (s->state) {
	case TS_LISTEN:
		return -EINVAL;
	case TS_CLOSED:
		return -ENOTCONN;
	case TS_FIN_WAIT_1:
	case TS_FIN_WAIT_2:
	case TS_CLOSING:
	case TS_LAST_ACK:
	case TS_TIME_WAIT:
		return -EALREADY;
	default:
		return 0;
	}
}

/*
 * Copies a descriptor of one of the holders (pidfd_getfd(2)) and shuts the socket down in both
 * directions, so that a FIN is sent. Returns 0, or:
 *   -ESTALE   the socket no longer exists, whatever has its descriptor or its ports now
 *   -ENOENT   no process holds it
 *   -EALREADY its FIN has been sent already
 *   -EINVAL   a listener: it has no peer
 *   -errno    of the system call
 */
static int close_fin(const struct sockets *sockets, const struct socket_entry *entry)
{
	const struct ts_holder *holder = entry->holder;
	int fd = -ENOENT, refused = 0, err = holder ? check_state(entry->socket) : -ENOENT;

	/* any descriptor will do: all refer to the same socket */
	for (; holder && !err && fd < 0; holder = socket_next_holder(sockets, holder)) {
		if (holder->pid)
			fd = copy_fd(holder, entry->socket);
		if (fd < 0 && fd != -ESTALE) /* this process may still have the socket */
			refused = fd;
	}
	if (err)
		return err;
	if (fd < 0)
		return refused ? refused : fd;
	err = shutdown(fd, SHUT_RDWR) ? -errno : 0;
	(void)close(fd);
	return err == -ENOTCONN ? -ESTALE : err;
}

static int close_by_fin(struct closing *closing, const struct stuck_list *list)
{
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++)
		err = report(closing, &list->items[i],
			     close_fin(closing->view->sockets, list->items[i].entry));
	return err;
}

/*
 * An MPTCP connection lasts as long as one of its subflows. Appends the subflows that are not in the
 * list. Connections with several subflows are few.
 */
static size_t add_subflows(const struct closing *closing, const struct stuck_list *list,
			   struct sock_destroy *destroy)
{
	const struct sockets *sockets = closing->view->sockets;
	size_t n = list->n;

	for (size_t i = 0; i < sockets->n; i++) {
		const struct ts_socket *s = sockets->entries[i].socket;

		for (size_t k = 0; s->flags & TS_S_JOINED && k < list->n; k++)
			if (destroy[k].socket->connection == s->connection) {
				destroy[n++].socket = s;
				break;
			}
	}
	return n;
}

static int close_by_reset(struct closing *closing, const struct stuck_list *list,
			  struct error *error)
{
	struct sock_destroy *destroy = calloc(list->n + closing->view->sockets->n,
					      sizeof(*destroy));
	int err;

	if (!destroy)
		return error_set(error, ENOMEM, "cannot close the sockets: out of memory");
	for (size_t i = 0; i < list->n; i++)
		destroy[i].socket = list->items[i].entry->socket;
	err = sockets_destroy(closing->config->netns, destroy, add_subflows(closing, list, destroy),
			      error);
	for (size_t i = 0; i < list->n && !err; i++)
		err = report(closing, &list->items[i],
			     destroy[i].socket->state == TS_CLOSED ? -ENOTCONN : destroy[i].err);
	free(destroy);
	return err;
}

int stuck_close(const struct stuck_close_config *config, struct output *output, struct sink *sink,
		const struct socket_view *view, const struct stuck_list *list, struct error *error)
{
	struct closing closing = { .config = config, .output = output, .view = view };
	int err = config->ask && list->n ? ask(&closing, sink, list) : 1;

	if (err < 0)
		return err;
	if (!err) {
		note(config->verbosity, "nothing was closed");
		return 1;
	}
	err = config->how == CLOSE_RESET ? close_by_reset(&closing, list, error) :
					   close_by_fin(&closing, list);
	if (!err && closing.left)
		note(config->verbosity, "%zu of %zu sockets are not closed", closing.left, list->n);
	return err ? err : closing.left > 0;
}
