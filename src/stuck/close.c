// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Asks before it closes sockets. Then each is judged again: by a second scan, and right before it is
 * closed by its state and queues. One that recovered in the meantime is left alone. One that no longer exists
 * counts as closed.
 */
#define _GNU_SOURCE
#include "stuck/close.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/hash_index.h"
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

/* Of a socket, beside 0 (closed) and -errno. */
enum { RECOVERED = 1, PENDING };

/* One socket of the first scan. */
struct target {
	const struct stuck_item *item;	/* of the later scan that has the socket */
	const struct socket_view *view; /* of that scan */
	int result;
};

struct closing {
	const struct stuck_close_config *config;
	struct output *output;
	const struct stuck_look *first, *second;
	struct target *targets;
	struct stuck_item *recovered; /* items of targets that recovered */
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

static int print(struct output *output, const struct socket_view *view,
		 const struct stuck_item *item, const char *what, const char *why)
{
	const struct stuck_event event = { item, what, why, clock_mono_ns() };

	return stuck_output(output, view, &event);
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
static void describe_processes(const struct stuck_look *look, char text[STUCK_NAME + 64])
{
	char name[STUCK_NAME];
	struct stuck_groups groups;
	size_t n = 0;

	*text = '\0';
	if (stuck_groups_new(look->view->sockets, look->list, "/proc", &groups))
		return;
	for (size_t i = 0; i < groups.n; i++)
		n += groups.groups[i].n_processes;
	if (groups.n == 1 && n > 1)
		(void)snprintf(text, STUCK_NAME + 64, " of %s in %zu processes",
			       stuck_report_program(&groups.groups[0], false, name), n);
	stuck_groups_free(&groups);
}

int stuck_close_ask(const struct stuck_close_config *config, struct output *output,
		    struct sink *sink, const struct stuck_look *look)
{
	const struct stuck_list *list = look->list;
	char processes[STUCK_NAME + 64];
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++)
		err = print(output, look->view, &list->items[i], "stuck", NULL);
	if (!err)
		err = sink_flush(sink);
	if (err)
		return err;
	print_effects(config->how, list);
	describe_processes(look, processes);
	(void)fprintf(stderr, "Close %zu socket%s%s with %s? [y/N] ", list->n,
		      list->n == 1 ? "" : "s", processes, effects[config->how].with);
	(void)fflush(stderr);
	return read_answer(config->stop_fd);
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
	case EAGAIN:
		return "another scan did not show it: try again";
	case EXDEV:
		return "it no longer matches the filter";
	case ENODEV:
		return "its network namespace cannot be entered";
	default:
		return strerror(-err);
	}
}

