// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The columns that transitions and sockets share: addresses, identity, owner, totals. */
#include <string.h>

#include <tcpstate/socket.h>

#include "fields/field.h"
#include "tcp/state.h"

bool value_string(struct value *value, const char *text)
{
	enum { MOST = 1024 }; /* so that a few of them fit into a line */

	return text && value_text(value, text, strnlen(text, MOST));
}

bool value_comm(struct value *value, const char *comm)
{
	return comm && value_text(value, comm, strnlen(comm, TS_COMM_LEN));
}

GET_KNOWN(get_id, row->endpoint.id)

static const char *family_name(uint8_t family)
{
	return family == 4 ? "ipv4" : family == 6 ? "ipv6" : NULL;
}

static bool set_address(const struct row *row, struct value *value, const uint8_t *address,
			uint16_t port)
{
	value->family = row->endpoint.family;
	value->address = address;
	value->number = port;
	return address && (value->family == 4 || value->family == 6);
}

/* A socket that is bound to an interface has its address there, as ss shows it. */
static bool get_local(const struct row *row, struct value *value)
{
	value->zone = row->endpoint.device;
	value->zone_name = row->endpoint.device_name;
	value->any = row->endpoint.dual_stack == DUAL_STACK_YES;
	return set_address(row, value, row->endpoint.laddr, row->endpoint.lport);
}

/* laddr and local differ in their type: an address or an endpoint. */

static bool get_peer(const struct row *row, struct value *value)
{
	const uint8_t *address = row->endpoint.raddr;

	if (row->endpoint.device && address && row->endpoint.family == 6 && address[0] == 0xfe &&
	    (address[1] & 0xc0) == 0x80) /* link-local: fe80::/10 */
		value->zone = row->endpoint.device;
	value->zone_name = row->endpoint.device_name;
	return set_address(row, value, address, row->endpoint.rport);
}

GETTER(get_interface, row->endpoint.device && * row->endpoint.device_name &&
			      value_text(value, row->endpoint.device_name,
					 strnlen(row->endpoint.device_name, TS_DEVICE_LEN)))
GET_KNOWN(get_ifindex, row->endpoint.device)
GET_NAME(get_family, family_name(row->endpoint.family))
ROW_TEST(has_interface, row->entry || row->endpoint.device)
ROW_TEST(has_dual_stack, row->entry || row->endpoint.dual_stack) /* few transitions have it */
GET_NUMBER_IF(get_dual_stack, row->endpoint.dual_stack != DUAL_STACK_NULL,
	      row->endpoint.dual_stack == DUAL_STACK_YES)
GET_KNOWN(get_lport, row->endpoint.lport)
GET_KNOWN(get_rport, row->endpoint.rport)
GET_KNOWN(get_netns, row->endpoint.netns)

static bool get_community_id(const struct row *row, struct value *value)
{
	const struct endpoint *end = &row->endpoint;
	const struct flow flow = {
		.family = end->family,
		.proto = end->proto,
		.laddr = end->laddr,
		.raddr = end->raddr,
		.lport = end->lport,
		.rport = end->rport,
	};

	return end->family && end->raddr && end->lport && end->rport &&
	       community_id(&flow, value->digest);
}

static bool get_cgroup(const struct row *row, struct value *value)
{
	const char *path = row_cgroup(row);

	return path && value_text(value, path, strlen(path));
}

static bool get_pid(const struct row *row, struct value *value)
{
	if (row->process.owner == TS_OWNER_LISTENER && row->t)
		value->mark = '*';
	return value_number(value, row->process.pid) && row->process.pid;
}

GETTER(get_comm, value_comm(value, row->process.comm))
GET_NUMBER_IF(get_uid, row->process.has_uid, row->process.uid)
GET_NAME(get_owner, owner_name(row->process.owner))
ROW_TEST(has_totals, row->totals.apply)
GET_NUMBER_IF(get_bytes_in, row->totals.has_bytes, row->totals.bytes_in)
GET_NUMBER_IF(get_bytes_out, row->totals.has_bytes, row->totals.bytes_out)
GET_NUMBER_IF(get_segs_retrans, row->totals.has_retrans, row->totals.segs_retrans)
GET_KNOWN(get_srtt_us, row->totals.srtt_us)

