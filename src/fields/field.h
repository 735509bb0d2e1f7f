/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fields of a transition: columns, CSV headers, JSON keys and their help, from
 * one table. It is the only reader of a transition; what it gives is typed, and how a
 * type looks is the outputs' business.
 */
#ifndef FIELDS_FIELD_H
#define FIELDS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/error.h"
#include "fields/row.h"

enum value_type {
	VALUE_NULL, /* not known, or does not apply */
	VALUE_TRUE,
	VALUE_FALSE,
	VALUE_U64,	/* number */
	VALUE_HEX,	/* number */
	VALUE_UID,	/* number, a user id where a number is wanted */
	VALUE_USER,	/* number, a user id where its name is wanted */
	VALUE_PORT,	/* port */
	VALUE_NAME,	/* text, one of tcpstate's own words */
	VALUE_TEXT,	/* text and length: bytes from outside, to be escaped */
	VALUE_WALL,	/* number, ns since 1970 */
	VALUE_CLOCK,	/* number, ns since 1970: time of day wanted */
	VALUE_US,	/* number, ns, to be shown as µs */
	VALUE_DURATION, /* number, ns, for people */
	VALUE_BYTES,	/* number, for people */
	VALUE_ADDRESS,	/* family, address */
	VALUE_ENDPOINT, /* family, address, port; port 0: not known */
	VALUE_CHANGE,	/* text, then second: old and new state; mark: before them */
	VALUE_HOLDERS,	/* the socket's, all of them; text and length: for people */
	VALUE_STACK,	/* the stuck item's origin; text and length: for people */
};

struct value {
	enum value_type type;
	uint8_t family; /* 4 or 6 */
	uint16_t port;
	uint64_t number;
	const uint8_t *address; /* network order */
	const char *text;
	const char *second;
	size_t length;
	char mark; /* what only people are told, beside the value, a > before it; 0: nothing */
};

/* What people are told beside the reason, in the same cell. All zeros: nothing. */
struct reason_detail {
	uint32_t retrans;    /* retransmissions */
	bool retrans_before; /* all that came before this transition, of a handshake */
	bool rst_sent;
	bool rst_received;
	const char *rst_reason; /* the kernel's word for why it was sent, where it tells more */
	const char *handshake;	/* what was special about it */
	uint32_t by_pid;	/* somebody else acted; 0 with by_comm NULL: nobody */
	const char *by_comm;	/* TS_COMM_LEN bytes, not always terminated */
	/* Of a handshake in trouble: */
	const char *why;
	uint32_t queue, limit; /* both 0: not told */
	uint32_t times;	       /* a SYN-ACK was sent again */
	uint32_t more;	       /* the same happened to so many others */
};

/* The outputs that show a field unless told otherwise. */
enum field_in { FIELD_IN_TEXT = 1 << 0, FIELD_IN_CSV = 1 << 1, FIELD_IN_JSON = 1 << 2 };

/* All that a kind of row has: its own, then those of the kind that it is one of. */
struct field_table {
	const struct field *fields;
	size_t n;
	const struct field_table *base; /* NULL: it is its own kind */
};

extern const struct field_table transition_fields; /* field.c */
extern const struct field_table socket_fields;	   /* socket_field.c */
extern const struct field_table stuck_fields;	   /* stuck_field.c */

/* How it went, for colour. */
enum row_color { ROW_PLAIN, ROW_GOOD, ROW_DONE, ROW_WAITING, ROW_BAD, ROW_COLORS };

struct field {
	const char *name;   /* of -o, the JSON key and the CSV header */
	const char *header; /* in text */
	void (*get)(const struct row *row, struct value *value); /* use field_get() */
	uint8_t width;						 /* cells in text, at least */
	bool right;						 /* text: flush right */
	/* Where not, JSON has no such key, and the others nothing to show; NULL: everywhere. */
	bool (*applies)(const struct row *row);
	uint8_t in; /* enum field_in */
	const char *help;
};

enum { FIELDS_MAX = 96 };

/* false: the field does not apply to this transition; value is not touched. */
static inline bool field_get(const struct field *field, const struct row *row, struct value *value)
{
	if (field->applies && !field->applies(row))
		return false;
	*value = (struct value){ 0 };
	field->get(row, value);
	return true;
}

/* One after the other; NULL: there are no more. */
static inline const struct field *field_at(const struct field_table *table, size_t i)
{
	while (i >= table->n && table->base) {
		i -= table->n;
		table = table->base;
	}
	return i < table->n ? &table->fields[i] : NULL;
}

/* Does a line with this field tell a handshake in trouble from a transition? */
bool field_shows_drop(const struct field *field);
/* What people are told in the cell of this field beside its value; false: nothing, ever. */
bool field_reason_detail(const struct field *field, const struct row *row,
			 struct reason_detail *story);

/* Getters' help. */
void value_set_number(struct value *value, enum value_type type, uint64_t number);
void value_set_name(struct value *value, const char *name); /* NULL: not known */
void value_set_text(struct value *value, const char *text, size_t length);
void value_set_address(struct value *value, enum value_type type, uint8_t family,
		       const uint8_t *address);
void value_set_port(struct value *value, uint16_t port); /* 0: not known */

/* NULL: it has none of that name; with error set for -o or whatever option asked. */
const struct field *field_find(const struct field_table *table, const char *name, size_t length,
			       struct error *error);
/*
 * The fields that `columns` (the argument of -o; NULL: the default) selects for an
 * output, in order, none twice. `+name` adds to the default. -EINVAL with error set for
 * a name that is none.
 */
int field_select(const struct field_table *table, const char *columns, enum field_in in,
		 const struct field **list, size_t *count, struct error *error);
enum row_color field_row_color(const struct row *row);
/* -o help, and the same as mdoc list items. */
void field_print_help(const struct field_table *table, FILE *out);
void field_print_man(const struct field_table *table, FILE *out);

#endif
