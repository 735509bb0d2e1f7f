// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The columns of a stuck socket, beside those that every socket has. */
#include "stuck/fields.h"

#include <string.h>

#include "lib/clock.h"
#include "origin/origin.h"
#include "output/output.h"
#include "sockets/view.h"

/* The row is the first member. */
static const struct stuck_event *event_of(const struct row *row)
{
	return ((const struct stuck_row *)row)->event;
}

void stuck_row_set(struct stuck_row *row, const struct socket_view *view,
		   const struct stuck_event *event)
{
	row_of_socket(&row->row, view, event->item->entry);
	row->row.type = event->what;
	row->row.clock_offset = clock_wall_offset_ns();
	row->event = event;
}

int stuck_output(void *output, const struct socket_view *view, const struct stuck_event *event)
{
	struct stuck_row row;

	stuck_row_set(&row, view, event);
	return output_row(output, &row.row);
}

GET_NUMBER(get_ts, event_of(row)->mono_ns + (uint64_t)row->clock_offset)
GET_NUMBER(get_mono_ns, event_of(row)->mono_ns)
GET_NAME(get_event, event_of(row)->what)
GET_NAME(get_why, event_of(row)->why)
GET_NUMBER(get_stuck_exact, event_of(row)->item->exact)
ROW_TEST(may_be_left,
	 strcmp(event_of(row)->what, "stuck") && strcmp(event_of(row)->what, "recovered"))

static bool get_rule(const struct row *row, struct value *value)
{
	const struct stuck_item *item = event_of(row)->item;

	stuck_rule_print(item->rule, item->rule_ns, row->view->text);
	return value_name(value, row->view->text);
}

static bool get_stuck(const struct row *row, struct value *value)
{
	const struct stuck_item *item = event_of(row)->item;

	if (!item->exact && value->type == VALUE_DURATION)
		value->mark = '>';
	return value_number(value, item->ns);
}

MEMBER(get_function, origin_frame, value_string(value, item->function))
MEMBER(get_file, origin_frame, value_string(value, item->file))
MEMBER(get_line, origin_frame, item->line != 0 && value_number(value, item->line))
MEMBER(get_module, origin_frame, value_string(value, item->module))
MEMBER(get_offset, origin_frame, value_number(value, item->offset))
MEMBER(get_inlined, origin_frame, value_number(value, item->inlined))

static const void *next_frame(const void *context, const void *item)
{
	const struct origin *origin = context;
	const struct origin_frame *frame = item;

	return ++frame < origin->frames + origin->n ? frame : NULL;
}

static bool get_origin(const struct row *row, struct value *value)
{
	static const struct value_member members[] = {
		{ "function", VALUE_TEXT, get_function },
		{ "file", VALUE_TEXT, get_file },
		{ "line", VALUE_U64, get_line },
		{ "module", VALUE_TEXT, get_module },
		{ "offset", VALUE_U64, get_offset },
		{ "inlined", VALUE_BOOL, get_inlined },
		{ 0 },
	};
	const struct origin *origin = socket_origin(row->view, row->entry);

	if (!origin)
		return false;
	value->list = (struct value_list){ members, origin->n ? origin->frames : NULL, next_frame,
					   origin };
	return value_text(value, row->view->text, origin_text(origin, row->view->text));
}

static bool get_origin_kind(const struct row *row, struct value *value)
{
	const struct origin *origin = socket_origin(row->view, row->entry);

	return origin && value_name(value, origin_kind_name(origin->kind));
}

enum { DATA = FIELD_IN_CSV | FIELD_IN_JSON };

static const struct field fields[] = {
	{ "ts", "TS", get_ts, VALUE_WALL, 30, NULL, DATA, NULL, "wall time of the scan, UTC" },
	{ "time", "TIME", get_ts, VALUE_CLOCK, 12, NULL, 0, NULL, "local time of day" },
	{ "mono_ns", "MONO_NS", get_mono_ns, VALUE_U64, 16, NULL, DATA, "nanoseconds",
	  "the kernel's monotonic clock at the scan" },
	{ "event", "EVENT", get_event, VALUE_NAME, 9, NULL, FIELD_IN_CSV, NULL,
	  "stuck; with --watch and --close recovered; with --close closed, left or gone" },
	{ "why", "WHY", get_why, VALUE_NAME, 3, may_be_left, FIELD_IN_JSON, NULL,
	  "with --close: why the socket was left open; of a closed one, that its peer got no RST" },
	{ "rule", "RULE", get_rule, VALUE_NAME, 14, NULL, DATA, NULL,
	  "the rule that the socket breaks" },
	{ "stuck", "STUCK", get_stuck, VALUE_DURATION, 6, NULL, 0, NULL,
	  "how long the rule's condition has held; in text > marks a lower bound" },
	{ "stuck_us", "STUCK_US", get_stuck, VALUE_US, 14, NULL, DATA, "microseconds",
	  "how long the rule's condition has held" },
	{ "stuck_exact", "STUCK_EXACT", get_stuck_exact, VALUE_BOOL, 11, NULL, DATA, NULL,
	  "true: stuck_us is exact; false: it is a lower bound" },
	{ "origin", "ORIGIN", get_origin, VALUE_LIST, 6, NULL, DATA, NULL,
	  "with --origin: function that made the socket; in JSON the call stack, innermost first" },
	{ "origin_kind", "ORIGIN_KIND", get_origin_kind, VALUE_NAME, 11, NULL, DATA, NULL,
	  "the call of that stack: accept, connect, or use (the first after accept())" },
};

const struct field_table stuck_fields = {
	.fields = fields,
	.n = sizeof(fields) / sizeof(fields[0]),
	.base = &socket_fields,
	.text = "time,event,rule,stuck,process,local,peer,unread,unsent",
};

const struct field_table stuck_origin_fields = {
	.base = &stuck_fields,
	.text = "time,event,rule,stuck,process,local,peer,unread,unsent,origin",
};

const struct field_table stuck_close_fields = {
	.base = &stuck_fields,
	.text = "event,rule,stuck,holder_list,local,peer,why",
};
