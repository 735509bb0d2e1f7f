// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads sockets from inet_diag; where that is missing, from /proc/net. */
#include "sockets/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/file.h"
#include "lib/number.h"
#include "sockets/join.h"
#include "system/cgroup.h"
#include "system/inet_diag.h"
#include "system/netns.h"
#include "system/proc_net_tcp.h"

/* The states of idiag_states, a bit each: all but TCP_NEW_SYN_RECV, which SYN_RECV implies. */
enum { ALL_STATES = (1 << TS_NEW_SYN_RECV) - 2 };
/* TCPF_BOUND_INACTIVE, 91051f003948 ("tcp: Dump bound-only sockets in inet_diag.", 6.8). */
enum { BOUND_ONLY = 1 << 13 };

struct plain_reader {
	struct plain_config config;
	struct ts_filter filter; /* what a socket is compared with */
	struct cgroups *cgroups; /* of TS_BY_CGROUP; NULL: there is none */
	char *cgroup_top;	 /* its path; NULL: it does not exist */
	uint64_t cgroup;	 /* the last that was compared; its result: */
	bool cgroup_under;
};

/* One scan of a protocol. */
struct plain_scan {
	struct plain_reader *reader;
	struct plain_row_facts facts;
	struct rows *rows;
};

int plain_reader_new(const struct plain_config *config, struct plain_reader **out)
{
	struct plain_reader *reader = calloc(1, sizeof(*reader));
	const char *path;

	if (!reader)
		return -ENOMEM;
	reader->config = *config;
	reader->filter = *config->filter;
	/* the caller enters the namespace, and joins the owners */
	reader->filter.on &= ~(uint32_t)(TS_BY_OWNER | TS_BY_NETNS);
	if (reader->filter.on & TS_BY_CGROUP && !cgroups_new(&reader->cgroups)) {
		path = cgroups_path(reader->cgroups, reader->filter.cgroup);
		reader->cgroup_top = path ? cgroup_normalize(path) : NULL;
	}
	*out = reader;
	return 0;
}

void plain_reader_free(struct plain_reader *reader)
{
	if (!reader)
		return;
	free(reader->cgroup_top);
	cgroups_free(reader->cgroups);
	free(reader);
}

/* Neighbours mostly are of the same cgroup. */
static bool is_under(struct plain_reader *reader, uint64_t cgroup)
{
	const char *path;

	if (!cgroup || !reader->cgroup_top)
		return false;
	if (cgroup == reader->cgroup)
		return reader->cgroup_under;
	path = cgroups_path(reader->cgroups, cgroup);
	reader->cgroup = cgroup;
	reader->cgroup_under = path && cgroup_is_under(path, reader->cgroup_top);
	return reader->cgroup_under;
}

/* As tuple_read() of bpf/tuple.bpf.h. */
static uint16_t dual_stack(const struct ts_socket *s)
{
	static const uint8_t any[TS_ADDR_LEN];

	if (s->family != 6 || s->rport || memcmp(s->laddr, any, sizeof(any)))
		return 0;
	return s->flags & TS_S_V6ONLY ? TS_F_V6ONLY : TS_F_DUAL_STACK;
}

/* For the filter: a UDP socket without a peer has none. */
static uint8_t state_of(const struct ts_socket *s)
{
	return s->proto == IPPROTO_UDP && s->state == TS_CLOSED ? 0 : s->state;
}

bool plain_is_wanted(struct plain_reader *reader, const struct ts_socket *s)
{
	const struct ts_filter *f = &reader->filter;
	struct ts_tuple tuple;
	__u64 name[2];

	if (!f->on)
		return true;
	if (f->on & TS_BY_STATE && !ts_filter_pair(f, state_of(s), state_of(s)))
		return false;
	if (f->on & TS_BY_CGROUP && !is_under(reader, s->cgroup))
		return false;
	tuple = (struct ts_tuple){
		.device = s->device,
		.lport = s->lport,
		.rport = s->rport,
		.family = s->family,
		.flags = dual_stack(s),
	};
	memcpy(name, s->device_name, sizeof(name));
	memcpy(tuple.laddr, s->laddr, sizeof(tuple.laddr));
	memcpy(tuple.raddr, s->raddr, sizeof(tuple.raddr));
	return ts_filter_tuple(f, &tuple, ts_filter_zones(f, s->device, name[0], name[1])) ==
	       TS_YES;
}

