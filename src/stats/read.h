/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Source of protocol counters: the files of a /proc/net. */
#ifndef STATS_READ_H
#define STATS_READ_H

#include "stats/stats.h"

/*
 * Reads snmp, netstat and, where there is one, snmp6 of a folder. -errno with error set,
 * -EBADMSG for what is not the kernel's format.
 */
int stats_read(const char *folder, struct stats **stats, struct error *error);

#endif
