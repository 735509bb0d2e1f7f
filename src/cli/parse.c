// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Parses a command line: finds the command, applies the table of options, checks the operands. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/foreign.h"
#include "cli/table.h"
#include "events/handshake.h"
#include "filter/filter.h"
#include "lib/number.h"
#include "lib/suggest.h"
#include "system/process.h"

enum {
	SPECS_MAX = 64,
	LONG_BASE = 256, /* getopt_long() returns this and the index for a long option */
};

static const struct command *find_command(const struct command *commands, const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int unknown_command(const struct command *commands, const char *name, struct error *error)
{
	static const struct {
		const char *name, *meant;
	} others[] = {
		{ "netstat", "list --netstat" },
		{ "ss", "list --ss" },
		{ "help", "--help" },
		{ "version", "--version" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(name, others[i].name))
			return error_set(error, EINVAL,
					 "unknown command \"%s\": use \"tcpstate %s\"", name,
					 others[i].meant);
	for (const struct command *c = commands; c->name; c++)
		if (suggest_near(name, strlen(name), c->name))
			return error_set(error, EINVAL,
					 "unknown command \"%.64s\": did you mean \"%s\"? "
					 "\"tcpstate --help\" lists the commands",
					 name, c->name);
	return error_set(error, EINVAL,
			 "unknown command \"%.64s\": \"tcpstate --help\" lists the commands", name);
}

static const struct option_spec *find_spec(int c)
{
	if (c >= LONG_BASE)
		return &option_specs[c - LONG_BASE];
	for (const struct option_spec *spec = option_specs; spec->help; spec++)
		if (spec->letter && spec->letter == c)
			return spec;
	return NULL;
}

static bool is_argument_optional(const struct option_spec *spec)
{
	return spec->argument && *spec->argument == '[';
}

/* getopt_long() does not take the next word for an optional argument; --watch 5 does. */
static char *find_argument(int argc, char **argv, const struct option_spec *spec)
{
	if (optarg || !is_argument_optional(spec) || optind >= argc || *argv[optind] == '-')
		return optarg;
	return argv[optind++];
}

static void make_getopt_tables(struct option *longs, char *shorts)
{
	/* With a colon first, a missing argument has another return value than an unknown option. */
	*shorts++ = ':';
	for (int i = 0; option_specs[i].help; i++) {
		const struct option_spec *spec = &option_specs[i];
		int kind = is_argument_optional(spec) ? optional_argument :
			   spec->argument	      ? required_argument :
							no_argument;

		if (spec->letter)
			*shorts++ = spec->letter;
		if (spec->letter && spec->argument)
			*shorts++ = ':';
		*longs++ = (struct option){ spec->name, kind, NULL, LONG_BASE + i };
	}
	*shorts = '\0';
	*longs = (struct option){ .name = NULL };
}

/* Refuses `text`, which begins with two dashes: an unknown option, or one that is ambiguous. */
static int refuse_long(const struct parse *parse, const char *text)
{
	size_t length = strcspn(text + 2, "=");
	const char *hint = foreign_option(text + 2, length);
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
				 "option %.64s is ambiguous: --%s or --%s: use more letters", text,
				 meant[0], meant[1]);
	if (hint)
		return error_set(parse->error, EINVAL, "unknown option %.64s: %s", text, hint);
	if (near)
		return error_set(parse->error, EINVAL, "unknown option %.64s: did you mean --%s?",
				 text, near);
	return error_set(parse->error, EINVAL,
			 "unknown option %.64s: \"tcpstate %s --help\" lists the options", text,
			 parse->command->name);
}

/* Reports why getopt_long() returned `c`, which is `:` or `?`, at the word `text`. */
static int refuse(const struct parse *parse, int c, const char *text)
{
	const struct option_spec *spec = find_spec(optopt);

	if (spec && c == ':')
		return error_set(parse->error, EINVAL, "--%s needs an argument: --%s %s%s%s",
				 spec->name, spec->name, spec->argument, spec->hint ? "; " : "",
				 spec->hint ? spec->hint : "");
	if (spec)
		return error_set(parse->error, EINVAL,
				 "--%s takes no argument: leave out \"%.64s\"", spec->name,
				 strchrnul(text, '='));
	if (optopt && foreign_letter((char)optopt))
		return error_set(parse->error, EINVAL, "unknown option -%c: %s", optopt,
				 foreign_letter((char)optopt));
	if (optopt)
		return error_set(parse->error, EINVAL,
				 "unknown option -%c: \"tcpstate %s --help\" lists the options",
				 optopt, parse->command->name);
	return refuse_long(parse, text);
}

/* Names a command that takes the option, as for users of ss who type tcpstate -tln. */
static int refuse_option(const struct parse *parse)
{
	const struct command *taker = parse->commands;

	if (!parse->named && parse->spec->commands & COMMAND_LIST)
		return error_set(parse->error, EINVAL,
				 "--%s is an option of list: use \"tcpstate list %s%s\"",
				 parse->spec->name, parse->words[1], parse->words[2] ? " ..." : "");
	while (taker->name && !(taker->bit & parse->spec->commands))
		taker++;
	return error_set(parse->error, EINVAL,
			 "%s does not take --%s%s%s%s: \"tcpstate %s --help\" lists the options",
			 parse->command->name, parse->spec->name, taker->name ? ", but " : "",
			 taker->name ? taker->name : "", taker->name ? " does" : "",
			 parse->command->name);
}

/* Refuses a second value of the field, as --csv after --json. */
static int set_value(struct parse *parse, int *field)
{
	const struct option_spec *other = option_specs;

	if (*field && *field != parse->spec->value) {
		while (other->type != OPTION_VALUE || other->offset != parse->spec->offset ||
		       other->value != *field)
			other++;
		return error_set(parse->error, EINVAL, "contradicts --%s: use one of them",
				 other->name);
	}
	*field = parse->spec->value;
	return 0;
}

static int set_enum(struct parse *parse, const char *argument, int *field)
{
	const struct option_spec *spec = parse->spec;
	char names[128] = "";

	for (size_t i = 0; i < spec->count; i++) {
		if (!spec->names[i])
			continue;
		if (!strcmp(argument, spec->names[i])) {
			*field = (int)i;
			return 0;
		}
		if (*names)
			strcat(names, i + 1 < spec->count ? ", " : " or ");
		strcat(names, spec->names[i]);
	}
	return error_set(parse->error, EINVAL, "\"%.64s\" is unknown: use %s", argument, names);
}

static int set_text(struct parse *parse, const char *argument, const char **field)
{
	if (!*argument)
		return error_set(parse->error, EINVAL, "%s is empty: %s", parse->spec->argument,
				 parse->spec->accepts);
	*field = argument;
	return 0;
}

static int set_number(struct parse *parse, const char *argument, uint64_t *field)
{
	const struct option_spec *spec = parse->spec;

	if (!number_parse(argument, spec->min, spec->max, field))
		return 0;
	return error_set(parse->error, EINVAL, "\"%.64s\" is not %s: use %" PRIu64 " or more",
			 argument, spec->accepts, spec->min);
}

static int set(struct parse *parse, const char *argument)
{
	const struct option_spec *spec = parse->spec;
	void *field = (char *)parse->options + spec->offset;

	switch (spec->type) {
	case OPTION_PARSED:
		return spec->set(parse, argument);
	case OPTION_FILTER:
		return filter_add(&parse->options->filter, spec->criterion, argument, parse->error);
	case OPTION_FLAG:
	case OPTION_CLEAR:
		*(bool *)field = spec->type == OPTION_FLAG;
		return 0;
	case OPTION_VALUE:
		return set_value(parse, field);
	case OPTION_ENUM:
		return set_enum(parse, argument, field);
	case OPTION_NUMBER:
		return set_number(parse, argument, field);
	case OPTION_TEXT:
		return set_text(parse, argument, field);
	}
	return -EINVAL;
}

static int apply(struct parse *parse, const char *argument)
{
	char option[32];
	int err;

	if (!(parse->spec->commands & parse->command->bit))
		return refuse_option(parse);
	err = set(parse, argument);
	if (!err)
		return 0;
	(void)snprintf(option, sizeof(option), "--%s", parse->spec->name);
	error_prefix(parse->error, option);
	if (parse->bundled && parse->spec->hint)
		error_append(parse->error, parse->spec->hint);
	return err;
}

/* Is the argument the rest of a word of letters, as in -tulpn of ss? */
static bool is_bundled(const char *word)
{
	return optarg && word[0] == '-' && word[1] != '-' && optarg >= word + 2 &&
	       optarg <= word + strlen(word);
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
		int err;

		if (c == ':' || c == '?')
			return refuse(parse, c, argv[optind - 1]);
		parse->spec = find_spec(c);
		parse->bundled = is_bundled(argv[optind - 1]);
		err = apply(parse, find_argument(argc, argv, parse->spec));
		if (err || parse->options->action != ACTION_RUN)
			return err;
	}
	parse->options->argc = argc - optind;
	parse->options->argv = argv + optind;
	return 0;
}

