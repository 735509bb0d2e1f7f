// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses as the tools have them from inet_ntop(3), and rows of the formats of netstat and ss. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "list/compat.h"
#include "list/ss_table.h"
#include "world.h"

static void same(const uint8_t *address, uint8_t family)
{
	char expected[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];

	assert_non_null(inet_ntop(family == 4 ? AF_INET : AF_INET6, address, expected,
				  sizeof(expected)));
	*compat_print_address(text, address, family) = '\0';
	assert_string_equal(text, expected);
}

/* Every pattern of eight groups that are 0, small, or full. */
static void addresses_are_as_inet_ntop_has_them(void **state)
{
	static const uint16_t groups[] = { 0, 1, 0xffff, 0xa0 };
	unsigned most = 1;

	(void)state;
	for (int i = 0; i < 8; i++)
		most *= 4;
	for (unsigned pattern = 0; pattern < most; pattern++) {
		uint8_t address[16];
		unsigned rest = pattern;

		for (int i = 0; i < 8; i++, rest /= 4) {
			address[2 * i] = (uint8_t)(groups[rest % 4] >> 8);
			address[2 * i + 1] = (uint8_t)groups[rest % 4];
		}
		same(address, 6);
		same(address, 4);
	}
}

/* What `list --ss` or `list --netstat` prints of the sockets of a scan; to be freed. */
static char *print(int (*print_list)(const struct compat_list *), const struct sockets *sockets,
		   bool listeners)
{
	const struct socket_entry **entries = calloc(sockets->n, sizeof(*entries));
	struct compat_list list = { .sockets = sockets, .entries = entries, .n = sockets->n,
				    .listeners = listeners };
	int fd = memfd_create("list", MFD_CLOEXEC);
	char *text;
	off_t size;

	assert_non_null(entries);
	for (size_t i = 0; i < sockets->n; i++)
		entries[i] = &sockets->entries[i];
	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &list.sink), 0);
	assert_int_equal(print_list(&list), 0);
	assert_int_equal(sink_flush(list.sink), 0);
	sink_free(list.sink);
	free(entries);
	size = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	assert_int_equal(close(fd), 0);
	return text;
}

