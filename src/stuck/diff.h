/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The stuck sockets of the last scan, and which became stuck or recovered since. */
#ifndef STUCK_DIFF_H
#define STUCK_DIFF_H

#include "sockets/view.h"
#include "stuck/stuck.h"

struct stuck_diff;

int stuck_diff_new(struct stuck_diff **diff);
void stuck_diff_free(struct stuck_diff *diff);
/*
 * Reports each change, then takes over `sockets` and `list` as the last scan, also on failure. `view`
 * is of those sockets. Returns 0, -ENOMEM or the error of report().
 */
int stuck_diff_report(struct stuck_diff *diff, const struct socket_view *view,
		      struct sockets *sockets, struct stuck_list *list,
		      int (*report)(void *context, const struct socket_view *view,
				    const struct stuck_event *event),
		      void *context);
/* The last scan; NULL: none. */
const struct sockets *stuck_diff_sockets(const struct stuck_diff *diff);
const struct stuck_list *stuck_diff_list(const struct stuck_diff *diff);

#endif
