/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The stuck sockets of the last scan, and which became stuck or recovered since. */
#ifndef STUCK_DIFF_H
#define STUCK_DIFF_H

#include "sockets/view.h"
#include "stuck/stuck.h"

/* All zeros: no scan yet. */
struct stuck_diff {
	struct sockets *sockets; /* of the last scan */
	struct stuck_list list;
};

typedef int stuck_report_fn(void *context, const struct socket_view *view,
			    const struct stuck_event *event);

void stuck_diff_free(struct stuck_diff *diff);
/*
 * Reports each change, then takes over `sockets` and `list` as the last scan, also on failure. `view`
 * is of those sockets. Returns 0, -ENOMEM or the error of report().
 */
int stuck_diff_report(struct stuck_diff *diff, const struct socket_view *view,
		      struct sockets *sockets, struct stuck_list *list, stuck_report_fn *report,
		      void *context);

#endif
