// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The protocols: names, families, and the list that --proto takes. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "stats/stats.h"
#include "lib/suggest.h"

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

static const struct {
	const char *name;
	const char *also; /* the name in netstat of other systems, or NULL */
	unsigned families;
	const char *heading;
} protos[STATS_PROTOS] = {
	[STATS_IP] = { "ip", "ipv4", FAMILY_IPV4, "IP (IPv4)" },
	[STATS_IP6] = { "ip6", "ipv6", FAMILY_IPV6, "IPv6" },
	[STATS_ICMP] = { "icmp", "icmpv4", FAMILY_IPV4, "ICMP (IPv4)" },
	[STATS_ICMP6] = { "icmp6", "icmpv6", FAMILY_IPV6, "ICMPv6" },
	[STATS_TCP] = { "tcp", NULL, FAMILY_IPV4 | FAMILY_IPV6, "TCP (IPv4 and IPv6 together)" },
	[STATS_TCP6] = { "tcp6", "tcpv6", FAMILY_IPV4 | FAMILY_IPV6,
			 "TCP (IPv4 and IPv6 together)" },
	[STATS_UDP] = { "udp", NULL, FAMILY_IPV4, "UDP (IPv4)" },
	[STATS_UDP6] = { "udp6", "udpv6", FAMILY_IPV6, "UDP (IPv6)" },
	[STATS_UDPLITE] = { "udplite", NULL, FAMILY_IPV4, "UDP-Lite (IPv4)" },
	[STATS_UDPLITE6] = { "udplite6", NULL, FAMILY_IPV6, "UDP-Lite (IPv6)" },
	[STATS_MPTCP] = { "mptcp", NULL, FAMILY_IPV4 | FAMILY_IPV6,
			  "Multipath TCP (IPv4 and IPv6 together)" },
	[STATS_OTHER] = { "other", NULL, 0, "Others, not known to this tcpstate" },
};

enum stats_proto stats_proto_source(enum stats_proto proto)
{
	return proto == STATS_TCP6 ? STATS_TCP : proto;
}

bool stats_needs_ipv6(enum stats_proto proto)
{
	return proto == STATS_TCP6 || protos[proto].families == FAMILY_IPV6;
}

const char *stats_proto_name(enum stats_proto proto)
{
	return protos[proto].name;
}

const char *stats_families(const struct stats *stats, enum stats_proto proto)
{
	static const char *const names[] = { NULL, "ipv4", "ipv6", "ipv4+ipv6" };
	unsigned families = protos[proto].families;

	return names[stats->ipv6 ? families : families & ~(unsigned)FAMILY_IPV6];
}

const char *stats_heading(const struct stats *stats, enum stats_proto proto)
{
	if (!stats->ipv6 && proto == STATS_TCP)
		return "TCP (IPv4; this kernel has no IPv6)";
	if (!stats->ipv6 && proto == STATS_MPTCP)
		return "Multipath TCP (IPv4; this kernel has no IPv6)";
	return protos[proto].heading;
}

static bool is_called(const char *text, size_t n, const char *name)
{
	return name && strlen(name) == n && !strncasecmp(text, name, n);
}

static int unknown(const char *text, size_t n, struct error *error)
{
	for (enum stats_proto i = 0; i < STATS_PROTOS; i++)
		if (suggest_near(text, n, protos[i].name))
			return error_set(error, EINVAL, "\"%.*s\" is not known: did you mean %s?",
					 (int)(n < 64 ? n : 64), text, protos[i].name);
	return error_set(error, EINVAL,
			 "\"%.*s\" is not known: use ip, ip6, icmp, icmp6, tcp, tcp6, udp, "
			 "udp6, udplite, udplite6, mptcp or other",
			 (int)(n < 64 ? n : 64), text);
}

int stats_parse_protos(const char *list, unsigned *bits, struct error *error)
{
	unsigned found = 0;

	for (;;) {
		size_t n = strcspn(list, ",");
		enum stats_proto proto = 0;

		if (!n)
			return error_set(error, EINVAL,
					 "a name is empty: use names such as tcp,udp6");
		while (proto < STATS_PROTOS && !is_called(list, n, protos[proto].name) &&
		       !is_called(list, n, protos[proto].also))
			proto++;
		if (proto == STATS_PROTOS)
			return unknown(list, n, error);
		found |= 1u << proto;
		if (!list[n])
			break;
		list += n + 1;
	}
	*bits |= found;
	return 0;
}
