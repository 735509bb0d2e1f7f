// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of /proc/net/tcp. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <tcpstate/state.h>

#include "system/proc_net_tcp.h"

#define V6 "00000000000000000000000001000000"
#define LINE(l, r, f, s, i) { .lport = l, .rport = r, .family = f, .state = s, .inode = i }
#define QUEUES " 00000000:00000000 00:00000000 00000000 "

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		struct proc_net_tcp socket;
	} lines[] = {
		{ "   0: 0100007F:4E21 00000000:0000 0A" QUEUES "    0        0 4711 1 0000 100 0 0\n",
		  LINE(20001, 0, 4, TS_LISTEN, 4711) },
		{ "  12: 0100007F:4E21 0100007F:4E22 0C" QUEUES "    0        0 0 1 0000\n",
		  LINE(20001, 20002, 4, TS_SYN_RECV, 0) },
		{ "1234: 0100007F:FFFF 0100007F:4E22 06" QUEUES " 1000        0 0",
		  LINE(65535, 20002, 4, TS_TIME_WAIT, 0) },
		{ "   3: " V6 ":4E23 " V6 ":4E21 01" QUEUES "    0        0 18446744073709551615 1\n",
		  LINE(20003, 20001, 6, TS_ESTABLISHED, UINT64_MAX) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct proc_net_tcp socket = { 0 };

		assert_true(proc_net_tcp_parse(lines[i].line, &socket));
		assert_int_equal(socket.lport, lines[i].socket.lport);
		assert_int_equal(socket.rport, lines[i].socket.rport);
		assert_int_equal(socket.family, lines[i].socket.family);
		assert_int_equal(socket.state, lines[i].socket.state);
		assert_true(socket.inode == lines[i].socket.inode);
	}
}

static void test_other_lines(void **state)
{
	static const char *const none[] = {
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		"timeout inode\n",
		"",
		"\n",
		"   0: 0100007F:4E21",
		"   0: 0100007F:4E21 00000000:0000 0A" QUEUES "    0        0", /* no inode */
		"   0: 0100007F:4E21 00000000:0000 0A" QUEUES "    0        0 x\n",
		"   0: 0100007F:4E21 00000000:0000 00" QUEUES "    0        0 1\n", /* states */
		"   0: 0100007F:4E21 00000000:0000 FF" QUEUES "    0        0 1\n",
		"   0: 0100007F:4E21 00000000:0000 A" QUEUES "    0        0 1\n",
		"   0: 0100007F:4E21 00000000:0000 zz" QUEUES "    0        0 1\n",
		"   0: 0100007F:4E21 " V6 ":0000 0A" QUEUES "    0        0 1\n",
		"   0: 0100007:4E21 0000000:0000 0A" QUEUES "    0        0 1\n", /* both alike */
		"   0: 0100007:4E21 00000000:0000 0A" QUEUES "    0        0 1\n",
		"   0: 0100007F:4E210 00000000:0000 0A" QUEUES "    0        0 1\n",
		"   0: 0100007F 00000000:0000 0A" QUEUES "    0        0 1\n",
		"   0: 0100007F:4E21 00000000:0000 0A 00000000 00:00000000 00000000    0        0 1\n",
		"   0: 0100007F:4E21 00000000:0000 0A 0:x 00:00000000 00000000    0        0 1\n",
		"   0: 0100007F:4E21 00000000:0000 0A 0:0x 00:00000000 00000000    0        0 1\n",
		"   0: 0100007F:4E21 00000000:0000 0A 0:0 0000000000 00000000    0        0 1\n",
	};
	struct proc_net_tcp socket = { .lport = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (proc_net_tcp_parse(none[i], &socket))
			fail_msg("case %zu", i);
	assert_int_equal(socket.lport, 7);
}

static void test_values(void **state)
{
	static const uint8_t local[16] = { 127, 0, 0, 1 }, peer[16] = { 127, 0, 0, 2 };
	static const uint8_t local6[16] = { [15] = 1 };
	struct proc_net_tcp s;

	(void)state;
	assert_true(proc_net_tcp_parse("  7: 0100007F:0050 0200007F:0FA0 01 0000000A:FFFFFFFF "
				       "04:00000064 00000003 65534        2 99 1 0\n",
				       &s));
	assert_memory_equal(s.laddr, local, sizeof(local));
	assert_memory_equal(s.raddr, peer, sizeof(peer));
	assert_int_equal(s.send_q, 10);
	assert_true(s.recv_q == UINT32_MAX);
	assert_int_equal(s.timer, 4);
	assert_int_equal(s.expires_ms, 1000);
	assert_int_equal(s.retransmits, 3);
	assert_int_equal(s.uid, 65534);
	assert_int_equal(s.probes, 2);
	assert_true(proc_net_tcp_parse("  7: " V6 ":0050 " V6 ":0FA0 07 00000000:00000000 "
				       "00:FFFFFFFF 00000000     0        0 99 1 0\n",
				       &s));
	assert_memory_equal(s.laddr, local6, sizeof(local6));
	assert_true(s.expires_ms == UINT32_MAX);
}

static int count(void *context, const struct proc_net_tcp *socket)
{
	unsigned *left = context;

	(void)socket;
	return --*left ? 0 : -77;
}

/* There may be none; the reader stops at the first answer that is not 0. */
static void test_read(void **state)
{
	unsigned left = 1;
	int result;

	(void)state;
	result = proc_net_tcp_read(count, &left);
	assert_int_equal(result, left ? 0 : -77);
}

struct search {
	uint16_t port[2];
	uint64_t inode[2];
	unsigned found;
};

static int find(void *context, const struct proc_net_tcp *socket)
{
	struct search *search = context;

	for (int i = 0; i < 2; i++)
		if (socket->state == TS_LISTEN && socket->lport == search->port[i] &&
		    socket->inode == search->inode[i])
			search->found |= 1u << i;
	return 0;
}

static int end_at_once(void *context, const struct proc_net_tcp *socket)
{
	(void)socket;
	++*(int *)context;
	return -ECANCELED;
}

/* Listeners of this process, one of each family; without IPv6, one. */
static void test_files(void **state)
{
	struct search search = { 0 };
	struct sockaddr_in6 address;
	int fd[2], calls = 0;
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		socklen_t size = sizeof(address);

		fd[i] = socket(i ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd[i] < 0 && i) {
			search.found |= 1u << i;
			continue;
		}
		assert_true(fd[i] >= 0);
		assert_int_equal(listen(fd[i], 1), 0);
		assert_int_equal(getsockname(fd[i], (struct sockaddr *)&address, &size), 0);
		assert_int_equal(fstat(fd[i], &st), 0);
		search.port[i] = ntohs(address.sin6_port); /* in both families at the same place */
		search.inode[i] = st.st_ino;
	}
	assert_int_equal(proc_net_tcp_read(find, &search), 0);
	assert_int_equal(search.found, 3);
	assert_int_equal(proc_net_tcp_read(end_at_once, &calls), -ECANCELED);
	assert_int_equal(calls, 1);
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			(void)close(fd[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
