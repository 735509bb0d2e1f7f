// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Filters by owner, state, family and cgroup. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "system/cgroup.h"
#include "filter/filter.h"
#include "filter/list.h"
#include "filter/glob.h"
#include "lib/number.h"
#include "tcp/state.h"

enum { PID_MAX = 1 << 22 }; /* PID_MAX_LIMIT of include/linux/threads.h */

/* Cuts off the next item of *rest, which is NULL after the last. */
static char *next_item(char **rest)
{
	char *item = *rest;
	char *c = item;

	while (*c && *c != ',')
		c += *c == '\\' && c[1] ? 2 : 1;
	*rest = *c ? c + 1 : NULL;
	*c = '\0';
	return item;
}

static int add_items(struct ts_filter *f, filter_add_item *add, char *text, struct error *error)
{
	for (char *rest = text; rest;) {
		char *item = next_item(&rest);
		int err;

		if (!*item)
			return error_set(error, EINVAL, "an item is empty: %s",
					 rest || item != text ? "take out the extra comma" :
								"give at least one");
		err = add(f, item, error);
		if (err)
			return err;
	}
	return 0;
}

int filter_list_add(struct ts_filter *f, enum ts_criterion criterion, filter_add_item *add,
		    const char *text, struct error *error)
{
	struct ts_filter next = *f;
	char *copy = strdup(text);
	int err;

	if (!copy)
		return error_set(error, ENOMEM, "out of memory");
	err = add_items(&next, add, copy, error);
	free(copy);
	if (err)
		return err;
	next.on |= criterion;
	*f = next;
	return 0;
}

static int add_id(__u32 *ids, __u32 *count, __u32 id, struct error *error)
{
	if (ts_filter_id(ids, *count, id) == TS_YES)
		return 0;
	if (*count == TS_FILTER_IDS)
		return error_set(error, EINVAL,
				 "more than %d are given: give fewer, or filter by command name "
				 "or cgroup",
				 TS_FILTER_IDS);
	ids[(*count)++] = id;
	return 0;
}

static int add_pid(struct ts_filter *f, char *item, struct error *error)
{
	uint64_t pid;

	if (number_parse(item, 1, PID_MAX, &pid))
		return error_set(error, EINVAL, "\"%.64s\" is not a PID: use numbers 1-%d", item,
				 PID_MAX);
	return add_id(f->pid, &f->pids, (__u32)pid, error);
}

static int add_uid(struct ts_filter *f, char *item, struct error *error)
{
	const struct passwd *user;
	uint64_t uid;
	int err = number_parse(item, 0, UINT32_MAX - 1, &uid);

	if (err == -ERANGE)
		return error_set(error, EINVAL, "%.64s is not a user id: use numbers 0-%u", item,
				 UINT32_MAX - 1);
	if (err) {
		user = getpwnam(item);
		if (!user)
			return error_set(error, EINVAL,
					 "\"%.64s\" is not a user of this host: use a user id "
					 "or a name that \"getent passwd\" lists",
					 item);
		uid = user->pw_uid;
	}
	return add_id(f->uid, &f->uids, (__u32)uid, error);
}

static int add_comm(struct ts_filter *f, char *item, struct error *error)
{
	return glob_add(&f->comm, item, error);
}

/* The bits of a state. SYN_RECV is also the state of a request socket. */
static int parse_state_bits(const char *name, unsigned *bits)
{
	int state = state_parse(name);

	if (state < 0)
		return state;
	*bits = 1u << state;
	if (state == TS_SYN_RECV || state == TS_NEW_SYN_RECV)
		*bits = 1u << TS_SYN_RECV | 1u << TS_NEW_SYN_RECV;
	return 0;
}

static void add_pairs(struct ts_filter *f, unsigned old, unsigned new)
{
	for (int state = 0; state < 16; state++) {
		if (old >> state & 1)
			f->pair[state] |= (__u16) new;
	}
}

/* One side of `>`. Empty: any state. */
static int parse_side(const char *name, unsigned *bits, struct error *error)
{
	*bits = 0xffff;
	if (!*name || !parse_state_bits(name, bits))
		return 0;
	return error_set(
		error, EINVAL,
		"\"%.64s\" is not a state: use LISTEN, SYN_SENT, SYN_RECV, ESTABLISHED, "
		"FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT or CLOSED",
		name);
}

static int add_state(struct ts_filter *f, char *item, struct error *error)
{
	char *arrow = strchr(item, '>');
	unsigned old;
	unsigned new;
	int err;

	if (arrow && (!item[1] || strchr(arrow + 1, '>')))
		return error_set(error, EINVAL,
				 "\"%.64s\" is not a transition: use '>STATE' for the new state, "
				 "'STATE>' for the old one or 'OLD>NEW'",
				 item);
	if (arrow)
		*arrow = '\0';
	err = parse_side(item, &old, error);
	if (!err)
		err = parse_side(arrow ? arrow + 1 : "", &new, error);
	if (err)
		return err;
	add_pairs(f, old, new);
	if (!arrow)
		add_pairs(f, 0xffff, old);
	return 0;
}

int filter_add_pids(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_PID, add_pid, text, error);
}

int filter_add_comms(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_COMM, add_comm, text, error);
}

int filter_add_uids(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_UID, add_uid, text, error);
}

int filter_add_states(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_STATE, add_state, text, error);
}

int filter_set_family(struct ts_filter *f, int family, struct error *error)
{
	if (family != 4 && family != 6)
		return error_set(error, EINVAL, "no IP version %d: use 4 or 6", family);
	/*
	 * Both families together select everything: the bit goes, f->family remembers that one
	 * was given.
	 */
	if (f->family && f->family != (__u32)family) {
		f->on &= ~(__u32)TS_BY_FAMILY;
	} else if (!f->family) {
		f->family = (__u32)family;
		f->on |= TS_BY_FAMILY;
	}
	return 0;
}

void filter_set_netns(struct ts_filter *f, uint32_t inode)
{
	f->netns = inode;
	f->on |= TS_BY_NETNS;
}

int filter_set_cgroup(struct ts_filter *f, const char *path, struct error *error)
{
	uint64_t id;
	uint32_t level;

	if (cgroup_find(path, &id, &level, error))
		return -EINVAL;
	f->cgroup = id;
	f->cgroup_level = level;
	f->on |= TS_BY_CGROUP;
	return 0;
}
