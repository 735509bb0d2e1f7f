// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The command line: finds the command, runs the table's setters, checks what is left over. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "events/handshake.h"
#include "lib/number.h"
#include "cli/table.h"
#include "lib/suggest.h"

enum {
	SPECS_MAX = 64,
	LONG_BASE = 256, /* getopt_long() returns this and the index for a long option */
};

/* In seconds; the error says them too, without %g, which follows the locale. */
static const double interval_min = 0.01;
static const double interval_max = 86400;

static const struct command *find_command(const char *name)
{
	for (const struct command *c = commands; c->name; c++) {
		if (!strcmp(c->name, name))
			return c;
	}
	return NULL;
}

static int unknown_command(const char *name, struct error *error)
{
	for (const struct command *c = commands; c->name; c++) {
		if (suggest_near(name, strlen(name), c->name))
			return error_set(error, EINVAL,
					 "unknown command \"%.64s\": did you mean \"%s\"? "
					 "\"tcpstate --help\" lists them all",
					 name, c->name);
	}
	return error_set(error, EINVAL,
			 "unknown command \"%.64s\": \"tcpstate --help\" lists those there are",
			 name);
}

static const struct option_spec *find_spec(int c)
{
	if (c >= LONG_BASE)
		return &option_specs[c - LONG_BASE];
	for (const struct option_spec *spec = option_specs; spec->help; spec++) {
		if (spec->letter && spec->letter == c)
			return spec;
	}
	return NULL;
}

static bool may_lack_argument(const struct option_spec *spec)
{
	return spec->argument && *spec->argument == '[';
}

static int argument_kind(const struct option_spec *spec)
{
	if (may_lack_argument(spec))
		return optional_argument;
	return spec->argument ? required_argument : no_argument;
}

/* Its argument may be the next word too, which getopt_long() does not look at. */
static char *find_argument(int argc, char **argv, const struct option_spec *spec)
{
	if (optarg || !may_lack_argument(spec) || optind >= argc || *argv[optind] == '-')
		return optarg;
	return argv[optind++];
}

static void make_getopt_tables(struct option *longs, char *shorts)
{
	/* A colon first: a missing argument is told from an unknown option. */
	*shorts++ = ':';
	for (int i = 0; option_specs[i].help; i++) {
		const struct option_spec *spec = &option_specs[i];

		if (spec->letter)
			*shorts++ = spec->letter;
		if (spec->letter && spec->argument)
			*shorts++ = ':';
		*longs++ = (struct option){ spec->name, argument_kind(spec), NULL, LONG_BASE + i };
	}
	*shorts = '\0';
	*longs = (struct option){ .name = NULL };
}

/* `text` begins with two dashes, and getopt_long() found none or several that it could mean. */
static int refuse_long(const struct parse *parse, const char *text)
{
	size_t length = strcspn(text + 2, "=");
	const char *meant[2] = { NULL, NULL };
	const char *near = NULL;

	for (const struct option_spec *spec = option_specs; spec->help; spec++) {
		if (!strncmp(spec->name, text + 2, length) && !meant[1])
			meant[meant[0] != NULL] = spec->name;
		else if (!near && suggest_near(text + 2, length, spec->name))
			near = spec->name;
	}
	if (meant[1])
		return error_set(parse->error, EINVAL,
				 "%.64s could mean --%s or --%s: write more of it", text, meant[0],
				 meant[1]);
	if (near)
		return error_set(parse->error, EINVAL, "unknown option %.64s: did you mean --%s?",
				 text, near);
	return error_set(parse->error, EINVAL,
			 "unknown option %.64s: \"tcpstate %s --help\" lists those there are", text,
			 parse->command->name);
}

/* Puts into words why getopt_long() returned `:` or `?`. */
static int refuse(const struct parse *parse, int c, const char *text)
{
	const struct option_spec *spec = find_spec(optopt);

	if (spec && c == ':')
		return error_set(parse->error, EINVAL, "--%s needs an argument: --%s %s",
				 spec->name, spec->name, spec->argument);
	if (spec)
		return error_set(parse->error, EINVAL,
				 "--%s takes no argument: leave out \"%.64s\"", spec->name,
				 strchrnul(text, '='));
	if (optopt)
		return error_set(parse->error, EINVAL,
				 "unknown option -%c: \"tcpstate %s --help\" lists those there are",
				 optopt, parse->command->name);
	return refuse_long(parse, text);
}

