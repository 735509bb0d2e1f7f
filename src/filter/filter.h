/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters: from a command line to struct ts_filter, and its verdict on a frame. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/filter.h>

#include "lib/error.h"

/*
 * Each adds an argument of the command line, a comma-separated list, to the filter. Returns 0, or
 * -EINVAL with error set and the filter unchanged.
 */
int filter_add_pids(struct ts_filter *f, const char *text, struct error *error);
int filter_add_comms(struct ts_filter *f, const char *text, struct error *error);
int filter_add_uids(struct ts_filter *f, const char *text, struct error *error);
int filter_add_lports(struct ts_filter *f, const char *text, struct error *error);
int filter_add_rports(struct ts_filter *f, const char *text, struct error *error);
int filter_add_laddrs(struct ts_filter *f, const char *text, struct error *error);
int filter_add_raddrs(struct ts_filter *f, const char *text, struct error *error);
int filter_add_states(struct ts_filter *f, const char *text, struct error *error);
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
