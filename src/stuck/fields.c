// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The fields of a stuck socket, beside those that every socket has. */
#include "fields/field.h"

#include <string.h>

#include "lib/format.h"
#include "origin/origin.h"
#include "sockets/view.h"
#include "stuck/stuck.h"

static uint64_t wall_ns(const struct row *row)
{
	return row->mono_ns + (uint64_t)row->clock_offset;
}

static void get_time(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_CLOCK, wall_ns(row));
}

static void get_ts(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_WALL, wall_ns(row));
}

static void get_mono_ns(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_U64, row->mono_ns);
}

static void get_event(const struct row *row, struct value *value)
{
	value_set_name(value, row->event);
}

static void get_why(const struct row *row, struct value *value)
{
	value_set_name(value, row->why);
}

static bool may_be_left(const struct row *row)
{
	return strcmp(row->event, "stuck") && strcmp(row->event, "recovered");
}

static void get_rule(const struct row *row, struct value *value)
{
	stuck_rule_print(row->stuck->rule, row->stuck->rule_ns, row->view->text);
	value_set_name(value, row->view->text);
}

static void get_stuck(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_DURATION, row->stuck->ns);
	value->mark = row->stuck->exact ? 0 : '>';
}

static void get_stuck_us(const struct row *row, struct value *value)
{
	value_set_number(value, VALUE_US, row->stuck->ns);
}

static void get_stuck_exact(const struct row *row, struct value *value)
{
	value->type = row->stuck->exact ? VALUE_TRUE : VALUE_FALSE;
}

/* comm[pid]:fd ..., as many as there is room for, +N for those left. */
static void get_holders(const struct row *row, struct value *value)
{
	enum { EACH = TS_COMM_LEN + 2 * FORMAT_U64 + 4, LEFT = FORMAT_U64 + 2 };
	const struct ts_holder *holder = row->entry->holder;
	char *text = row->view->text, *at = text;
	uint32_t left = row->entry->holders;

	for (; holder; holder = socket_next_holder(row->view->sockets, holder), left--) {
		size_t length = strnlen(holder->comm, TS_COMM_LEN);

		if (at + EACH + LEFT > text + SOCKET_TEXT)
			break;
		if (at > text)
			*at++ = ' ';
		memcpy(at, holder->comm, length);
		at += length;
		if (holder->pid)
			at = format_name(format_u64(format_name(at, "["), holder->pid), "]");
		at = format_u64(format_name(at, ":"), holder->fd);
	}
	if (left)
		at = format_u64(format_name(at, " +"), left);
	value_set_text(value, text, (size_t)(at - text));
	value->type = VALUE_HOLDERS;
}

static void get_origin(const struct row *row, struct value *value)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	if (!origin)
		return;
	value_set_text(value, row->view->text, origin_text(origin, row->view->text));
	value->type = VALUE_STACK;
}

static void get_origin_kind(const struct row *row, struct value *value)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	if (origin)
		value_set_name(value, origin_kind_name(origin->kind));
}

enum {
	DATA = FIELD_IN_CSV | FIELD_IN_JSON,
};

static const struct field fields[] = {
	{ "ts", "TS", get_ts, 30, false, NULL, DATA, "wall clock time of the look" },
	{ "time", "TIME", get_time, 12, false, NULL, 0, "the same, local time of day" },
	{ "mono_ns", "MONO_NS", get_mono_ns, 16, true, NULL, DATA,
	  "the kernel's monotonic clock, nanoseconds" },
	{ "event", "EVENT", get_event, 9, false, NULL, FIELD_IN_CSV,
	  "stuck, with --watch recovered, with --close closed, left or gone" },
	{ "why", "WHY", get_why, 3, false, may_be_left, FIELD_IN_JSON,
	  "with --close: why it was left as it is" },
	{ "rule", "RULE", get_rule, 14, false, NULL, DATA, "the rule that it breaks" },
	{ "stuck", "STUCK", get_stuck, 6, true, NULL, 0,
	  "for how long it has been in that state, or has had that undone; with a > before it at "
	  "least that long" },
	{ "stuck_us", "STUCK_US", get_stuck_us, 14, true, NULL, DATA, "the same in microseconds" },
	{ "stuck_exact", "STUCK_EXACT", get_stuck_exact, 11, false, NULL, DATA,
	  "true: stuck_us is exact; false: it is a lower bound" },
	{ "holder_list", "HOLDER_LIST", get_holders, 11, false, NULL, DATA,
	  "every descriptor of it, in all processes" },
	{ "origin", "ORIGIN", get_origin, 6, false, NULL, DATA,
	  "where in its process's code it came from, with --origin: JSON has the stack, innermost first" },
	{ "origin_kind", "ORIGIN_KIND", get_origin_kind, 11, false, NULL, DATA,
	  "at which call that was: accept, connect, or use, the first of one that was accepted" },
};

const struct field_table stuck_fields = { fields, sizeof(fields) / sizeof(fields[0]),
					  &socket_fields };
