/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables of fields: columns, CSV headers, JSON keys and their help. Only fields/ (and stuck/ for
 * its own) turns a record into values. A value is typed; its form is the outputs' business.
 */
#ifndef FIELDS_FIELD_H
#define FIELDS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fields/row.h"
#include "lib/error.h"
#include "tcp/community_id.h"

enum value_type {
	VALUE_NULL, /* unknown, or does not apply */
	/* Numbers and words of JSON: */
	VALUE_BOOL, /* number: 0 or 1 */
	VALUE_U64,  /* number */
	VALUE_PID,  /* number */
	VALUE_UID,  /* number: a user id, shown as a number */
	VALUE_PORT, /* number */
	VALUE_US,   /* number: ns, shown as µs with three decimals */
	/* Between quotes there: */
	VALUE_HEX,	/* number */
	VALUE_NAME,	/* text: one of tcpstate's own words */
	VALUE_WALL,	/* number: ns since 1970 */
	VALUE_CLOCK,	/* number: ns since 1970, shown as local time of day */
	VALUE_DURATION, /* number: ns, with a unit that fits */
	VALUE_BYTES,	/* number: bytes, with a unit that fits */
	VALUE_ADDRESS,	/* family, address */
	VALUE_ENDPOINT, /* family, address, number: the port, 0: unknown */
	VALUE_CHANGE,	/* text, then second: old and new state */
	VALUE_DIGEST,	/* digest: a Community ID */
	/* With bytes from outside, to be escaped: */
	VALUE_USER,    /* number: a user id, shown by its name */
	VALUE_TEXT,    /* text and length */
	VALUE_PROCESS, /* process */
	VALUE_LIST,    /* list; in text and CSV: text and length */
};

static inline bool value_is_bare(enum value_type type)
{
	return type >= VALUE_BOOL && type <= VALUE_US;
}

static inline bool value_is_foreign(enum value_type type)
{
	return type >= VALUE_USER;
}

/* A process and its descriptor of a socket, or the reason that no process has the socket. */
struct value_process {
	const char *comm;    /* TS_COMM_LEN bytes, not always terminated; NULL: none */
	const char *without; /* NULL: the process has the socket; else the reason */
	uint32_t pid;	     /* 0: of another PID namespace */
	uint32_t fd;
	uint32_t others; /* further descriptors of the socket, in all processes */
	bool former;	 /* the process had the socket once */
	bool ring;	 /* fd is that of an io_uring, which holds the socket */
};

struct value_member;

/* A list of objects with the same members. */
struct value_list {
	const struct value_member *members;			    /* ends with a NULL name */
	const void *first;					    /* NULL: the list is empty */
	const void *(*next)(const void *context, const void *item); /* NULL after the last */
	const void *context;
};

struct value {
	enum value_type type;
	uint8_t family; /* 4 or 6 */
	char mark;	/* text: beside the value, > and < before it; 0: none */
	/* ADDRESS, ENDPOINT: the interface that text shows behind a %, with its name as in a row */
	uint32_t zone; /* index; 0: none */
	const char *zone_name;
	bool any; /* ADDRESS, ENDPOINT: all addresses of both families, * in text */
	uint64_t number;
	const char *text;
	size_t length;
	union {
		const uint8_t *address; /* network order */
		uint8_t digest[COMMUNITY_ID_BYTES];
		const char *second;
		struct value_process process;
		struct value_list list;
	};
};

struct value_member {
	const char *name;
	enum value_type type;
	bool (*get)(const void *item, struct value *value); /* false: null */
};

/* Additions to the reason in text, in the same cell. All zeros: none. */
struct reason_detail {
	uint32_t retrans;    /* retransmissions */
	bool retrans_before; /* all that came before this transition, of a handshake */
	bool rst_sent;
	bool rst_received;
	const char *rst_reason; /* the kernel's word for why it was sent, if it adds something */
	const char *handshake;	/* SYN cookie or Fast Open */
	uint32_t by_pid;	/* the process that acted, if it is not the owner; 0: unknown */
	const char *by_comm;	/* TS_COMM_LEN bytes, not always terminated; NULL: none acted */
	/* Of a handshake drop: */
	const char *why;
	uint32_t queue, limit; /* both 0: unknown */
	uint32_t times;	       /* retransmissions of the SYN-ACK */
	uint32_t more;	       /* count of other drops of that kind and listener */
};

enum field_in {
	FIELD_IN_TEXT = 1 << 0,
	FIELD_IN_CSV = 1 << 1,
	FIELD_IN_JSON = 1 << 2,
	FIELD_OF_HOLDER = 1 << 3, /* of a socket: needs the processes that hold it */
};

struct field {
	const char *name;   /* of -o, the JSON key and the CSV header */
	const char *header; /* in text */
	/* Sets what `type` needs of a value whose mark is 0. false: unknown. Use field_get(). */
	bool (*get)(const struct row *row, struct value *value);
	enum value_type type; /* of the values, unless the getter sets another one */
	uint8_t width;	      /* cells in text, at least */
	/* false: JSON omits the key, text and CSV have nothing to show; NULL: always true. */
	bool (*applies)(const struct row *row);
	uint8_t in;	  /* FIELD_IN_CSV, FIELD_IN_JSON: shown there by default; FIELD_OF_HOLDER */
	const char *unit; /* of the number; NULL: none */
	const char *help;
};