/* Prints the result of one socket. */
static int report(struct closing *closing, const struct target *target)
{
	const struct ts_socket *s = target->item->entry->socket;
	const char *what = "left", *why = NULL;

	if (!target->result) {
		what = "closed";
		if (is_silent(closing->config->how, s))
			why = "the kernel has sent its peer nothing";
	} else if (target->result == RECOVERED) {
		what = "recovered";
	} else if (target->result == -ESTALE) {
		what = "gone";
	} else {
		why = reason_of(target->result);
		closing->left++;
	}
	return print(closing->output, target->view, target->item, what, why);
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

/* A descriptor of the socket by pidfd_getfd(2), of whichever holder: all refer to the same socket. Or -errno. */
static int borrow_fd(const struct sockets *sockets, const struct socket_entry *entry)
{
	const struct ts_holder *holder = entry->holder;
	int fd = -ENOENT, refused = 0;

	for (; holder && fd < 0; holder = socket_next_holder(sockets, holder)) {
		if (holder->pid)
			fd = copy_fd(holder, entry->socket);
		if (fd < 0 && fd != -ESTALE) /* this process may still have the socket */
			refused = fd;
	}
	return fd < 0 && refused ? refused : fd;
}

static bool is_queue_empty(int fd, unsigned long which)
{
	int bytes;

	return !ioctl(fd, which, &bytes) && !bytes;
}

/*
 * The last check, right before the FIN. The state of an MPTCP connection is not that of its subflow, which
 * the kernel gives. Returns 0, RECOVERED, or -ESTALE: the connection has ended.
 */
static int look_again(int fd, const struct stuck_item *item)
{
	const struct ts_socket *s = item->entry->socket;
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (s->flags & (TS_S_SUBFLOW | TS_S_CONNECTION) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
		return 0;
	if (info.tcpi_state == TS_CLOSED)
		return -ESTALE;
	return info.tcpi_state != s->state ||
			       (item->rule == STUCK_UNREAD && is_queue_empty(fd, SIOCINQ)) ||
			       (item->rule == STUCK_UNSENT && is_queue_empty(fd, SIOCOUTQ)) ?
		       RECOVERED :
		       0;
}

/*
 * Shuts the socket down in both directions, so that a FIN is sent. Returns 0, RECOVERED, or:
 *   -ESTALE   the socket no longer exists, whatever has its descriptor or its ports now
 *   -ENOENT   no process holds it
 *   -EALREADY its FIN has been sent already
 *   -EINVAL   a listener: it has no peer
 *   -errno    of the system call
 */
static int close_fin(const struct sockets *sockets, const struct stuck_item *item)
{
	int fd, err = item->entry->holder ? check_state(item->entry->socket) : -ENOENT;

	if (err)
		return err;
	fd = borrow_fd(sockets, item->entry);
	if (fd < 0)
		return fd;
	err = look_again(fd, item);
	if (!err)
		err = shutdown(fd, SHUT_RDWR) ? -errno : 0;
	(void)close(fd);
	return err == -ENOTCONN ? -ESTALE : err;
}

static int close_by_fin(struct closing *closing)
{
	int err = 0;

	for (size_t i = 0; i < closing->first->list->n && !err; i++) {
		struct target *target = &closing->targets[i];

		if (target->result == PENDING)
			target->result = close_fin(target->view->sockets, target->item);
		err = report(closing, target);
	}
	return err;
}

/*
 * An MPTCP connection lasts as long as one of its subflows. Appends the subflows that are not among the
 * n sockets. Connections with several subflows are few.
 */
static size_t add_subflows(const struct closing *closing, struct sock_destroy *destroy, size_t n)
{
	const struct sockets *sockets = closing->second->view->sockets;
	size_t all = n;

	for (size_t i = 0; i < sockets->n; i++) {
		const struct ts_socket *s = sockets->entries[i].socket;

		for (size_t k = 0; s->flags & TS_S_JOINED && k < n; k++)
			if (destroy[k].socket->connection == s->connection) {
				destroy[all++].socket = s;
				break;
			}
	}
	return all;
}

static int close_by_reset(struct closing *closing, struct error *error)
{
	const size_t targets = closing->first->list->n;
	size_t n = 0, at = 0;
	struct sock_destroy *destroy = calloc(targets + closing->second->view->sockets->n,
					      sizeof(*destroy));
	int err;

	if (!destroy)
		return error_set(error, ENOMEM, "cannot close the sockets: out of memory");
	for (size_t i = 0; i < targets; i++) {
		const struct stuck_item *item = closing->targets[i].item;

		if (closing->targets[i].result == PENDING)
			destroy[n++] = (struct sock_destroy){ item->entry->socket, item, 0 };
	}
	err = n ? sockets_destroy(closing->config->netns, destroy,
				  add_subflows(closing, destroy, n), error) :
		  0;
	for (size_t i = 0; i < targets && !err; i++) {
		struct target *target = &closing->targets[i];

		if (target->result == PENDING) {
			target->result = destroy[at].socket->state == TS_CLOSED ? -ENOTCONN :
										  destroy[at].err;
			at++;
		}
		err = report(closing, target);
	}
	free(destroy);
	return err;
}

/* What both looks are compared by. */
struct second {
	struct hash_index items;   /* by socket_key(): the first of each socket */
	struct hash_index sockets; /* by socket_key() */
};

static int index_second(const struct stuck_look *look, struct second *second)
{
	const struct sockets *sockets = look->view->sockets;

	if (hash_index_new(&second->items, look->list->n) ||
	    hash_index_new(&second->sockets, sockets->n))
		return -ENOMEM;
	for (size_t i = 0; i < look->list->n; i++)
		(void)hash_index_put(&second->items, socket_key(look->list->items[i].entry->socket),
				     (uint32_t)i);
	for (size_t i = 0; i < sockets->n; i++)
		(void)hash_index_put(&second->sockets, socket_key(sockets->entries[i].socket),
				     (uint32_t)i);
	return 0;
}

/* The item of the same socket and rule; NULL: it does not break it any more. */
static const struct stuck_item *find_item(const struct closing *closing,
					  const struct second *second,
					  const struct stuck_item *item)
{
	const struct stuck_list *list = closing->second->list;
	uint64_t key = socket_key(item->entry->socket);
	uint32_t at;

	if (!hash_index_get(&second->items, key, &at))
		return NULL;
	for (; at < list->n && socket_key(list->items[at].entry->socket) == key; at++)
		if (list->items[at].rule == item->rule)
			return &list->items[at];
	return NULL;
}

/*
 * A socket that the second scan has not: it has ended, unless the filter leaves out what it is now. Then
 * one of its descriptors is still there.
 */
static int judge_missing(const struct closing *closing, const struct stuck_item *item)
{
	const struct socket_view *view = closing->first->view;
	int fd = borrow_fd(view->sockets, item->entry), result = -ESTALE;

	if (fd < 0)
		return result;
	result = look_again(fd, item);
	(void)close(fd);
	return result ? result : -EAGAIN;
}

/* A socket without a key cannot be found again, and cannot be closed either: it has no file. */
static void judge_again(const struct closing *closing, const struct second *second, size_t i)
{
	const struct stuck_item *item = &closing->first->list->items[i];
	struct target *target = &closing->targets[i];
	uint64_t key = socket_key(item->entry->socket);
	uint32_t at;

	*target = (struct target){ item, closing->first->view, PENDING };
	if (!key)
		return;
	target->item = find_item(closing, second, item);
	target->view = closing->second->view;
	if (target->item)
		return;
	closing->recovered[i] = *item;
	target->item = &closing->recovered[i];
	target->result = RECOVERED;
	if (hash_index_get(&second->sockets, key, &at)) {
		closing->recovered[i].entry = &closing->second->view->sockets->entries[at];
		if (closing->recovered[i].entry->unwanted)
			target->result = -EXDEV;
		return;
	}
	target->view = closing->first->view;
	target->result = judge_missing(closing, item);
}

static int judge_all(struct closing *closing)
{
	const size_t n = closing->first->list->n;
	struct second second = { 0 };
	int err;

	closing->targets = calloc(n + 1, sizeof(*closing->targets));
	closing->recovered = calloc(n + 1, sizeof(*closing->recovered));
	err = closing->targets && closing->recovered ? index_second(closing->second, &second) :
						       -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		judge_again(closing, &second, i);
	hash_index_free(&second.items);
	hash_index_free(&second.sockets);
	return err;
}

int stuck_close(const struct stuck_close_config *config, struct output *output,
		const struct stuck_look *first, const struct stuck_look *second,
		struct error *error)
{
	struct closing closing = {
		.config = config, .output = output, .first = first, .second = second
	};
	int err = judge_all(&closing);

	if (err)
		(void)error_set(error, -err, "cannot close the sockets: out of memory");
	else
		err = config->how == CLOSE_RESET ? close_by_reset(&closing, error) :
						   close_by_fin(&closing);
	free(closing.targets);
	free(closing.recovered);
	if (!err && closing.left)
		note(config->verbosity, "%zu of %zu sockets are not closed", closing.left,
		     first->list->n);
	return err ? err : closing.left > 0;
}