/* Keeps the row that is at the end of the rows, if it is wanted. A listener may have wanted children. */
static void keep(struct plain_scan *scan, struct ts_socket *row)
{
	if (row->device) /* of the caller's own namespace, which is the one that is scanned */
		(void)if_indextoname(row->device, row->device_name);
	if (!plain_is_wanted(scan->reader, row)) {
		if (row->proto != IPPROTO_TCP || row->state != TS_LISTEN)
			return;
		row->flags |= TS_S_UNWANTED;
	}
	scan->rows->size += sizeof(*row);
}

static int take_diag(void *context, const struct inet_diag_socket *socket)
{
	struct plain_scan *scan = context;
	struct ts_socket *row = (void *)rows_reserve(scan->rows, sizeof(*row));

	if (!row)
		return -ENOMEM;
	if (plain_row_of_diag(socket, &scan->facts, row))
		keep(scan, row);
	return 0;
}

static int take_proc(void *context, const struct proc_net_tcp *socket)
{
	struct plain_scan *scan = context;
	struct ts_socket *row = (void *)rows_reserve(scan->rows, sizeof(*row));

	if (!row)
		return -ENOMEM;
	if (plain_row_of_proc(socket, &scan->facts, row))
		keep(scan, row);
	return 0;
}

/* Listeners are always needed: the others may be in their queues. */
static uint32_t wanted_states(const struct ts_filter *f)
{
	uint32_t states = 1u << TS_LISTEN;

	if (!(f->on & TS_BY_STATE))
		return ALL_STATES;
	for (int state = TS_ESTABLISHED; state < TS_NEW_SYN_RECV; state++)
		if (ts_filter_pair(f, state, state))
			states |= 1u << state;
	return ts_filter_pair(f, 0, 0) ? states | 1u << TS_CLOSED : states;
}

static int dump_family(struct inet_diag *diag, uint8_t family, struct plain_scan *scan)
{
	const struct plain_config *config = &scan->reader->config;
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = scan->facts.proto,
		.idiag_ext = (uint8_t)((config->times ? 1 << (INET_DIAG_INFO - 1) : 0) |
				       (config->details ? 1 << (INET_DIAG_CONG - 1) : 0)),
		.idiag_states = wanted_states(&scan->reader->filter) |
				(config->closed ? BOUND_ONLY : 0),
	};

	return inet_diag_dump(diag, &request, take_diag, scan);
}

static int dump(struct plain_scan *scan)
{
	struct inet_diag diag;
	int err = inet_diag_open(&diag);

	if (err)
		return err;
	err = dump_family(&diag, AF_INET, scan);
	if (!err)
		err = dump_family(&diag, AF_INET6, scan);
	inet_diag_close(&diag);
	return err;
}

/* No module, no handler for the protocol, or a sandbox. */
static bool is_missing(int err)
{
	return err == -ENOENT || err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT ||
	       err == -EACCES || err == -EPERM || err == -EOPNOTSUPP;
}

static uint32_t fin_timeout_ticks(uint64_t tick_ns)
{
	char text[32];
	uint64_t seconds;

	(void)file_read_text(AT_FDCWD, "/proc/sys/net/ipv4/tcp_fin_timeout", text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	if (!tick_ns || number_parse(text, 0, UINT32_MAX / 1000, &seconds))
		return 0;
	return (uint32_t)(seconds * 1000000000 / tick_ns);
}

int plain_read_sockets(struct plain_reader *reader, uint8_t proto, struct rows *rows)
{
	struct plain_scan scan = {
		.reader = reader,
		.rows = rows,
		.facts = { .proto = proto,
			   .netns = netns_own(),
			   .tick_ns = reader->config.tick_ns,
			   .fin_timeout = fin_timeout_ticks(reader->config.tick_ns) },
	};
	size_t before = rows->size;
	int err = dump(&scan);

	if (!is_missing(err))
		return err;
	rows->size = before;
	return proto == IPPROTO_TCP ? proc_net_tcp_read(take_proc, &scan) :
				      proc_net_udp_read(take_proc, &scan);
}
