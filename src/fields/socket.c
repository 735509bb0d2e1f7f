// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The columns of a socket of any kind: state, queues, processes, containers. TCP's own are in
 * socket_tcp.c. A new column is an entry and a getter here or there.
 */
#include <netinet/in.h>
#include <string.h>

#include "fields/field.h"
#include "lib/format.h"
#include "origin/origin.h"
#include "sockets/view.h"
#include "system/cgroup.h"
#include "system/container.h"
#include "system/pod.h"
#include "tcp/state.h"

static enum ts_owner owner_of(const struct socket_entry *entry)
{
	if (entry->holder)
		return TS_OWNER_SNAPSHOT;
	if (entry->listener && entry->listener->holder)
		return TS_OWNER_LISTENER;
	return socket_is_kernels(entry->socket) ? TS_OWNER_KERNEL : TS_OWNER_UNKNOWN;
}

/* Without a process the user is the one that made the socket. */
static struct row_process process_of(const struct socket_entry *entry)
{
	const struct ts_holder *holder = socket_process(entry);
	const struct ts_socket *s = entry->socket;

	return (struct row_process){
		.comm = holder ? holder->comm : NULL,
		.pid = holder ? holder->pid : 0,
		.uid = holder ? holder->uid : s->uid,
		.has_uid = holder || !(s->flags & TS_S_MINISOCK),
		.owner = (uint8_t)owner_of(entry),
	};
}

static struct totals totals_of(const struct ts_socket *s)
{
	bool connection = socket_has_info(s);

	return (struct totals){
		.apply = true,
		.has_bytes = connection ||
			     (socket_is_closed(s) && !(s->flags & (TS_S_SUBFLOW | TS_S_NO_INFO))),
		.has_retrans = connection ||
			       socket_is_request(s), /* a request retransmits its SYN-ACK */
		.segs_retrans = s->total_retrans,
		.srtt_us = connection ? s->rtt_us : 0,
		/* the kernel counts a FIN, which is not payload */
		.bytes_in = s->bytes_in - (s->bytes_in && s->flags & TS_S_FIN_SEEN),
		.bytes_out = s->bytes_out,
	};
}

static enum dual_stack dual_stack_of(const struct ts_socket *s)
{
	static const uint8_t any[TS_ADDR_LEN];

	if (s->family != 6 || s->rport)
		return DUAL_STACK_NULL;
	if (s->flags & TS_S_NO_INFO && !memcmp(s->laddr, any, sizeof(any)))
		return DUAL_STACK_NULL;
	return s->flags & TS_S_V6ONLY || memcmp(s->laddr, any, sizeof(any)) ? DUAL_STACK_NO :
									      DUAL_STACK_YES;
}

void row_of_socket(struct row *row, const struct socket_view *view,
		   const struct socket_entry *entry)
{
	const struct ts_socket *s = entry->socket;

	*row = (struct row){
		.endpoint = {
			.family = s->family == 4 ? 4 : 6,
			.proto = s->proto,
			.dual_stack = (uint8_t)dual_stack_of(s),
			.lport = s->lport,
			.rport = s->rport,
			.netns = s->netns,
			.id = s->id,
			.device = s->device,
			.device_name = s->device_name,
			.laddr = s->laddr,
			.raddr = s->rport ? s->raddr : NULL,
		},
		.process = process_of(entry),
		.totals = totals_of(s),
		.entry = entry,
		.socket = s,
		.view = view,
	};
}

const char *row_cgroup(const struct row *row)
{
	if (!row->entry)
		return row->cgroup;
	if (!row->socket->cgroup || !row->view->cgroups)
		return NULL;
	return cgroups_path(row->view->cgroups, row->socket->cgroup);
}

static bool get_proto(const struct row *row, struct value *value)
{
	bool v6 = row->socket->flags & TS_S_IPV6;

	if (row->socket->proto == IPPROTO_TCP)
		return value_name(value, v6 ? "tcp6" : "tcp");
	return value_name(value, v6 ? "udp6" : "udp");
}

