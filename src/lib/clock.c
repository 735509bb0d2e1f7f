// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/*
 * The offset of this time namespace to the monotonic clock of the initial one, which events carry.
 * Read once: the offsets of a namespace are fixed when a process is in it.
 */
static int64_t namespace_offset_ns(void)
{
	static int64_t offset = INT64_MIN;
	char line[128];
	long long seconds, ns;
	FILE *file;

	if (offset != INT64_MIN)
		return offset;
	offset = 0;
	file = fopen("/proc/self/timens_offsets", "re");
	if (!file)
		return offset;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "monotonic %lld %lld", &seconds, &ns) == 2)
			offset = seconds * 1000000000 + ns;
	(void)fclose(file);
	return offset;
}

uint64_t clock_mono_ns(void)
{
	return (uint64_t)(read_ns(CLOCK_MONOTONIC) - namespace_offset_ns());
}

uint64_t clock_thread_ns(void)
{
	return (uint64_t)read_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_wall_offset_ns(void)
{
	int64_t best = INT64_MAX, offset = 0;

	/* the tightest of five: a preemption between the reads makes the bracket wide */
	for (int i = 0; i < 5; i++) {
		int64_t before = (int64_t)clock_mono_ns();
		int64_t wall = read_ns(CLOCK_REALTIME);
		int64_t after = (int64_t)clock_mono_ns();

		if (after - before < best) {
			best = after - before;
			offset = wall - before - best / 2;
		}
	}
	return offset;
}
