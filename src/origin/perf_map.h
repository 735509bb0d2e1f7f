/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of JIT-compiled code, from /tmp/perf-PID.map. */
#ifndef ORIGIN_PERF_MAP_H
#define ORIGIN_PERF_MAP_H

#include <stdint.h>
#include <stdio.h>

/*
 * Returns the name at an address, for the caller to free; NULL: none. Reads the file in the root of the
 * process, by the PID in its own PID namespace.
 */
char *perf_map_find(uint32_t pid, uint64_t address);
/* The same for an open file. */
char *perf_map_search(FILE *file, uint64_t address);

#endif
