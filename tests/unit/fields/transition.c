// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The field table: defaults, selection by name, and what a getter gives of odd transitions. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fields/field.h"
#include "tcp/rst_reason.h"

/* The names that `columns` selects, with commas. */
static int select_names(const char *columns, enum field_in in, char *names, struct error *error)
{
	const struct field *list[FIELDS_MAX];
	size_t count;
	int err = field_select(&transition_fields, columns, in, list, &count, error);

	*names = '\0';
	for (size_t i = 0; !err && i < count; i++) {
		strcat(names, i ? "," : "");
		strcat(names, list[i]->name);
	}
	return err;
}

static void expect_names(const char *columns, enum field_in in, const char *wanted)
{
	struct error error = { "" };
	char names[1024];

	assert_int_equal(select_names(columns, in, names, &error), 0);
	assert_string_equal(names, wanted);
}

static void expect_refusal(const char *columns, const char *wanted)
{
	struct error error = { "" };
	char names[1024];

	assert_int_equal(select_names(columns, FIELD_IN_TEXT, names, &error), -EINVAL);
	assert_string_equal(error.text, wanted);
}

#define PRODUCT_KEYS                                                                               \
	"ts,mono_ns,id,family,laddr,lport,raddr,rport,old,new,duration_us,role,pid,comm,uid,"      \
	"owner,netns,cgroup,reason,errno,by_pid,by_comm,inferred,retrans,cookie,fast_open,rst,"    \
	"rst_reason,bytes_in,bytes_out,segs_retrans,srtt_us,lifetime_us,ts_exact,"              \
	"repaired,record_missing,dual_stack,interface"
#define TEXT_COLUMNS "time,pid,comm,local,peer,transition,duration,reason"

static void selects_defaults(void **state)
{
	(void)state;
	expect_names(NULL, FIELD_IN_JSON, PRODUCT_KEYS);
	expect_names(NULL, FIELD_IN_CSV, PRODUCT_KEYS);
	expect_names(NULL, FIELD_IN_TEXT, TEXT_COLUMNS);
}

static void selects_by_name(void **state)
{
	(void)state;
	expect_names("pid,comm", FIELD_IN_TEXT, "pid,comm");
	expect_names("comm,pid,comm", FIELD_IN_JSON, "comm,pid");
	expect_names("+sk", FIELD_IN_TEXT, TEXT_COLUMNS ",sk");
	expect_names("+sk,user,+pid", FIELD_IN_TEXT, TEXT_COLUMNS ",sk,user");
	expect_names("+sk", FIELD_IN_JSON, PRODUCT_KEYS ",sk");
}

static void refuses_unknown_names(void **state)
{
	(void)state;
	expect_refusal("comn", "unknown column \"comn\": use \"comm\"? \"-o help\" lists the columns");
	expect_refusal("pid,xyzzy", "unknown column \"xyzzy\": \"-o help\" lists the columns");
	expect_refusal("PID ", "unknown column \"PID \": \"-o help\" lists the columns");
	expect_refusal("", "a column name is empty: \"-o help\" lists them");
	expect_refusal("pid,", "a column name is empty: \"-o help\" lists them");
	expect_refusal("+", "a column name is empty: \"-o help\" lists them");
}

enum { ABSENT = 99 }; /* the type of what does not apply */

static const struct field *field_called(const char *name)
{
	struct error error = { "" };
	const struct field *field;
	size_t count;

	assert_int_equal(field_select(&transition_fields, name, FIELD_IN_TEXT, &field, &count, &error), 0);
	return field;
}

static struct value get(const char *name, const struct ts_transition *t)
{
	struct row row = { .clock_offset = 1000 };
	struct value value = { 0 };

	row_of_transition(&row, t, NULL);
	if (!field_get(field_called(name), &row, &value))
		value = (struct value){ .type = (enum value_type)ABSENT };
	return value;
}

static struct reason_detail tell(const struct ts_transition *t)
{
	struct row row = { 0 };
	struct reason_detail story;

	row_of_transition(&row, t, NULL);
	assert_true(field_reason_detail(field_called("reason"), &row, &story));
	assert_false(field_reason_detail(field_called("errno"), &row, &story));
	assert_true(field_reason_detail(field_called("reason"), &row, &story));
	return story;
}

