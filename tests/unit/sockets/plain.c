// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows that are made without BPF: of inet_diag's answers, lines of /proc/net, and a tree like /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/rtnetlink.h>
#include <linux/tcp.h>

#include "fields/field.h"
#include "sockets/join.h"
#include "sockets/plain.h"
#include "sockets/view.h"
#include "system/inet_diag.h"
#include "system/proc_net_tcp.h"

enum { TICK_NS = 4000000 };

static const struct plain_row_facts facts = {
	.tick_ns = TICK_NS,
	.netns = 7,
	.fin_timeout = 15000,
	.proto = IPPROTO_TCP,
};

static const uint8_t shutdown_flags;

static struct inet_diag_socket full(uint8_t state, const struct tcp_info *info)
{
	struct inet_diag_socket s = {
		.msg = { .idiag_family = AF_INET,
			 .idiag_state = state,
			 .idiag_inode = 4711,
			 .idiag_uid = 1000,
			 .id = { .idiag_sport = htons(80),
				 .idiag_dport = htons(4000),
				 .idiag_cookie = { 1, 2 } } },
	};

	s.msg.id.idiag_src[0] = s.msg.id.idiag_dst[0] = htonl(0x7f000001);
	s.attrs[INET_DIAG_SHUTDOWN] = (struct inet_diag_attr){ &shutdown_flags, 1 };
	if (info)
		s.attrs[INET_DIAG_INFO] = (struct inet_diag_attr){ info, sizeof(*info) };
	return s;
}

static struct ts_socket row_of(const struct inet_diag_socket *s)
{
	struct ts_socket row;

	memset(&row, 0xaa, sizeof(row));
	assert_true(plain_row_of_diag(s, &facts, &row));
	assert_int_equal(row.head.kind, TS_ROW_SOCKET);
	assert_int_equal(row.head.size, sizeof(row));
	assert_int_equal(row.address, 0);
	assert_int_equal(row.netns, 7);
	return row;
}

static uint64_t age_of(const struct ts_socket *row)
{
	const struct sockets sockets = { .tick_ns = TICK_NS, .mono_ns = UINT64_MAX, .plain = true };
	uint64_t ns = UINT64_MAX;
	bool exact = true;

	if (!socket_age(&sockets, row, &ns, &exact))
		return UINT64_MAX;
	assert_false(exact);
	return ns;
}

static void connections(void **state)
{
	struct tcp_info info = { .tcpi_rtt = 120, .tcpi_rttvar = 60, .tcpi_snd_cwnd = 10,
				 .tcpi_snd_ssthresh = 0x7fffffff, .tcpi_bytes_received = 1000,
				 .tcpi_bytes_acked = 2000, .tcpi_notsent_bytes = 5,
				 .tcpi_last_data_recv = 400, .tcpi_last_data_sent = 800,
				 .tcpi_last_ack_recv = 600, .tcpi_total_retrans = 3 };
	struct inet_diag_socket s = full(TS_ESTABLISHED, &info);
	struct ts_socket row;

	(void)state;
	s.msg.idiag_rqueue = 30;
	s.msg.idiag_wqueue = 40;
	row = row_of(&s);
	assert_int_equal(row.id, 0x200000001);
	assert_int_equal(row.inode, 4711);
	assert_int_equal(row.uid, 1000);
	assert_int_equal(row.family, 4);
	assert_int_equal(row.flags, 0);
	assert_int_equal(row.lport, 80);
	assert_int_equal(row.rport, 4000);
	assert_memory_equal(row.laddr, "\x7f\0\0\1\0\0\0\0", 8);
	assert_int_equal(row.recv_q, 30);
	assert_int_equal(row.send_q, 40);
	assert_int_equal(row.unsent, 5);
	assert_int_equal(row.bytes_in, 1000);
	assert_int_equal(row.bytes_out, 2000);
	assert_int_equal(row.total_retrans, 3);
	assert_int_equal(row.received, 100); /* ticks of 4 ms */
	assert_int_equal(row.sent, 200);
	assert_int_equal(row.acked, 150);
	/* the longer of both, less what a tick may be late */
	assert_true(age_of(&row) == (200 - SOCKET_TICKS_LATE) * (uint64_t)TICK_NS);
}