static int refuse_operand(const struct parse *parse, const char *text)
{
	const struct options *options = parse->options;
	char said[FOREIGN_TEXT];

	if (parse->command->bit & COMMAND_FILTERING &&
	    foreign_filter(options->argv, options->argc, said))
		return error_set(parse->error, EINVAL,
				 "%s takes no argument \"%.64s\": use options: %s %s",
				 parse->command->name, text, parse->command->name, said);
	if (find_command(parse->commands, text))
		return error_set(parse->error, EINVAL,
				 "%s takes no argument \"%s\": the command comes first, as in "
				 "\"tcpstate %s\"",
				 parse->command->name, text, text);
	return error_set(parse->error, EINVAL,
			 "%s takes no argument \"%.64s\": \"tcpstate %s --help\" lists the "
			 "arguments",
			 parse->command->name, text, parse->command->name);
}

/* Reads [INTERVAL [N]] and leaves the operands after them. */
static int parse_interval(struct parse *parse)
{
	struct options *options = parse->options;

	if (options->argc > 0 &&
	    number_parse_seconds(options->argv[0], 0.01, 86400, &options->interval))
		return error_set(parse->error, EINVAL,
				 "%s: \"%.64s\" is not an interval: use 0.01 to 86400 seconds",
				 parse->command->name, options->argv[0]);
	if (options->argc > 1 && number_parse(options->argv[1], 1, UINT64_MAX, &options->rounds))
		return error_set(parse->error, EINVAL,
				 "%s: \"%.64s\" is not a number of times: use 1 or more",
				 parse->command->name, options->argv[1]);
	for (int i = 0; i < 2 && options->argc > 0; i++, options->argc--)
		options->argv++;
	return 0;
}

