// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's reasons for a RST: names, numbers that never change, any kernel's numbering. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "tcp/rst_reason.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* As recordings have them, from 1 on: a name here never moves. */
static const char *const names[] = {
	"NO_SOCKET",
	"TCP_INVALID_ACK_SEQUENCE",
	"TCP_RFC7323_PAWS",
	"TCP_TOO_OLD_ACK",
	"TCP_ACK_UNSENT_DATA",
	"TCP_FLAGS",
	"TCP_OLD_ACK",
	"TCP_ABORT_ON_DATA",
	"TCP_TIMEWAIT_SOCKET",
	"INVALID_SYN",
	"TCP_ABORT_ON_CLOSE",
	"TCP_ABORT_ON_LINGER",
	"TCP_ABORT_ON_MEMORY",
	"TCP_STATE",
	"TCP_KEEPALIVE_TIMEOUT",
	"TCP_DISCONNECT_WITH_DATA",
	"MPTCP_RST_EUNSPEC",
	"MPTCP_RST_EMPTCP",
	"MPTCP_RST_ERESOURCE",
	"MPTCP_RST_EPROHIBIT",
	"MPTCP_RST_EWQ2BIG",
	"MPTCP_RST_EBADPERF",
	"MPTCP_RST_EMIDDLEBOX",
	"ERROR",
};

static void keeps_numbers(void **state)
{
	(void)state;
	assert_int_equal(COUNT(names), RESET_REASONS - 1);
	for (unsigned i = 0; i < COUNT(names); i++) {
		assert_string_equal(rst_reason_name(i + 1), names[i]);
		assert_int_equal(rst_reason_number(names[i]), i + 1);
	}
	assert_null(rst_reason_name(TS_RST_REASON_UNKNOWN));
	assert_string_equal(rst_reason_name(COUNT(names) + 1), "?");
	assert_string_equal(rst_reason_name(255), "?");
	assert_string_equal(rst_reason_name(UINT32_MAX), "?");
}

static void takes_the_kernels_spelling(void **state)
{
	static const char *const wrong[] = { "",    "SK_RST_REASON_",	"MAX", "TCP_FLAGS ",
					     "TCP", "tcp_flags",	"?",   "SK_RST_REASON_MAX",
					     "SKB_DROP_REASON_TCP_FLAGS" };

	(void)state;
	assert_int_equal(rst_reason_number("SK_RST_REASON_TCP_FLAGS"), RESET_TCP_FLAGS);
	assert_int_equal(rst_reason_number("SK_RST_REASON_NOT_SPECIFIED"), 0);
	assert_int_equal(rst_reason_number("NOT_SPECIFIED"), 0);
	for (unsigned i = 0; i < COUNT(wrong); i++)
		assert_int_equal(rst_reason_number(wrong[i]), -ENOENT);
}

static void names_who_sent_it(void **state)
{
	(void)state;
	assert_null(rst_name(TS_RST_NONE));
	assert_string_equal(rst_name(TS_RST_RECEIVED), "received");
	assert_string_equal(rst_name(TS_RST_SENT), "sent");
	assert_string_equal(rst_name(TS_RSTS), "?");
}

static struct btf *make_btf(const char *enumeration)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	assert_true(btf__add_enum(btf, enumeration, 4) > 0);
	return btf;
}

/* An order that no kernel has yet, a name that we do not know, values that have no place. */
static void translates_any_numbering(void **state)
{
	static const struct {
		const char *name;
		int value;
		uint8_t ours;
	} values[] = {
		{ "NOT_SPECIFIED", 0, 0 },
		{ "TCP_STATE", 1, RESET_TCP_STATE },
		{ "TCP_OF_A_LATER_KERNEL", 2, 0 },
		{ "ERROR", 7, RESET_ERROR },
		{ "NO_SOCKET", 3, RESET_NO_SOCKET },
		{ "MAX", 8, 0 },
		{ "TCP_FLAGS", 16, 0 },
		{ "TCP_OLD_ACK", -1, 0 },
	};
	struct btf *btf = make_btf("sk_rst_reason");
	uint8_t table[17];

	(void)state;
	for (unsigned i = 0; i < COUNT(values); i++) {
		char name[64] = "SK_RST_REASON_";

		strcat(name, values[i].name);
		assert_int_equal(btf__add_enum_value(btf, name, values[i].value), 0);
	}
	memset(table, 0xff, sizeof(table));
	assert_int_equal(rst_translation(btf, table, 16), 3);
	for (unsigned i = 0; i < COUNT(values); i++) {
		if (values[i].value >= 0 && values[i].value < 16)
			assert_int_equal(table[values[i].value], values[i].ours);
	}
	assert_int_equal(table[4], 0);
	assert_int_equal(table[15], 0);
	assert_int_equal(table[16], 0xff); /* not ours to write */
	btf__free(btf);
}

static void gives_nothing_without_reasons(void **state)
{
	struct btf *btf = make_btf("skb_drop_reason");
	uint8_t table[4] = { 9, 9, 9, 9 };

	(void)state;
	assert_int_equal(btf__add_enum_value(btf, "SK_RST_REASON_TCP_STATE", 1), 0);
	assert_int_equal(rst_translation(btf, table, sizeof(table)), 0);
	for (unsigned i = 0; i < sizeof(table); i++)
		assert_int_equal(table[i], 0);
	btf__free(btf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_numbers),
		cmocka_unit_test(takes_the_kernels_spelling),
		cmocka_unit_test(names_who_sent_it),
		cmocka_unit_test(translates_any_numbering),
		cmocka_unit_test(gives_nothing_without_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