static struct ts_transition ordinary(void)
{
	return (struct ts_transition){
		.mono_ns = 5000,
		.since_ns = 4000,
		.id = 255,
		.family = 4,
		.lport = 80,
		.rport = 1234,
		.raddr = { 10 },
		.pid = 7,
		.uid = 33,
		.comm = "worker",
		.owner = TS_OWNER_ACCEPT,
		.old_state = TS_ESTABLISHED,
		.new_state = TS_CLOSE_WAIT,
	};
}

static void gives_values(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	assert_int_equal(get("ts", &t).number, 6000);
	assert_int_equal(get("duration_us", &t).number, 1000);
	assert_int_equal(get("pid", &t).number, 7);
	assert_int_equal(get("pid", &t).mark, 0);
	assert_int_equal(get("peer", &t).number, 1234);
	assert_int_equal(get("reason", &t).type, VALUE_NULL);
	assert_null(tell(&t).by_comm);
	assert_int_equal(get("inferred", &t).type, ABSENT);
	t.owner = TS_OWNER_LISTENER;
	assert_int_equal(get("pid", &t).mark, '*');
	t.frame.flags = TS_F_INFERRED | TS_F_ACTOR;
	t.by_pid = 9;
	assert_int_equal(get("inferred", &t).type, VALUE_BOOL);
	assert_int_equal(get("transition", &t).mark, '~');
	assert_int_equal(get("by_pid", &t).number, 9);
	assert_int_equal(tell(&t).by_pid, 9);
}

/* Never a number made up: what is not known has no value. */
/* A clock that has not moved gives a duration of 0, which is known. */
static void no_time_is_a_duration(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	t.since_ns = t.mono_ns;
	assert_int_equal(get("duration_us", &t).type, VALUE_US);
	assert_int_equal(get("duration_us", &t).number, 0);
	assert_int_equal(get("duration", &t).type, VALUE_DURATION);
	t.since_ns++;
	assert_int_equal(get("duration_us", &t).type, VALUE_NULL);
}

static void gives_null_for_unknown(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	t.owner = TS_OWNER_UNKNOWN;
	assert_int_equal(get("pid", &t).type, VALUE_NULL);
	assert_int_equal(get("comm", &t).type, VALUE_NULL);
	assert_int_equal(get("uid", &t).type, VALUE_NULL);
	t.owner = TS_OWNER_KERNEL;
	assert_int_equal(get("pid", &t).type, VALUE_NULL);
	assert_int_equal(get("user", &t).type, VALUE_NULL);
	t.owner = TS_OWNER_USE;
	t.frame.flags = TS_F_PID_HIDDEN;
	assert_int_equal(get("pid", &t).type, VALUE_NULL);
	assert_int_equal(get("comm", &t).length, 6);
	t.by_pid = 9; /* without TS_F_ACTOR it means nothing */
	assert_int_equal(get("by_pid", &t).type, VALUE_NULL);
	t.since_ns = 0;
	assert_int_equal(get("duration_us", &t).type, VALUE_NULL);
	t.since_ns = 5001;
	assert_int_equal(get("duration", &t).type, VALUE_NULL);
	t.lport = 0;
	assert_int_equal(get("lport", &t).type, VALUE_NULL);
	t.rport = 0;
	t.new_state = TS_LISTEN;
	assert_int_equal(get("raddr", &t).type, VALUE_NULL);
	assert_int_equal(get("peer", &t).type, VALUE_NULL);
	assert_int_equal(get("cgroup", &t).type, VALUE_NULL);
	memset(t.comm, 'x', sizeof(t.comm));
	assert_int_equal(get("comm", &t).length, sizeof(t.comm));
}

