// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds the protocol, name and meaning of a counter by its section and name. */
#include "stats/words.h"

#include <stdio.h>
#include <string.h>

#include "lib/number.h"

/* Tables, laid out by hand. */
/* clang-format off */

/* A section of snmp or netstat, or a prefix of the names in snmp6. */
struct section {
	const char *name;
	enum stats_proto proto;
	const struct stats_meaning *words[2]; /* the first counts; none: message types only */
};

static const struct section sections[] = {
	{ "Ip", STATS_IP, { stats_words_ip, stats_words_ip_common } },
	{ "IpExt", STATS_IP, { stats_words_ip_ext, stats_words_ip_common } },
	{ "Icmp", STATS_ICMP, { stats_words_icmp, stats_words_icmp_common } },
	{ "IcmpMsg", STATS_ICMP, { NULL } },
	{ "Tcp", STATS_TCP, { stats_words_tcp } },
	{ "TcpExt", STATS_TCP, { stats_words_tcp_ext } },
	{ "Udp", STATS_UDP, { stats_words_udp } },
	{ "UdpLite", STATS_UDPLITE, { stats_words_udp } },
	{ "MPTcpExt", STATS_MPTCP, { stats_words_mptcp } },
	{ NULL },
};

/* No prefix begins with another one. */
static const struct section prefixes[] = {
	{ "Ip6", STATS_IP6, { stats_words_ip6, stats_words_ip_common } },
	{ "Icmp6", STATS_ICMP6, { stats_words_icmp6, stats_words_icmp_common } },
	{ "Udp6", STATS_UDP6, { stats_words_udp } },
	{ "UdpLite6", STATS_UDPLITE6, { stats_words_udp } },
	{ NULL },
};

struct message_type {
	unsigned type;
	const char *name;
};

/* IANA's registries of ICMP types; an unknown type is shown by its number. */
static const struct message_type icmp_types[] = {
	{ 0, "echo reply" }, { 3, "unreachable" }, { 4, "source quench" }, { 5, "redirect" },
	{ 8, "echo request" }, { 9, "router advertisement" }, { 10, "router solicitation" },
	{ 11, "time exceeded" }, { 12, "parameter problem" }, { 13, "timestamp request" },
	{ 14, "timestamp reply" }, { 17, "address mask request" }, { 18, "address mask reply" },
	{ 42, "extended echo request" }, { 43, "extended echo reply" }, { 0, NULL },
};

static const struct message_type icmp6_types[] = {
	{ 1, "unreachable" }, { 2, "packet too big" }, { 3, "time exceeded" },
	{ 4, "parameter problem" }, { 128, "echo request" }, { 129, "echo reply" },
	{ 130, "MLD query" }, { 131, "MLD report" }, { 132, "MLD done" },
	{ 133, "router solicitation" }, { 134, "router advertisement" },
	{ 135, "neighbor solicit." }, { 136, "neighbor advertisement" }, { 137, "redirect" },
	{ 143, "MLDv2 report" }, { 160, "extended echo request" }, { 161, "extended echo reply" },
	{ 0, NULL },
};

/* The section, and the part of the name after its prefix; NULL: unknown. */
static const struct section *find_section(const char *section, const char **name)
{
	if (strcmp(section, "snmp6")) {
		for (const struct section *s = sections; s->name; s++)
			if (!strcmp(s->name, section))
				return s;
		return NULL;
	}
	for (const struct section *s = prefixes; s->name; s++) {
		size_t length = strlen(s->name);

		if (!strncmp(s->name, *name, length) && (*name)[length]) {
			*name += length;
			return s;
		}
	}
	return NULL;
}

enum stats_proto stats_section_proto(const char *section, const char *name)
{
	const struct section *found = find_section(section, &name);

	return found ? found->proto : STATS_OTHER;
}

/* InType3, OutType135: one counter for each message type that was seen. */
static bool read_type(const char *name, bool *in, uint64_t *type)
{
	*in = !strncmp(name, "InType", 6);
	return (*in || !strncmp(name, "OutType", 7)) &&
	       !number_parse(name + (*in ? 6 : 7), 0, 255, type);
}

bool stats_is_message_type(const struct stats_counter *counter)
{
	const char *name = counter->name;
	const struct section *section = find_section(counter->section, &name);
	uint64_t type;
	bool in;

	return section && (section->proto == STATS_ICMP || section->proto == STATS_ICMP6) &&
	       read_type(name, &in, &type);
}

static void describe_type(enum stats_proto proto, const char *name, struct stats_words *words)
{
	const struct message_type *types = proto == STATS_ICMP ? icmp_types : icmp6_types;
	const char *what = NULL;
	uint64_t type;
	bool in;

	if (!read_type(name, &in, &type))
		return;
	for (; types->name; types++)
		if (types->type == type)
			what = types->name;
	(void)snprintf(words->plain, sizeof(words->plain), "type %u %s%s%s", (unsigned)type,
		       in ? "in" : "out", what ? ": " : "", what ? what : "");
	words->meaning = in ? "messages of this type received" : "messages of this type sent";
}

static const struct stats_meaning *find_meaning(const struct section *section, const char *name)
{
	for (size_t i = 0; i < sizeof(section->words) / sizeof(section->words[0]); i++)
		for (const struct stats_meaning *m = section->words[i]; m && m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	return NULL;
}

void stats_describe(const struct stats_counter *counter, struct stats_words *words)
{
	const char *name = counter->name;
	const struct section *section = find_section(counter->section, &name);
	const struct stats_meaning *meaning = section ? find_meaning(section, name) : NULL;

	*words = (struct stats_words){ .kind = STATS_COUNTER };
	if (meaning) {
		words->kind = meaning->kind;
		(void)snprintf(words->plain, sizeof(words->plain), "%s", meaning->plain);
		words->meaning = meaning->meaning;
	} else if (section && (section->proto == STATS_ICMP || section->proto == STATS_ICMP6)) {
		describe_type(section->proto, name, words);
	}
}