/* A UDP socket without a peer has no state of TCP's. */
GETTER(get_state, (row->socket->proto == IPPROTO_TCP || row->socket->state == TS_ESTABLISHED) &&
			  value_name(value, state_name(row->socket->state)))

static bool get_age(const struct row *row, struct value *value)
{
	bool exact;

	if (!socket_age(row->view->sockets, row->socket, &value->number, &exact))
		return false;
	if (!exact && value->type == VALUE_DURATION)
		value->mark = '>';
	return true;
}

static bool get_age_exact(const struct row *row, struct value *value)
{
	uint64_t ns;
	bool exact;

	return socket_age(row->view->sockets, row->socket, &ns, &exact) &&
	       value_number(value, exact);
}

/* The queues of a listener count connections, as in ss. */
GET_NUMBER(get_recv_q, socket_is_listener(row->socket) ? row->socket->backlog : row->socket->recv_q)
/* /proc/net/tcp does not have a listener's limit. */
GET_NUMBER_IF(get_send_q, !(socket_is_listener(row->socket) && row->socket->flags & TS_S_NO_INFO),
	      socket_is_listener(row->socket) ? row->socket->backlog_max : row->socket->send_q)

/* Why no process has the socket; NULL: a process has it, or the reason is unknown. */
static const char *without(const struct socket_entry *entry)
{
	const struct ts_socket *s = entry->socket;

	if (entry->holder)
		return NULL;
	if (s->state == TS_TIME_WAIT)
		return "time-wait";
	if (socket_is_kernels(s))
		return "kernel";
	if (s->flags & TS_S_ORPHAN)
		return "orphan";
	if (s->state == TS_SYN_RECV)
		return "half-open";
	if (!s->inode && s->flags & TS_S_NO_FILE)
		return "not-accepted";
	return NULL;
}

GET_NAME(get_without, without(row->entry))
GET_NAME(get_errno, errno_name(row->socket->error))

/* The holder; else the reason that there is none, with the listener's process or the former owner. */
static bool get_process(const struct row *row, struct value *value)
{
	const struct socket_entry *entry = row->entry;
	const struct ts_holder *holder = socket_process(entry);
	const struct ts_socket *s = entry->socket;

	value->process = (struct value_process){ .without = without(entry) };
	if (holder) {
		value->process.comm = holder->comm;
		value->process.pid = holder->pid;
	} else if (row->view->sockets->recorded && s->flags & TS_S_RECORD && *s->comm && s->pid) {
		value->process.comm = s->comm;
		value->process.pid = s->pid;
		value->process.former = true;
	}
	if (!entry->holder)
		return value->process.without;
	value->process.fd = holder->fd;
	value->process.ring = holder_is_ring(holder);
	value->process.others = entry->holders - 1;
	return true;
}

/* Of the first holder: the socket's descriptor, or that of the io_uring that holds it. */
static bool set_fd(const struct row *row, struct value *value, bool ring)
{
	const struct ts_holder *holder = row->entry->holder;

	return holder && holder_is_ring(holder) == ring && value_number(value, holder->fd);
}

GETTER(get_fd, set_fd(row, value, false))
GETTER(get_ring_fd, set_fd(row, value, true))
/* Without privileges a process that is not visible may hold it. */
ROW_TEST(has_known_holders, row->entry->holders || row->socket->flags & TS_S_NO_FILE ||
				    !row->view->sockets->own_holders)
GET_NUMBER_IF(get_holders, has_known_holders(row), row->entry->holders)
MEMBER(get_holder_pid, ts_holder, item->pid != 0 && value_number(value, item->pid))
MEMBER(get_holder_comm, ts_holder, value_comm(value, item->comm))
MEMBER(get_holder_fd, ts_holder, !holder_is_ring(item) && value_number(value, item->fd))
MEMBER(get_holder_ring, ts_holder, holder_is_ring(item) && value_number(value, item->fd))

