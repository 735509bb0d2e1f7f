/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was stuck at the last look, and which sockets have become stuck or recovered since. */
#ifndef STUCK_DIFF_H
#define STUCK_DIFF_H

#include "sockets/view.h"
#include "stuck/stuck.h"

struct stuck_diff;

int stuck_diff_new(struct stuck_diff **past);
void stuck_diff_free(struct stuck_diff *past);
/*
 * Tells of each change and keeps this look as the past; the sockets and the list are its to free, also
 * when it fails. `view` is of those sockets. 0, -ENOMEM or the error of tell().
 */
int stuck_diff_report(struct stuck_diff *past, const struct socket_view *view,
		      struct sockets *sockets, struct stuck_list *list,
		      int (*tell)(void *context, const struct socket_view *view,
				  const struct stuck_event *event),
		      void *context);
/* The last look; NULL: there was none. */
const struct sockets *stuck_diff_sockets(const struct stuck_diff *past);
const struct stuck_list *stuck_diff_list(const struct stuck_diff *past);

#endif
