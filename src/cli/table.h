/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of options, shared by the parser and the printers of help and man page. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/options.h"

enum option_group { GROUP_FILTER, GROUP_OUTPUT, GROUP_OTHER, GROUPS };

/* A command line while it is parsed. */
struct parse {
	const struct command *command;
	struct options *options;
	enum parsed parsed; /* other than PARSED_RUN: parsing ends there */
	struct error *error;
};

struct option_spec {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* NULL: takes none; in brackets: may be left out, for NULL */
	unsigned commands;    /* COMMAND_* that take it */
	enum option_group group;
	const char *help;   /* a phrase, no full stop */
	const char *detail; /* for the man page, one sentence a line; or NULL */
	/* One of the two. */
	int (*filter)(struct ts_filter *f, const char *argument, struct error *error);
	int (*set)(struct parse *parse, const char *argument);
};

extern const struct option_spec option_specs[]; /* ends with an entry without help */

#endif