static const void *next_holder(const void *sockets, const void *holder)
{
	return socket_next_holder(sockets, holder);
}

/* comm[pid]:fd ..., up to the room in `text`, +N for the others. */
static size_t print_holders(const struct row *row, char *text)
{
	enum { EACH = TS_COMM_LEN + 2 * FORMAT_U64 + 8, LEFT = FORMAT_U64 + 2 };
	const struct ts_holder *holder = row->entry->holder;
	uint32_t left = row->entry->holders;
	char *at = text;

	for (; holder; holder = socket_next_holder(row->view->sockets, holder), left--) {
		if (at + EACH + LEFT > text + SOCKET_TEXT)
			break;
		if (at > text)
			*at++ = ' ';
		at = format_process(at, holder->comm, TS_COMM_LEN, holder->pid);
		at = format_u64(format_name(at, holder_is_ring(holder) ? ":ring" : ":"),
				holder->fd);
	}
	if (left)
		at = format_u64(format_name(at, " +"), left);
	return (size_t)(at - text);
}

static bool get_holder_list(const struct row *row, struct value *value)
{
	static const struct value_member members[] = {
		{ "pid", VALUE_PID, get_holder_pid },
		{ "comm", VALUE_TEXT, get_holder_comm },
		{ "fd", VALUE_U64, get_holder_fd },
		{ "ring_fd", VALUE_U64, get_holder_ring },
		{ 0 },
	};

	value->list = (struct value_list){ members, row->entry->holder, next_holder,
					   row->view->sockets };
	return has_known_holders(row) &&
	       value_text(value, row->view->text, print_holders(row, row->view->text));
}

GET_KNOWN(get_inode, row->socket->inode)

_Static_assert((int)SOCKET_TEXT >= (int)CONTAINER_TEXT, "SOCKET_TEXT");

static bool get_container(const struct row *row, struct value *value)
{
	const char *path = row_cgroup(row);
	size_t length = path ? container_of_cgroup(path, row->view->text) : 0;

	return length && value_text(value, row->view->text, length);
}

static bool get_pod(const struct row *row, struct value *value)
{
	const char *path = row_cgroup(row);
	size_t length = path ? pod_of_cgroup(path, row->view->text) : 0;

	return length && value_text(value, row->view->text, length);
}

/* A container by its own id; a pod by its id, or else by that of the container. */
static bool get_pod_part(const struct row *row, enum pod_part part, struct value *value)
{
	const char *path = row->view->pods ? row_cgroup(row) : NULL;
	const char *digits = path ? container_digits(path) : NULL;
	const struct pod_text *found = NULL;
	char uid[POD_UID];
	size_t length = path && part != POD_CONTAINER ? pod_of_cgroup(path, uid) : 0;

	if (length)
		found = pods_find(row->view->pods, uid, length);
	if (!found && digits)
		found = pods_find(row->view->pods, digits, CONTAINER_DIGITS);
	return found && found[part].length &&
	       value_text(value, found[part].text, found[part].length);
}

GETTER(get_container_name, get_pod_part(row, POD_CONTAINER, value))
GETTER(get_pod_name, get_pod_part(row, POD_NAME, value))
GETTER(get_pod_namespace, get_pod_part(row, POD_NAMESPACE, value))

_Static_assert((int)SOCKET_TEXT >= (int)ORIGIN_TEXT, "SOCKET_TEXT");

static bool get_site(const struct row *row, struct value *value)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	return origin && value_text(value, row->view->text, origin_text(origin, row->view->text));
}

enum { DATA = FIELD_IN_CSV | FIELD_IN_JSON };

