// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "system/proc_net_tcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpstate/state.h>

/* Fields, separated by blanks. */
enum {
	LOCAL = 1,
	REMOTE = 2,
	STATE = 3,
	QUEUES = 4,
	TIMER = 5,
	RETRANSMITS = 6,
	UID = 7,
	PROBES = 8,
	INODE = 9,
	FIELDS
};

/* jiffies_delta_to_clock_t(): USER_HZ is 100 on all architectures but alpha and ia64. */
enum { MS_PER_CLOCK = 10 };

/* Each 8 digits are a word in the byte order of the machine: "0100007F" is 127.0.0.1. */
static void parse_address(const char *digits, size_t n, uint8_t *address)
{
	memset(address, 0, 16);
	for (size_t i = 0; i < n / 8; i++) {
		char word[9] = "";
		uint32_t value;

		memcpy(word, digits + i * 8, 8);
		value = (uint32_t)strtoul(word, NULL, 16);
		memcpy(address + i * 4, &value, sizeof(value));
	}
}

/* "0100007F:4E21": an address of 8 or 32 digits, and a port. Returns the family, or 0. */
static uint8_t parse_endpoint(const char *field, uint8_t *address, uint16_t *port)
{
	size_t n = strspn(field, "0123456789ABCDEF");
	char *end;

	if ((n != 8 && n != 32) || field[n] != ':')
		return 0;
	parse_address(field, n, address);
	*port = (uint16_t)strtoul(field + n + 1, &end, 16);
	return end != field + n + 5 ? 0 : n == 8 ? 4 : 6;
}

/* Two numbers with a colon between: "00000000:0000002A". */
static bool parse_pair(const char *field, uint32_t *first, uint32_t *second)
{
	char *end;

	*first = (uint32_t)strtoul(field, &end, 16);
	if (end == field || *end != ':')
		return false;
	field = end + 1;
	*second = (uint32_t)strtoul(field, &end, 16);
	return end != field && *end == ' ';
}

bool proc_net_tcp_parse(const char *line, struct proc_net_tcp *socket)
{
	struct proc_net_tcp found = { 0 };
	const char *field[FIELDS];
	uint32_t timer, expires;
	unsigned long state;
	char *end;

	for (int i = 0; i < FIELDS; i++) {
		field[i] = line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	found.family = parse_endpoint(field[LOCAL], found.laddr, &found.lport);
	if (!found.family ||
	    parse_endpoint(field[REMOTE], found.raddr, &found.rport) != found.family)
		return false;
	state = strtoul(field[STATE], &end, 16);
	if (end != field[STATE] + 2 || state == TS_STATE_NONE || state >= TS_STATES)
		return false;
	found.state = state == TS_NEW_SYN_RECV ? TS_SYN_RECV : (uint8_t)state;
	if (!parse_pair(field[QUEUES], &found.send_q, &found.recv_q) ||
	    !parse_pair(field[TIMER], &timer, &expires))
		return false;
	found.timer = (uint8_t)timer;
	found.expires_ms = expires < UINT32_MAX / MS_PER_CLOCK ? expires * MS_PER_CLOCK :
								 UINT32_MAX;
	found.retransmits = (uint8_t)strtoul(field[RETRANSMITS], NULL, 16);
	found.uid = (uint32_t)strtoul(field[UID], NULL, 10);
	found.probes = (uint8_t)strtoul(field[PROBES], NULL, 10);
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

static int read_both(const char *path, const char *path6, proc_net_tcp_fn *take, void *context)
{
	int err = read_file(path, take, context);

	if (err)
		return err;
	err = read_file(path6, take, context);
	return err == -ENOENT ? 0 : err;
}

int proc_net_tcp_read(proc_net_tcp_fn *take, void *context)
{
	return read_both("/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6", take, context);
}

int proc_net_udp_read(proc_net_tcp_fn *take, void *context)
{
	return read_both("/proc/thread-self/net/udp", "/proc/thread-self/net/udp6", take, context);
}
