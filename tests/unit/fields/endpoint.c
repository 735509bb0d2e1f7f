// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The columns that transitions and sockets share: the same names and values for both. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fields/field.h"
#include "sockets/view.h"

static const struct field_table *const tables[] = { &transition_fields, &socket_fields };

static struct value get(const struct row *row, const char *name)
{
	struct error error = { "" };
	const struct field *field = field_find(&endpoint_fields, name, strlen(name), &error);
	struct value value;

	assert_non_null(field);
	for (size_t i = 0; i < 2; i++) /* neither table hides it by one of its own */
		assert_ptr_equal(field_find(tables[i], name, strlen(name), &error), field);
	if (!field_get(field, row, &value))
		return (struct value){ .type = VALUE_NULL, .text = "does not apply" };
	return value;
}

static void expect_number(const struct row *row, const char *name, enum value_type type,
			  uint64_t number)
{
	struct value value = get(row, name);

	assert_int_equal(value.type, type);
	assert_true(value.number == number);
}

static void expect_name(const struct row *row, const char *name, const char *text)
{
	struct value value = get(row, name);

	assert_int_equal(value.type, VALUE_NAME);
	assert_string_equal(value.text, text);
}

static void expect_nothing(const struct row *row, const char *names)
{
	while (*names) {
		char name[FIELD_NAME_MAX] = "";
		size_t n = strcspn(names, " ");

		memcpy(name, names, n);
		names += n + (names[n] == ' ');
		if (!strcmp(name, "community_id") && !community_id_is_supported())
			continue;
		if (get(row, name).type != VALUE_NULL)
			fail_msg("%s", name);
	}
}

/* A client of 10.0.0.1:40000 to 10.0.0.9:443, of process 7 "curl" of user 33. */
static void expect_client(const struct row *row)
{
	struct value value;

	expect_number(row, "id", VALUE_U64, 255);
	expect_number(row, "sk", VALUE_HEX, 255);
	expect_name(row, "family", "ipv4");
	expect_number(row, "lport", VALUE_PORT, 40000);
	expect_number(row, "rport", VALUE_PORT, 443);
	expect_number(row, "netns", VALUE_U64, 4026531840);
	value = get(row, "laddr");
	assert_true(value.type == VALUE_ADDRESS && value.family == 4);
	assert_memory_equal(value.address, "\x0a\0\0\x01", 4);
	if (community_id_is_supported()) {
		static const uint8_t start[] = { 0x42, 0x39, 0x6e, 0x90 };

		value = get(row, "community_id");
		assert_int_equal(value.type, VALUE_DIGEST);
		assert_memory_equal(value.digest, start, sizeof(start));
	}
	value = get(row, "peer");
	assert_true(value.type == VALUE_ENDPOINT && value.number == 443);
	assert_memory_equal(value.address, "\x0a\0\0\x09", 4);
	expect_number(row, "pid", VALUE_PID, 7);
	expect_number(row, "uid", VALUE_UID, 33);
	expect_number(row, "user", VALUE_USER, 33);
	value = get(row, "comm");
	assert_true(value.type == VALUE_TEXT && value.length == 4);
	assert_memory_equal(value.text, "curl", 4);
	expect_number(row, "bytes_in", VALUE_U64, 1000);
	expect_number(row, "bytes_out", VALUE_U64, 2000);
	expect_number(row, "segs_retrans", VALUE_U64, 3);
	expect_number(row, "srtt_us", VALUE_U64, 4567);
}

static const struct ts_transition client = {
	.frame.flags = TS_F_TOTALS, .id = 255, .family = 4, .laddr = { 10, 0, 0, 1 },
	.raddr = { 10, 0, 0, 9 }, .lport = 40000, .rport = 443, .netns = 4026531840, .pid = 7,
	.uid = 33, .comm = "curl", .owner = TS_OWNER_CONNECT, .bytes_in = 1000, .bytes_out = 2000,
	.segs_retrans = 3, .srtt_us = 4567, .old_state = TS_LAST_ACK, .new_state = TS_CLOSED,
};

static void of_a_transition(void **state)
{
	struct ts_transition t = client;
	struct row row = { .cgroup = "/system.slice" };

	(void)state;
	memset(&row, 0x5a, sizeof(row)); /* as on a stack */
	row.cgroup = "/system.slice";
	row_of_transition(&row, &t, NULL);
	expect_client(&row);
	expect_name(&row, "owner", "connect");
	assert_int_equal(get(&row, "cgroup").length, 13);
	assert_int_equal(get(&row, "pid").mark, 0);
	t.owner = TS_OWNER_LISTENER;
	row_of_transition(&row, &t, NULL);
	assert_int_equal(get(&row, "pid").mark, '*');
	t = (struct ts_transition){ .old_state = TS_CLOSED, .new_state = TS_LISTEN };
	row = (struct row){ 0 };
	row_of_transition(&row, &t, NULL);
	expect_nothing(&row, "id sk family laddr lport raddr rport local peer community_id netns cgroup pid comm "
			     "uid user bytes_in bytes_out segs_retrans srtt_us");
	assert_string_equal(get(&row, "bytes_in").text, "does not apply");
}

static void of_a_socket(void **state)
{
	const struct ts_holder holder = { .tgid = 7, .pid = 7, .fd = 3, .uid = 33, .comm = "curl" };
	struct ts_socket s = {
		.proto = IPPROTO_TCP, .state = TS_ESTABLISHED, .id = 255, .family = 4,
		.laddr = { 10, 0, 0, 1 }, .raddr = { 10, 0, 0, 9 }, .lport = 40000, .rport = 443,
		.netns = 4026531840, .uid = 1, .bytes_in = 1000, .bytes_out = 2000,
		.total_retrans = 3, .rtt_us = 4567,
	};
	struct socket_entry entry = { .socket = &s, .holder = &holder, .holders = 1 };
	struct sockets sockets = { .entries = &entry, .n = 1 };
	struct socket_view view = { .sockets = &sockets };
	struct row row;

	(void)state;
	row_of_socket(&row, &view, &entry);
	expect_client(&row);
	expect_name(&row, "owner", "snapshot");
	entry.holder = NULL; /* the user that made the socket is known without a process */
	s.state = TS_LISTEN;
	s.rport = 0;
	row_of_socket(&row, &view, &entry);
	expect_number(&row, "uid", VALUE_UID, 1);
	expect_nothing(&row, "raddr rport peer community_id cgroup pid comm bytes_in bytes_out segs_retrans srtt_us");
	s.flags = TS_S_MINISOCK;
	s.id = s.lport = 0;
	row_of_socket(&row, &view, &entry);
	expect_nothing(&row, "id sk lport uid user");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_transition),
		cmocka_unit_test(of_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
