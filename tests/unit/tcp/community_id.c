// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Community IDs: those that the specification's own test suite has for these flows. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"
#include "tcp/community_id.h"

static const struct {
	const char *one, *other;
	uint16_t port, other_port;
	uint8_t proto;
	uint16_t seed;
	const char *id;
} flows[] = {
	{ "128.232.110.120", "66.35.250.204", 34855, 80, 6, 0, "LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ "128.232.110.120", "66.35.250.204", 34855, 80, 6, 1, "3V71V58M3Ksw/yuFALMcW0LAHvc=" },
	{ "192.168.1.52", "8.8.8.8", 54585, 53, 17, 0, "d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ "192.168.1.52", "8.8.8.8", 54585, 53, 17, 1, "Q9We8WO3piVF8yEQBNJF4uiSVrI=" },
	{ "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, 6, 0,
	  "/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	/* equal addresses: the ports decide */
	{ "127.0.0.1", "127.0.0.1", 5000, 80, 6, 0, "FCx8WNNKcB1IALH/+VHHqEe6L/k=" },
	{ "10.0.0.1", "10.0.0.1", 80, 79, 6, 0, "veMrQoZMTfvZaXfcXNRhjdZjcGg=" },
};

static void known_flows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		uint8_t one[16], other[16], digest[COMMUNITY_ID_BYTES], back[COMMUNITY_ID_BYTES];
		bool v6 = strchr(flows[i].one, ':');
		struct flow flow = { v6 ? 6 : 4, flows[i].proto, one, other, flows[i].port,
				     flows[i].other_port, flows[i].seed };
		char text[64];

		assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, flows[i].one, one), 1);
		assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, flows[i].other, other), 1);
		assert_int_equal(community_id(&flow, digest), community_id_is_supported());
		if (!community_id_is_supported())
			continue;
		*format_base64(text, digest, sizeof(digest)) = '\0';
		assert_string_equal(text, flows[i].id);
		flow = (struct flow){ v6 ? 6 : 4, flows[i].proto, other, one, flows[i].other_port,
				      flows[i].port, flows[i].seed };
		assert_true(community_id(&flow, back));
		assert_memory_equal(digest, back, sizeof(digest));
	}
}

/* RFC 4648, section 10. */
static void base64(void **state)
{
	static const char *const known[][2] = {
		{ "", "" },	    { "f", "Zg==" },	     { "fo", "Zm8=" },	     { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char text[32];

		*format_base64(text, (const uint8_t *)known[i][0], strlen(known[i][0])) = '\0';
		assert_string_equal(text, known[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_flows),
		cmocka_unit_test(base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
