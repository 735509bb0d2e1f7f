// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Choice of the format, and what all formats share: values without quotes, losses told. */
#define _GNU_SOURCE
#include "output/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tcp/handshake_drop.h"
#include "output/format.h"
#include "lib/clock.h"
#include "lib/terminal.h"
#include "sockets/view.h"
#include "stuck/stuck.h"

static const struct out_ops *const formats[] = {
	[FORMAT_TEXT] = &out_text_ops,
	[FORMAT_CSV] = &out_csv_ops,
	[FORMAT_JSON] = &out_json_ops,
};

static bool wants_color(const struct output_config *config, const struct sink *sink)
{
	if (config->format != FORMAT_TEXT || config->color != WHEN_AUTO)
		return config->format == FORMAT_TEXT && config->color == WHEN_ALWAYS;
	return terminal_wants_color(sink_fd(sink));
}

static bool wants_users(const struct output *out)
{
	struct row row = { .t = &(struct ts_transition){ .owner = TS_OWNER_USE } };

	for (size_t i = 0; i < out->columns; i++) {
		struct value value;

		if (out->table != &transition_fields) {
			if (!strcmp(out->column[i]->name, "user"))
				return true;
		} else if (field_get(out->column[i], &row, &value) && value.type == VALUE_USER) {
			return true;
		}
	}
	return out->names;
}

static void set_charset(struct output *out, enum format format)
{
	bool utf8 = terminal_is_utf8();
	bool people = format == FORMAT_TEXT;

	out->utf8 = utf8 || !people;
	out->arrow = utf8 && people ? "→" : "->";
	out->micro = utf8 && people ? "µ" : "u";
}

/* Without names for hosts the rest of -r still works. */
static int make_resolver(struct output *out, const struct output_config *config)
{
	struct error why = { "" };
	int err = resolver_new("/etc", &out->resolver);

	if (err || !out->names)
		return err;
	if (resolver_add_hosts(out->resolver, &why))
		note(config->verbosity, "-r: hosts are shown as numbers: %s", why.text);
	return 0;
}

static const char handshake_data[] =
	"ts,mono_ns,id,family,laddr,lport,raddr,rport,duration_us,role,pid,comm,uid,owner,netns,"
	"cgroup,errno,by_pid,by_comm,inferred,cookie,fast_open,rst,rst_reason,retrans,outcome";

/* By default; `+NAME` comes behind them. */
static const char *const handshake_columns[] = {
	[FORMAT_TEXT] = "time,pid,comm,role,local,peer,duration,outcome",
	[FORMAT_CSV] = handshake_data,
	[FORMAT_JSON] = handshake_data,
};

/* What tells of a handshake in trouble: an object of its own, or what text adds to a line. */
static const char *const drop_columns[] = {
	[FORMAT_TEXT] = "outcome",
	[FORMAT_CSV] = "why",
	[FORMAT_JSON] = "ts,mono_ns,id,family,laddr,lport,raddr,rport,pid,comm,uid,owner,netns,"
			"cgroup,why,count,queue,limit,retrans,at",
};

/* `columns` is the argument of -o, and then what it means where `usual` is what is shown without. */
static int join_columns(const char *usual, const char **columns, char **joined)
{
	if (!*columns) {
		*columns = usual;
		return 0;
	}
	if (**columns != '+')
		return 0;
	if (asprintf(joined, "%s,%s", usual, *columns + 1) < 0)
		return -ENOMEM;
	*columns = *joined;
	return 0;
}

static int select_columns(struct output *out, const struct output_config *config,
			  struct error *error)
{
	const char *columns = config->columns, *defaults = config->defaults;
	char *joined = NULL;
	int err = 0;

	if (config->handshakes)
		defaults = handshake_columns[config->format];
	if (defaults)
		err = join_columns(defaults, &columns, &joined);
	if (!err)
		err = field_select(out->table, columns, out->ops->in, out->column, &out->columns,
				   error);
	free(joined);
	if (err == -ENOMEM)
		return error_set(error, ENOMEM, "not enough memory for the columns");
	if (err || out->table != &transition_fields)
		return err;
	return field_select(out->table, drop_columns[config->format], out->ops->in,
			    out->drop_column, &out->drop_columns, error);
}

enum { USUAL_ENDPOINT = 15 }; /* 127.0.0.1:54321 */

/* Rows that come one by one cannot be measured before the first is printed. */
static void set_widths(struct output *out)
{
	for (size_t i = 0; i < out->columns; i++) {
		bool endpoint = !strcmp(out->column[i]->name, "local") ||
				!strcmp(out->column[i]->name, "peer");

		out->width[i] = out->column[i]->width;
		if (endpoint && out->table != &socket_fields)
			out->width[i] = USUAL_ENDPOINT;
	}
}

int output_new(const struct output_config *config, struct sink *sink, struct output **output,
	       struct error *error)
{
	struct output *out = calloc(1, sizeof(*out));
	int err;

	if (!out)
		return error_set(error, ENOMEM, "not enough memory for the output");
	out->ops = formats[config->format];
	out->table = config->table;
	out->kind = config->handshakes ? "handshake" : config->type;
	out->sink = sink;
	out->names = config->resolve && config->format == FORMAT_TEXT;
	out->color = wants_color(config, sink);
	set_charset(out, config->format);
	tzset();
	out->verbosity = config->verbosity;
	err = select_columns(out, config, error);
	if (err)
		goto fail;
	set_widths(out);
	if (wants_users(out))
		err = make_resolver(out, config);
	if (err) {
		error_set(error, -err, "not enough memory for the output");
		goto fail;
	}
	*output = out;
	return 0;
fail:
	output_free(out);
	return err;
}

static int begin(struct output *out)
{
	out->begun = true;
	return out->ops->begin ? out->ops->begin(out) : 0;
}

