// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks before it ends sockets. What is gone by then has ended too. */
#include "stuck/close.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/sink.h"
#include "output/output.h"
#include "sockets/view.h"
#include "stuck/shutdown.h"
#include "stuck/sock_destroy.h"
#include "stuck/stuck.h"

static const struct {
	const char *done;
	const char *consequence;
	const char *unanswered; /* of SYN_SENT */
} ways[] = {
	[CLOSE_FIN] = { "a FIN",
			"The peer reads end of file. The process keeps its descriptor: it reads end of\n"
			"file too, and gets EPIPE when it writes.",
			"Where the SYN has not been answered no FIN is sent: connect() fails with ECONNRESET." },
	[CLOSE_RESET] = { "a reset",
			  "The peer gets ECONNRESET. The process keeps its descriptor, and gets\n"
			  "ECONNABORTED.",
			  "Where the SYN has not been answered connect() fails with ECONNABORTED." },
};

/* While they are ended. */
struct end {
	const struct stuck_close_config *config;
	struct output *output;
	const struct socket_view *view;
	size_t left, gone, closed;
};

bool stuck_close_may_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* The answer begins with y. A stop signal is a no. */
static bool read_answer(int stop_fd)
{
	char answer[64] = "";
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = stop_fd, .events = POLLIN } };
	ssize_t n = 0;

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	if (!fds[1].revents && fds[0].revents)
		n = read(STDIN_FILENO, answer, sizeof(answer) - 1); /* a line, of a terminal */
	if (n <= 0) /* no line that ended in the terminal */
		(void)fputc('\n', stderr);
	return n > 0 && (*answer == 'y' || *answer == 'Y');
}

static int show(const struct end *end, const struct stuck_item *item, const char *what,
		const char *why)
{
	const struct stuck_event event = { item, what, why, clock_mono_ns() };

	return output_stuck(end->output, end->view, &event);
}

/* What it does to whom: some of them may be SYN_SENT, or all. */
static void say_consequences(enum close_how how, const struct stuck_list *list)
{
	size_t unanswered = 0;

	for (size_t i = 0; i < list->n; i++)
		unanswered += list->items[i].entry->socket->state == TS_SYN_SENT;
	if (unanswered < list->n)
		(void)fprintf(stderr, "%s\n", ways[how].consequence);
	if (unanswered)
		(void)fprintf(stderr, "%s\n", ways[how].unanswered);
}

/* 1: yes; 0: no. */
static int ask(const struct end *end, struct sink *sink, const struct stuck_list *list)
{
	enum close_how how = end->config->how;
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++)
		err = show(end, &list->items[i], "stuck", NULL);
	if (!err)
		err = sink_flush(sink);
	if (err)
		return err;
	say_consequences(how, list);
	(void)fprintf(stderr, "End %zu socket%s with %s? [y/N] ", list->n, list->n == 1 ? "" : "s",
		      ways[how].done);
	(void)fflush(stderr);
	return read_answer(end->config->stop_fd);
}

static int tell(struct end *end, const struct stuck_item *item, int err)
{
	if (!err) {
		end->closed++;
		return show(end, item, "closed", NULL);
	}
	if (err == -ESTALE) {
		end->gone++;
		return show(end, item, "gone", NULL);
	}
	end->left++;
	return show(end, item, "left", socket_close_why(err));
}

static int end_by_fin(struct end *end, const struct stuck_list *list)
{
	int err = 0;

	for (size_t i = 0; i < list->n && !err; i++)
		err = tell(end, &list->items[i],
			   socket_close_fin(end->view->sockets, list->items[i].entry));
	return err;
}

/*
 * An MPTCP connection goes on as long as one of its subflows does: those that are not in the list
 * by themselves come after those that are. Connections of several are few.
 */
static size_t add_joined(const struct end *end, const struct stuck_list *list,
			 struct sock_destroy *resets)
{
	const struct sockets *sockets = end->view->sockets;
	size_t n = list->n;

	for (size_t i = 0; i < sockets->n; i++) {
		const struct ts_socket *s = sockets->entries[i].socket;

		for (size_t k = 0; s->flags & TS_S_JOINED && k < list->n; k++)
			if (resets[k].socket->connection == s->connection) {
				resets[n++].socket = s;
				break;
			}
	}
	return n;
}

static int end_by_reset(struct end *end, const struct stuck_list *list, struct error *error)
{
	struct sock_destroy *resets = calloc(list->n + end->view->sockets->n, sizeof(*resets));
	size_t n;
	int err;

	if (!resets)
		return error_set(error, ENOMEM, "no memory for the sockets");
	for (size_t i = 0; i < list->n; i++)
		resets[i].socket = list->items[i].entry->socket;
	n = add_joined(end, list, resets);
	err = sockets_destroy(end->config->netns, end->config->inode, resets, n, error);
	for (size_t i = 0; i < list->n && !err; i++)
		err = tell(end, &list->items[i], resets[i].err);
	free(resets);
	return err;
}

static int end_all(struct end *end, const struct stuck_list *list, struct error *error)
{
	int err = end->config->how == CLOSE_RESET ? end_by_reset(end, list, error) :
						    end_by_fin(end, list);

	if (!err && end->left)
		note(end->config->verbosity, "%zu of %zu sockets were left as they are", end->left,
		     list->n);
	return err ? err : end->left > 0;
}

int stuck_close(const struct stuck_close_config *config, struct output *output, struct sink *sink,
		const struct socket_view *view, const struct stuck_list *list, struct error *error)
{
	struct end end = { .config = config, .output = output, .view = view };
	int yes = 1;

	if (!list->n)
		return 0;
	if (config->ask)
		yes = ask(&end, sink, list);
	if (yes < 0)
		return yes;
	if (yes)
		return end_all(&end, list, error);
	note(config->verbosity, "nothing was closed");
	return 1;
}
