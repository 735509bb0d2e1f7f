// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An output's life: format and columns at the start, then rows and frames. */
#include "output/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/terminal.h"
#include "output/format.h"
#include "tcp/handshake_drop.h"

static const struct out_ops *const formats[] = {
	[FORMAT_TEXT] = &out_text_ops, [FORMAT_CSV] = &out_csv_ops, [FORMAT_JSON] = &out_json_ops
};

static bool wants_color(const struct output_config *config, const struct sink *sink)
{
	if (config->format != FORMAT_TEXT || config->color != WHEN_AUTO)
		return config->format == FORMAT_TEXT && config->color == WHEN_ALWAYS;
	return terminal_wants_color(sink_fd(sink));
}

static void set_charset(struct output *out, enum format format)
{
	bool utf8 = terminal_is_utf8();
	bool people = format == FORMAT_TEXT;

	out->utf8 = utf8 || !people;
	out->arrow = utf8 && people ? "→" : "->";
	out->micro = utf8 && people ? "µ" : "u";
}

/* name NULL: any */
static bool shows(const struct out_columns *columns, enum value_type type, const char *name)
{
	for (size_t i = 0; i < columns->n; i++) {
		const struct field *field = columns->column[i].field;

		if (field->type == type && (!name || !strcmp(field->name, name)))
			return true;
	}
	return false;
}

/* Without names for hosts the rest of -r still works. */
static int make_resolver(struct output *out, const struct output_config *config)
{
	struct error why = { "" };
	int err = 0;

	if (out->resolve || shows(&out->columns, VALUE_USER, NULL))
		err = resolver_new("/etc", &out->resolver);
	if (err || !out->resolve)
		return err;
	if (resolver_add_hosts(out->resolver, &why))
		note(config->verbosity, "-r: hosts are shown as numbers: %s", why.text);
	return 0;
}

/* Rows that are not measured come one by one: the first should be as wide as most that follow. */
static size_t first_width(const struct output_config *config, const struct field *field)
{
	enum { USUAL_ENDPOINT = 15 }; /* 127.0.0.1:54321 */

	return !config->measured && field->type == VALUE_ENDPOINT ? USUAL_ENDPOINT : field->width;
}

static int select_columns(struct out_columns *columns, const struct output_config *config,
			  const struct field_table *table, const char *names, struct error *error)
{
	const struct field *list[FIELDS_MAX];
	int err = field_select(table, names, formats[config->format]->in, list, &columns->n, error);

	for (size_t i = 0; i < columns->n && !err; i++) {
		struct out_column *column = &columns->column[i];
		char *at = format_name(column->key, ",\"");

		at = format_name(format_name(at, list[i]->name), "\":");
		column->key_length = (size_t)(at - column->key);
		column->field = list[i];
		column->width = first_width(config, list[i]);
	}
	return err;
}

static bool are_defaults(const struct out_columns *columns, const struct output_config *config)
{
	for (size_t i = 0; i < columns->n; i++)
		if (!field_is_default(config->table, columns->column[i].field))
			return false;
	return config->format == FORMAT_TEXT;
}

int output_new(const struct output_config *config, struct sink *sink, struct output **output,
	       struct error *error)
{
	struct output *out = calloc(1, sizeof(*out));
	int err;

	if (!out)
		return error_set(error, ENOMEM, "cannot make the output: out of memory");
	out->ops = formats[config->format];
	out->type = config->type;
	out->sink = sink;
	out->resolve = config->resolve && config->format == FORMAT_TEXT;
	out->color = wants_color(config, sink);
	set_charset(out, config->format);
	tzset();
	out->verbosity = config->verbosity;
	err = select_columns(&out->columns, config, config->table, config->columns, error);
	out->defaults = are_defaults(&out->columns, config);
	if (!err && config->drops)
		err = select_columns(&out->drop_columns, config, config->drops, NULL, error);
	if (!err)
		err = make_resolver(out, config);
	if (err) {
		error_set(error, -err, "cannot make the output: out of memory");
		output_free(out);
		return err;
	}
	*output = out;
	return 0;
}

void output_free(struct output *output)
{
	if (!output)
		return;
	resolver_free(output->resolver);
	free(output);
}

int output_begin(struct output *out)
{
	if (out->begun)
		return 0;
	out->begun = true;
	return out->ops->begin ? out->ops->begin(out) : 0;
}

