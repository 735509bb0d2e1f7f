/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters: from a command line to struct ts_filter, and its verdict on a frame. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/filter.h>

#include "lib/error.h"

/*
 * Adds an argument of the command line, a comma-separated list, to a criterion: TS_BY_PID, _COMM,
 * _UID, _LPORT, _RPORT, _PORT, _LADDR, _RADDR, _ADDR, _DEVICE or _STATE. An item
 * after a ! is excluded. Returns 0, or -EINVAL or -ENOMEM with error set
 * and the filter unchanged.
 */
int filter_add(struct ts_filter *f, enum ts_criterion criterion, const char *text,
	       struct error *error);
int filter_set_family(struct ts_filter *f, int family, struct error *error);
void filter_set_netns(struct ts_filter *f, uint32_t inode);
/* One path of a cgroup v2, with or without the mount point. */
int filter_set_cgroup(struct ts_filter *f, const char *path, struct error *error);

/*
 * Whether the filter selects the transition. `cgroup_under`: its cgroup is the filter's or below it
 * (for TS_BY_CGROUP). TS_MAYBE: the local port decides, and is unknown yet.
 */
enum ts_match filter_match(const struct ts_filter *f, const struct ts_transition *t,
			   bool cgroup_under);
/* The same without regard to the states. */
enum ts_match filter_match_socket(const struct ts_filter *f, const struct ts_transition *t,
				  bool cgroup_under);

#endif
