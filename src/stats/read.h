/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads protocol counters from the files of /proc/net. */
#ifndef STATS_READ_H
#define STATS_READ_H

#include "stats/stats.h"

/*
 * Reads snmp, netstat and, if it exists, snmp6 of a folder. Returns 0 or -errno with error set (-EBADMSG:
 * not the kernel's format). `stats` is freed by stats_free().
 */
int stats_read(const char *folder, struct stats **stats, struct error *error);

#endif