/* The FIN may have come a timeout after the last acknowledgement. */
static void age_of_close_wait(void **state)
{
	struct tcp_info info = { .tcpi_rto = 204000, .tcpi_last_data_recv = 900000,
				 .tcpi_last_ack_recv = 10000 };
	struct inet_diag_socket s = full(TS_CLOSE_WAIT, &info);
	struct ts_socket row;

	(void)state;
	s.msg.idiag_rqueue = 1;
	row = row_of(&s);
	assert_true(row.flags & TS_S_FIN_SEEN);
	assert_int_equal(socket_unread(&row), 0);
	assert_true(age_of(&row) == 9796 * UINT64_C(1000000));
	info.tcpi_rto = 4 * 204000; /* doubled twice */
	info.tcpi_backoff = 2;
	row = row_of(&s);
	assert_true(age_of(&row) == 9796 * UINT64_C(1000000));
	info.tcpi_last_ack_recv = 100;
	row = row_of(&s);
	assert_true(age_of(&row) == 0);
}

/* Only timeouts that have passed count: 200 + 400 + 800 ms of a timeout of 1600. */
static void age_by_timeouts(void **state)
{
	struct tcp_info info = { .tcpi_rto = 1600000, .tcpi_retransmits = 3, .tcpi_backoff = 3,
				 .tcpi_unacked = 1, .tcpi_last_data_sent = 60000 };
	struct inet_diag_socket s = full(TS_FIN_WAIT_1, &info);
	struct ts_socket row;

	(void)state;
	s.msg.idiag_inode = 0;
	s.msg.idiag_timer = TS_TIMER_ON;
	s.msg.idiag_expires = 100;
	s.msg.idiag_wqueue = 1;
	row = row_of(&s);
	assert_int_equal(row.flags, TS_S_NO_FILE | TS_S_ORPHAN | TS_S_NO_OPTIONS);
	assert_int_equal(row.stalled, 350);
	assert_int_equal(row.expires, 25);
	assert_true(age_of(&row) == (350 - SOCKET_TICKS_LATE) * (uint64_t)TICK_NS);
	s.msg.idiag_state = TS_SYN_SENT;
	s.msg.idiag_inode = 4711;
	row = row_of(&s);
	assert_true(age_of(&row) == (350 - SOCKET_TICKS_LATE) * (uint64_t)TICK_NS);
	info.tcpi_retransmits = info.tcpi_backoff = 0;
	row = row_of(&s);
	assert_true(age_of(&row) == UINT64_MAX); /* unknown */
	/* of data: since it was sent, unless an acknowledgement came since */
	s.msg.idiag_state = TS_ESTABLISHED;
	info.tcpi_last_ack_recv = 8000;
	assert_int_equal(row_of(&s).stalled, 2000);
	info.tcpi_unacked = 0;
	assert_int_equal(row_of(&s).stalled, 0);
}

static void extreme_times(void **state)
{
	struct tcp_info info = { .tcpi_last_data_recv = UINT32_MAX - 1999, /* after `now` */
				 .tcpi_last_data_sent = UINT32_MAX / 2 + 5,
				 .tcpi_last_ack_recv = INT32_MAX };
	struct inet_diag_socket s = full(TS_ESTABLISHED, &info);
	struct ts_socket row = row_of(&s);

	(void)state;
	assert_int_equal(row.received, -500);
	assert_int_equal(row.sent, INT32_MAX / 4);
	assert_int_equal(row.acked, INT32_MAX / 4);
}

/* One timer shows: another one may hide that of keepalive. An orphan's is not of SO_KEEPALIVE. */
static void keepalive(void **state)
{
	struct tcp_info info = { 0 };
	struct inet_diag_socket s = full(TS_ESTABLISHED, &info);

	(void)state;
	assert_int_equal(row_of(&s).flags, 0);
	s.msg.idiag_timer = TS_TIMER_KEEPALIVE;
	assert_int_equal(row_of(&s).flags, TS_S_KEEPALIVE);
	s.msg.idiag_timer = TS_TIMER_ON;
	assert_int_equal(row_of(&s).flags, TS_S_NO_OPTIONS);
	s = full(TS_FIN_WAIT_2, &info);
	s.msg.idiag_inode = 0;
	s.msg.idiag_timer = TS_TIMER_KEEPALIVE;
	assert_int_equal(row_of(&s).flags, TS_S_NO_FILE | TS_S_ORPHAN | TS_S_NO_OPTIONS);
}

