/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was stuck at the last look, and which sockets have become stuck or recovered since. */
#ifndef STUCK_DIFF_H
#define STUCK_DIFF_H

#include "output/output.h"
#include "sockets/view.h"
#include "stuck/stuck.h"

struct stuck_past;

int stuck_past_new(struct stuck_past **past);
void stuck_past_free(struct stuck_past *past);
/*
 * Tells of each change and keeps this look as the past; the sockets and the list are its to free, also
 * when it fails. `view` is of those sockets. 0, -ENOMEM or the error of tell().
 */
int stuck_past_tell(struct stuck_past *past, const struct socket_view *view,
		    struct sockets *sockets, struct stuck_list *list,
		    int (*tell)(void *context, const struct socket_view *view,
				const struct stuck_event *event),
		    void *context);
/* The last look; NULL: there was none. */
const struct sockets *stuck_past_sockets(const struct stuck_past *past);
const struct stuck_list *stuck_past_list(const struct stuck_past *past);

#endif
