// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From the text of the command line to struct ts_filter. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include "filter/glob.h"
#include "lib/number.h"
#include "system/cgroup.h"
#include "tcp/state.h"

enum { PID_MAX = 1 << 22 }; /* PID_MAX_LIMIT of include/linux/threads.h */

/* Those that are included come first. */
static int add_id(__u32 *ids, __u32 *count, __u32 *nots, __u32 id, bool excluded,
		  struct error *error)
{
	__u32 n = *count + *nots;

	for (__u32 i = 0; i < n; i++) {
		if (ids[i] != id)
			continue;
		if ((i >= *count) == excluded)
			return 0;
		return error_set(error, EINVAL, "%u is both included and excluded: leave one out",
				 id);
	}
	if (n == TS_FILTER_IDS)
		return error_set(error, EINVAL,
				 "more than %d are given: give fewer, or filter by command name "
				 "or cgroup",
				 TS_FILTER_IDS);
	ids[n] = id;
	if (!excluded) {
		ids[n] = ids[*count];
		ids[*count] = id;
	}
	++*(excluded ? nots : count);
	return 0;
}

static int add_pid(struct ts_filter *f, char *item, bool excluded, struct error *error)
{
	uint64_t pid;

	if (number_parse(item, 1, PID_MAX, &pid))
		return error_set(error, EINVAL, "\"%.64s\" is not a PID: use numbers 1-%d", item,
				 PID_MAX);
	return add_id(f->pid, &f->pids, &f->pid_nots, (__u32)pid, excluded, error);
}

