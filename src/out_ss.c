// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The face of ss -tanp (iproute2 6.1), as it writes to a file: each column is as wide as its widest
 * cell, the last one too. On a terminal ss spreads its columns; this does not.
 */
#include "out_face.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

enum column { STATE, RECV_Q, SEND_Q, LOCAL, LPORT, PEER, RPORT, PROCESS, COLUMNS };
/* Of one cell, but that of the processes. */
enum { CELL = INET6_ADDRSTRLEN + 4 * IF_NAMESIZE + 16, HOLDER = 4 * TS_COMM_LEN + 64 };

static const struct {
	const char *header;
	const char *before;
	bool right;
} columns[COLUMNS] = {
	[STATE] = { "State", "", false },
	[RECV_Q] = { "Recv-Q", " ", false },
	[SEND_Q] = { "Send-Q", " ", false },
	[LOCAL] = { "Local Address", " ", true },
	[LPORT] = { "Port", ":", false },
	[PEER] = { "Peer Address", " ", true },
	[RPORT] = { "Port", ":", false },
	[PROCESS] = { "Process", "", false }, /* what is in it begins with a space */
};

/* Cells as they were made, one after the other, and how long each is. */
struct table {
	char *text;
	size_t size, room;
	uint32_t (*lengths)[COLUMNS];
	size_t rows;
	size_t width[COLUMNS];
};

static char *table_reserve(struct table *table, size_t n)
{
	size_t room = table->room ? table->room : 1 << 16;
	char *text;

	while (room - table->size < n)
		room *= 2;
	if (room == table->room)
		return table->text + table->size;
	text = realloc(table->text, room);
	if (!text)
		return NULL;
	table->text = text;
	table->room = room;
	return text + table->size;
}

static void cell_end(struct table *table, enum column column, size_t length)
{
	size_t cells = format_width(table->text + table->size, length);

	table->lengths[table->rows][column] = (uint32_t)length;
	table->size += length;
	if (cells > table->width[column])
		table->width[column] = cells;
}

static const char *state_of(unsigned state)
{
	static const char *const names[TS_STATES] = {
		[TS_ESTABLISHED] = "ESTAB",    [TS_SYN_SENT] = "SYN-SENT",
		[TS_SYN_RECV] = "SYN-RECV",    [TS_FIN_WAIT_1] = "FIN-WAIT-1",
		[TS_FIN_WAIT_2] = "FIN-WAIT-2", [TS_TIME_WAIT] = "TIME-WAIT",
		[TS_CLOSED] = "UNCONN",	       [TS_CLOSE_WAIT] = "CLOSE-WAIT",
		[TS_LAST_ACK] = "LAST-ACK",    [TS_LISTEN] = "LISTEN",
		[TS_CLOSING] = "CLOSING",
	};

	return state < TS_STATES && names[state] ? names[state] : "UNKNOWN";
}

/* An IPv6 socket of both families that listens on all addresses is a star. */
static char *print_address(char *at, const struct ts_socket *s, const uint8_t *address)
{
	static const uint8_t any[TS_ADDR_LEN];
	bool v6 = s->flags & TS_S_IPV6;

	if (v6 && s->state == TS_LISTEN && !(s->flags & TS_S_V6ONLY) &&
	    !memcmp(address, any, sizeof(any)))
		return format_name(at, "*");
	if (v6)
		at = format_name(at, s->family == 4 ? "[::ffff:" : "[");
	(void)inet_ntop(s->family == 4 ? AF_INET : AF_INET6, address, at, INET6_ADDRSTRLEN);
	at += strlen(at);
	return v6 ? format_name(at, "]") : at;
}

/* The interface that it is bound to. */
static char *print_device(char *at, const struct ts_socket *s, bool here)
{
	char name[IF_NAMESIZE];

	if (!s->device)
		return at;
	*at++ = '%';
	if (here && if_indextoname(s->device, name))
		return format_text(at, name, strlen(name), true);
	return format_u64(format_name(at, "if"), s->device);
}

static char *print_port(char *at, uint16_t port)
{
	return port ? format_u64(at, port) : format_name(at, "*");
}

