// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ephemeral ports that connections to a peer use. Each connection from one local address to one port of
 * a peer needs a local port of its own: connect() fails when the range is used up.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "list/by.h"
#include "sockets/sockets.h"
#include "system/sysctl.h"

enum { RANGES_FIRST = 8 };

/* The range of a network namespace. */
struct range {
	uint32_t netns;
	uint32_t first, count;
};

struct ranges {
	struct range *items;
	size_t n, room;
};

static int add_range(void *context, uint32_t inode)
{
	struct ranges *ranges = context;
	struct sysctl values[SYSCTLS];
	struct range *items;
	uint64_t count;

	sysctl_read_all("/proc/sys", values);
	if (sysctl_derive(values, SYSCTL_LOCAL_PORT_RANGE, &count) != SYSCTL_COUNT)
		return 0;
	if (ranges->n == ranges->room) {
		ranges->room = ranges->room ? ranges->room * 2 : RANGES_FIRST;
		items = reallocarray(ranges->items, ranges->room, sizeof(*items));
		if (!items)
			return -ENOMEM;
		ranges->items = items;
	}
	ranges->items[ranges->n++] = (struct range){
		inode, (uint32_t)values[SYSCTL_LOCAL_PORT_RANGE].number, (uint32_t)count
	};
	return 0;
}

static const struct range *find_range(const struct ranges *ranges, uint32_t netns)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (ranges->items[i].netns == netns)
			return &ranges->items[i];
	return NULL;
}

/* By all that two connections of one local port must differ in, then by that port. */
static int compare_tuples(const void *left, const void *right)
{
	const struct ts_socket *a = (*(const struct socket_entry *const *)left)->socket;
	const struct ts_socket *b = (*(const struct socket_entry *const *)right)->socket;
	int order = (a->netns > b->netns) - (a->netns < b->netns);

	if (!order)
		order = memcmp(a->laddr, b->laddr, sizeof(a->laddr));
	if (!order)
		order = memcmp(a->raddr, b->raddr, sizeof(a->raddr));
	if (!order)
		order = a->rport - b->rport;
	return order ? order : a->lport - b->lport;
}

static bool is_same_way(const struct ts_socket *a, const struct ts_socket *b)
{
	return a->netns == b->netns && a->rport == b->rport &&
	       !memcmp(a->laddr, b->laddr, sizeof(a->laddr)) &&
	       !memcmp(a->raddr, b->raddr, sizeof(a->raddr));
}

static void count_group(const struct ranges *ranges, struct list_group *group,
			const struct socket_entry **entries)
{
	const struct ts_socket *last = NULL;
	uint32_t used = 0;

	qsort(entries, group->count, sizeof(*entries), compare_tuples);
	for (size_t i = 0; i < group->count; i++) {
		const struct ts_socket *s = entries[i]->socket;
		const struct range *range = find_range(ranges, s->netns);

		if (s->proto != IPPROTO_TCP || !s->rport)
			continue;
		group->ports_unknown += !range;
		if (!range || s->lport - range->first >= range->count)
			continue;
		if (!last || !is_same_way(last, s))
			used = 1;
		else if (last->lport != s->lport)
			used++;
		last = s;
		if (used > group->ports_used) {
			group->ports_used = used;
			group->ports_range = range->count;
		}
	}
}

int list_ports_count(struct list_groups *groups, const struct socket_view *view,
		     const struct socket_entry **entries, struct error *error)
{
	struct ranges ranges = { 0 };
	int err = view->source ? socket_source_each_netns(view->source, add_range, &ranges, error) :
				 add_range(&ranges, netns_own());
	size_t at = 0;

	for (size_t i = 0; i < groups->n && !err; i++) {
		count_group(&ranges, &groups->groups[i], entries + at);
		at += groups->groups[i].count;
		groups->ports_unknown += groups->groups[i].ports_unknown;
	}
	free(ranges.items);
	return err;
}