static void totals_come_with_the_end(void **state)
{
	static const char *const names[] = { "bytes_in", "bytes_out", "segs_retrans", "srtt_us",
					     "lifetime_us", "received", "sent", "srtt",
					     "lifetime" };
	struct ts_transition t = ordinary();

	(void)state;
	t.bytes_in = 1;
	t.bytes_out = 2;
	t.segs_retrans = 3;
	t.srtt_us = UINT32_MAX;
	t.first_seen_ns = 4500;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(get(names[i], &t).type, ABSENT);
	t.frame.flags = TS_F_TOTALS;
	assert_int_equal(get("bytes_in", &t).number, 1);
	assert_int_equal(get("bytes_out", &t).number, 2);
	assert_int_equal(get("segs_retrans", &t).number, 3);
	assert_int_equal(get("srtt_us", &t).number, UINT32_MAX);
	assert_true(get("srtt", &t).number == UINT32_MAX * UINT64_C(1000));
	assert_int_equal(get("lifetime_us", &t).number, 500);
	assert_int_equal(get("lifetime_us", &t).type, VALUE_US);
	/* Nothing is a number too, but for a time that was never measured. */
	t.bytes_in = t.bytes_out = t.segs_retrans = t.srtt_us = 0;
	t.first_seen_ns = 0;
	assert_int_equal(get("bytes_in", &t).type, VALUE_U64);
	assert_int_equal(get("segs_retrans", &t).type, VALUE_U64);
	assert_int_equal(get("received", &t).type, VALUE_BYTES);
	assert_int_equal(get("srtt_us", &t).type, VALUE_NULL);
	assert_int_equal(get("srtt", &t).type, VALUE_NULL);
	assert_int_equal(get("lifetime_us", &t).type, VALUE_NULL);
	t.first_seen_ns = 5001;
	assert_int_equal(get("lifetime", &t).type, VALUE_NULL);
}

static void retransmissions_belong_to_handshakes(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	t.frame.flags = 3u << TS_F_RETRANS_SHIFT;
	for (unsigned old = 0; old < TS_STATES; old++) {
		bool applies = old == TS_SYN_SENT || old == TS_SYN_RECV || old == TS_NEW_SYN_RECV;

		t.old_state = (__u8)old;
		assert_int_equal(get("retrans", &t).type, applies ? VALUE_U64 : ABSENT);
		assert_int_equal(get("retrans", &t).number, applies ? 3 : 0);
	}
	t.old_state = TS_SYN_SENT;
	t.frame.flags = 0;
	assert_int_equal(get("retrans", &t).type, VALUE_U64);
	t.frame.flags = UINT32_MAX;
	assert_int_equal(get("retrans", &t).number, 0xffff);
	/* Other flags are none of its business. */
	t.frame.flags = 0xffff;
	assert_int_equal(get("retrans", &t).number, 0);
}

static void rare_marks_are_there_or_not(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	assert_int_equal(get("cookie", &t).type, ABSENT);
	assert_int_equal(get("fast_open", &t).type, ABSENT);
	assert_int_equal(get("rst", &t).type, ABSENT);
	t.rst_reason = TS_RST_REASON_TCP_STATE; /* of no RST */
	assert_int_equal(get("rst_reason", &t).type, ABSENT);
	t.rst = TS_RST_SENT;
	assert_string_equal(get("rst", &t).text, "sent");
	assert_string_equal(get("rst_reason", &t).text, "TCP_STATE");
	t.rst_reason = TS_RST_REASON_UNKNOWN;
	assert_int_equal(get("rst_reason", &t).type, ABSENT);
	t.rst = TS_RST_RECEIVED;
	assert_string_equal(get("rst", &t).text, "received");
	t.frame.flags = TS_F_COOKIE;
	assert_int_equal(get("cookie", &t).type, VALUE_BOOL);
	assert_int_equal(get("fast_open", &t).type, ABSENT);
	t.frame.flags = TS_F_FAST_OPEN;
	assert_int_equal(get("cookie", &t).type, ABSENT);
	assert_int_equal(get("fast_open", &t).type, VALUE_BOOL);
}

static void tells_of_retransmissions(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	t.segs_retrans = 15;
	t.reason = TS_REASON_TIMED_OUT;
	t.frame.flags = 3u << TS_F_RETRANS_SHIFT;
	assert_int_equal(tell(&t).retrans, 0); /* neither a handshake's nor a total */
	t.frame.flags |= TS_F_TOTALS;
	assert_int_equal(tell(&t).retrans, 15);
	assert_false(tell(&t).retrans_before);
	t.reason = TS_REASON_USER_TIMEOUT;
	assert_int_equal(tell(&t).retrans, 15);
	t.reason = TS_REASON_NORMAL; /* some loss is normal */
	assert_int_equal(tell(&t).retrans, 0);
	t.old_state = TS_SYN_RECV; /* whatever came of it */
	assert_int_equal(tell(&t).retrans, 3);
	assert_true(tell(&t).retrans_before);
}

