/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A recording that is written and read back through streams, for the tests of both. */
#ifndef RECORDING_H
#define RECORDING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "events/file_format.h"
#include "events/file_source.h"
#include "events/recorder.h"

static char path[] = "/tmp/tcpstate-test-XXXXXX";

/* Sizes of transitions: base, with actor, with totals; in turn, and of one turn. */
enum {
	BASE = TS_TRANSITION_BASE,
	ACTOR = TS_TRANSITION_ACTOR,
	WHOLE = sizeof(struct ts_transition),
	ROUND = BASE + ACTOR + WHOLE,
};

struct seen {
	uint64_t transitions, lost, clocks, ends;
	uint64_t totals, retrans_known;
	uint64_t last_id;
	int64_t offset;
	char group[64]; /* of the last transition */
};

static inline int look(void *context, const struct stream_frame *in)
{
	const struct ts_frame *frame = in->frame;
	const struct ts_transition *t = (const struct ts_transition *)frame;
	struct seen *seen = context;

	seen->lost += frame->type == TS_FRAME_LOST;
	seen->clocks += frame->type == TS_FRAME_CLOCK;
	seen->ends += frame->type == TS_FRAME_END;
	seen->offset = in->clock_offset;
	if (frame->type != TS_FRAME_TRANSITION)
		return 0;
	seen->transitions++;
	seen->totals += t->frame.flags & TS_F_TOTALS && t->bytes_in == t->id;
	seen->retrans_known += !in->retrans_unknown;
	seen->last_id = t->id;
	(void)snprintf(seen->group, sizeof(seen->group), "%s", in->cgroup ? in->cgroup : "-");
	return 0;
}

static inline int read_back(const char *name, struct seen *seen, struct error *error)
{
	struct consumer consumer = { .take = look, .context = seen };
	const struct stream_config config = { .cgroup_paths = true };
	const struct file_source source = { .path = name, .stop_fd = -1 };
	struct stream *stream;
	int err;

	memset(seen, 0, sizeof(*seen));
	memset(error, 0, sizeof(*error));
	assert_int_equal(stream_new(&config, NULL, consumer, &stream, error), 0);
	err = file_source_read(&source, stream, error);
	stream_free(stream);
	return err;
}

static inline const char *group_path(void *context, uint64_t id)
{
	static char group[32];

	(void)snprintf(group, sizeof(group), "/group/%llu", (unsigned long long)id);
	return id == 13 ? NULL : group;
}

/* Records n transitions, of `groups` cgroups in turn, through the same stream as live. */
static inline int record(uint64_t n, uint64_t groups, struct error *error)
{
	struct stream_source source = { .cgroup_path = group_path };
	struct consumer consumer = { .take = recorder_take };
	const struct stream_config config = { .cgroup_paths = true };
	struct ts_lost lost = { .frame = { .type = TS_FRAME_LOST, .size = sizeof(lost) },
				.count = 3 };
	struct recorder *recorder;
	struct stream *stream;
	int err;

	memset(error, 0, sizeof(*error));
	assert_int_equal(recorder_new(path, -1, &recorder, error), 0);
	consumer.context = recorder;
	assert_int_equal(stream_new(&config, &source, consumer, &stream, error), 0);
	err = stream_push(stream, &lost, sizeof(lost));
	for (uint64_t i = 1; i <= n && !err; i++) {
		static const __u16 frame_sizes[] = { BASE, WHOLE, ACTOR };
		struct ts_transition t = {
			.frame = { .type = TS_FRAME_TRANSITION, .size = frame_sizes[i % 3] },
			.id = i,
			.lport = 1,
			.cgroup = groups ? i % groups + 1 : 0,
			.bytes_in = i,
		};

		/* The shorter ones are lying. */
		t.frame.flags = TS_F_TOTALS;
		err = stream_push(stream, &t, t.frame.size);
	}
	if (!err)
		assert_int_equal(recorder_transitions(recorder), n);
	err = recorder_close(recorder, true, error);
	recorder_free(recorder);
	stream_free(stream);
	return err;
}

static inline size_t load(char **data)
{
	FILE *file = fopen(path, "re");
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	*data = malloc((size_t)st.st_size);
	assert_non_null(*data);
	assert_int_equal(fread(*data, 1, (size_t)st.st_size, file), st.st_size);
	(void)fclose(file);
	return (size_t)st.st_size;
}

static inline void store(const char *data, size_t n)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static inline int make_file(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static inline int remove_file(void **state)
{
	return unlink(path);
}

#endif
