// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Command lines. An input is the words after the program's name, one a line. A line is
 * either taken, with options that make sense together, or refused with a text.
 */
#include <string.h>

#include "explain/explain.h"
#include "fuzz.h"
#include "cli/options.h"

enum { WORDS_MAX = 64 };

static const struct command commands[] = {
	{.name = "trace", .bit = COMMAND_TRACE},
	{.name = "count", .bit = COMMAND_COUNT},
	{.name = "record", .bit = COMMAND_RECORD},
	{.name = "replay", .bit = COMMAND_REPLAY},
	{.name = "doctor", .bit = COMMAND_DOCTOR},
	{.name = "selftest", .bit = COMMAND_SELFTEST},
	{.name = "stats", .bit = COMMAND_STATS},
	{.name = "list", .bit = COMMAND_LIST},
	{.name = "explain", .bit = COMMAND_EXPLAIN},
	{.name = "stuck", .bit = COMMAND_STUCK},
	{.name = NULL},
};

/* The operands of explain are topics that there are texts of, or refused with a text. */
static void check_topics(const struct options *o)
{
	struct topic topics[TOPICS_MAX];
	struct error error = {""};
	int n = topic_parse(o->argc, o->argv, topics, &error);

	MUST(n <= TOPICS_MAX && (n > 0) == !*error.text);
	for (int i = 0; i < n; i++) {
		const struct explain_text text = explain_text(&explain_zh, &topics[i]);

		MUST(text.meaning || topics[i].kind == EXPLAIN_DIAGRAM ||
		     (topics[i].kind == EXPLAIN_CHANGE && !explain_legal(&topics[i])));
	}
}

static void check_options(const struct command *command, const struct options *o)
{
	MUST(o->action <= ACTION_COLUMNS);
	if (o->action != ACTION_RUN)
		return;
	MUST(command);
	MUST(command->bit & (COMMAND_SELFTEST | COMMAND_EXPLAIN) ||
	     o->argc == (command->bit == COMMAND_REPLAY));
	if (command->bit == COMMAND_EXPLAIN)
		check_topics(o);
	MUST(command->bit != COMMAND_RECORD || (o->file && *o->file));
	MUST(!o->buffer_bytes || (o->buffer_bytes >= 64 << 10 && o->buffer_bytes <= 1 << 30));
	MUST(!(o->buffer_bytes & (o->buffer_bytes - 1)));
	MUST(o->verbosity >= -1);
	MUST(o->interval >= 0 && o->interval <= 86400);
	MUST(o->more_than <= UINT32_MAX && o->close <= CLOSE_RESET);
	MUST(command->bit == COMMAND_STUCK || (!o->more_than && !o->close && !o->yes && !o->once));
	MUST(!(o->filter.on & TS_BY_CGROUP) == !o->cgroup_path);
	MUST(command->bit != COMMAND_DOCTOR || (!o->filter.on && !o->columns));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options;
	const struct command *command = NULL;
	struct error error = {""};
	char *words[WORDS_MAX] = {(char[]){"tcpstate"}};
	char *text = malloc(size + 1);
	int count = 1;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *rest = text; size && rest && count < WORDS_MAX - 1;)
		words[count++] = strsep(&rest, "\n");
	if (option_parse(commands, count, words, &command, &options, &error)) {
		MUST(*error.text && !command && !options.cgroup_path);
	} else {
		MUST(!*error.text);
		check_options(command, &options);
	}
	option_free(&options);
	free(text);
	return 0;
}