/* Queues of up to six digits are padded to six, longer ones are not: the columns follow. */
static void queues_as_ss_pads_them(void **state)
{
	static const struct {
		uint32_t queue;
		const char *expected;
	} cases[] = {
		{ 5, "State Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n"
		     "ESTAB 5      7           10.0.0.1:40000     10.0.0.9:80         \n" },
		{ 99999, "State Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n"
			 "ESTAB 99999  7           10.0.0.1:40000     10.0.0.9:80         \n" },
		{ 123456, "State Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n"
			  "ESTAB 123456 7           10.0.0.1:40000     10.0.0.9:80         \n" },
		{ 1234567, "State Recv-Q  Send-Q Local Address:Port  Peer Address:PortProcess\n"
			   "ESTAB 1234567 7           10.0.0.1:40000     10.0.0.9:80         \n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ts_socket s = tcp(1, TS_ESTABLISHED);
		struct sockets *sockets;
		struct world world;
		char *text;

		s.recv_q = cases[i].queue;
		s.send_q = 7;
		world_begin(&world, NOW);
		world_add(&world, s);
		sockets = world_join(&world);
		text = print(compat_print_ss, sockets, false);
		assert_string_equal(text, cases[i].expected);
		free(text);
		sockets_free(sockets);
	}
}

/*
 * IPv4 before IPv6; the holders of a socket, the last first. A bracket would end their list for those who
 * parse it.
 */
static void holders_as_ss_has_them(void **state)
{
	struct ts_socket v6 = tcp(3, TS_ESTABLISHED);
	struct sockets *sockets;
	struct world world;
	char *text;

	(void)state;
	world_begin(&world, NOW);
	v6.family = 6;
	v6.flags |= TS_S_IPV6;
	world_add(&world, v6);
	world_add(&world, tcp(1, TS_ESTABLISHED));
	world_add(&world, tcp(2, TS_ESTABLISHED));
	world_hold(&world, 1, 7, 3, "a)b");
	world_hold(&world, 1, 8, 4, "nginx");
	world_hold(&world, 1, 9, 5, "nginx");
	world_hold(&world, 2, 9, 6, "nginx");
	sockets = world_join(&world);
	text = print(compat_print_ss, sockets, false);
	assert_non_null(strstr(text, " users:((\"nginx\",pid=9,fd=5),(\"nginx\",pid=8,fd=4),"
				     "(\"a\",pid=7,fd=3))\n"));
	assert_non_null(strstr(text, " users:((\"nginx\",pid=9,fd=6)) "));
	assert_true(strstr(text, "10.0.0.1:40000") < strstr(text, "]:40000"));
	free(text);
	sockets_free(sockets);
}

/* A child that has exited; its parent has not waited for it yet. */
static pid_t make_zombie(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

/* PID/NAME of this process, as netstat cuts it. */
static const char *own_program(void)
{
	static char text[64];
	char line[512];
	ssize_t n = file_read_text(AT_FDCWD, "/proc/self/cmdline", line, sizeof(line));
	const char *slash = *line == '/' ? strrchr(line, '/') : NULL;

	assert_true(n > 0);
	(void)snprintf(text, sizeof(text), "%d/%.40s", getpid(), slash ? slash + 1 : line);
	text[19] = '\0';
	return text;
}

/* The first process that still exists; IPv4 before IPv6; a listener's queue is its accept queue. */
static void rows_as_netstat_has_them(void **state)
{
	struct ts_socket listener = tcp(4, TS_LISTEN), s = tcp(1, TS_FIN_WAIT_1);
	uint32_t own = (uint32_t)getpid(), zombie = (uint32_t)make_zombie();
	struct sockets *sockets;
	struct world world;
	char wanted[1024], *text;

	(void)state;
	listener.family = 6;
	listener.flags |= TS_S_IPV6;
	listener.rport = 0;
	listener.backlog = 3;
	listener.recv_q = 9;
	memset(listener.laddr, 0, sizeof(listener.laddr));
	memset(listener.raddr, 0, sizeof(listener.raddr));
	s.recv_q = 123;
	s.send_q = 1234567;
	world_begin(&world, NOW);
	world_add(&world, listener);
	world_add(&world, s);
	world_add(&world, tcp(2, TS_CLOSE_WAIT));
	world_add(&world, tcp(3, TS_ESTABLISHED));
	world_hold(&world, 1, own, 3, "own");
	world_hold(&world, 1, zombie, 3, "zombie");
	world_hold(&world, 2, zombie, 4, "zombie");
	world_hold(&world, 2, 0, 4, "hidden");
	world_hold(&world, 3, zombie, 5, "zombie");
	world_hold(&world, 3, own, 5, "own");
	sockets = world_join(&world);
	text = print(compat_print_netstat, sockets, false);
	(void)snprintf(
		wanted, sizeof(wanted),
		"Active Internet connections (servers and established)\n"
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
		"PID/Program name    \n"
		"tcp      123 1234567 10.0.0.1:40000          10.0.0.9:80             FIN_WAIT1   "
		"%-20s\n"
		"tcp        0      0 10.0.0.1:40000          10.0.0.9:80             CLOSE_WAIT  "
		"%-20s\n"
		"tcp        0      0 10.0.0.1:40000          10.0.0.9:80             ESTABLISHED "
		"%-20s\n"
		"tcp6       3      0 :::40000                :::*                    LISTEN      "
		"%-20s\n",
		own_program(), "-", own_program(), "-");
	assert_string_equal(text, wanted);
	free(text);
	text = print(compat_print_netstat, sockets, true);
	assert_non_null(strstr(text, "Active Internet connections (only servers)\n"));
	free(text);
	sockets_free(sockets);
	assert_int_equal(waitpid((pid_t)zombie, NULL, 0), zombie);
}

/* On a terminal the columns fill each line that they take, and none is longer. */
static void columns_fill_the_line(void **state)
{
	static const size_t widths[][SS_COLUMNS] = {
		{ 5, 6, 6, 14, 5, 13, 4, 7 },  { 10, 6, 6, 39, 5, 39, 5, 40 },
		{ 5, 6, 6, 39, 5, 39, 5, 200 }, { 80, 80, 80, 80, 80, 80, 80, 80 },
		{ 79, 1, 1, 1, 1, 1, 1, 79 },	{ 1, 1, 1, 1, 1, 1, 1, 1 },
	};
	static const size_t lines[] = { 80, 81, 120, 250 };

	(void)state;
	for (size_t i = 0; i < COUNT(widths); i++) {
		for (size_t k = 0; k < COUNT(lines); k++) {
			struct ss_table table = { 0 };
			size_t used = 0;

			memcpy(table.width, widths[i], sizeof(table.width));
			ss_table_lay_out(&table, lines[k]);
			for (unsigned column = 0; column < SS_COLUMNS; column++) {
				assert_in_range(table.width[column], 1, lines[k]);
				used += table.width[column];
				assert_true(used <= lines[k]);
				used = used == lines[k] ? 0 : used;
			}
			assert_int_equal(used, 0);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_as_ss_pads_them),
		cmocka_unit_test(columns_fill_the_line),
		cmocka_unit_test(holders_as_ss_has_them),
		cmocka_unit_test(rows_as_netstat_has_them),
		cmocka_unit_test(addresses_are_as_inet_ntop_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
