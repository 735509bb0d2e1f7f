/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One number for all stuck sockets that came from the same place in the code. */
#ifndef STUCK_ORIGIN_H
#define STUCK_ORIGIN_H

#include "socket_view.h"
#include "stuck.h"

/* Fills in the items' `origin`: the id of one of the stacks that lead there. 0 or -ENOMEM. */
int stuck_find_origins(const struct socket_view *view, struct stuck_list *list);

#endif
