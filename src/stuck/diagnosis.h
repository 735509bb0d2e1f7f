/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The meaning of a group of stuck sockets, and the next step, in words. */
#ifndef STUCK_DIAGNOSIS_H
#define STUCK_DIAGNOSIS_H

#include "stuck/group.h"

struct stuck_diagnosis {
	const char *one, *many; /* "socket in CLOSE_WAIT", "sockets in CLOSE_WAIT" */
	const char *meaning;
	const char *next; /* a tcpstate command; `{}` in it is the PID */
};

/* `has_origin`: the origin of at least one socket is known. */
void stuck_diagnose(const struct stuck_group *group, bool has_origin,
		    struct stuck_diagnosis *diagnosis);

#endif
