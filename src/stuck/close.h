/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --close: shows what is stuck, asks, ends it, and tells what became of each socket. */
#ifndef STUCK_CLOSE_H
#define STUCK_CLOSE_H

#include "cli/options.h"
#include "output/output.h"
#include "sockets/view.h"
#include "stuck/stuck.h"

/* May the terminal be asked? */
bool stuck_close_may_ask(void);
/*
 * `stop_fd` is readable once a stop signal came. Returns 0: all have ended or were gone before; 1: some
 * were left, or the answer was no; or -errno with error set, or the sink's error.
 */
int stuck_close(const struct options *options, struct output *output, struct sink *sink,
		int stop_fd, const struct socket_view *view, const struct stuck_list *list,
		struct error *error);

#endif
