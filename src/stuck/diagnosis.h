/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a group of stuck sockets means and what to do next, in words. */
#ifndef STUCK_DIAGNOSIS_H
#define STUCK_DIAGNOSIS_H

#include "stuck/group.h"

struct stuck_diagnosis {
	const char *what; /* "%s" of them: "sockets in CLOSE_WAIT", of one and of many */
	const char *whats;
	const char *meaning; /* a sentence or two */
	const char *next;    /* a command of tcpstate; a %u in it is the PID */
};

/* Never fails. `has_origin`: it is known where in the code the sockets come from. */
void stuck_diagnose(const struct stuck_group *group, bool has_origin,
		    struct stuck_diagnosis *words);

#endif
