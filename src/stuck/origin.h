/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where in the code stuck sockets came from. */
#ifndef STUCK_ORIGIN_H
#define STUCK_ORIGIN_H

#include "sockets/view.h"
#include "stuck/stuck.h"

/* Fills in the items' `origin`: the same for those with the same stack. */
void stuck_find_origins(const struct socket_view *view, struct stuck_list *list);

#endif
