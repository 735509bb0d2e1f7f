/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names that JIT compilers give their code, in /tmp/perf-PID.map. */
#ifndef ORIGIN_PERF_MAP_H
#define ORIGIN_PERF_MAP_H

#include <stdint.h>
#include <stdio.h>

/*
 * NULL: there is no such file, or nothing of that address. The file is the process's own, by the
 * PID that it has itself. To be freed.
 */
char *perf_map_find(uint32_t pid, uint64_t address);
/* The same of an open file. */
char *perf_map_search(FILE *file, uint64_t address);

#endif
