// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/proc_net_tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpstate/state.h>

/* Fields, separated by blanks. */
enum { LOCAL = 1, REMOTE = 2, STATE = 3, INODE = 9, FIELDS };

/* "0100007F:4E21": an address of 8 or 32 digits, and a port. Returns the family, or 0. */
static uint8_t parse_endpoint(const char *field, uint16_t *port)
{
	size_t n = strspn(field, "0123456789ABCDEF");
	char *end;

	if ((n != 8 && n != 32) || field[n] != ':')
		return 0;
	*port = (uint16_t)strtoul(field + n + 1, &end, 16);
	return end != field + n + 5 ? 0 : n == 8 ? 4 : 6;
}

bool proc_net_tcp_parse(const char *line, struct proc_net_tcp *socket)
{
	struct proc_net_tcp found;
	const char *field[FIELDS];
	unsigned long state;
	char *end;

	for (int i = 0; i < FIELDS; i++) {
		field[i] = line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	found.family = parse_endpoint(field[LOCAL], &found.lport);
	if (!found.family || parse_endpoint(field[REMOTE], &found.rport) != found.family)
		return false;
	state = strtoul(field[STATE], &end, 16);
	if (end != field[STATE] + 2 || state == TS_STATE_NONE || state >= TS_STATES)
		return false;
	found.state = state == TS_NEW_SYN_RECV ? TS_SYN_RECV : (uint8_t)state;
	found.inode = strtoull(field[INODE], &end, 10);
	if (end == field[INODE] || !strchr(" \n", *end))
		return false;
	*socket = found;
	return true;
}

static int read_file(const char *path, proc_net_tcp_fn *take, void *context)
{
	FILE *file = fopen(path, "re");
	struct proc_net_tcp socket;
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getline(&line, &size, file) > 0)
		if (proc_net_tcp_parse(line, &socket))
			err = take(context, &socket);
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	(void)fclose(file);
	return err;
}

int proc_net_tcp_read(proc_net_tcp_fn *take, void *context)
{
	int err = read_file("/proc/thread-self/net/tcp", take, context);

	if (err)
		return err;
	err = read_file("/proc/thread-self/net/tcp6", take, context);
	return err == -ENOENT ? 0 : err;
}