int output_begin(struct output *out)
{
	return out->begun ? 0 : begin(out);
}

int output_stuck(struct output *out, const struct socket_view *view,
		 const struct stuck_event *event)
{
	const struct row row = {
		.entry = event->item->entry,
		.view = view,
		.stuck = event->item,
		.event = event->what,
		.why = event->why,
		.mono_ns = event->mono_ns,
		.clock_offset = clock_wall_offset_ns(),
	};
	int err = output_begin(out);

	if (err)
		return err;
	if (out->names)
		resolver_poll(out->resolver);
	out->kind = event->what;
	return out->ops->transition(out, &row);
}

int output_begin_sockets(struct output *out, const struct socket_view *view,
			 const struct socket_entry *const *entries, size_t n, bool marked)
{
	out->mark = marked ? ' ' : 0;
	if (out->ops->measure)
		out->ops->measure(out, view, entries, n);
	if (marked && out->ops->frame)
		return out->ops->frame(out, view->sockets->mono_ns, n);
	return out->begun && !out->ops->again ? 0 : begin(out);
}

int output_wipe(struct output *out)
{
	return out->ops->wipe && sink_is_terminal(out->sink) ? out->ops->wipe(out) : 0;
}

int output_process(struct output *out, const struct ts_holder *holder, size_t sockets)
{
	return out->ops->process ? out->ops->process(out, holder, sockets) : 0;
}

int output_socket(struct output *out, const struct socket_view *view,
		  const struct socket_entry *entry, char mark)
{
	const struct row row = { .entry = entry, .view = view };

	if (mark == '-' &&
	    !out->ops->again) /* it is not there any more, and nothing would say so */
		return 0;
	if (out->names)
		resolver_poll(out->resolver);
	out->mark = mark;
	return out->ops->transition(out, &row);
}

void output_free(struct output *output)
{
	if (!output)
		return;
	resolver_free(output->resolver);
	free(output);
}

bool output_shows_cgroup(const struct output *out)
{
	for (size_t i = 0; i < out->columns; i++)
		if (!strcmp(out->column[i]->name, "cgroup"))
			return true;
	return out->ops == &out_json_ops; /* of handshake drops */
}

static int take_row(struct output *out, const struct stream_frame *in,
		    const struct ts_transition *t, const struct ts_drop *drop)
{
	struct row row = {
		.t = t,
		.drop = drop,
		.cgroup = in->cgroup,
		.retrans_unknown = in->retrans_unknown,
		.clock_offset = in->clock_offset,
	};

	if (out->names)
		resolver_poll(out->resolver);
	return drop ? out->ops->drop(out, &row) : out->ops->transition(out, &row);
}

int output_take(void *output, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	struct output *out = output;
	struct ts_transition t;
	int err = out->begun ? 0 : begin(out);

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
		return out->ops->ready(out, (const struct ts_ready *)frame);
	default:
		return 0;
	}
}

static char *print_address(char *at, const struct value *value)
{
	return value->family == 4 ? format_ipv4(at, value->address) :
				    format_ipv6(at, value->address);
}

static char *print_endpoint(char *at, const struct value *value)
{
	if (value->family == 6)
		*at++ = '[';
	at = print_address(at, value);
	if (value->family == 6)
		*at++ = ']';
	*at++ = ':';
	if (value->port)
		return format_u64(at, value->port);
	*at++ = '-';
	return at;
}

static char *print_change(const struct output *out, char *at, const struct value *value)
{
	at = format_name(at, value->text);
	at = format_name(at, out->arrow);
	return format_name(at, value->second);
}

char *out_value(struct output *out, char *at, const struct value *value)
{
	switch (value->type) {
	case VALUE_U64:
	case VALUE_UID:
	case VALUE_USER:
		return format_u64(at, value->number);
	case VALUE_HEX:
		return format_hex(at, value->number);
	case VALUE_PORT:
		return format_u64(at, value->port);
	case VALUE_TRUE:
		return format_name(at, "true");
	case VALUE_FALSE:
		return format_name(at, "false");
	case VALUE_NAME:
		return format_name(at, value->text);
	case VALUE_WALL:
		return format_timestamp(at, (int64_t)value->number, &out->utc);
	case VALUE_CLOCK:
		return format_time(at, (int64_t)value->number, &out->local);
	case VALUE_US:
		return format_us(at, value->number);
	case VALUE_DURATION:
		return format_duration(at, value->number, out->micro);
	case VALUE_BYTES:
		return format_bytes(at, value->number);
	case VALUE_ADDRESS:
		return print_address(at, value);
	case VALUE_ENDPOINT:
		return print_endpoint(at, value);
	case VALUE_CHANGE:
		return print_change(out, at, value);
	case VALUE_TEXT:
	case VALUE_HOLDERS:
	case VALUE_STACK:
	case VALUE_NULL:
		break;
	}
	return at;
}

bool out_foreign(struct output *out, struct value *value)
{
	if (value->type == VALUE_USER) {
		value->text = resolver_user(out->resolver, (uint32_t)value->number);
		value->length = value->text ? strlen(value->text) : 0;
		return value->text;
	}
	if (value->type != VALUE_TEXT && value->type != VALUE_HOLDERS && value->type != VALUE_STACK)
		return false;
	if (value->length > OUT_TEXT_MAX)
		value->length = OUT_TEXT_MAX;
	return true;
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
	error_set(&line, 0, "%llu event%s lost here: %s", (unsigned long long)lost->count,
		  lost->count == 1 ? "" : "s", why_lost(lost->why));
	error_print(&line);
	return 0;
}

int out_nothing(struct output *out, const struct ts_ready *ready)
{
	(void)out;
	(void)ready;
	return 0;
}
