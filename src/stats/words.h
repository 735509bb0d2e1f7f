/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names and meanings of sections and counters. The tables are in words_*.c. */
#ifndef STATS_WORDS_H
#define STATS_WORDS_H

#include "stats/stats.h"

extern const struct stats_meaning stats_words_ip_common[];
extern const struct stats_meaning stats_words_ip[];
extern const struct stats_meaning stats_words_ip_ext[];
extern const struct stats_meaning stats_words_ip6[];
extern const struct stats_meaning stats_words_icmp_common[];
extern const struct stats_meaning stats_words_icmp[];
extern const struct stats_meaning stats_words_icmp6[];
extern const struct stats_meaning stats_words_tcp[];
extern const struct stats_meaning stats_words_tcp_ext[];
extern const struct stats_meaning stats_words_udp[];
extern const struct stats_meaning stats_words_mptcp[];

/* The protocol that a section (of snmp and netstat) or a name (of snmp6) belongs to. */
enum stats_proto stats_section_proto(const char *section, const char *name);

/* Of an unknown counter: empty, NULL and STATS_COUNTER. */
struct stats_words {
	enum stats_kind kind;
	char plain[STATS_PLAIN_MAX + 1];
	const char *meaning;
};

/* A counter of a message type, which the kernel leaves out while it is 0 (InType3, Icmp6OutType135). */
bool stats_is_message_type(const struct stats_counter *counter);
void stats_describe(const struct stats_counter *counter, struct stats_words *words);

#endif
