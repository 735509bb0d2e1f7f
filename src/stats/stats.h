/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The protocol counters of one network namespace at one moment, as the kernel's files
 * snmp, snmp6 and netstat give them. Knows no output.
 */
#ifndef STATS_STATS_H
#define STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

/* In the order of output. */
enum stats_proto {
	STATS_IP,
	STATS_IP6,
	STATS_ICMP,
	STATS_ICMP6,
	STATS_TCP,
	STATS_TCP6, /* has no counters of its own: see stats_proto_source() */
	STATS_UDP,
	STATS_UDP6,
	STATS_UDPLITE,
	STATS_UDPLITE6,
	STATS_MPTCP,
	STATS_OTHER, /* sections of the files that this program does not know */
	STATS_PROTOS
};

enum stats_kind {
	STATS_COUNTER, /* only ever grows; the kind of a row that names none */
	STATS_GAUGE,   /* a current number */
	STATS_SETTING, /* a constant or a sysctl */
};

struct stats_meaning {
	const char *name;    /* the kernel's; NULL ends a table */
	const char *plain;   /* a few words, at most STATS_PLAIN_MAX */
	const char *meaning; /* a phrase */
	enum stats_kind kind;
};

enum {
	STATS_PLAIN_MAX = 36,
	STATS_NAME_MAX = 64, /* of a section or a counter; the kernel's have less than half */
	STATS_KEY_MAX = 2 * STATS_NAME_MAX + 1,
};

struct stats_counter {
	const char *section; /* "TcpExt"; "snmp6" for that file, which has none */
	const char *name;    /* the kernel's */
	enum stats_proto proto;
	bool duplicate; /* an earlier section of the protocol has this name too */
	bool negative;
	uint64_t value; /* without the sign */
};

struct stats {
	struct stats_counter *counters;
	size_t n;
	char *texts[3];	  /* of the files; names point there */
	bool ipv6;	  /* there is a file snmp6 */
	uint64_t mono_ns; /* when they were read */
};

/*
 * Adds the counters of a file's text, which is modified and must live as long as stats.
 * pairs: snmp and netstat, with a line of names and a line of values for each section;
 * singles: snmp6, with a name and a value in each line.
 * Returns 0, -ENOMEM or -EBADMSG, with error set to path, line and fault.
 */
int stats_parse_pairs(struct stats *stats, const char *path, char *text, size_t length,
		      struct error *error);
int stats_parse_singles(struct stats *stats, const char *path, char *text, size_t length,
			struct error *error);
/*
 * The counter's name in its protocol: the kernel's. "SECTION:" stands before it for a duplicate, in an
 * unknown section, and if the name begins with a small letter, as the keys of tcpstate do.
 */
void stats_key(const struct stats_counter *counter, char key[STATS_KEY_MAX + 1]);
/*
 * Reads snmp, netstat and, if it exists, snmp6 of a folder ("/proc/net"). Returns 0 or -errno with
 * error set (-EBADMSG: not the kernel's format). `stats` is freed by stats_free().
 */
int stats_read(const char *folder, struct stats **stats, struct error *error);
void stats_free(struct stats *stats);

/* The protocol that has its counters: tcp for tcp6, since Linux counts both families together. */
enum stats_proto stats_proto_source(enum stats_proto proto);
/* The protocol has no counters without IPv6. */
bool stats_needs_ipv6(enum stats_proto proto);
bool stats_has_proto(const struct stats *stats, enum stats_proto proto);
const char *stats_proto_name(enum stats_proto proto);
/* Above the protocol's counters in text. */
const char *stats_heading(const struct stats *stats, enum stats_proto proto);
/* "ipv4", "ipv6", "ipv4+ipv6"; NULL: unknown. */
const char *stats_families(const struct stats *stats, enum stats_proto proto);
/* A comma-separated list, added to the bits 1 << enum stats_proto. -EINVAL with error set. */
int stats_parse_protos(const char *list, unsigned *protos, struct error *error);

/*
 * Growth per second since `last`, in millionths. false: unknown, because the counter is new, became less
 * (another namespace, a wrap of 32 bits) or no time has passed.
 */
bool stats_rate(const struct stats *now, size_t index, const struct stats *last, uint64_t *micro);

#endif