int output_begin_frame(struct output *out, uint64_t mono_ns, size_t rows, bool marked)
{
	out->marked = marked && out->ops->marks;
	if (marked && out->ops->frame)
		return out->ops->frame(out, mono_ns, rows);
	if (out->ops->marks)
		out->begun = false;
	return output_begin(out);
}

void output_measure(struct output *out, const struct row *row)
{
	if (out->ops->measure)
		out->ops->measure(out, row);
}

int output_clear(struct output *out)
{
	return out->ops->clear && sink_is_terminal(out->sink) ? out->ops->clear(out) : 0;
}

int output_group(struct output *out, const struct value_process *process, size_t rows)
{
	return out->ops->group ? out->ops->group(out, process, rows) : 0;
}

int output_total(struct output *out, size_t sockets, size_t groups)
{
	return out->ops->total ? out->ops->total(out, sockets, groups) : 0;
}

int output_row(struct output *out, const struct row *row)
{
	int err = out->begun ? 0 : output_begin(out);

	if (err)
		return err;
	if (row->mark == '-' && !out->ops->marks) /* gone, which only the mark says */
		return 0;
	if (out->resolve)
		resolver_poll(out->resolver);
	return out->ops->row(out, row);
}

bool output_shows_holders(const struct output *out)
{
	for (size_t i = 0; i < out->columns.n; i++)
		if (out->columns.column[i].field->in & FIELD_OF_HOLDER)
			return true;
	return false;
}

bool output_shows_defaults(const struct output *out)
{
	return out->defaults;
}

bool output_shows_age(const struct output *out)
{
	return shows(&out->columns, VALUE_DURATION, "age");
}

bool output_shows_cgroup(const struct output *out)
{
	return shows(&out->columns, VALUE_TEXT, "cgroup") ||
	       shows(&out->drop_columns, VALUE_TEXT, "cgroup");
}

static int take_row(struct output *out, const struct stream_frame *in,
		    const struct ts_transition *t, const struct ts_drop *drop)
{
	struct row row;

	row_of_transition(&row, t, drop);
	row.cgroup = in->cgroup;
	row.retrans_unknown = in->retrans_unknown;
	row.clock_offset = in->clock_offset;
	return output_row(out, &row);
}

int output_take(void *output, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	struct output *out = output;
	struct ts_transition t;
	int err = output_begin(out);

	if (err)
		return err;
	out->clock_offset = in->clock_offset;
	switch (frame->type) {
	case TS_FRAME_TRANSITION:
		return take_row(out, in, (const struct ts_transition *)frame, NULL);
	case TS_FRAME_DROP:
		handshake_drop_as_transition((const struct ts_drop *)frame, &t);
		return take_row(out, in, &t, (const struct ts_drop *)frame);
	case TS_FRAME_LOST:
		return out->ops->lost(out, (const struct ts_lost *)frame);
	case TS_FRAME_READY:
		return out->ops->ready ? out->ops->ready(out, (const struct ts_ready *)frame) : 0;
	default:
		return 0;
	}
}

int output_origins(void *output, const struct origin_summary *summary)
{
	struct output *out = output;

	return out->ops->origins ? out->ops->origins(out, summary) : 0;
}

static const char *why_lost(uint32_t why)
{
	switch (why) {
	case TS_LOST_BUFFER:
		return "the ring was full; a larger --buffer holds longer bursts";
	case TS_LOST_RECURSION:
		return "an interrupt came while tcpstate's program was at work on that CPU";
	default:
		return "the recording names no cause that this version knows";
	}
}

int out_lost_on_stderr(struct output *out, const struct ts_lost *lost)
{
	struct error line = { "" };
	int err = sink_flush(out->sink);

	if (err)
		return err;
	if (lost->why == TS_LOST_HALF_OPEN)
		error_set(&line, 0,
			  "%llu half-open connection%s not followed: the table of half-open "
			  "connections was full; handshakes that complete are shown",
			  (unsigned long long)lost->count, lost->count == 1 ? "" : "s");
	else
		error_set(&line, 0, "%llu event%s lost here: %s", (unsigned long long)lost->count,
			  lost->count == 1 ? "" : "s", why_lost(lost->why));
	error_print(&line);
	return 0;
}
