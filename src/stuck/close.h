/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --close: lists the stuck sockets, asks, closes them and reports the outcome of each. */
#ifndef STUCK_CLOSE_H
#define STUCK_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

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

/*
 * Returns 0 (every socket is closed or was already gone), 1 (some remain, or the answer was no),
 * -errno with error set, or the sink's error.
 */
int stuck_close(const struct stuck_close_config *config, struct output *output, struct sink *sink,
		const struct socket_view *view, const struct stuck_list *list, struct error *error);

#endif