/* The fields of a kind of row: its own, then those of its base. */
struct field_table {
	const struct field *fields;
	size_t n;
	const struct field_table *base; /* NULL: none */
	/* Names with commas, in the order of the columns: */
	const char *text; /* all default columns of text; NULL: the base's */
	/*
	 * Default columns of CSV and JSON; `*` stands for the others that `in` marks, in the order of
	 * the table, and then the base's. NULL: *
	 */
	const char *data;
};

extern const struct field_table endpoint_fields;       /* endpoint.c: shared by all */
extern const struct field_table transition_fields;     /* transition.c */
extern const struct field_table handshake_fields;      /* the same, one row a handshake */
extern const struct field_table handshake_drop_fields; /* the same, for handshake drops */
extern const struct field_table socket_fields;	       /* socket.c */
extern const struct field_table socket_tcp_fields;     /* socket_tcp.c, the base of socket_fields */

enum row_color { ROW_PLAIN, ROW_GOOD, ROW_DONE, ROW_WAITING, ROW_BAD, ROW_COLORS };

enum { FIELDS_MAX = 96, FIELD_NAME_MAX = 24 };

/* false: the field does not apply to this row; value is then undefined. */
static inline bool field_get(const struct field *field, const struct row *row, struct value *value)
{
	if (field->applies && !field->applies(row))
		return false;
	value->type = field->type;
	value->mark = 0;
	value->zone = 0;
	value->any = false;
	if (!field->get(row, value)) {
		value->type = VALUE_NULL;
		value->mark = 0;
	}
	return true;
}

/* Numbers are flush right in text. A PID is not: a mark may follow it. */
static inline bool field_is_right(const struct field *field)
{
	switch (field->type) {
	case VALUE_U64:
	case VALUE_HEX:
	case VALUE_UID:
	case VALUE_PORT:
	case VALUE_US:
	case VALUE_DURATION:
	case VALUE_BYTES:
		return true;
	default:
		return false;
	}
}

/* One after the other; NULL after the last. */
static inline const struct field *field_at(const struct field_table *table, size_t i)
{
	while (i >= table->n && table->base) {
		i -= table->n;
		table = table->base;
	}
	return i < table->n ? &table->fields[i] : NULL;
}

/* Whether the field is a default column of text. */
bool field_is_default(const struct field_table *table, const struct field *field);
/* Does this column distinguish a handshake drop from a transition? */
bool field_shows_drop(const struct field *field);
/* What text adds to the value in the cell of this field; false: this field never has additions. */
bool field_reason_detail(const struct field *field, const struct row *row,
			 struct reason_detail *detail);

/* For getters; each returns whether there is a value. */
static inline bool value_number(struct value *value, uint64_t number)
{
	value->number = number;
	return true;
}

static inline bool value_name(struct value *value, const char *name) /* NULL: unknown */
{
	value->text = name;
	return name;
}

static inline bool value_text(struct value *value, const char *text, size_t length)
{
	value->text = text;
	value->length = length;
	return true;
}

bool value_string(struct value *value, const char *text); /* NULL: unknown */
bool value_comm(struct value *value, const char *comm);	  /* TS_COMM_LEN bytes; NULL: unknown */

/* Defines a getter: the expression, of `row` and `value`, is whether there is a value. */
#define GETTER(name, expression)                                                                   \
	static bool name(const struct row *row, struct value *value)                               \
	{                                                                                          \
		return expression;                                                                 \
	}
#define GET_NUMBER(name, number)	   GETTER(name, value_number(value, number))
#define GET_NUMBER_IF(name, known, number) GETTER(name, (known) && value_number(value, number))
#define GET_KNOWN(name, number)		   GET_NUMBER_IF(name, (number) != 0, number) /* 0: unknown */
#define GET_NAME(name, text)		   GETTER(name, value_name(value, text)) /* NULL: unknown */

/* Defines a getter of value_member: the expression, of `item` and `value`, is whether there is a value. */
#define MEMBER(name, type, expression)                                                             \
	static bool name(const void *any, struct value *value)                                     \
	{                                                                                          \
		const struct type *item = any;                                                     \
                                                                                                   \
		return expression;                                                                 \
	}

/* Defines a test of a row, such as field.applies. */
#define ROW_TEST(name, expression)                                                                 \
	static bool name(const struct row *row)                                                    \
	{                                                                                          \
		return expression;                                                                 \
	}

/* NULL with error set: no field has that name. */
const struct field *field_find(const struct field_table *table, const char *name, size_t length,
			       struct error *error);
/*
 * The fields that `columns` (NULL: the default) selects for an output, in order, none twice.
 * `+name` adds to the default. `list` has room for FIELDS_MAX. Returns 0 or -EINVAL with error set
 * (an unknown name).
 */
int field_select(const struct field_table *table, const char *columns, enum field_in in,
		 const struct field **list, size_t *count, struct error *error);
enum row_color field_row_color(const struct row *row);
/* -o help, and the same as mdoc list items. */
void field_print_help(const struct field_table *table, FILE *out);
void field_print_man(const struct field_table *table, FILE *out);

#endif
