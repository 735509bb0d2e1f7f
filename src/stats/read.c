// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reads the three files; stats.c parses them. */
#include "stats/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

enum { FILE_MAX_BYTES = 64 << 10 /* the kernel's have less than 10 KiB */ };

typedef int parse_fn(struct stats *stats, const char *path, char *text, size_t length,
		     struct error *error);

static const struct {
	const char *name;
	parse_fn *parse;
	bool ipv6;
} files[] = {
	{ "snmp", stats_parse_pairs, false },
	{ "netstat", stats_parse_pairs, false },
	{ "snmp6", stats_parse_singles, true },
};

/* Reads the whole file and adds a zero byte. */
static int read_all(int fd, char **text, size_t *length)
{
	char *buffer = malloc(FILE_MAX_BYTES);
	size_t used = 0;
	ssize_t n;

	if (!buffer)
		return -ENOMEM;
	while ((n = read(fd, buffer + used, FILE_MAX_BYTES - used))) {
		int err = n < 0 ? -errno : used + (size_t)n == FILE_MAX_BYTES ? -EFBIG : 0;

		if (err == -EINTR)
			continue;
		if (err) {
			free(buffer);
			return err;
		}
		used += (size_t)n;
	}
	buffer[used] = '\0';
	*text = buffer;
	*length = used;
	return 0;
}

static int read_file(const char *path, char **text, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, text, length);
	(void)close(fd);
	return err;
}

static int read_counters(struct stats *stats, const char *folder, struct error *error)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[4096];
		size_t length = 0;
		int err;

		(void)snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		err = read_file(path, &stats->texts[i], &length);
		if (err == -ENOENT && files[i].ipv6)
			continue; /* a kernel without IPv6, or with ipv6.disable=1 */
		if (err)
			return error_set(error, -err, "cannot read %.200s: %s%s", path,
					 strerror(-err),
					 err == -ENOENT ? ": is /proc mounted?" : "");
		stats->ipv6 |= files[i].ipv6;
		err = files[i].parse(stats, path, stats->texts[i], length, error);
		if (err)
			return err;
	}
	return 0;
}

int stats_read(const char *folder, struct stats **out, struct error *error)
{
	struct stats *stats = calloc(1, sizeof(*stats));
	int err;

	if (!stats)
		return error_set(error, ENOMEM, "no memory for the counters");
	stats->mono_ns = clock_mono_ns();
	err = read_counters(stats, folder, error);
	if (err) {
		stats_free(stats);
		return err;
	}
	*out = stats;
	return 0;
}
