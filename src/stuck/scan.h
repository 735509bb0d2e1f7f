/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Scans the sockets, judges them and reports the stuck ones: one time, or again and again. */
#ifndef STUCK_SCAN_H
#define STUCK_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/filter.h>

#include "sockets/view.h"
#include "stuck/stuck.h"
#include "tracer/tier.h"

struct error;
struct loop;
struct output;
struct sink;
struct stuck_close_config;

struct stuck_config {
	const struct stuck_rules *rules;
	uint64_t more_than; /* as many stuck sockets count as none */
	const struct ts_filter *filter;
	const struct netns *netns; /* as in struct socket_source_config */
	enum hook_tier tier;
	bool own_tracer; /* trace, unless another process has pinned its records */
	bool origin;	 /* with call stacks */
	bool two_looks;	 /* the second one shows the sockets in whichever state they are then */
	bool debug;
	int verbosity;
	bool diagnose;	/* print a diagnosis, not rows */
	unsigned width; /* of the diagnosis, in cells */
	bool utf8;	/* the diagnosis may have more than ASCII */
};

struct stuck_scan {
	const struct stuck_config *config; /* the caller's, as the next three */
	struct sink *sink;
	struct output *output;
	struct error *error;
	int stop_fd;		 /* readable after a stop signal */
	struct tracer *tracer;	 /* NULL: another process has one, or none is needed */
	struct helper *unwinder; /* for the collector */
	struct helper *helper;	 /* for the names of its view's origins */
	struct stack_collector *collector;
	struct socket_source *source;
	struct stuck stuck;
	struct ts_filter any_state; /* config->two_looks: the filter without its states */
	struct sockets *sockets;    /* of the last scan; NULL: none */
	struct stuck_list list;
	struct socket_view view; /* of the last scan */
	char text[SOCKET_TEXT];	 /* of the view */
	unsigned long reported;	 /* scans that stuck_watch() has reported */
	uint64_t waited_ns;	 /* for the origins of the last scan */
	bool watched;		 /* a scan does not wait long for origins */
	bool warned;		 /* of the namespaces that a scan cannot cover */
};

/* Whether another process has pinned its records, with origins where they are needed. */
bool stuck_is_pinned(bool origin);

/* Returns 0 or -errno with error set; stuck_scan_close() is due in either case. */
int stuck_scan_open(struct stuck_scan *scan, struct loop *loop);
void stuck_scan_close(struct stuck_scan *scan);

/* Takes a scan, after the last one was dropped. Returns 0 or -errno with error set. */
int stuck_scan_take(struct stuck_scan *scan);
/*
 * Takes a scan, and after a pause of 2 s at most a second one if that shows more. Returns 0, -errno
 * with error set, or -ECANCELED after a stop signal.
 */
int stuck_scan_settle(struct stuck_scan *scan);
/* Whether there are more stuck sockets than config->more_than. */
bool stuck_scan_exceeds(const struct stuck_scan *scan);
/* Prints the diagnosis of a list. Returns 0, -errno or the sink's error. */
int stuck_scan_diagnose(struct stuck_scan *scan, const struct sockets *sockets,
			const struct stuck_list *list);

struct stuck_once_config {
	bool check;				/* the result says whether a socket is stuck */
	const struct stuck_close_config *close; /* NULL: report */
};

/*
 * Reports or closes the stuck sockets of one scan. Returns 0, -errno, or 1: a socket is stuck
 * (check), or is left (close).
 */
int stuck_once(struct stuck_scan *scan, const struct stuck_once_config *config);
/*
 * Reports each change until a stop signal, or for `frames` scans if not 0. Returns 0, -errno, or 1
 * after the last frame.
 */
int stuck_watch(struct stuck_scan *scan, struct loop *loop, uint64_t interval_ns,
		unsigned long frames);

#endif