static int add_uid(struct ts_filter *f, char *item, bool excluded, struct error *error)
{
	uint64_t uid;
	int err = number_parse(item, 0, UINT32_MAX - 1, &uid);

	if (err == -ERANGE)
		return error_set(error, EINVAL, "%.64s is not a user id: use numbers 0-%u", item,
				 UINT32_MAX - 1);
	if (err) {
		const struct passwd *user = getpwnam(item);

		if (!user)
			return error_set(error, EINVAL,
					 "\"%.64s\" is not a user of this host: use a user id "
					 "or a name that \"getent passwd\" lists",
					 item);
		uid = user->pw_uid;
	}
	return add_id(f->uid, &f->uids, &f->uid_nots, (__u32)uid, excluded, error);
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

static void add_pairs(__u16 *pair, unsigned old, unsigned new)
{
	for (int state = 0; state < 16; state++)
		if (old >> state & 1)
			pair[state] |= (__u16) new;
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

static int add_state(struct ts_filter *f, char *item, bool excluded, struct error *error)
{
	__u16 *pair = excluded ? f->pair_not : f->pair;
	char *arrow = strchr(item, '>');
	unsigned old, new;
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
	if (!(f->included & TS_BY_STATE)) /* so far everything, or nothing yet */
		memset(f->pair, excluded ? 0xff : 0, sizeof(f->pair));
	add_pairs(pair, old, new);
	if (!arrow)
		add_pairs(pair, 0xffff, old);
	for (int state = 0; state < 16; state++)
		f->pair[state] &= (__u16)~f->pair_not[state];
	return 0;
}

static int parse_service(const char *name, unsigned *port)
{
	const struct servent *service = getservbyname(name, "tcp");

	if (!service)
		return -EINVAL;
	*port = ntohs((uint16_t)service->s_port);
	return *port ? 0 : -EINVAL;
}

/* NUMBER or NUMBER-NUMBER. -EINVAL: malformed; -ERANGE: not a port. */
static int parse_port_range(char *item, unsigned *first, unsigned *last)
{
	char *dash = strchr(item, '-');
	uint64_t low, high;
	int err;

	if (dash)
		*dash = '\0';
	err = number_parse(item, 1, UINT16_MAX, &low);
	high = low;
	/* malformed text after the dash matters more than a number before it that is too large */
	if (dash && err != -EINVAL) {
		int high_err = number_parse(dash + 1, 1, UINT16_MAX, &high);

		err = high_err ? high_err : err;
	}
	if (dash)
		*dash = '-';
	if (err)
		return err;
	*first = (unsigned)low;
	*last = (unsigned)high;
	return 0;
}

static int parse_ports(char *item, struct ts_port_range *range, struct error *error)
{
	unsigned first, last;
	int err = parse_port_range(item, &first, &last);

	/* A name may contain a dash and digits, too: http-alt, 9pfs. */
	if (err == -EINVAL) {
		err = parse_service(item, &first);
		last = first;
	}
	if (err)
		return error_set(error, EINVAL,
				 "\"%.64s\" is not a port: use numbers 1-65535, ranges like "
				 "8000-8999 or service names",
				 item);
	if (first > last)
		return error_set(error, EINVAL, "the range %.64s runs backwards: use %u-%u", item,
				 last, first);
	*range = (struct ts_port_range){ (__u16)first, (__u16)last };
	return 0;
}

static void set_ports(__u64 *ports, const struct ts_port_range *range, bool to)
{
	for (unsigned port = range->first; port <= range->last; port++) {
		__u64 bit = UINT64_C(1) << (port & 63);

		ports[port >> 6] = to ? ports[port >> 6] | bit : ports[port >> 6] & ~bit;
	}
}

/* A list of ports of one side: the set is made anew from what is included, less what is not. */
struct port_list {
	__u64 *ports;
	struct ts_port_range * not ;
	__u32 *nots;
	bool included; /* something was, before this item */
};

static int add_port(const struct port_list *list, char *item, bool excluded, struct error *error)
{
	struct ts_port_range range;
	int err = parse_ports(item, &range, error);

	if (err)
		return err;
	if (!list->included)
		memset(list->ports, excluded ? 0xff : 0, TS_PORT_WORDS * sizeof(*list->ports));
	if (!excluded)
		set_ports(list->ports, &range, true);
	else if (*list->nots == TS_FILTER_IDS)
		return error_set(
			error, EINVAL,
			"more than %d are excluded: give fewer, or ranges that cover several",
			TS_FILTER_IDS);
	else
		list->not [(*list->nots)++] = range;
	for (__u32 i = 0; i < *list->nots; i++)
		set_ports(list->ports, &list->not [i], false);
	return 0;
}

static int add_either_port(struct ts_filter *f, char *item, bool excluded, struct error *error)
{
	struct ts_port_range range;
	int err = parse_ports(item, &range, error);

	if (!err)
		set_ports(excluded ? f->port_not : f->port, &range, true);
	return err;
}

static void set_prefix_mask(__u64 *mask, unsigned bits)
{
	unsigned char bytes[TS_ADDR_LEN] = { 0 };

	for (unsigned bit = 0; bit < bits; bit++)
		bytes[bit / 8] |= (unsigned char)(0x80 >> (bit % 8));
	memcpy(mask, bytes, sizeof(bytes));
}

static bool is_same_zone(const volatile struct ts_zone *a, const struct ts_zone *b)
{
	return a->index == b->index && a->name[0] == b->name[0] && a->name[1] == b->name[1];
}

/* The bit of an interface, by name or by index. As dev_valid_name() of the kernel. */
static int add_zone(struct ts_filter *f, const char *name, __u32 *bit, struct error *error)
{
	struct ts_zone zone = { .index = 0 };
	uint64_t index;
	__u32 i = 0;

	if (!number_parse(name, 1, INT32_MAX, &index))
		zone.index = (__u32)index;
	else if (!*name || strlen(name) >= sizeof(zone.name) || strpbrk(name, "/: \t\n\v\f\r") ||
		 !strcmp(name, ".") || !strcmp(name, ".."))
		return error_set(error, EINVAL,
				 "\"%.64s\" is not an interface: use names of up to %d bytes that "
				 "\"ip link\" lists, or indices",
				 name, TS_DEVICE_LEN - 1);
	else
		memcpy(zone.name, name, strlen(name));
	while (i < f->zones && !is_same_zone(&f->zone[i], &zone))
		i++;
	if (i == TS_FILTER_ZONES)
		return error_set(error, EINVAL, "more than %d interfaces are given: give fewer",
				 TS_FILTER_ZONES);
	f->zone[i] = zone;
	if (i == f->zones)
		f->zones++;
	f->on |= TS_BY_ZONE;
	*bit = 1u << i;
	return 0;
}

static int add_device(struct ts_filter *f, const char *name, bool excluded, struct error *error)
{
	__u32 bit = 0;
	int err = add_zone(f, name, &bit, error);

	*(excluded ? &f->device_not : &f->device) |= bit;
	return err;
}

static int not_an_address(const char *item, struct error *error)
{
	return error_set(error, EINVAL,
			 "\"%.64s\" is not an address: use IPv4 or IPv6 addresses (no ports, no "
			 "names) or blocks like 10.0.0.0/8",
			 item);
}

/* "[ADDRESS]" to "ADDRESS"; false: misplaced bracket. */
static bool strip_brackets(char **address)
{
	size_t length = strlen(*address);

	if (**address != '[')
		return true;
	if ((*address)[length - 1] != ']' || !strchr(*address, ':'))
		return false;
	(*address)[length - 1] = '\0';
	(*address)++;
	return true;
}

/* Bytes as in a frame; *mapped: an IPv4 address was written as IPv6. */
static int parse_address(char *text, __u8 *bytes, unsigned *family, bool *mapped)
{
	struct in6_addr in6;

	memset(bytes, 0, TS_ADDR_LEN);
	*mapped = false;
	*family = 4;
	if (!strip_brackets(&text))
		return -EINVAL;
	if (inet_pton(AF_INET, text, bytes) == 1)
		return 0;
	if (inet_pton(AF_INET6, text, &in6) != 1)
		return -EINVAL;
	*mapped = IN6_IS_ADDR_V4MAPPED(&in6);
	if (*mapped) {
		memcpy(bytes, in6.s6_addr + 12, 4);
	} else {
		*family = 6;
		memcpy(bytes, &in6, sizeof(in6));
	}
	return 0;
}

/* The prefix length after the slash, for the address in `bytes`. */
static int parse_prefix(const char *text, unsigned family, bool mapped, unsigned *bits)
{
	unsigned base = mapped ? 96 : 0;
	uint64_t number = base + (family == 4 ? 32 : 128);
	int err = text ? number_parse(text, base, number, &number) : 0;

	*bits = (unsigned)number - base;
	return err;
}

/* Takes %ZONE out of ADDRESS%ZONE, [ADDRESS%ZONE] or ADDRESS%ZONE/LENGTH. */
static int take_zone(struct ts_filter *f, char *item, __u32 *bit, struct error *error)
{
	char *zone = strchr(item, '%');
	char name[2 * TS_DEVICE_LEN];
	size_t length;

	*bit = 0;
	if (!zone)
		return 0;
	length = strcspn(zone + 1, "]/");
	(void)snprintf(name, sizeof(name), "%.*s", (int)length, zone + 1);
	memmove(zone, zone + 1 + length, strlen(zone + 1 + length) + 1);
	return add_zone(f, name, bit, error);
}

static int parse_block(struct ts_filter *f, char *item, struct ts_block *block, struct error *error)
{
	__u8 bytes[TS_ADDR_LEN];
	unsigned family, bits;
	char *address, *slash;
	bool mapped;
	int err = take_zone(f, item, &block->zone, error);

	if (err)
		return err;
	slash = strchr(item, '/');
	address = strndup(item, slash ? (size_t)(slash - item) : strlen(item));
	if (!address)
		return error_set(error, ENOMEM, "out of memory");
	err = parse_address(address, bytes, &family, &mapped);
	free(address);
	if (err)
		return not_an_address(item, error);
	if (parse_prefix(slash ? slash + 1 : NULL, family, mapped, &bits))
		return error_set(error, EINVAL, "\"%.64s\" has no valid prefix length: use /%d-/%d",
				 item, mapped ? 96 : 0, family == 4 && !mapped ? 32 : 128);
	block->family = family;
	set_prefix_mask(block->mask, bits);
	memcpy(block->value, bytes, sizeof(bytes));
	block->value[0] &= block->mask[0];
	block->value[1] &= block->mask[1];
	return 0;
}

/* Those that are excluded come first, so that one of them counts more than one that is included. */
static int add_block(struct ts_filter *f, struct ts_block *blocks, __u32 *count, __u32 *nots,
		     char *item, bool excluded, struct error *error)
{
	__u32 n = *count + *nots, at = excluded ? *nots : n;
	struct ts_block block;
	int err;

	if (n == TS_FILTER_BLOCKS)
		return error_set(error, EINVAL,
				 "more than %d are given: give fewer, or blocks that cover several",
				 TS_FILTER_BLOCKS);
	err = parse_block(f, item, &block, error);
	if (err)
		return err;
	memmove(blocks + at + 1, blocks + at, (n - at) * sizeof(*blocks));
	blocks[at] = block;
	++*(excluded ? nots : count);
	return 0;
}

/* May modify the item. On failure f may be changed in part. */
static int add_item(struct ts_filter *f, enum ts_criterion criterion, char *item, bool excluded,
		    struct error *error)
{
	bool included = f->included & criterion;

	switch (criterion) {
	case TS_BY_PID:
		return add_pid(f, item, excluded, error);
	case TS_BY_COMM:
		return glob_add(&f->comm, item, excluded, error);
	case TS_BY_UID:
		return add_uid(f, item, excluded, error);
	case TS_BY_LPORT:
		return add_port(
			&(struct port_list){ f->lport, f->lport_not, &f->lport_nots, included },
			item, excluded, error);
	case TS_BY_RPORT:
		return add_port(
			&(struct port_list){ f->rport, f->rport_not, &f->rport_nots, included },
			item, excluded, error);
	case TS_BY_PORT:
		return add_either_port(f, item, excluded, error);
	case TS_BY_LADDR:
		return add_block(f, f->laddr, &f->laddrs, &f->laddr_nots, item, excluded, error);
	case TS_BY_RADDR:
		return add_block(f, f->raddr, &f->raddrs, &f->raddr_nots, item, excluded, error);
	case TS_BY_ADDR:
		return add_block(f, f->addr, &f->addrs, &f->addr_nots, item, excluded, error);
	case TS_BY_DEVICE:
		return add_device(f, item, excluded, error);
	case TS_BY_STATE:
		return add_state(f, item, excluded, error);
	default: /* has no list */
		return -EINVAL;
	}
}

static bool is_all_zero(const void *data, size_t size)
{
	const char *bytes = data;

	return !*bytes && !memcmp(bytes, bytes + 1, size - 1);
}

/* Does a list exclude everything that it includes? Of some lists that cannot be seen. */
static bool is_empty(const struct ts_filter *f, enum ts_criterion criterion)
{
	switch (criterion) {
	case TS_BY_LPORT:
		return is_all_zero(f->lport, sizeof(f->lport));
	case TS_BY_RPORT:
		return is_all_zero(f->rport, sizeof(f->rport));
	case TS_BY_STATE:
		return is_all_zero(f->pair, sizeof(f->pair));
	case TS_BY_DEVICE:
		return f->device && !(f->device & ~f->device_not);
	case TS_BY_PORT:
		for (int i = 0; i < TS_PORT_WORDS; i++)
			if (f->port[i] & ~f->port_not[i])
				return false;
		return f->included & TS_BY_PORT;
	default:
		return false;
	}
}

/* Cuts off the next item of *rest, NULL after the last. A comma after a backslash belongs to it. */
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

int filter_add(struct ts_filter *f, enum ts_criterion criterion, const char *text,
	       struct error *error)
{
	struct ts_filter next = *f;
	char *copy = strdup(text);
	int err = 0;

	if (!copy)
		return error_set(error, ENOMEM, "out of memory");
	for (char *rest = copy; rest && !err;) {
		char *item = next_item(&rest);

		bool excluded = *item == '!';

		item += excluded;
		if (*item == '!')
			err = error_set(error, EINVAL, "\"!%.64s\" has two !: use one, or none",
					item);
		else if (*item)
			err = add_item(&next, criterion, item, excluded, error);
		else if (excluded)
			err = error_set(error, EINVAL, "nothing follows the !: use !ITEM");
		else
			err = error_set(error, EINVAL, "an item is empty: %s",
					rest || item != copy ? "take out the extra comma" :
							       "give at least one");
		*(excluded ? &next.excluded : &next.included) |= criterion;
	}
	if (!err && is_empty(&next, criterion))
		err = error_set(error, EINVAL,
				"the list excludes all that it includes: leave out one of both");
	free(copy);
	if (err)
		return err;
	next.on |= criterion;
	*f = next;
	return 0;
}

int filter_set_family(struct ts_filter *f, int family, struct error *error)
{
	if (family != 4 && family != 6)
		return error_set(error, EINVAL, "no IP version %d: use 4 or 6", family);
	/* both together select everything: then f->family alone records that one was given */
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