static char *print_cell(char *at, enum column column, const struct ts_socket *s, bool here)
{
	bool listens = s->state == TS_LISTEN;

	switch (column) {
	case STATE:
		return format_name(at, state_of(s->state));
	case RECV_Q:
		return format_u64(at, listens ? s->backlog : s->recv_q);
	case SEND_Q:
		return format_u64(at, listens ? s->backlog_max : s->send_q);
	case LOCAL:
		return print_device(print_address(at, s, s->laddr), s, here);
	case LPORT:
		return print_port(at, s->lport);
	case PEER:
		return print_address(at, s, s->raddr);
	default:
		return print_port(at, s->rport);
	}
}

static char *print_holder(char *at, const struct ts_holder *holder)
{
	at = format_name(at, "(\"");
	at = format_text(at, holder->comm, strnlen(holder->comm, TS_COMM_LEN), true);
	at = format_u64(format_name(at, "\",pid="), holder->pid);
	at = format_u64(format_name(at, ",fd="), holder->fd);
	return format_name(at, ")");
}

/* The last holder comes first. */
static int add_processes(struct table *table, const struct sockets *sockets,
			 const struct socket_entry *entry)
{
	const struct ts_holder **holders, *holder = entry->holder;
	char *at = table_reserve(table, (size_t)entry->holders * HOLDER + CELL), *start = at;
	size_t n = 0;

	if (!at)
		return -ENOMEM;
	holders = calloc((size_t)entry->holders + 1, sizeof(*holders));
	if (!holders)
		return -ENOMEM;
	for (; holder; holder = socket_next_holder(sockets, holder))
		holders[n++] = holder;
	if (n)
		at = format_name(at, " users:(");
	for (size_t i = n; i > 0; i--)
		at = print_holder(i < n ? format_name(at, ",") : at, holders[i - 1]);
	if (n)
		at = format_name(at, ")");
	free(holders);
	cell_end(table, PROCESS, (size_t)(at - start));
	return 0;
}

static int add_row(struct table *table, const struct face_list *list,
		   const struct socket_entry *entry)
{
	int err;

	for (enum column column = STATE; column < PROCESS; column++) {
		char *at = table_reserve(table, CELL);

		if (!at)
			return -ENOMEM;
		cell_end(table, column,
			 (size_t)(print_cell(at, column, entry->socket, list->here) - at));
	}
	err = add_processes(table, list->sockets, entry);
	table->rows++;
	return err;
}

static int add_header(struct table *table)
{
	for (enum column column = STATE; column < COLUMNS; column++) {
		char *at = table_reserve(table, CELL);

		if (!at)
			return -ENOMEM;
		cell_end(table, column, (size_t)(format_name(at, columns[column].header) - at));
	}
	table->rows++;
	return 0;
}

/* In pieces: a socket of thousands of descriptors makes a line longer than the sink's buffer. */
static int write_bytes(struct sink *sink, const char *bytes, size_t n)
{
	enum { PIECE = 32 << 10 };

	while (n) {
		size_t piece = n < PIECE ? n : PIECE;
		char *room = sink_reserve(sink, piece);

		if (!room)
			return sink_flush(sink);
		if (bytes)
			memcpy(room, bytes, piece);
		else
			memset(room, ' ', piece);
		sink_commit(sink, piece);
		bytes += bytes ? piece : 0;
		n -= piece;
	}
	return 0;
}

static int print_row(struct sink *sink, const struct table *table, size_t row, const char **text)
{
	int err = 0;

	for (enum column column = STATE; column < COLUMNS && !err; column++) {
		size_t length = table->lengths[row][column];
		size_t missing = table->width[column] - format_width(*text, length);

		err = write_bytes(sink, columns[column].before, strlen(columns[column].before));
		if (!err && columns[column].right)
			err = write_bytes(sink, NULL, missing);
		if (!err)
			err = write_bytes(sink, *text, length);
		if (!err && !columns[column].right)
			err = write_bytes(sink, NULL, missing);
		*text += length;
	}
	return err ? err : write_bytes(sink, "\n", 1);
}

int out_ss(struct sink *sink, const struct face_list *list)
{
	struct table table = { .lengths = calloc(list->n + 1, sizeof(*table.lengths)) };
	const char *text;
	int err = table.lengths ? add_header(&table) : -ENOMEM;

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < list->n && !err; i++)
			if (face_is_in_turn(list->entries[i], turn))
				err = add_row(&table, list, list->entries[i]);
	text = table.text;
	for (size_t row = 0; row < table.rows && !err; row++)
		err = print_row(sink, &table, row, &text);
	free(table.text);
	free(table.lengths);
	return err;
}
