/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters: from the words of a user to struct ts_filter, and from it to a verdict on a frame. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/filter.h>

#include "lib/error.h"

/*
 * Each adds one option's argument to the filter: a comma-separated list unless
 * said otherwise. -EINVAL with error set when the text is not one of those;
 * nothing is changed then.
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
/* A path below the cgroup v2 mount, with or without the mount point before it. */
int filter_set_cgroup(struct ts_filter *f, const char *path, struct error *error);

/*
 * Is the transition wanted? `cgroup_under` is the caller's answer to TS_BY_CGROUP
 * (the cgroup of the socket lies at or below the wanted one). TS_MAYBE: the local
 * port decides and is not known yet.
 */
enum ts_match filter_match(const struct ts_filter *f, const struct ts_transition *t,
			   bool cgroup_under);
/* The same whatever the states are. */
enum ts_match filter_match_socket(const struct ts_filter *f, const struct ts_transition *t,
				  bool cgroup_under);

#endif