/* The state shows whether a socket without a file is orphaned or not accepted. */
static void without_a_file(void **state)
{
	static const struct {
		uint8_t state;
		uint32_t flags;
	} cases[] = {
		{ TS_ESTABLISHED, TS_S_NO_FILE },
		{ TS_CLOSE_WAIT, TS_S_NO_FILE | TS_S_FIN_SEEN },
		{ TS_FIN_WAIT_2, TS_S_NO_FILE | TS_S_ORPHAN | TS_S_NO_OPTIONS },
		{ TS_LAST_ACK,
		  TS_S_NO_FILE | TS_S_ORPHAN | TS_S_FIN_SEEN | TS_S_NO_OPTIONS },
		{ TS_CLOSING,
		  TS_S_NO_FILE | TS_S_ORPHAN | TS_S_FIN_SEEN | TS_S_NO_OPTIONS },
	};
	struct tcp_info info = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_diag_socket s = full(cases[i].state, &info);

		s.msg.idiag_inode = 0;
		assert_int_equal(row_of(&s).flags, cases[i].flags);
	}
}

static void minisocks(void **state)
{
	struct inet_diag_socket s = full(TS_SYN_RECV, NULL);
	struct ts_socket row;

	(void)state;
	s.attrs[INET_DIAG_SHUTDOWN].data = NULL;
	s.msg.idiag_inode = 0;
	s.msg.idiag_timer = TS_TIMER_ON;
	s.msg.idiag_retrans = 2;
	row = row_of(&s);
	assert_int_equal(row.flags, TS_S_MINISOCK | TS_S_NO_FILE);
	assert_int_equal(row.retransmits, 2);
	assert_int_equal(row.total_retrans, 2);
	s.msg.idiag_timer = TS_TIMER_TIMEWAIT;
	s.msg.idiag_expires = 20000;
	s.msg.idiag_state = TS_TIME_WAIT;
	row = row_of(&s);
	assert_int_equal(row.flags, TS_S_MINISOCK | TS_S_NO_FILE);
	assert_int_equal(row.expires, 5000);
	s.msg.idiag_state = TS_FIN_WAIT_2;
	assert_int_equal(row_of(&s).flags, TS_S_MINISOCK | TS_S_NO_FILE | TS_S_ORPHAN);
	/* a full socket in SYN_RECV: Fast Open, or both ends connected at once */
	s = full(TS_SYN_RECV, NULL);
	s.msg.idiag_rqueue = 30;
	s.msg.idiag_wqueue = 40;
	row = row_of(&s);
	assert_int_equal(row.flags, TS_S_NO_INFO);
	/* what is in the queues is not read, and not acknowledged */
	assert_true(row.read_seq == (uint32_t)-30 && row.acked_seq == (uint32_t)-40);
}

static void set_v6(struct inet_diag_socket *s, const char *local, const char *peer)
{
	s->msg.idiag_family = AF_INET6;
	assert_int_equal(inet_pton(AF_INET6, local, s->msg.id.idiag_src), 1);
	assert_int_equal(inet_pton(AF_INET6, peer, s->msg.id.idiag_dst), 1);
}

