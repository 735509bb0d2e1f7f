// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CSV by RFC 4180 in UTF-8: CRLF, a header row, an empty field for an unknown value. Bytes from outside
 * are escaped as in text (\xNN), so that a row is always one line. So is the first character of a name that
 * a spreadsheet would take for a formula; numbers stay as they are.
 */
#include "lib/utf8.h"
#include "output/format.h"

static int end_row(struct output *out, const char *line, char *at)
{
	at[-1] = '\r'; /* the comma after the last field */
	return out_end_line(out, line, at);
}

static bool needs_quotes(const char *text, size_t n)
{
	return n && (text[0] == ' ' || text[n - 1] == ' ' || memchr(text, ',', n) ||
		     memchr(text, '"', n));
}

/* Returns the length of the first character if a field with it may be a formula, else 0. */
static unsigned formula_sign(const char *text, size_t n)
{
	uint32_t c = 0;
	unsigned length = utf8_decode(text, n, &c);

	switch (c) {
	case '=':
	case '+':
	case '-':
	case '@':
	case 0xff1d: /* the same, full-width */
	case 0xff0b:
	case 0xff0d:
	case 0xff20:
		return length;
	}
	return 0;
}

static char *print_foreign(char *at, const char *text, size_t n)
{
	const char *end = text + n;
	bool quotes = needs_quotes(text, n);
	unsigned sign = n ? formula_sign(text, n) : 0;

	if (quotes)
		*at++ = '"';
	at = format_escaped(at, text, sign);
	text += sign;
	if (!quotes)
		return format_text(at, text, (size_t)(end - text), true);
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
	for (size_t i = 0; i < out->columns.n; i++)
		at = format_name(format_name(at, out->columns.column[i].field->name), ",");
	return end_row(out, line, at);
}

static char *print_value(struct output *out, char *at, struct value *value)
{
	char room[OUT_PROCESS_ROOM];

	if (value_is_foreign(value->type) && out_text(out, value, room))
		return print_foreign(at, value->text, value->length);
	return out_value(out, at, value);
}

/* Rows are of one kind: handshake drops are left out. */
static int skip_drop(struct output *out)
{
	int err = out->drop_noted ? 0 : sink_flush(out->sink);

	if (!out->drop_noted && !err)
		note(out->verbosity, "--csv leaves out handshake drops; text and --json show them");
	out->drop_noted = true;
	return err;
}

static int csv_row(struct output *out, const struct row *row)
{
	char *line = sink_reserve(out->sink, OUT_LINE_MAX);
	char *at = line;

	if (row->drop)
		return skip_drop(out);
	if (!line)
		return sink_flush(out->sink);
	for (size_t i = 0; i < out->columns.n; i++) {
		struct value value;

		if (field_get(out->columns.column[i].field, row, &value))
			at = print_value(out, at, &value);
		*at++ = ',';
	}
	return end_row(out, line, at);
}

const struct out_ops out_csv_ops = {
	.in = FIELD_IN_CSV,
	.begin = csv_begin,
	.row = csv_row,
	.lost = out_lost_on_stderr,
};
