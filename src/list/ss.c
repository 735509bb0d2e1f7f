// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The format of ss -tanp (iproute2 6.1): the contents of its cells. ss_table.c lays them out. */
#include "list/compat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/terminal.h"
#include "list/ss_table.h"

/* Maximum bytes of a cell (except the process cell), and of one process in it. */
enum { CELL = INET6_ADDRSTRLEN + IF_NAMESIZE + 16, HOLDER = TS_COMM_LEN + 64 };

/* The interface whose name was asked for last: mostly the same one again. */
struct device {
	uint32_t number; /* 0: none yet */
	char name[IF_NAMESIZE];
};

static const char *state_of(unsigned state)
{
	static const char *const names[TS_STATES] = {
		[TS_ESTABLISHED] = "ESTAB",	[TS_SYN_SENT] = "SYN-SENT",
		[TS_SYN_RECV] = "SYN-RECV",	[TS_FIN_WAIT_1] = "FIN-WAIT-1",
		[TS_FIN_WAIT_2] = "FIN-WAIT-2", [TS_TIME_WAIT] = "TIME-WAIT",
		[TS_CLOSED] = "UNCONN",		[TS_CLOSE_WAIT] = "CLOSE-WAIT",
		[TS_LAST_ACK] = "LAST-ACK",	[TS_LISTEN] = "LISTEN",
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
	at = compat_print_address(at, address, s->family);
	return v6 ? format_name(at, "]") : at;
}

/* The interface that it is bound to; by number if it has gone. */
static char *print_device(char *at, uint32_t number, struct device *device)
{
	if (!number)
		return at;
	*at++ = '%';
	if (number != device->number) {
		device->number = number;
		if (!if_indextoname(number, device->name))
			*format_u64(format_name(device->name, "if"), number) = '\0';
	}
	return format_masked(at, device->name, strlen(device->name));
}

static char *print_port(char *at, uint16_t port)
{
	return port ? format_u64(at, port) : format_name(at, "*");
}

/* The blanks are the cell's own: they show where a column is narrower. */
static char *print_queue(char *at, uint32_t length)
{
	char *end = format_u64(at, length);

	while (end < at + 6)
		*end++ = ' ';
	return end;
}

static char *print_cell(char *at, enum ss_column column, const struct ts_socket *s,
			struct device *device)
{
	bool listens = s->state == TS_LISTEN;

	switch (column) {
	case SS_STATE:
		return format_name(at, state_of(s->state));
	case SS_RECV_Q:
		return print_queue(at, listens ? s->backlog : s->recv_q);
	case SS_SEND_Q:
		return print_queue(at, listens ? s->backlog_max : s->send_q);
	case SS_LOCAL:
		at = print_device(print_address(at, s, s->laddr), s->device, device);
		return format_name(at, ":");
	case SS_LPORT:
		return print_port(at, s->lport);
	case SS_PEER:
		return format_name(print_address(at, s, s->raddr), ":");
	default:
		return print_port(at, s->rport);
	}
}

/* ss reads /proc/PID/stat, where the name stands in brackets: up to the first that closes. */
static char *print_holder(char *at, const struct ts_holder *holder)
{
	size_t length = strnlen(holder->comm, TS_COMM_LEN);
	const char *bracket = memchr(holder->comm, ')', length);

	at = format_name(at, "(\"");
	at = format_masked(at, holder->comm, bracket ? (size_t)(bracket - holder->comm) : length);
	at = format_u64(format_name(at, "\",pid="), holder->pid);
	at = format_u64(format_name(at, ",fd="), holder->fd);
	return format_name(at, ")");
}

/* Those with a PID here, the last first. */
static char *print_holders(char *at, const struct ts_holder *const *holders, size_t n)
{
	if (!n)
		return at;
	at = format_name(at, " users:(");
	for (size_t i = n; i > 0; i--)
		at = print_holder(i < n ? format_name(at, ",") : at, holders[i - 1]);
	return format_name(at, ")");
}

/* Memory for the text of a row, or for its line: as much as the largest so far. */
struct room {
	char *text;
	size_t size;
};

static char *make_room(struct room *room, size_t n)
{
	if (n > room->size) {
		free(room->text);
		room->text = malloc(n);
		room->size = room->text ? n : 0;
	}
	return room->text;
}

struct printer {
	struct sink *sink;
	const struct sockets *sockets;
	struct device device;
	struct room text, line, holders;
	struct ss_table table;
	bool measured; /* else the rows are measured, not printed */
};

/* NULL: no memory. */
static char *print_processes(struct printer *printer, char *at, const struct socket_entry *entry)
{
	const struct ts_holder *holder = entry->holder, **holders;
	size_t n = 0;

	holders = (const struct ts_holder **)make_room(&printer->holders,
						       (entry->holders + 1) * sizeof(*holders));
	if (!holders)
		return NULL;
	for (; holder; holder = socket_next_holder(printer->sockets, holder))
		if (holder->pid)
			holders[n++] = holder;
	return print_holders(at, holders, n);
}

static int end_row(struct printer *printer, const struct ss_cell cells[SS_COLUMNS])
{
	char *line;

	if (!printer->measured) {
		ss_table_measure(&printer->table, cells);
		return 0;
	}
	line = make_room(&printer->line, ss_table_room(&printer->table, cells));
	if (!line)
		return -ENOMEM;
	return sink_write(printer->sink, line,
			  (size_t)(ss_table_print(&printer->table, line, cells) - line));
}

static int add_row(struct printer *printer, const struct socket_entry *entry)
{
	struct ss_cell cells[SS_COLUMNS];
	char *at = make_room(&printer->text,
			     SS_PROCESS * (size_t)CELL + ((size_t)entry->holders + 1) * HOLDER);

	for (enum ss_column column = SS_STATE; column < SS_COLUMNS && at; column++) {
		cells[column].text = at;
		at = column == SS_PROCESS ? print_processes(printer, at, entry) :
					    print_cell(at, column, entry->socket, &printer->device);
		cells[column].length = (size_t)(at - cells[column].text);
	}
	return at ? end_row(printer, cells) : -ENOMEM;
}

static int add_rows(struct printer *printer, const struct compat_list *list)
{
	int err = end_row(printer, ss_table_header);

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < list->n && !err; i++)
			if (compat_is_in_turn(list->entries[i], turn))
				err = add_row(printer, list->entries[i]);
	return err;
}

int compat_print_ss(const struct compat_list *list)
{
	struct printer printer = { .sink = list->sink, .sockets = list->sockets };
	int err = add_rows(&printer, list);

	ss_table_lay_out(&printer.table,
			 sink_is_terminal(list->sink) ? terminal_width(sink_fd(list->sink)) : 0);
	printer.measured = true;
	if (!err)
		err = add_rows(&printer, list);
	free(printer.text.text);
	free(printer.line.text);
	free(printer.holders.text);
	return err;
}