enum { DATA = FIELD_IN_CSV | FIELD_IN_JSON };

static const struct field fields[] = {
	{ "id", "ID", get_id, VALUE_U64, 8, NULL, DATA, NULL,
	  "socket cookie: one number for the whole life of a connection" },
	{ "sk", "SK", get_id, VALUE_HEX, 8, NULL, 0, NULL,
	  "the id in hexadecimal, as ss -e prints it" },
	{ "family", "FAMILY", get_family, VALUE_NAME, 6, NULL, DATA, NULL,
	  "ipv4 or ipv6; IPv4 on an IPv6 socket is ipv4" },
	{ "dual_stack", "DUAL_STACK", get_dual_stack, VALUE_BOOL, 10, has_dual_stack, DATA, NULL,
	  "whether an IPv6 listener takes IPv4 too; unknown for IPv4 and for connections" },
	{ "laddr", "LADDR", get_local, VALUE_ADDRESS, 9, NULL, DATA, NULL, "local address" },
	{ "lport", "LPORT", get_lport, VALUE_PORT, 5, NULL, DATA, NULL,
	  "local port; unknown until the kernel has chosen it" },
	{ "raddr", "RADDR", get_peer, VALUE_ADDRESS, 9, NULL, DATA, NULL,
	  "peer's address; a listener has none" },
	{ "rport", "RPORT", get_rport, VALUE_PORT, 5, NULL, DATA, NULL,
	  "peer's port; a listener has none" },
	{ "local", "LOCAL", get_local, VALUE_ENDPOINT, 5, NULL, 0, NULL, "local address and port" },
	{ "peer", "PEER", get_peer, VALUE_ENDPOINT, 4, NULL, 0, NULL, "peer's address and port" },
	{ "community_id", "COMMUNITY_ID", get_community_id, VALUE_DIGEST, 30, NULL, 0, NULL,
	  "Community ID (version 1, seed 0): the same flow in Zeek, Suricata and others" },
	{ "interface", "INTERFACE", get_interface, VALUE_TEXT, 9, has_interface, DATA, NULL,
	  "interface that the socket is bound to, or that its link-local address belongs to" },
	{ "ifindex", "IFINDEX", get_ifindex, VALUE_U64, 7, has_interface, 0, NULL,
	  "index of that interface" },
	{ "netns", "NETNS", get_netns, VALUE_U64, 10, NULL, DATA, NULL,
	  "network namespace, inode number" },
	{ "cgroup", "CGROUP", get_cgroup, VALUE_TEXT, 16, NULL, DATA, NULL,
	  "control group of the socket (v2)" },
	{ "pid", "PID", get_pid, VALUE_PID, 7, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "owner's process id; before accept() the listener's, in a trace marked with *" },
	{ "comm", "COMM", get_comm, VALUE_TEXT, 8, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "owner's command name" },
	{ "uid", "UID", get_uid, VALUE_UID, 5, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "owner's effective user id; in a list without an owner, the socket's" },
	{ "user", "USER", get_uid, VALUE_USER, 4, NULL, FIELD_OF_HOLDER, NULL,
	  "the same user by name" },
	{ "owner", "OWNER", get_owner, VALUE_NAME, 8, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "how the owner is known: connect, listen, accept, use, snapshot (it has the socket), "
	  "listener, kernel, unknown" },
	{ "bytes_in", "BYTES_IN", get_bytes_in, VALUE_U64, 11, has_totals, DATA, "bytes",
	  "payload received; in a trace at the end of the full socket" },
	{ "bytes_out", "BYTES_OUT", get_bytes_out, VALUE_U64, 11, has_totals, DATA, "bytes",
	  "payload sent and acknowledged; in a list a client's SYN and a FIN count one byte each" },
	{ "segs_retrans", "SEGS_RETRANS", get_segs_retrans, VALUE_U64, 12, has_totals, DATA,
	  "segments", "retransmissions in the whole life of the connection" },
	{ "srtt_us", "SRTT_US", get_srtt_us, VALUE_U64, 8, has_totals, DATA, "microseconds",
	  "smoothed round-trip time" },
};

const struct field_table endpoint_fields = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
};
