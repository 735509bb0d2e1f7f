// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The origin of a socket of a scan, built with libdw or without. */
#include "origin/origin.h"
#include "sockets/view.h"

const struct origin *socket_origin(const struct socket_view *view, const struct socket_entry *entry)
{
	const struct ts_holder *holder = socket_process(entry);

	if (!view->origins || !view->sockets->recorded || !(entry->socket->flags & TS_S_RECORD))
		return NULL;
	return origin_describe(view->origins, entry->socket->origin, holder ? holder->pid : 0);
}
