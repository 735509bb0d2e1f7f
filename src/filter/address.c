// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Filters by port and address. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include "filter/list.h"
#include "lib/number.h"

static void set_ports(__u64 *ports, unsigned first, unsigned last)
{
	for (unsigned port = first; port <= last; port++)
		ports[port >> 6] |= UINT64_C(1) << (port & 63);
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
	uint64_t low;
	uint64_t high;
	int err;

	if (dash)
		*dash = '\0';
	err = number_parse(item, 1, UINT16_MAX, &low);
	high = low;
	/*
	 * Malformed text after the dash matters more than a number before it that is out of
	 * range.
	 */
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
	unsigned first;
	unsigned last;
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
	set_ports(ports, first, last);
	return 0;
}

static int add_lport(struct ts_filter *f, char *item, struct error *error)
{
	return add_port(f->lport, item, error);
}

static int add_rport(struct ts_filter *f, char *item, struct error *error)
{
	return add_port(f->rport, item, error);
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
	unsigned family;
	unsigned bits;
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

static int add_laddr(struct ts_filter *f, char *item, struct error *error)
{
	return add_block(f->laddr, &f->laddrs, item, error);
}

static int add_raddr(struct ts_filter *f, char *item, struct error *error)
{
	return add_block(f->raddr, &f->raddrs, item, error);
}

int filter_add_lports(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_LPORT, add_lport, text, error);
}

int filter_add_rports(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_RPORT, add_rport, text, error);
}

int filter_add_laddrs(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_LADDR, add_laddr, text, error);
}

int filter_add_raddrs(struct ts_filter *f, const char *text, struct error *error)
{
	return filter_list_add(f, TS_BY_RADDR, add_raddr, text, error);
}
