/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of options, shared by the parser and the printers of help and man pages. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/options.h"

enum option_group { GROUP_FILTER, GROUP_OUTPUT, GROUP_OTHER, GROUPS };

enum option_type {
	OPTION_PARSED, /* .set() reads the argument */
	OPTION_FILTER, /* adds the argument to the filter's .criterion */
	OPTION_FLAG,   /* bool: set to true */
	OPTION_CLEAR,  /* bool: set to false */
	OPTION_VALUE,  /* enum: set to .value; excludes the other values */
	OPTION_ENUM,   /* enum: set to the index of the argument in .names */
	OPTION_NUMBER, /* uint64_t: .min to .max */
	OPTION_TEXT,   /* const char *: the argument, not empty */
};

/* A command line while it is parsed. */
struct parse {
	const struct command *commands;
	const struct command *command;
	const struct option_spec *spec; /* the option at hand */
	char **words;			/* the command line */
	bool named;			/* it names the command */
	bool bundled;			/* the argument is the rest of a word, as in -tulpn */
	struct options *options;
	struct error *error;
};

struct option_spec {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* NULL: none; in brackets: optional, .set() then gets NULL */
	unsigned commands;    /* COMMAND_* that take it */
	enum option_group group;
	const char *help;   /* an imperative phrase, without a full stop */
	const char *detail; /* more for the man page, one sentence a line; or NULL */
	enum option_type type;
	size_t offset; /* of the value in struct options */
	union {
		int value;
		uint64_t min;
		const char *const *names; /* by value, NULL: not accepted; ends after `count` */
		enum ts_criterion criterion;
		int (*set)(struct parse *parse, const char *argument);
	};
	size_t count; /* of names */
	uint64_t max;
	const char *accepts; /* for errors: what the argument must be (number), a remedy (text) */
	const char *hint;    /* after a usage error, for users of netstat and ss; or NULL */
};

extern const struct option_spec option_specs[]; /* ends with an entry without help */

#endif