/* Checks the operands, and the options that a command needs. */
static int check_operands(struct parse *parse)
{
	struct options *options = parse->options;
	unsigned bit = parse->command->bit;
	int wanted = bit & COMMAND_REPLAY ? 1 : 0;
	int err = bit & (COMMAND_COUNT | COMMAND_STATS) ? parse_interval(parse) : 0;

	if (err)
		return err;
	if (bit & (COMMAND_SELFTEST | COMMAND_EXPLAIN)) /* the command checks its operands */
		return 0;
	if (options->argc > wanted)
		return refuse_operand(parse, options->argv[wanted]);
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

/* A socket belongs to a process, so the id of a thread stands for its process. */
static void replace_threads(struct options *options)
{
	struct ts_filter *f = &options->filter;

	for (__u32 i = 0; i < f->pids + f->pid_nots; i++) {
		uint32_t process = process_of("/proc", f->pid[i]);

		if (!process || process == f->pid[i])
			continue;
		options->threads[options->n_threads++] = (struct thread_pid){ f->pid[i], process };
		f->pid[i] = process;
	}
}

/* Sets the fields that follow from other options. `recorded`: the PIDs are those of a recording. */
static void derive(struct options *options, bool recorded)
{
	if (!recorded)
		replace_threads(options);
	options->no_drops = options->filter.included & TS_BY_STATE;
	if (options->handshakes)
		handshakes_filter(&options->filter);
	if (options->compat != COMPAT_NONE)
		options->tcp = true;
}

int option_parse(const struct command *commands, int argc, char **argv,
		 const struct command **command, struct options *options, struct error *error)
{
	int named = argc > 1 && argv[1][0] != '-';
	struct parse parse = {
		.commands = commands,
		.words = argv,
		.named = named,
		.options = options,
		.error = error,
	};
	int err;

	memset(options, 0, sizeof(*options));
	stuck_rules_default(&options->rules);
	parse.command = named ? find_command(commands, argv[1]) : commands;
	if (!parse.command)
		return unknown_command(commands, argv[1], error);
	err = parse_options(&parse, argc - named, argv + named);
	if (!err && options->action == ACTION_RUN)
		err = check_operands(&parse);
	if (err) {
		option_free(options);
		return err;
	}
	options->command = parse.command->bit;
	derive(options, parse.command->bit & COMMAND_REPLAY);
	*command = options->action == ACTION_HELP && !named ? NULL : parse.command;
	return 0;
}

void option_free(struct options *options)
{
	free(options->cgroup_path);
	options->cgroup_path = NULL;
	netns_close(&options->netns);
}
