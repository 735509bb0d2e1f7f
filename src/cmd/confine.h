/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The privileges that a command keeps once its BPF programs are attached. */
#ifndef CMD_CONFINE_H
#define CMD_CONFINE_H

#include <stdint.h>

/* What a command does until it ends. */
enum confine_need {
	CONFINE_BPF = 1 << 0, /* reads maps and iterators, and loads programs that it needs late */
	CONFINE_SCANS = 1 << 1,	  /* finds and enters all network namespaces */
	CONFINE_FILES = 1 << 2,	  /* reads files of any mode: cgroups by their id */
	CONFINE_ORIGINS = 1 << 3, /* reads which program a process executes */
};

/* The set of capabilities for `needs`, a mask of enum confine_need. */
uint64_t confine_capabilities(unsigned needs);

/*
 * Drops the other capabilities, and the system calls that no long-running command needs. A kernel
 * or a build without one of these is noted with -v: the command runs all the same.
 */
void confine(unsigned needs, int verbosity);

#endif
