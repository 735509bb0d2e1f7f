/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Commands and options as tables: the parser, --help and the man page are made
 * from them, so none of the three can drift.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <tcpstate/filter.h>

#include "lib/error.h"
#include "list/query.h"
#include "output/config.h"
#include "stuck/close.h"
#include "stuck/rule.h"
#include "tracer/tier.h"

struct options {
	struct ts_filter filter;
	char *cgroup_path; /* --cgroup as given, for replay; owned */
	enum format format;
	const char *columns; /* argument of -o, or NULL */
	enum when color;
	bool resolve;		  /* -r */
	bool failed;		  /* --failed */
	bool handshakes;	  /* --handshakes */
	bool no_drops;		  /* --state was given: no handshakes in trouble */
	bool debug;		  /* --debug */
	int verbosity;		  /* -q: -1, default 0, -v: 1, -vv: 2 */
	size_t buffer_bytes;	  /* --buffer; 0: default */
	enum hook_tier tier;	  /* --tier */
	const char *file;	  /* -w */
	const char *netns;	  /* --netns as given; the filter has its inode */
	unsigned protos;	  /* --proto: 1 << enum stats_proto; 0: not given */
	bool all;		  /* --all */
	bool keep;		  /* --keep */
	bool origin;		  /* --origin */
	bool patient;		  /* --long */
	bool list;		  /* --list */
	bool list_programs;	  /* --without list */
	const char *without;	  /* --without, a BPF program; NULL: all are there */
	bool listeners;		  /* -l */
	bool tcp, udp;		  /* -t, -U; neither: both */
	bool tree;		  /* --tree */
	/* --netstat, --ss */
	enum compat_format compat;
	const char *sort;	  /* --sort, a column with or without - before it; or NULL */
	const char *lang;	  /* --lang, "en" or "zh"; NULL: by locale */
	struct stuck_rules rules; /* --rule, and what goes without it */
	bool once;		  /* --once */
	uint64_t more_than;	  /* --more-than */
	enum close_how close;	  /* --close */
	bool yes;		  /* --yes */
	double interval;	  /* positional or --watch, seconds; 0: not given */
	unsigned long rounds;	  /* positional or --frames; 0: without end */
	int argc;		  /* what is left */
	char **argv;
};

struct command {
	const char *name;
	unsigned bit;				   /* COMMAND_*: which options it takes */
	const char *synopsis;			   /* of its arguments, e.g. "[INTERVAL [N]]" */
	const char *summary;			   /* one line */
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
	COMMAND_ALL = ~0u,
};

/* What to do after parsing. */
enum parsed { PARSED_RUN, PARSED_HELP, PARSED_VERSION, PARSED_COLUMNS };

extern const struct command commands[]; /* ends with a NULL name; main.c */

/*
 * Finds the command (argv[1] unless it begins with `-`, else the first of the
 * table) and fills options. For PARSED_HELP without a command's name *command is NULL.
 * -EINVAL with error set: usage, exit 2; there is nothing to free then.
 */
int option_parse(int argc, char **argv, const struct command **command, struct options *options,
		 enum parsed *parsed, struct error *error);
void option_free(struct options *options);

/* --help: of one command, or with NULL of the program. */
void option_print_help(FILE *out, const struct command *command);
/* The man page's option list (mdoc or man macros), made from the same table. */
void option_print_man(FILE *out);

#endif
