/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command line: parses it into struct options, prints --help and the lists of the man pages.
 * All three read the same tables of commands and options.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <tcpstate/filter.h>

#include "lib/error.h"
#include "system/netns.h"
#include "list/query.h"
#include "output/config.h"
#include "stuck/close.h"
#include "stuck/rule.h"
#include "tracer/tier.h"

/* Language of explain. */
enum lang { LANG_LOCALE, LANG_EN, LANG_ZH };

/* To do after parsing. */
enum action { ACTION_RUN, ACTION_HELP, ACTION_VERSION, ACTION_COLUMNS };

struct options {
	unsigned command; /* COMMAND_* */
	enum action action;
	struct ts_filter filter;
	struct thread_pid {
		uint32_t thread, process;
	} threads[TS_FILTER_IDS]; /* --pid gave a thread's id: the filter has its process */
	unsigned n_threads;
	char *cgroup_path; /* --cgroup as given, for replay; owned */
	enum format format;
	const char *columns; /* argument of -o, or NULL */
	enum when color;
	bool resolve;		   /* -r */
	bool failed;		   /* --failed */
	bool handshakes;	   /* --handshakes */
	bool no_drops;		   /* --state was given, which no handshake drop matches */
	bool debug;		   /* --debug */
	int verbosity;		   /* -q: -1, default 0, -v: 1, -vv: 2 */
	uint64_t buffer_bytes;	   /* --buffer, a power of two; 0: default */
	enum hook_tier tier;	   /* --tier */
	const char *file;	   /* -w */
	struct netns netns;	   /* --netns; inode 0: not given */
	bool netns_by_inode;	   /* --netns was a number that need not exist */
	unsigned protos;	   /* --proto: 1 << enum stats_proto; 0: all */
	bool all;		   /* --all */
	bool pin;		   /* --pin */
	bool origin;		   /* --origin */
	bool long_tests;	   /* --long */
	bool list;		   /* --list */
	bool list_programs;	   /* --without list */
	const char *without;	   /* --without, a BPF program, or NULL */
	bool listeners;		   /* -l */
	bool tcp, udp;		   /* -t, -U; neither: both */
	bool tree;		   /* --tree */
	enum compat_format compat; /* --netstat, --ss */
	const char *by;		   /* --by, columns with commas; or NULL */
	const char *sort;	   /* --sort, a column with or without - before it; or NULL */
	enum lang lang;		   /* --lang */
	struct stuck_rules rules;  /* the defaults, as --rule changed them */
	bool once;		   /* --once */
	uint64_t more_than;	   /* --more-than */
	enum close_how close;	   /* --close */
	bool yes;		   /* --yes */
	double interval;	   /* operand or --watch, seconds; 0: not given */
	uint64_t rounds;	   /* operand or --frames; 0: no limit */
	int argc;		   /* operands */
	char **argv;
};

/* A command line as a user types it, without the program's name, and its effect. */
struct example {
	const char *words;
	const char *effect;
};

enum { EXAMPLES = 2 };

struct command {
	const char *name;
	unsigned bit;				   /* COMMAND_*: the options that it takes */
	const char *synopsis;			   /* of its operands, such as "[INTERVAL [N]]" */
	const char *summary;			   /* one line */
	struct example examples[EXAMPLES];	   /* words NULL: none */
	int (*run)(const struct options *options); /* returns an exit status */
};

enum {
	COMMAND_TRACE = 1 << 0,
	COMMAND_COUNT = 1 << 1,
	COMMAND_RECORD = 1 << 2,
	COMMAND_REPLAY = 1 << 3,
	COMMAND_DOCTOR = 1 << 4,
	COMMAND_SELFTEST = 1 << 5,
	COMMAND_LIST = 1 << 6,
	COMMAND_STATS = 1 << 7,
	COMMAND_EXPLAIN = 1 << 8,
	COMMAND_STUCK = 1 << 9,
	COMMAND_FILTERING = COMMAND_TRACE | COMMAND_COUNT | COMMAND_RECORD | COMMAND_REPLAY |
			    COMMAND_LIST | COMMAND_STUCK,
	COMMAND_ALL = ~0u,
};

/*
 * Finds the command (argv[1] unless it begins with `-`, else the first of `commands`, which ends
 * with a NULL name) and fills options. For ACTION_HELP without a command's name *command is NULL.
 * Returns 0, or -EINVAL with error set (a usage error); options own nothing then.
 */
int option_parse(const struct command *commands, int argc, char **argv,
		 const struct command **command, struct options *options, struct error *error);
void option_free(struct options *options);

struct field_table;

/* The columns that -o of the command selects from. */
const struct field_table *command_fields(const struct command *command);

/* Prints the common options and all commands, at most 40 lines of 80 columns. */
void help_print(FILE *out, const struct command *commands);
/* Prints all options of a command. */
void help_print_command(FILE *out, const struct command *command);

/*
 * Prints a list of the man pages as mdoc: options COMMAND, columns, socket-columns or
 * stuck-columns. Returns 0, or -EINVAL with error set for other words.
 */
int man_print(FILE *out, const struct command *commands, int argc, char **argv,
	      struct error *error);

#endif