static void tells_of_a_rst_what_is_not_said_already(void **state)
{
	enum {
		STATE = RESET_TCP_STATE,
		ON_CLOSE = RESET_TCP_ABORT_ON_CLOSE,
		ON_LINGER = RESET_TCP_ABORT_ON_LINGER,
		ON_DATA = RESET_TCP_ABORT_ON_DATA,
		ON_MEMORY = RESET_TCP_ABORT_ON_MEMORY,
		KEEPALIVE = RESET_TCP_KEEPALIVE_TIMEOUT,
	};
	static const struct {
		unsigned reason, rst, rst_reason;
		bool sent, received;
		const char *word;
	} cases[] = {
		{ TS_REASON_ABORTED, TS_RST_NONE, STATE, false, false, NULL },
		{ TS_REASON_RESET_BY_PEER, TS_RST_RECEIVED, 0, false, false, NULL },
		{ TS_REASON_REFUSED, TS_RST_RECEIVED, 0, false, false, NULL },
		{ TS_REASON_ABORTED, TS_RST_RECEIVED, 0, false, true, NULL },
		{ TS_REASON_ABORTED, TS_RST_RECEIVED, ON_LINGER, false, true, NULL },
		{ TS_REASON_ABORTED, TS_RST_SENT, 0, true, false, NULL },
		{ TS_REASON_ABORTED, TS_RST_SENT, STATE, true, false, NULL },
		{ TS_REASON_ABORTED, TS_RST_SENT, ON_CLOSE, true, false, "TCP_ABORT_ON_CLOSE" },
		{ TS_REASON_ABORTED, TS_RST_SENT, ON_LINGER, true, false, "TCP_ABORT_ON_LINGER" },
		{ TS_REASON_ABORTED, TS_RST_SENT, ON_DATA, true, false, "TCP_ABORT_ON_DATA" },
		{ TS_REASON_ABORTED, TS_RST_SENT, ON_MEMORY, true, false, "TCP_ABORT_ON_MEMORY" },
		{ TS_REASON_ABORTED, TS_RST_SENT, KEEPALIVE, true, false, "TCP_KEEPALIVE_TIMEOUT" },
		{ TS_REASON_ABORTED, TS_RST_SENT, RESET_ERROR, true, false, "ERROR" },
		{ TS_REASON_ABORTED, TS_RST_SENT, RESET_REASONS, true, false, NULL }, /* unknown */
		{ TS_REASON_ABORTED_UNREAD_DATA, TS_RST_SENT, ON_CLOSE, true, false, NULL },
		{ TS_REASON_ABORTED_LINGER, TS_RST_SENT, ON_LINGER, true, false, NULL },
		{ TS_REASON_ABORTED_LATE_DATA, TS_RST_SENT, ON_DATA, true, false, NULL },
		{ TS_REASON_ABORTED_LATE_DATA, TS_RST_SENT, RESET_TCP_TIMEWAIT_SOCKET, true, false,
		  NULL },
		{ TS_REASON_ORPHAN_LIMIT, TS_RST_SENT, ON_MEMORY, true, false, NULL },
		{ TS_REASON_KEEPALIVE_TIMEOUT, TS_RST_SENT, KEEPALIVE, true, false, NULL },
		{ TS_REASON_USER_TIMEOUT, TS_RST_SENT, KEEPALIVE, true, false, NULL },
	};
	struct ts_transition t = ordinary();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason_detail story;

		t.reason = (__u8)cases[i].reason;
		t.rst = (__u8)cases[i].rst;
		t.rst_reason = (__u8)cases[i].rst_reason;
		story = tell(&t);
		assert_int_equal(story.rst_sent, cases[i].sent);
		assert_int_equal(story.rst_received, cases[i].received);
		if (cases[i].word)
			assert_string_equal(story.rst_reason, cases[i].word);
		else
			assert_null(story.rst_reason);
	}
}

static void tells_of_the_handshake(void **state)
{
	struct ts_transition t = ordinary();

	(void)state;
	assert_null(tell(&t).handshake);
	t.frame.flags = TS_F_COOKIE;
	assert_string_equal(tell(&t).handshake, "SYN cookie");
	t.frame.flags = TS_F_FAST_OPEN;
	assert_string_equal(tell(&t).handshake, "fast open");
}