static const struct field fields[] = {
	{ "proto", "PROTO", get_proto, VALUE_NAME, 5, NULL, DATA, NULL,
	  "kind of socket: tcp, tcp6, udp, udp6" },
	{ "state", "STATE", get_state, VALUE_NAME, 11, NULL, DATA, NULL,
	  "TCP's state; a UDP socket is ESTABLISHED with a peer and has no state without one" },
	{ "age", "AGE", get_age, VALUE_DURATION, 5, NULL, 0, NULL,
	  "time in that state; in text > marks a lower bound" },
	{ "age_us", "AGE_US", get_age, VALUE_US, 14, NULL, DATA, "microseconds",
	  "time in that state, if it is known" },
	{ "age_exact", "EXACT", get_age_exact, VALUE_BOOL, 5, NULL, DATA, NULL,
	  "true: age_us is exact; false: it is a lower bound" },
	{ "recv_q", "RECV-Q", get_recv_q, VALUE_U64, 6, NULL, DATA, NULL,
	  "bytes that wait to be read (UDP: the memory they take); listener: connections that "
	  "wait to be accepted" },
	{ "send_q", "SEND-Q", get_send_q, VALUE_U64, 6, NULL, DATA, NULL,
	  "bytes not yet acknowledged; listener: limit of its accept queue" },
	{ "process", "PROCESS", get_process, VALUE_PROCESS, 7, NULL, FIELD_OF_HOLDER, NULL,
	  "command[PID]:descriptor, +N for further ones; in brackets why there is none" },
	{ "fd", "FD", get_fd, VALUE_U64, 4, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "the owner's descriptor; none before accept()" },
	{ "ring_fd", "RING_FD", get_ring_fd, VALUE_U64, 7, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "descriptor of the io_uring that holds the socket in its own table" },
	{ "holders", "HOLDERS", get_holders, VALUE_U64, 7, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "number of its descriptors in all processes" },
	{ "holder_list", "HOLDER_LIST", get_holder_list, VALUE_LIST, 11, NULL,
	  DATA | FIELD_OF_HOLDER, NULL, "every descriptor of the socket, in all processes" },
	{ "without", "WITHOUT", get_without, VALUE_NAME, 12, NULL, DATA | FIELD_OF_HOLDER, NULL,
	  "why no process has it: orphan, time-wait, half-open, not-accepted, kernel" },
	{ "errno", "ERRNO", get_errno, VALUE_NAME, 12, NULL, DATA, NULL,
	  "CLOSED: error that the process has not been given yet" },
	{ "inode", "INODE", get_inode, VALUE_U64, 8, NULL, DATA, NULL,
	  "inode number of the socket's file" },
	{ "container", "CONTAINER", get_container, VALUE_TEXT, 12, NULL, DATA, NULL,
	  "id or name of the container, if the cgroup's name has it" },
	{ "pod", "POD", get_pod, VALUE_TEXT, 36, NULL, DATA, NULL,
	  "id of the Kubernetes pod, if the cgroup's name has it" },
	{ "container_name", "CONTAINER_NAME", get_container_name, VALUE_TEXT, 14, NULL, DATA, NULL,
	  "name of the Kubernetes container, if the kubelet's logs are here" },
	{ "pod_name", "POD_NAME", get_pod_name, VALUE_TEXT, 24, NULL, DATA, NULL,
	  "name of the Kubernetes pod, if the kubelet's logs are here" },
	{ "pod_namespace", "POD_NAMESPACE", get_pod_namespace, VALUE_TEXT, 13, NULL, DATA, NULL,
	  "Kubernetes namespace of the pod, if the kubelet's logs are here" },
	{ "site", "SITE", get_site, VALUE_TEXT, 4, NULL, FIELD_OF_HOLDER, NULL,
	  "function that called connect() or accept(), from a trace with --origin and --pin" },
};

const struct field_table socket_fields = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
	.base = &socket_tcp_fields,
	.text = "proto,state,age,recv_q,send_q,local,peer,process,user",
	.data = "proto,state,age_us,age_exact,recv_q,send_q,family,laddr,lport,raddr,rport,pid,"
		"comm,fd,holders,holder_list,uid,owner,without,inode,id,netns,cgroup,*",
};
