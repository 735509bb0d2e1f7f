/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --close: lists the stuck sockets, asks, looks again, closes them and reports the outcome of each. */
#ifndef STUCK_CLOSE_H
#define STUCK_CLOSE_H

#include <stdbool.h>

struct error;
struct output;
struct sink;
struct socket_view;
struct stuck_list;

enum close_how { CLOSE_NOT, CLOSE_FIN, CLOSE_RESET };

struct stuck_close_config {
	enum close_how how; /* not CLOSE_NOT */
	bool ask;	    /* on the terminal, before anything is closed */
	int verbosity;
	const struct netns *netns; /* NULL: every namespace */
	int stop_fd;		   /* readable after a stop signal */
};

/* A scan and what was stuck in it. */
struct stuck_look {
	const struct socket_view *view;
	const struct stuck_list *list;
};

/* Prints the sockets, and asks. Returns 1 (yes), 0 (no) or the sink's error. */
int stuck_close_ask(const struct stuck_close_config *config, struct output *output,
		    struct sink *sink, const struct stuck_look *look);
/*
 * Closes the sockets of the first scan that break the same rule in the second one. The second one has an
 * item for each rule that a socket breaks. Returns 0 (none of the first scan is stuck now), 1 (some are),
 * -errno with error set, or the sink's error.
 */
int stuck_close(const struct stuck_close_config *config, struct output *output,
		const struct stuck_look *first, const struct stuck_look *second,
		struct error *error);

#endif
