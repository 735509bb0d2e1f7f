// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The format of netstat -tanp (net-tools 2.10). netstat names a process by the first word of its command
 * line, without the folder if that begins with one, and cuts text that is too long for a column.
 */
#include "list/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/format.h"
#include "lib/hash_index.h"

enum { ADDRESS = 23, PROGRAM = 19, LINE = 512 };

/* The process column of each PID, read once. */
struct programs {
	struct hash_index index;
	char (*names)[PROGRAM + 1];
	size_t n, room;
	char spare[PROGRAM + 1];
};

static const char *state_of(unsigned state)
{
	static const char *const names[TS_STATES] = {
		[TS_ESTABLISHED] = "ESTABLISHED",
		[TS_SYN_SENT] = "SYN_SENT",
		[TS_SYN_RECV] = "SYN_RECV",
		[TS_FIN_WAIT_1] = "FIN_WAIT1",
		[TS_FIN_WAIT_2] = "FIN_WAIT2",
		[TS_TIME_WAIT] = "TIME_WAIT",
		[TS_CLOSED] = "CLOSE",
		[TS_CLOSE_WAIT] = "CLOSE_WAIT",
		[TS_LAST_ACK] = "LAST_ACK",
		[TS_LISTEN] = "LISTEN",
		[TS_CLOSING] = "CLOSING",
	};

	return state < TS_STATES && names[state] ? names[state] : "UNKNOWN";
}

/* The first bytes of /proc/PID/FILE as a string; negative: no process, or no permission. */
static ssize_t process_read(uint32_t pid, const char *file, char *text, size_t size)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/%s", pid, file);
	return file_read_text(AT_FDCWD, path, text, size);
}

/* A zombie, or about to be one: it no longer has files. */
static bool has_ended(uint32_t pid)
{
	char stat[128];
	const char *bracket;

	if (process_read(pid, "stat", stat, sizeof(stat)) <= 0)
		return true;
	bracket = strrchr(stat, ')');
	return bracket && (bracket[2] == 'Z' || bracket[2] == 'X');
}

/* PID/WORD, cut at PROGRAM bytes; empty: netstat would not find the process. */
static void program_read(uint32_t pid, char *name)
{
	char line[512], *end = name + PROGRAM;
	const char *word = line, *slash;
	ssize_t n = pid ? process_read(pid, "cmdline", line, sizeof(line)) : -1;

	*name = '\0';
	if (n < 0 || (!n && has_ended(pid)))
		return;
	slash = *line == '/' ? strrchr(line, '/') : NULL;
	if (slash)
		word = slash + 1;
	name = format_name(format_u64(name, pid), "/");
	*format_masked(name, word, strnlen(word, (size_t)(end - name))) = '\0';
}

/* NULL: no memory. */
static const char *program_of(struct programs *programs, uint32_t pid)
{
	uint32_t at;

	if (!pid) /* of a PID namespace that is not visible from here */
		return "";
	if (hash_index_get(&programs->index, pid, &at))
		return programs->names[at];
	if (programs->n == programs->room) {
		size_t room = programs->room ? programs->room * 2 : 64;
		void *names = reallocarray(programs->names, room, sizeof(*programs->names));

		if (!names)
			return NULL;
		programs->names = names;
		programs->room = room;
	}
	program_read(pid, programs->names[programs->n]);
	(void)hash_index_put(&programs->index, pid, (uint32_t)programs->n);
	return programs->names[programs->n++];
}

static char *pad(char *at, const char *from, size_t width)
{
	size_t used = (size_t)(at - from);

	if (used >= width)
		return at;
	memset(at, ' ', width - used);
	return at + (width - used);
}

static char *right(char *at, uint64_t number, size_t width)
{
	char digits[FORMAT_U64];
	size_t n = (size_t)(format_u64(digits, number) - digits);

	for (; width > n; width--)
		*at++ = ' ';
	memcpy(at, digits, n);
	return at + n;
}

/* ADDRESS:PORT, the address cut so that both fit. */
static char *print_end(char *at, const uint8_t *address, uint8_t family, uint16_t port)
{
	char digits[FORMAT_U64];
	size_t n = 1, length;
	const char *start = at;

	*digits = '*';
	if (port)
		n = (size_t)(format_u64(digits, port) - digits);
	length = (size_t)(compat_print_address(at, address, family) - at);
	if (length + n + 1 > ADDRESS)
		length = ADDRESS - n - 1;
	at += length;
	*at++ = ':';
	memcpy(at, digits, n);
	return pad(at + n, start, ADDRESS + 1);
}

/* The column of the first process that still exists; NULL: no memory. */
static const char *program_of_entry(struct programs *programs, const struct sockets *sockets,
				    const struct socket_entry *entry)
{
	const struct ts_holder *holder = entry->holder;
	const char *name = holder ? program_of(programs, holder->pid) : "-";

	while (name && !*name) {
		holder = socket_next_holder(sockets, holder);
		if (!holder)
			return "-";
		program_read(holder->pid, programs->spare); /* rare: not worth keeping */
		name = programs->spare;
	}
	return name;
}

static char *print_row(char *at, const struct socket_entry *entry, const char *program)
{
	const struct ts_socket *s = entry->socket;
	bool listens = s->state == TS_LISTEN;
	const char *start = at;

	at = format_name(at, s->flags & TS_S_IPV6 ? "tcp6" : "tcp ");
	at = right(format_name(at, "  "), listens ? s->backlog : s->recv_q, 6);
	at = right(format_name(at, " "), s->send_q, 6);
	*at++ = ' ';
	at = print_end(at, s->laddr, s->family, s->lport);
	/* no peer: an IPv6 socket shows that of IPv6, whatever it is bound to */
	at = print_end(at, s->raddr, listens && s->flags & TS_S_IPV6 ? 6 : s->family, s->rport);
	start = at;
	at = pad(format_name(at, state_of(s->state)), start, 12);
	start = at;
	at = pad(format_name(at, program), start, PROGRAM + 1);
	*at++ = '\n';
	return at;
}

static int print_entry(const struct compat_list *list, struct programs *programs,
		       const struct socket_entry *entry)
{
	const char *program = program_of_entry(programs, list->sockets, entry);
	char line[LINE];

	if (!program)
		return -ENOMEM;
	return sink_write(list->sink, line, (size_t)(print_row(line, entry, program) - line));
}

static int print_header(struct sink *sink, bool listeners)
{
	char line[LINE], *at;

	at = format_name(line, "Active Internet connections ");
	at = format_name(at, listeners ? "(only servers)\n" : "(servers and established)\n");
	at = format_name(at, "Proto Recv-Q Send-Q Local Address           "
			     "Foreign Address         State       PID/Program name    \n");
	return sink_write(sink, line, (size_t)(at - line));
}

int compat_print_netstat(const struct compat_list *list)
{
	struct programs programs = { 0 };
	int err = hash_index_new(&programs.index, list->n);

	if (!err)
		err = print_header(list->sink, list->listeners);
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < list->n && !err; i++)
			if (compat_is_in_turn(list->entries[i], turn))
				err = print_entry(list, &programs, list->entries[i]);
	free(programs.names);
	hash_index_free(&programs.index);
	return err;
}