static void addresses_of_ipv6(void **state)
{
	static const uint8_t v6only = 1;
	struct inet_diag_socket s = full(TS_LISTEN, NULL);
	struct ts_socket row;

	(void)state;
	set_v6(&s, "::", "::");
	s.msg.id.idiag_dport = 0;
	s.msg.idiag_rqueue = 3;
	s.msg.idiag_wqueue = 128;
	row = row_of(&s);
	assert_int_equal(row.flags, TS_S_IPV6);
	assert_int_equal(row.family, 6);
	assert_int_equal(row.backlog, 3);
	assert_int_equal(row.backlog_max, 128);
	assert_int_equal(row.recv_q + row.send_q, 0);
	s.attrs[INET_DIAG_SKV6ONLY] = (struct inet_diag_attr){ &v6only, 1 };
	assert_int_equal(row_of(&s).flags, TS_S_IPV6 | TS_S_V6ONLY);
	s.attrs[INET_DIAG_SKV6ONLY].data = NULL;
	set_v6(&s, "::ffff:10.0.0.1", "::");
	row = row_of(&s);
	assert_int_equal(row.flags, TS_S_IPV6 | TS_S_MAPPED);
	assert_int_equal(row.family, 4);
	assert_memory_equal(row.laddr, "\x0a\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	s = full(TS_SYN_SENT, NULL);
	set_v6(&s, "::", "::ffff:10.0.0.2");
	assert_memory_equal(row_of(&s).raddr, "\x0a\0\0\2\0\0\0\0", 8);
	set_v6(&s, "2001:db8::1", "2001:db8::2");
	assert_memory_equal(row_of(&s).raddr, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
}

/* Attributes of other sizes than this build knows. */
static void odd_attributes(void **state)
{
	static const char congestion[] = "a_name_of_more_than_15_bytes";
	static const struct {
		struct rtattr head;
		char name[8];
	} ulps[] = {
		{ { sizeof(struct rtattr) + 6, 1 }, "mptcp" },
		{ { sizeof(struct rtattr) + 4, 1 }, "tls" },
		{ { sizeof(struct rtattr) + 5, 1 }, "mptcp" }, /* not terminated */
		{ { 0xffff, 1 }, "mptcp" },
		{ { 0, 1 }, "mptcp" },
		{ { sizeof(struct rtattr) + 6, 2 }, "mptcp" },
	};
	struct tcp_info info = { .tcpi_rtt = 7, .tcpi_bytes_received = 9 };
	struct inet_diag_socket s = full(TS_ESTABLISHED, &info);
	struct ts_socket row;

	(void)state;
	s.attrs[INET_DIAG_CONG] = (struct inet_diag_attr){ congestion, sizeof(congestion) };
	s.attrs[INET_DIAG_INFO].size = offsetof(struct tcp_info, tcpi_rtt) + sizeof(info.tcpi_rtt);
	s.attrs[INET_DIAG_CGROUP_ID] = (struct inet_diag_attr){ congestion, 1 };
	row = row_of(&s);
	assert_string_equal(row.congestion, "a_name_of_more_");
	assert_int_equal(row.rtt_us, 7);
	assert_int_equal(row.bytes_in, 0);
	assert_int_equal(row.cgroup, 'a');
	s.attrs[INET_DIAG_INFO].size = sizeof(info) + 100; /* of a later kernel; the rest is not read */
	assert_int_equal(row_of(&s).bytes_in, 9);
	for (size_t i = 0; i < sizeof(ulps) / sizeof(ulps[0]); i++) {
		s.attrs[INET_DIAG_ULP_INFO] = (struct inet_diag_attr){ &ulps[i], sizeof(ulps[i]) };
		assert_int_equal(row_of(&s).flags, i ? 0 : TS_S_SUBFLOW);
	}
	for (unsigned number = 12; number < 256; number += 3) {
		s.msg.idiag_state = (uint8_t)number;
		assert_false(plain_row_of_diag(&s, &facts, &row));
	}
	s.msg.idiag_state = TS_ESTABLISHED;
	s.msg.idiag_timer = 200;
	assert_int_equal(row_of(&s).timer, TS_TIMER_NONE);
}

static bool is_known(const struct row *row, const char *column)
{
	struct value value;
	const struct field *field = field_find(&socket_fields, column, strlen(column), NULL);

	assert_non_null(field);
	assert_true(field_get(field, row, &value));
	return value.type != VALUE_NULL;
}

/* What neither source gives is not shown as 0. */
static void unknown_counters(void **state)
{
	static const char *const columns[] = { "cwnd", "bytes_in", "bytes_out", "segs_retrans",
					       "unsent", "srtt_us", "retrans_out", "last_acked_us",
					       "age_us", "mptcp", "holders", "cgroup" };
	static const char *const known[] = { "unread", "recv_q", "send_q", "inode", "probes" };
	struct sockets sockets = { .tick_ns = TICK_NS, .plain = true, .own_holders = true };
	struct proc_net_tcp found = { .family = 4, .state = TS_ESTABLISHED, .inode = 5, .lport = 80,
				      .rport = 4000, .recv_q = 10, .send_q = 4 };
	const struct socket_view view = { .sockets = &sockets };
	struct ts_socket s;
	struct socket_entry entry = { .socket = &s };
	struct row row;

	(void)state;
	assert_true(plain_row_of_proc(&found, &facts, &s));
	row_of_socket(&row, &view, &entry);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (is_known(&row, columns[i]))
			fail_msg("%s", columns[i]);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(is_known(&row, known[i]));
	found = (struct proc_net_tcp){ .family = 4, .state = TS_LISTEN, .inode = 5, .lport = 80,
				       .recv_q = 1 };
	assert_true(plain_row_of_proc(&found, &facts, &s));
	row_of_socket(&row, &view, &entry);
	assert_false(is_known(&row, "send_q"));
	assert_false(is_known(&row, "accept_limit"));
	assert_true(is_known(&row, "accept_queue"));
	assert_int_equal(s.backlog, 1);
}

static void minisocks_of_proc(void **state)
{
	struct proc_net_tcp found = { .family = 4, .state = TS_TIME_WAIT, .timer = TS_TIMER_TIMEWAIT,
				      .expires_ms = 30000 };
	struct ts_socket row;

	(void)state;
	assert_true(plain_row_of_proc(&found, &facts, &row));
	assert_int_equal(row.flags, TS_S_MINISOCK | TS_S_NO_FILE | TS_S_NO_INFO);
	assert_int_equal(row.expires, 7500);
	found = (struct proc_net_tcp){ .family = 6, .state = TS_SYN_RECV, .timer = TS_TIMER_ON };
	assert_true(plain_row_of_proc(&found, &facts, &row));
	assert_int_equal(row.flags, TS_S_MINISOCK | TS_S_NO_FILE | TS_S_NO_INFO | TS_S_IPV6);
}

/* A folder in the place of /proc. */
struct tree {
	char path[64];
};

static void tree_add(const struct tree *tree, const char *name, const char *text, const char *link)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", tree->path, name);
	if (link) {
		assert_int_equal(symlink(link, path), 0);
	} else if (text) {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
		assert_int_equal(close(fd), 0);
	} else {
		assert_int_equal(mkdir(path, 0700), 0);
	}
}

static void tree_remove(const struct tree *tree)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r '%s'", tree->path);
	assert_int_equal(system(command), 0);
}

