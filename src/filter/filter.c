// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From the text of the command line to struct ts_filter. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include "filter/glob.h"
#include "lib/number.h"
#include "system/cgroup.h"
#include "tcp/state.h"

enum { PID_MAX = 1 << 22 }; /* PID_MAX_LIMIT of include/linux/threads.h */

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
	return add_id(f->uid, &f->uids, (__u32)uid, error);
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
	for (int state = 0; state < 16; state++)
		if (old >> state & 1)
			f->pair[state] |= (__u16) new;
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
	add_pairs(f, old, new);
	if (!arrow)
		add_pairs(f, 0xffff, old);
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

static int add_port(__u64 *ports, char *item, struct error *error)
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
	for (unsigned port = first; port <= last; port++)
		ports[port >> 6] |= UINT64_C(1) << (port & 63);
	return 0;
}

static void set_prefix_mask(__u64 *mask, unsigned bits)
{
	unsigned char bytes[TS_ADDR_LEN] = { 0 };

	for (unsigned bit = 0; bit < bits; bit++)
		bytes[bit / 8] |= (unsigned char)(0x80 >> (bit % 8));
	memcpy(mask, bytes, sizeof(bytes));
}

static int not_an_address(const char *item, struct error *error)
{
	const char *zone = strchr(item, '%');

	if (zone)
		return error_set(error, EINVAL,
				 "\"%.64s\" has a zone id, which no transition carries: leave out "
				 "\"%.32s\"",
				 item, zone);
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

static int parse_block(char *item, struct ts_block *block, struct error *error)
{
	__u8 bytes[TS_ADDR_LEN];
	char *slash = strchr(item, '/');
	unsigned family, bits;
	bool mapped;
	char *address = strndup(item, slash ? (size_t)(slash - item) : strlen(item));
	int err;

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
	block->pad = 0;
	set_prefix_mask(block->mask, bits);
	memcpy(block->value, bytes, sizeof(bytes));
	block->value[0] &= block->mask[0];
	block->value[1] &= block->mask[1];
	return 0;
}

static int add_block(struct ts_block *blocks, __u32 *count, char *item, struct error *error)
{
	if (*count == TS_FILTER_BLOCKS)
		return error_set(error, EINVAL,
				 "more than %d are given: give fewer, or blocks that cover several",
				 TS_FILTER_BLOCKS);
	return parse_block(item, &blocks[(*count)++], error);
}

/* May modify the item. On failure f may be changed in part. */
static int add_item(struct ts_filter *f, enum ts_criterion criterion, char *item,
		    struct error *error)
{
	switch (criterion) {
	case TS_BY_PID:
		return add_pid(f, item, error);
	case TS_BY_COMM:
		return glob_add(&f->comm, item, error);
	case TS_BY_UID:
		return add_uid(f, item, error);
	case TS_BY_LPORT:
		return add_port(f->lport, item, error);
	case TS_BY_RPORT:
		return add_port(f->rport, item, error);
	case TS_BY_LADDR:
		return add_block(f->laddr, &f->laddrs, item, error);
	case TS_BY_RADDR:
		return add_block(f->raddr, &f->raddrs, item, error);
	case TS_BY_STATE:
		return add_state(f, item, error);
	default: /* has no list */
		return -EINVAL;
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

		if (*item)
			err = add_item(&next, criterion, item, error);
		else
			err = error_set(error, EINVAL, "an item is empty: %s",
					rest || item != copy ? "take out the extra comma" :
							       "give at least one");
	}
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
