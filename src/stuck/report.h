/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The diagnosis: groups of stuck sockets, their meaning, the next step. */
#ifndef STUCK_REPORT_H
#define STUCK_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "stuck/group.h"

struct origins;
struct resolver;

struct stuck_diagnosis {
	const char *one, *many; /* "socket in CLOSE_WAIT", "sockets in CLOSE_WAIT" */
	const char *meaning;
	const char
		*next; /* a tcpstate command; `{}` in it is the option that selects the processes */
};

/* `has_origin`: the origin of at least one socket is known. */
void stuck_diagnose(const struct stuck_group *group, bool has_origin,
		    struct stuck_diagnosis *diagnosis);

struct stuck_view {
	const struct sockets *sockets;
	const struct stuck_groups *groups;
	struct origins *origins; /* NULL: no tracer records origins */
	struct resolver *users;	 /* NULL: users are numbers */
	const char *scope;	 /* options that a command by name needs beside it; NULL: none */
	bool by_pid;		 /* a name may select processes that the scan excluded */
	unsigned width;		 /* cells in a line */
	bool utf8;
	bool all; /* every group and every peer */
};

void stuck_report_print(FILE *out, const struct stuck_view *view);

/* comm[pid]; returns `text`. */
enum { STUCK_NAME = 128 };
const char *stuck_report_name(const struct ts_holder *holder, bool utf8, char text[STUCK_NAME]);
/* The command name of a group's processes, or its beginning and a star; returns `text`. */
const char *stuck_report_program(const struct stuck_group *group, bool utf8, char text[STUCK_NAME]);

#endif