static enum row_color tone_between(unsigned old_state, unsigned new_state, unsigned reason)
{
	struct ts_transition t = { .old_state = (__u8)old_state,
				   .new_state = (__u8)new_state,
				   .reason = (__u8)reason };
	struct row row = { 0 };

	row_of_transition(&row, &t, NULL);
	return field_row_color(&row);
}

/* What failed, and what had ended well before TIME_WAIT was cut short. */
static void tells_failure(void **state)
{
	static const bool failed[TS_REASONS + 1] = {
		[TS_REASON_NONE] = true,	       [TS_REASON_NO_LOCAL_PORT] = true,
		[TS_REASON_REFUSED] = true,	       [TS_REASON_RESET_BY_PEER] = true,
		[TS_REASON_TIMED_OUT] = true,	       [TS_REASON_UNREACHABLE] = true,
		[TS_REASON_ABORTED_UNREAD_DATA] = true, [TS_REASON_ABORTED_LINGER] = true,
		[TS_REASON_ABORTED] = true,	       [TS_REASON_DESTROYED] = true,
		[TS_REASON_LISTENER_CLOSED] = true,    [TS_REASON_DROPPED] = true,
		[TS_REASON_KEEPALIVE_TIMEOUT] = true,  [TS_REASON_USER_TIMEOUT] = true,
		[TS_REASON_PROBE_TIMEOUT] = true,      [TS_REASON_FIN_TIMEOUT] = true,
		[TS_REASON_ORPHAN_LIMIT] = true,       [TS_REASON_ABORTED_LATE_DATA] = true,
		[TS_REASONS] = true,
	};

	(void)state;
	for (unsigned reason = 0; reason <= TS_REASONS; reason++) {
		assert_int_equal(tone_between(TS_FIN_WAIT_2, TS_CLOSED, reason),
				 failed[reason] ? ROW_BAD : ROW_DONE);
		assert_int_equal(tone_between(TS_TIME_WAIT, TS_CLOSED, reason), ROW_DONE);
	}
	assert_int_equal(tone_between(TS_FIN_WAIT_2, TS_TIME_WAIT, TS_REASON_NORMAL), ROW_DONE);
}

static enum row_color tone_of(unsigned new_state, unsigned reason)
{
	struct ts_transition t = { .new_state = (__u8)new_state, .reason = (__u8)reason };
	struct row row = { 0 };

	row_of_transition(&row, &t, NULL);
	return field_row_color(&row);
}

static void tells_how_it_went(void **state)
{
	(void)state;
	assert_int_equal(tone_of(TS_ESTABLISHED, TS_REASON_NONE), ROW_GOOD);
	assert_int_equal(tone_of(TS_CLOSED, TS_REASON_NORMAL), ROW_DONE);
	assert_int_equal(tone_of(TS_CLOSED, TS_REASON_REFUSED), ROW_BAD);
	assert_int_equal(tone_of(TS_CLOSE_WAIT, TS_REASON_NONE), ROW_WAITING);
	assert_int_equal(tone_of(TS_SYN_SENT, TS_REASON_NONE), ROW_PLAIN);
}

/* Help and manual list every field, each once. */
static void lists_every_field(void **state)
{
	static void (*const prints[])(const struct field_table *, FILE *) = { field_print_help,
									      field_print_man };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		prints[i](&transition_fields, out);
		assert_int_equal(fclose(out), 0);
		assert_non_null(strstr(text, "duration_us"));
		assert_non_null(strstr(text, "as ss -e prints it"));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selects_defaults),	  cmocka_unit_test(selects_by_name),
		cmocka_unit_test(refuses_unknown_names),  cmocka_unit_test(gives_values),
		cmocka_unit_test(no_time_is_a_duration),
		cmocka_unit_test(gives_null_for_unknown), cmocka_unit_test(tells_how_it_went),
		cmocka_unit_test(lists_every_field),	  cmocka_unit_test(totals_come_with_the_end),
		cmocka_unit_test(retransmissions_belong_to_handshakes),
		cmocka_unit_test(rare_marks_are_there_or_not),
		cmocka_unit_test(tells_of_retransmissions),
		cmocka_unit_test(tells_of_a_rst_what_is_not_said_already),
		cmocka_unit_test(tells_of_the_handshake),
		cmocka_unit_test(tells_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
