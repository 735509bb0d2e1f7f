// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses as the tools have them from inet_ntop(3), and cells of the format of ss. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "list/compat.h"
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

/* What `list --ss` prints of the sockets of a scan; to be freed. */
static char *print_ss(const struct sockets *sockets)
{
	const struct socket_entry **entries = calloc(sockets->n, sizeof(*entries));
	struct compat_list list = { .sockets = sockets, .entries = entries, .n = sockets->n };
	int fd = memfd_create("ss", MFD_CLOEXEC);
	char *text;
	off_t size;

	assert_non_null(entries);
	for (size_t i = 0; i < sockets->n; i++)
		entries[i] = &sockets->entries[i];
	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &list.sink), 0);
	assert_int_equal(compat_print_ss(&list), 0);
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
		text = print_ss(sockets);
		assert_string_equal(text, cases[i].expected);
		free(text);
		sockets_free(sockets);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_as_ss_pads_them),
		cmocka_unit_test(addresses_are_as_inet_ntop_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
