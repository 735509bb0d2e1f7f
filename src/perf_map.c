// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads one line after the other: such files can have millions, and are seldom asked. */
#include "perf_map.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PERF_MAP_BYTES = 64 << 20 }; /* no more of it is read */

/* The PID that the process has in its own PID namespace: the last of NSpid. */
static uint32_t own_pid(uint32_t pid)
{
	char path[32], *line = NULL, *last;
	uint32_t own = pid;
	size_t room = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	file = fopen(path, "re");
	if (!file)
		return pid;
	while (getline(&line, &room, file) > 0) {
		if (strncmp(line, "NSpid:", 6))
			continue;
		last = strrchr(line, '\t');
		own = (uint32_t)strtoul(last ? last + 1 : line + 6, NULL, 10);
		break;
	}
	free(line);
	(void)fclose(file);
	return own;
}

/* Whoever wrote it may have put anything there. */
static FILE *perf_map_open(uint32_t pid)
{
	char path[80];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root/tmp/perf-%" PRIu32 ".map", pid,
		       own_pid(pid));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return NULL;
	}
	return fdopen(fd, "r");
}

/* A line is `START SIZE NAME`, the numbers in hexadecimal. */
static const char *line_name(const char *line, uint64_t address)
{
	uint64_t start, size;
	int used = 0;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %n", &start, &size, &used) < 2 || !used)
		return NULL;
	return address - start < size && line[used] ? line + used : NULL;
}

/* The last that fits counts: a JIT uses the place of old code again. */
char *perf_map_search(FILE *file, uint64_t address)
{
	char *line = NULL, *name = NULL;
	size_t room = 0, total = 0;
	ssize_t n;

	while (total < PERF_MAP_BYTES && (n = getline(&line, &room, file)) > 0) {
		const char *found;

		total += (size_t)n;
		line[strcspn(line, "\r\n")] = '\0';
		found = line_name(line, address);
		if (!found)
			continue;
		free(name);
		name = strdup(found);
	}
	free(line);
	return name;
}

char *perf_map_find(uint32_t pid, uint64_t address)
{
	FILE *file = perf_map_open(pid);
	char *name = file ? perf_map_search(file, address) : NULL;

	if (file)
		(void)fclose(file);
	return name;
}