#define STAT(name) "12 (" name ") S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0 0"

static void holders(void **state)
{
	struct tree tree = { "/tmp/tcpstate-holders-XXXXXX" };
	const struct ts_holder *found;
	struct rows rows = { 0 };
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(tree.path));
	tree_add(&tree, "net", NULL, NULL);
	tree_add(&tree, "12", NULL, NULL);
	tree_add(&tree, "12/stat", STAT("a) (b)"), NULL);
	tree_add(&tree, "12/fd", NULL, NULL);
	tree_add(&tree, "12/fd/0", NULL, "/dev/null");
	tree_add(&tree, "12/fd/3", NULL, "socket:[4711]");
	tree_add(&tree, "12/fd/4", NULL, "socket:[]");
	tree_add(&tree, "12/fd/5", NULL, "socket:[12x]");
	tree_add(&tree, "12/fd/6", NULL, "socket:[18446744073709551616]");
	tree_add(&tree, "12/fd/7", NULL, "socket:[47");
	tree_add(&tree, "12/fd/8", NULL, "pipe:[4711]");
	tree_add(&tree, "12/fd/99999999999", NULL, "socket:[4711]");
	tree_add(&tree, "13", NULL, NULL); /* has no fd: another user's */
	tree_add(&tree, "14", NULL, NULL); /* has ended since */
	tree_add(&tree, "14/fd", NULL, NULL);
	tree_add(&tree, "14/fd/3", NULL, "socket:[5]");
	tree_add(&tree, "15", NULL, NULL);
	tree_add(&tree, "15/stat", "15 no name", NULL);
	tree_add(&tree, "15/fd", NULL, NULL);
	tree_add(&tree, "15/fd/3", NULL, "socket:[5]");
	assert_int_equal(plain_read_holders(tree.path, &rows), 0);
	found = (const void *)rows.data;
	n = rows.size / sizeof(*found);
	assert_int_equal(n, 1);
	assert_int_equal(found->inode, 4711);
	assert_int_equal(found->pid, 12);
	assert_int_equal(found->tgid, 12);
	assert_int_equal(found->fd, 3);
	assert_int_equal(found->uid, geteuid());
	assert_string_equal(found->comm, "a) (b)");
	assert_true(found->start_ns == 7770000000);
	free(rows.data);
	tree_remove(&tree);
	assert_int_equal(plain_read_holders(tree.path, &rows), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections),	     cmocka_unit_test(age_of_close_wait),
		cmocka_unit_test(age_by_timeouts),   cmocka_unit_test(extreme_times),
		cmocka_unit_test(without_a_file),    cmocka_unit_test(minisocks),
		cmocka_unit_test(addresses_of_ipv6), cmocka_unit_test(odd_attributes),
		cmocka_unit_test(unknown_counters),  cmocka_unit_test(minisocks_of_proc),
		cmocka_unit_test(keepalive),	     cmocka_unit_test(holders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
