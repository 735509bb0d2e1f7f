// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as a recording, through the stream and every output. The first byte chooses
 * the output, the filter by port, --failed, --cgroup and --handshakes; the rest is the file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "output/output.h"
#include "lib/sink.h"
#include "events/file_source.h"
#include "events/stream.h"

static const char all_columns[] = "+sk,time,local,peer,transition,duration,user,received,sent,srtt,"
				  "lifetime,outcome,why,count,queue,limit,at";
static int input = -1, nowhere = -1;

static void begin(void)
{
	if (input >= 0)
		return;
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	input = memfd_create("recording", MFD_CLOEXEC);
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	MUST(input >= 0 && nowhere >= 0);
	/* Every loss is reported; the sanitizers write to the descriptor itself. */
	stderr = fopen("/dev/null", "we");
	MUST(stderr);
}

static void replay(uint8_t choice, const char *path)
{
	static const struct ts_filter port_80 = { .on = TS_BY_LPORT, .lport[1] = 1 << 16 };
	const struct stream_config events = {
		.filter = choice & 0x10 ? &port_80 : NULL,
		.cgroup_path = choice & 0x20 ? "/system.slice" : NULL,
		.failed = choice & 0x40,
		.handshakes = choice & 0x08,
		.cgroup_paths = true,
	};
	const struct output_config config = {
		.format = choice % 3,
		.table = events.handshakes ? &handshake_fields : &transition_fields,
		.drops = &handshake_drop_fields,
		.type = "transition",
		.columns = choice & 0x80 ? all_columns : NULL,
	};
	struct consumer consumer = { .take = output_take };
	const struct file_source source = { .path = path, .stop_fd = -1 };
	struct output *output = NULL;
	struct stream *stream = NULL;
	struct sink *sink = NULL;
	struct error error = { "" };

	MUST(!sink_new(nowhere, -1, &sink));
	MUST(!output_new(&config, sink, &output, &error));
	consumer.context = output;
	MUST(!stream_new(&events, NULL, consumer, &stream, &error));
	/* An error always has a text. */
	if (file_source_read(&source, stream, &error))
		MUST(error.text[0]);
	stream_free(stream);
	output_free(output);
	sink_free(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];

	begin();
	if (!size)
		return 0;
	MUST(!ftruncate(input, 0));
	MUST(pwrite(input, data + 1, size - 1, 0) == (ssize_t)size - 1);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", input);
	replay(data[0], path);
	return 0;
}
