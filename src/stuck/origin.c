// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asks for the origin of each stuck socket. */
#include "stuck/origin.h"

#include "origin/origin.h"

void stuck_find_origins(const struct socket_view *view, struct stuck_list *list)
{
	for (size_t i = 0; i < list->n && view->origins; i++) {
		const struct origin *origin = socket_origin(view, list->items[i].entry);

		list->items[i].origin = origin ? origin->id : 0;
	}
}