static int apply(struct parse *parse, const struct option_spec *spec, char *argument)
{
	if (!(spec->commands & parse->command->bit))
		return error_set(
			parse->error, EINVAL,
			"%s does not take --%s: \"tcpstate %s --help\" lists what it takes",
			parse->command->name, spec->name, parse->command->name);
	if (spec->filter)
		return spec->filter(&parse->options->filter, argument, parse->error);
	return spec->set(parse, argument);
}

static int parse_options(struct parse *parse, int argc, char **argv)
{
	struct option longs[SPECS_MAX];
	char shorts[2 * SPECS_MAX];
	int c;

	make_getopt_tables(longs, shorts);
	optind = 0; /* glibc: forget any earlier command line */
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_spec *spec = find_spec(c);
		int err;

		if (c == ':' || c == '?')
			err = refuse(parse, c, argv[optind - 1]);
		else
			err = apply(parse, spec, find_argument(argc, argv, spec));
		if (err || parse->parsed != PARSED_RUN)
			return err;
	}
	parse->options->argc = argc - optind;
	parse->options->argv = argv + optind;
	return 0;
}

static int unexpected(const struct parse *parse, const char *text)
{
	if (find_command(text))
		return error_set(parse->error, EINVAL,
				 "%s takes no argument \"%s\": the command comes first, as in "
				 "\"tcpstate %s\"",
				 parse->command->name, text, text);
	return error_set(
		parse->error, EINVAL,
		"%s takes no argument \"%.64s\": \"tcpstate %s --help\" shows what it takes",
		parse->command->name, text, parse->command->name);
}

/* [INTERVAL [N]]; what is left then is for nobody. */
static int parse_interval(struct parse *parse)
{
	struct options *options = parse->options;
	uint64_t rounds = 0;

	if (options->argc > 0 &&
	    number_parse_seconds(options->argv[0], interval_min, interval_max, &options->interval))
		return error_set(parse->error, EINVAL,
				 "%s: \"%.64s\" is not an interval: use seconds, 0.01 to 86400",
				 parse->command->name, options->argv[0]);
	if (options->argc > 1 && number_parse(options->argv[1], 1, ULONG_MAX, &rounds))
		return error_set(parse->error, EINVAL,
				 "%s: \"%.64s\" is not a number of times: use 1 or more",
				 parse->command->name, options->argv[1]);
	options->rounds = rounds;
	for (int i = 0; i < 2 && options->argc > 0; i++) {
		options->argc--;
		options->argv++;
	}
	return 0;
}

/* What the command needs and what it is given beside options. */
static int check_operands(struct parse *parse)
{
	struct options *options = parse->options;
	unsigned bit = parse->command->bit;
	int wanted = bit & COMMAND_REPLAY ? 1 : 0;
	int err = bit & (COMMAND_COUNT | COMMAND_STATS) ? parse_interval(parse) : 0;

	if (err)
		return err;
	if (bit & (COMMAND_SELFTEST | COMMAND_EXPLAIN)) /* patterns; names: theirs to judge */
		return 0;
	if (options->argc > wanted)
		return unexpected(parse, options->argv[wanted]);
	if (options->argc < wanted)
		return error_set(parse->error, EINVAL,
				 "%s needs a FILE: name a recording, or - for standard input",
				 parse->command->name);
	if (bit & COMMAND_RECORD && !options->file)
		return error_set(parse->error, EINVAL,
				 "%s needs -w FILE: name a file to write, or - for standard output",
				 parse->command->name);
	return 0;
}

int option_parse(int argc, char **argv, const struct command **command, struct options *options,
		 enum parsed *parsed, struct error *error)
{
	int named = argc > 1 && argv[1][0] != '-';
	struct parse parse = { .options = options, .parsed = PARSED_RUN, .error = error };
	int err;

	memset(options, 0, sizeof(*options));
	stuck_rules_default(&options->rules);
	parse.command = named ? find_command(argv[1]) : commands;
	if (!parse.command)
		return unknown_command(argv[1], error);
	err = parse_options(&parse, argc - named, argv + named);
	if (!err && parse.parsed == PARSED_RUN)
		err = check_operands(&parse);
	options->no_drops = options->filter.on & TS_BY_STATE;
	if (!err && options->handshakes)
		handshakes_filter(&options->filter);
	if (err) {
		option_free(options);
		return err;
	}
	*command = parse.parsed == PARSED_HELP && !named ? NULL : parse.command;
	*parsed = parse.parsed;
	return 0;
}

void option_free(struct options *options)
{
	free(options->cgroup_path);
	options->cgroup_path = NULL;
}
