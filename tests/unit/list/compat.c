// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Addresses as the tools have them from inet_ntop(3). */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "list/compat.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_as_inet_ntop_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
