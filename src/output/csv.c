// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CSV by RFC 4180 in UTF-8: CRLF, a header row, an empty field for what is not known.
 * Text from outside is escaped as in text output (\xNN), so that a line of the file is
 * a row whatever a process calls itself.
 */
#include "output/format.h"

static char *end_field(char *at)
{
	*at++ = ',';
	return at;
}

static int end_row(struct output *out, const char *line, char *at)
{
	at[-1] = '\r'; /* the comma after the last field */
	*at++ = '\n';
	sink_commit(out->sink, (size_t)(at - line));
	return 0;
}

static bool needs_quotes(const char *text, size_t n)
{
	return n && (text[0] == ' ' || text[n - 1] == ' ' || memchr(text, ',', n) ||
		     memchr(text, '"', n));
}

static char *print_foreign(char *at, const char *text, size_t n)
{
	const char *end = text + n;

	if (!needs_quotes(text, n))
		return format_text(at, text, n, true);
	*at++ = '"';
	while (text < end) {
		const char *quote = memchr(text, '"', (size_t)(end - text));
		const char *stop = quote ? quote : end;

		at = format_text(at, text, (size_t)(stop - text), true);
		text = stop;
		if (quote) {
			*at++ = '"';
			*at++ = '"';
			text++;
		}
	}
	*at++ = '"';
	return at;
}

static int csv_begin(struct output *out)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	for (size_t i = 0; i < out->columns; i++)
		at = end_field(format_name(at, out->column[i]->name));
	return end_row(out, line, at);
}

static char *print_value(struct output *out, char *at, struct value *value)
{
	if (out_foreign(out, value))
		return print_foreign(at, value->text, value->length);
	return out_value(out, at, value);
}

static int csv_transition(struct output *out, const struct row *row)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (!line)
		return sink_flush(out->sink);
	for (size_t i = 0; i < out->columns; i++) {
		struct value value;

		if (field_get(out->column[i], row, &value))
			at = print_value(out, at, &value);
		at = end_field(at);
	}
	return end_row(out, line, at);
}

/* Rows are of one kind. */
static int csv_drop(struct output *out, const struct row *row)
{
	int err = out->drop_told ? 0 : sink_flush(out->sink);

	(void)row;
	if (!out->drop_told && !err)
		note(out->verbosity, "there are handshakes in trouble, which --csv does not "
				     "show; text and --json do");
	out->drop_told = true;
	return err;
}

const struct out_ops out_csv_ops = {
	.in = FIELD_IN_CSV,
	.begin = csv_begin,
	.transition = csv_transition,
	.drop = csv_drop,
	.lost = out_lost_on_stderr,
	.ready = out_nothing,
};
