// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stacks that differ, but in the place that is named of them alone, are one origin. */
#include "stuck_origin.h"

#include <errno.h>

#include "index.h"
#include "origin.h"

static uint64_t sum_of(const char *text, size_t n)
{
	uint64_t sum = n;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (uint8_t)text[i]) * 0x100000001b3;
	return sum | 1; /* an index has no 0 */
}

static uint32_t origin_of(const struct socket_view *view, const struct stuck_item *item,
			  struct index *places)
{
	const struct origin *origin = socket_origin(view, item->entry);
	char text[ORIGIN_TEXT];

	if (!origin)
		return 0;
	return index_put(places, sum_of(text, origin_text(origin, text)), origin->id);
}

int stuck_find_origins(const struct socket_view *view, struct stuck_list *list)
{
	struct index places = { 0 };

	if (!view->origins)
		return 0;
	if (index_new(&places, list->n))
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		list->items[i].origin = origin_of(view, &list->items[i], &places);
	index_free(&places);
	return 0;
}
