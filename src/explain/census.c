// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts sockets by /proc/net/tcp in every network namespace, and finds their holders by the
 * sockets' inode numbers in /proc/PID/fd. Needs no privilege for what is the caller's own.
 */
#define _GNU_SOURCE
#include "explain/census.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "system/netns.h"
#include "system/open_sockets.h"
#include "system/proc_net_tcp.h"

/* A socket with an inode: a process may hold it. */
struct entry {
	uint64_t inode;
	uint32_t last_pid; /* the last process that it was counted for */
	uint8_t state;
};

struct taking {
	struct census *census;
	struct entry *entries; /* sorted by inode before they are searched */
	size_t count, room;
	/* The process at hand: */
	uint32_t pid; /* 0: none */
	char comm[TS_COMM_LEN];
	uint64_t held[TS_STATES];
};

static int make_room(struct taking *taking)
{
	size_t room = taking->room ? taking->room + taking->room / 2 : 1024;
	struct entry *entries;

	if (taking->count < taking->room)
		return 0;
	entries = reallocarray(taking->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	taking->entries = entries;
	taking->room = room;
	return 0;
}

static int take_socket(void *context, const struct proc_net_tcp *socket)
{
	struct taking *taking = context;
	struct census_state *counts = &taking->census->state[socket->state];
	int err;

	counts->sockets++;
	if (!socket->inode) {
		counts->no_file++;
		return 0;
	}
	err = make_room(taking);
	if (!err)
		taking->entries[taking->count++] = (struct entry){ .inode = socket->inode,
								   .state = socket->state };
	return err;
}

static int take_netns(void *context, uint32_t inode)
{
	struct taking *taking = context;
	int err = proc_net_tcp_read(take_socket, taking);

	taking->census->netns += !err;
	return err;
}

static int take_sockets(struct taking *taking)
{
	struct netns_list list;
	int err = netns_list_open(&list);

	if (err)
		return err;
	taking->census->netns_hidden = list.unknown > 0;
	err = netns_each(&list, take_netns, taking);
	netns_list_close(&list);
	if (err < 0)
		return err;
	taking->census->netns_missed = (size_t)err;
	return taking->census->netns ? 0 : -ENOENT;
}

static int by_inode(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return (one->inode > other->inode) - (one->inode < other->inode);
}

static int by_sockets(const void *a, const void *b)
{
	const struct census_owner *one = a, *other = b;

	if (one->sockets != other->sockets)
		return one->sockets < other->sockets ? 1 : -1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

/* The first socket of an inode (MPTCP has several); NULL: not a TCP socket. */
static struct entry *find_entry(const struct taking *taking, uint64_t inode)
{
	struct entry key = { .inode = inode }, *found;

	if (!taking->count)
		return NULL;
	found = bsearch(&key, taking->entries, taking->count, sizeof(key), by_inode);
	while (found && found > taking->entries && found[-1].inode == inode)
		found--;
	return found;
}

struct census_owner *census_add_owner(struct census_state *counts, uint32_t pid, const char *comm)
{
	struct census_owner *owners = reallocarray(counts->owners, counts->owner_count + 1,
						   sizeof(*owners));
	struct census_owner *owner;

	if (!owners)
		return NULL;
	counts->owners = owners;
	owner = &owners[counts->owner_count++];
	*owner = (struct census_owner){ .pid = pid };
	memcpy(owner->comm, comm, strnlen(comm, TS_COMM_LEN - 1));
	return owner;
}

/* Makes the process at hand the owner of what it holds. */
static int add_owners(struct taking *taking)
{
	for (unsigned state = 0; state < TS_STATES; state++) {
		struct census_owner *owner;

		if (!taking->held[state])
			continue;
		owner = census_add_owner(&taking->census->state[state], taking->pid, taking->comm);
		if (!owner)
			return -ENOMEM;
		owner->sockets = taking->held[state];
		taking->held[state] = 0;
	}
	return 0;
}

static int take_open_socket(void *context, const struct open_socket *open)
{
	struct taking *taking = context;
	const struct entry *end = taking->entries + taking->count;
	struct entry *entry = find_entry(taking, open->inode);
	int err = 0;

	if (!entry || entry->last_pid == open->pid)
		return 0;
	if (taking->pid != open->pid) {
		err = add_owners(taking);
		taking->pid = open->pid;
		(void)file_read_text(open->folder, "../comm", taking->comm, sizeof(taking->comm));
		taking->comm[strcspn(taking->comm, "\n")] = '\0';
	}
	for (; entry < end && entry->inode == open->inode; entry++) {
		entry->last_pid = open->pid;
		taking->held[entry->state]++;
	}
	return err;
}

static int take_processes(struct taking *taking)
{
	int err = open_sockets_each("/proc", take_open_socket, taking);

	return err ? err : add_owners(taking);
}

static int take_all(struct taking *taking)
{
	struct census *census = taking->census;
	int err = take_sockets(taking);

	if (err)
		return err;
	if (taking->count)
		qsort(taking->entries, taking->count, sizeof(*taking->entries), by_inode);
	err = take_processes(taking);
	for (size_t i = 0; i < taking->count; i++)
		census->state[taking->entries[i].state].unknown += !taking->entries[i].last_pid;
	census_finish(census);
	return err;
}

void census_finish(struct census *census)
{
	for (unsigned state = 1; state < TS_STATES; state++) {
		struct census_state *counts = &census->state[state];

		counts->counted = state != TS_CLOSED;
		if (counts->owner_count)
			qsort(counts->owners, counts->owner_count, sizeof(*counts->owners),
			      by_sockets);
	}
}

int census_take(struct census **census, struct error *error)
{
	struct taking taking = { .census = calloc(1, sizeof(*taking.census)) };
	int err = taking.census ? take_all(&taking) : -ENOMEM;

	free(taking.entries);
	if (err) {
		census_free(taking.census);
		return error_set(error, -err, "cannot read the sockets from /proc: %s",
				 strerror(-err));
	}
	*census = taking.census;
	return 0;
}

void census_free(struct census *census)
{
	if (!census)
		return;
	for (unsigned state = 0; state < TS_STATES; state++)
		free(census->state[state].owners);
	free(census);
}
