// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Protocol counters: the kernel's files read strictly, names, protocols, growth. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "stats/output.h"
#include "stats/stats.h"
#include "stats/words.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

typedef int parse_fn(struct stats *stats, const char *path, char *text, size_t length,
		     struct error *error);

/* Into texts[0] of new stats. */
static struct stats *parse(parse_fn *fn, const char *text, size_t length, int *err,
			   struct error *error)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	assert_non_null(stats);
	stats->texts[0] = malloc(length + 1);
	assert_non_null(stats->texts[0]);
	memcpy(stats->texts[0], text, length);
	stats->texts[0][length] = '\0';
	*err = fn(stats, "/p/file", stats->texts[0], length, error);
	return stats;
}

static struct stats *parse_good(parse_fn *fn, const char *text)
{
	struct error error = { "" };
	int err;
	struct stats *stats = parse(fn, text, strlen(text), &err, &error);

	assert_string_equal(error.text, "");
	assert_int_equal(err, 0);
	return stats;
}

static const struct stats_counter *counter_of(const struct stats *stats, const char *section,
					      const char *name)
{
	for (size_t i = 0; i < stats->n; i++)
		if (!strcmp(stats->counters[i].section, section) &&
		    !strcmp(stats->counters[i].name, name))
			return &stats->counters[i];
	fail_msg("no %s %s", section, name);
	return NULL;
}

static void reads_pairs(void **state)
{
	struct stats *stats = parse_good(
		stats_parse_pairs,
		"Tcp: RtoMin MaxConn InSegs Least\n"
		"Tcp: 200 -1 18446744073709551615 -9223372036854775808\n"
		"IcmpMsg: InType3\nIcmpMsg: 4\n"
		"IcmpMsg: OutType8\nIcmpMsg: 5\n" /* the kernel writes 16 to a line */
		"TcpExt: InSegs TW\nTcpExt: 6 7\n"
		"New: InSegs\nNew: 8\n");
	const struct stats_counter *c;

	(void)state;
	assert_int_equal(stats->n, 9);
	c = counter_of(stats, "Tcp", "MaxConn");
	assert_true(c->negative && c->value == 1 && c->proto == STATS_TCP);
	c = counter_of(stats, "Tcp", "Least");
	assert_true(c->negative && c->value == (uint64_t)INT64_MAX + 1);
	c = counter_of(stats, "Tcp", "InSegs");
	assert_true(!c->negative && c->value == UINT64_MAX && !c->duplicate);
	assert_int_equal(counter_of(stats, "IcmpMsg", "InType3")->value, 4);
	c = counter_of(stats, "IcmpMsg", "OutType8");
	assert_true(c->value == 5 && c->proto == STATS_ICMP);
	c = counter_of(stats, "TcpExt", "InSegs");
	assert_true(c->duplicate && c->value == 6 && c->proto == STATS_TCP);
	assert_false(counter_of(stats, "TcpExt", "TW")->duplicate);
	c = counter_of(stats, "New", "InSegs");
	assert_true(c->proto == STATS_OTHER && !c->duplicate);
	stats_free(stats);
}

static void reads_singles(void **state)
{
	static const struct {
		const char *name;
		enum stats_proto proto;
	} cases[] = {
		{ "Ip6InReceives", STATS_IP6 },	    { "Icmp6OutType135", STATS_ICMP6 },
		{ "Udp6NoPorts", STATS_UDP6 },	    { "UdpLite6NoPorts", STATS_UDPLITE6 },
		{ "Sctp6InMsgs", STATS_OTHER },	    { "ifIndex", STATS_OTHER },
		{ "Ip6", STATS_OTHER },
	};
	struct stats *stats = parse_good(
		stats_parse_singles,
		"Ip6InReceives                   \t7\nIcmp6OutType135 8\nUdp6NoPorts\t1\n"
		"UdpLite6NoPorts 1\nSctp6InMsgs 1\nifIndex 1\nIp6 1\n");

	(void)state;
	assert_int_equal(stats->n, COUNT(cases));
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(counter_of(stats, "snmp6", cases[i].name)->proto, cases[i].proto);
	assert_int_equal(stats->counters[0].value, 7);
	stats_free(stats);
}

/* TcpExt is longer than 2 KiB; ten times that must do. */
static void reads_long_lines(void **state)
{
	enum { NAMES = 2000, ROOM = NAMES * 24 };
	char *text = malloc(ROOM), *at = text;
	struct stats *stats;

	(void)state;
	assert_non_null(text);
	at += sprintf(at, "TcpExt:");
	for (int i = 0; i < NAMES; i++)
		at += sprintf(at, " Name%d", i);
	at += sprintf(at, "\nTcpExt:");
	for (int i = 0; i < NAMES; i++)
		at += sprintf(at, " %d", i + 1);
	(void)sprintf(at, "\n");
	stats = parse_good(stats_parse_pairs, text);
	assert_int_equal(stats->n, NAMES);
	assert_int_equal(counter_of(stats, "TcpExt", "Name1999")->value, 2000);
	stats_free(stats);
	free(text);
}

struct fault {
	const char *text;
	const char *said; /* part of the error */
};

static void expect_faults(parse_fn *fn, const struct fault *faults, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct error error = { "" };
		int err;

		stats_free(parse(fn, faults[i].text, strlen(faults[i].text), &err, &error));
		if (err != -EBADMSG || !strstr(error.text, faults[i].said) ||
		    !strstr(error.text, "/p/file"))
			fail_msg("%zu: %d, \"%s\" lacks \"%s\"", i, err, error.text, faults[i].said);
	}
}

static void refuses_bad_pairs(void **state)
{
	static const struct fault faults[] = {
		{ "", "is empty" },
		{ "\n", "line 1: \"\" does not begin a section" },
		{ "Tcp: A B\n", "line 1: \"Tcp\" has names and no values" },
		{ "Tcp: A B\nTcp: 1\n", "line 2: \"B\" has no value" },
		{ "Tcp: A\nTcp: 1 2\n", "line 2: \"2\" is a value without a name" },
		{ "Tcp: A\nUdp: 1\n", "line 2: \"Udp\" stands where values should be" },
		{ "Tcp: A\nTcp 1\n", "line 2: \"Tcp 1\" stands where" },
		{ "Tcp: A\nTcp: 1\nnonsense\n", "line 3: \"nonsense\" does not begin" },
		{ ": A\n: 1\n", "line 1: \"\" does not begin" },
		{ "Tcp: A\nTcp: x\n", "line 2: \"x\" is not a number" },
		{ "Tcp: A\nTcp: 1x\n", "line 2: \"1x\" is not a number" },
		{ "Tcp: A\nTcp: -\n", "\"-\" is not a number" },
		{ "Tcp: A\nTcp: --1\n", "\"--1\" is not a number" },
		{ "Tcp: A\nTcp: 18446744073709551616\n", "is not a number" },
		{ "Tcp: A\nTcp: -9223372036854775809\n", "is not a number" },
		{ "Tcp: A\nTcp: 1", "line 2: \"\" is where the file was cut off" },
		{ "Tcp: A\"B\nTcp: 1\n", "\"A\"B\" is not the name of a counter" },
		{ "Tcp: A A\nTcp: 1 2\n", "line 2: \"A\" is there twice" },
		{ "Tcp: A\nTcp: 1\nTcp: A\nTcp: 1\n", "line 4: \"A\" is there twice" },
		{ "Tcp: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nTcp: 1\n",
		  "is not the name of a counter" },
	};
	struct error error = { "" };
	int err;

	(void)state;
	expect_faults(stats_parse_pairs, faults, COUNT(faults));
	stats_free(parse(stats_parse_pairs, "Tcp: A\nTcp: \0" "1\n", 15, &err, &error));
	assert_int_equal(err, -EBADMSG);
	assert_non_null(strstr(error.text, "line 2: \"\" holds a zero byte"));
}

static void refuses_bad_singles(void **state)
{
	static const struct fault faults[] = {
		{ "", "is empty" },
		{ "Ip6A 1\n\n", "line 2: \"\" has neither name nor value" },
		{ "Ip6A 1\nIp6B\n", "line 2: \"Ip6B\" has no value" },
		{ "Ip6A 1 2\n", "line 1: \"2\" is a value without a name" },
		{ "Ip6A one\n", "line 1: \"one\" is not a number" },
		{ "Ip6A 1\nIp6A 1\n", "line 2: \"Ip6A\" is there twice" },
		{ "Ip6A 1\nIp6B 2", "line 2: \"\" is where the file was cut off" },
	};

	(void)state;
	expect_faults(stats_parse_singles, faults, COUNT(faults));
}

static void knows_protocols(void **state)
{
	static const struct {
		const char *list;
		unsigned protos; /* 0: refused */
		const char *said;
	} cases[] = {
		{ "tcp", 1 << STATS_TCP, NULL },
		{ "tcp,udp6", 1 << STATS_TCP | 1 << STATS_UDP6, NULL },
		{ "TCPv6", 1 << STATS_TCP6, NULL },
		{ "ipv6,ICMPv6,UdpV6", 1 << STATS_IP6 | 1 << STATS_ICMP6 | 1 << STATS_UDP6, NULL },
		{ "other,mptcp,udplite", 1 << STATS_OTHER | 1 << STATS_MPTCP | 1 << STATS_UDPLITE,
		  NULL },
		{ "", 0, "empty" },
		{ "tcp,", 0, "empty" },
		{ ",tcp", 0, "empty" },
		{ "tcp6,tpc", 0, "did you mean tcp?" },
		{ "quic", 0, "\"quic\" is not known: use ip, ip6" },
		{ "tcp udp", 0, "not known" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = { "" };
		unsigned protos = 0;
		int err = stats_parse_protos(cases[i].list, &protos, &error);

		assert_int_equal(protos, cases[i].protos);
		assert_int_equal(err, cases[i].protos ? 0 : -EINVAL);
		if (!cases[i].protos)
			assert_non_null(strstr(error.text, cases[i].said));
	}
}

/* What tcp6 shows is tcp's, and neither is called IPv6's alone. */
static void families_are_true(void **state)
{
	struct stats *stats = parse_good(stats_parse_pairs, "Tcp: A\nTcp: 1\n");

	(void)state;
	assert_int_equal(stats_proto_source(STATS_TCP6), STATS_TCP);
	assert_int_equal(stats_proto_source(STATS_UDP6), STATS_UDP6);
	assert_string_equal(stats_families(stats, STATS_TCP), "ipv4");
	assert_false(stats_has_proto(stats, STATS_TCP6));
	stats->ipv6 = true;
	assert_true(stats_has_proto(stats, STATS_TCP6));
	assert_false(stats_has_proto(stats, STATS_UDP));
	assert_string_equal(stats_families(stats, STATS_TCP), "ipv4+ipv6");
	assert_string_equal(stats_families(stats, STATS_TCP6), "ipv4+ipv6");
	assert_string_equal(stats_families(stats, STATS_UDP6), "ipv6");
	assert_null(stats_families(stats, STATS_OTHER));
	stats_free(stats);
}

/* The rate of the only counter of `after`; UINT64_MAX: not known. */
static uint64_t rate(const char *before, const char *after, uint64_t ns)
{
	struct stats *last = parse_good(stats_parse_pairs, before);
	struct stats *now = parse_good(stats_parse_pairs, after);
	uint64_t micro = 0;

	last->mono_ns = 1000;
	now->mono_ns = 1000 + ns;
	if (!stats_rate(now, 0, last, &micro))
		micro = UINT64_MAX;
	stats_free(last);
	stats_free(now);
	return micro;
}

static void rates_are_measured(void **state)
{
	const uint64_t s = 1000000000;

	(void)state;
	assert_true(rate("Tcp: A\nTcp: 10\n", "Tcp: A\nTcp: 10\n", s) == 0);
	assert_true(rate("Tcp: A\nTcp: 10\n", "Tcp: A\nTcp: 13\n", 2 * s) == 1500000);
	/* by the time that did pass, not the one that was asked for */
	assert_true(rate("Tcp: A\nTcp: 0\n", "Tcp: A\nTcp: 1\n", 1000100000) == 999900);
	assert_true(rate("Tcp: A\nTcp: 0\n", "Tcp: A\nTcp: 1\n", 3 * s) == 333333);
	assert_true(rate("Tcp: A\nTcp: 0\n", "Tcp: A\nTcp: 2\n", 3 * s) == 666667);
	/* 10^12 in a day: more than 64 bits on the way */
	assert_true(rate("Tcp: A\nTcp: 0\n", "Tcp: A\nTcp: 1000000000000\n", 86400 * s) ==
		    UINT64_C(11574074074074));
	/* found where it is, whatever comes before it */
	assert_true(rate("Tcp: B A\nTcp: 99 10\n", "Tcp: A\nTcp: 11\n", s) == 1000000);
	assert_true(rate("Udp: A\nUdp: 99\nTcp: A\nTcp: 10\n", "Tcp: A\nTcp: 11\n", s) == 1000000);
}

static void rates_are_not_made_up(void **state)
{
	const uint64_t s = 1000000000;

	(void)state;
	assert_true(rate("Tcp: A\nTcp: 4294967295\n", "Tcp: A\nTcp: 3\n", s) == UINT64_MAX);
	/* nor after so long that the wrapped difference would be a rate */
	assert_true(rate("Tcp: A\nTcp: 4\n", "Tcp: A\nTcp: 3\n", 100 * 86400 * s) == UINT64_MAX);
	assert_true(rate("Tcp: B\nTcp: 1\n", "Tcp: A\nTcp: 3\n", s) == UINT64_MAX);
	assert_true(rate("Tcp: A\nTcp: -1\n", "Tcp: A\nTcp: 3\n", s) == UINT64_MAX);
	assert_true(rate("Tcp: A\nTcp: 1\n", "Tcp: A\nTcp: -3\n", s) == UINT64_MAX);
	assert_true(rate("Tcp: A\nTcp: 1\n", "Tcp: A\nTcp: 3\n", 0) == UINT64_MAX);
	assert_true(rate("Tcp: A\nTcp: 0\n", "Tcp: A\nTcp: 18446744073709551615\n", 1) ==
		    UINT64_MAX);
	/* of these the kernel shows none that are 0, so the first was 0 before */
	assert_true(rate("Icmp: A\nIcmp: 1\n", "IcmpMsg: InType3\nIcmpMsg: 3\n", s) == 3000000);
}

/* What is printed of the growth from each text to the next, a second later; to be freed. */
static char *print_rates(enum format format, const char *const *texts, size_t n)
{
	const struct stats_config config = { .format = format };
	int fd = memfd_create("stats", MFD_CLOEXEC);
	struct stats *last = parse_good(stats_parse_pairs, texts[0]);
	struct stats_output *output;
	struct sink *sink;
	char *text;
	off_t size;

	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	assert_int_equal(stats_output_new(&config, sink, &output), 0);
	for (size_t i = 1; i < n; i++) {
		struct stats *now = parse_good(stats_parse_pairs, texts[i]);
		const struct stats_round round = { .now = now, .last = last };

		now->mono_ns = i * 1000000000;
		assert_int_equal(stats_output_round(output, &round), 0);
		stats_free(last);
		last = now;
	}
	stats_free(last);
	stats_output_free(output);
	sink_free(sink);
	size = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	assert_int_equal(close(fd), 0);
	return text;
}

static void expect_rates(enum format format, const char *const *texts, size_t n, const char *expected)
{
	char *text = print_rates(format, texts, n);

	assert_string_equal(text, expected);
	free(text);
}

/* A counter that fell, and one that the kernel did not have before. */
static void unknown_rates_are_empty(void **state)
{
	static const char *const texts[] = { "New: Fell Grew\nNew: 9 1\n",
					     "New: Fell Grew Came\nNew: 8 3 5\n" };

	(void)state;
	expect_rates(FORMAT_JSON, texts, COUNT(texts),
		     "{\"v\":1,\"type\":\"stats-rate\",\"ts\":\"1970-01-01T00:00:00.000000000Z\","
		     "\"mono_ns\":1000000000,\"interval_s\":1.000000000,\"netns\":null,"
		     "\"proto\":\"other\",\"families\":null,\"New:Fell\":null,"
		     "\"New:Grew\":2.000000,\"New:Came\":null}\n");
	expect_rates(FORMAT_CSV, texts, COUNT(texts),
		     "ts,proto,families,counter,value,per_second\r\n"
		     "1970-01-01T00:00:00.000000000Z,other,,New:Fell,8,\r\n"
		     "1970-01-01T00:00:00.000000000Z,other,,New:Grew,3,2.000000\r\n"
		     "1970-01-01T00:00:00.000000000Z,other,,New:Came,5,\r\n");
	expect_rates(FORMAT_TEXT, texts, COUNT(texts),
		     "00:00:00.000  growth per second, over 1.000 s\n"
		     "Others, not known to this tcpstate\n"
		     "         -  New:Fell\n"
		     "    2.00/s  New:Grew\n"
		     "         -  New:Came\n");
}

/* A round without growth says so, and the next is as far below it as below any. */
static void quiet_rounds(void **state)
{
	static const char *const texts[] = { "New: A\nNew: 1\n", "New: A\nNew: 1\n",
					     "New: A\nNew: 1\n", "New: A\nNew: 2\n",
					     "New: A\nNew: 3\n" };

	(void)state;
	expect_rates(FORMAT_TEXT, texts, COUNT(texts),
		     "00:00:00.000  growth per second, over 1.000 s\n"
		     "  nothing was counted\n"
		     "\n"
		     "00:00:00.000  growth per second, over 1.000 s\n"
		     "  nothing was counted\n"
		     "\n"
		     "00:00:00.000  growth per second, over 1.000 s\n"
		     "Others, not known to this tcpstate\n"
		     "    1.00/s  New:A\n"
		     "\n"
		     "00:00:00.000  growth per second, over 1.000 s\n"
		     "Others, not known to this tcpstate\n"
		     "    1.00/s  New:A\n");
}

static const struct stats_meaning *const tables[] = {
	stats_words_ip,	 stats_words_ip_ext,  stats_words_ip6, stats_words_icmp,  stats_words_icmp6,
	stats_words_ip_common, stats_words_icmp_common,
	stats_words_tcp, stats_words_tcp_ext, stats_words_udp, stats_words_mptcp,
};

/* A line of 80 columns holds them beside a value of ten digits. */
static void words_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		size_t plain = 0, name = 0;

		for (const struct stats_meaning *m = tables[i]; m->name; m++) {
			size_t length = strlen(m->meaning);

			if (!*m->plain || strlen(m->plain) > STATS_PLAIN_MAX)
				fail_msg("%s: \"%s\"", m->name, m->plain);
			if (!length || m->meaning[length - 1] == '.' || strchr(m->meaning, '\n'))
				fail_msg("%s: \"%s\"", m->name, m->meaning);
			for (const struct stats_meaning *other = tables[i]; other != m; other++)
				assert_string_not_equal(m->name, other->name);
			plain = strlen(m->plain) > plain ? strlen(m->plain) : plain;
			name = strlen(m->name) > name ? strlen(m->name) : name;
		}
		/* with the longest prefix of snmp6 */
		assert_true(10 + 2 + plain + 2 + sizeof("Icmp6") - 1 + name <= 80);
	}
}

static void describes(void **state)
{
	static const struct {
		const char *section, *name, *plain;
		enum stats_kind kind;
	} cases[] = {
		{ "Tcp", "ActiveOpens", "active opens", STATS_COUNTER },
		{ "Tcp", "PassiveOpens", "passive opens", STATS_COUNTER },
		{ "Tcp", "AttemptFails", "failed connection attempts", STATS_COUNTER },
		{ "Tcp", "EstabResets", "connection resets", STATS_COUNTER },
		{ "Tcp", "CurrEstab", "current connections", STATS_GAUGE },
		{ "Tcp", "InSegs", "segments received", STATS_COUNTER },
		{ "Tcp", "OutSegs", "segments sent", STATS_COUNTER },
		{ "Tcp", "RetransSegs", "segments retransmitted", STATS_COUNTER },
		{ "Tcp", "RtoMin", "shortest retransmission timeout, ms", STATS_SETTING },
		{ "Udp", "NoPorts", "datagrams to no port", STATS_COUNTER },
		{ "snmp6", "Udp6InErrors", "receive errors", STATS_COUNTER },
		{ "snmp6", "UdpLite6OutDatagrams", "datagrams sent", STATS_COUNTER },
		{ "MPTcpExt", "MPCurrEstab", "current connections", STATS_GAUGE },
		{ "IcmpMsg", "InType3", "type 3 in: unreachable", STATS_COUNTER },
		{ "IcmpMsg", "OutType200", "type 200 out", STATS_COUNTER },
		{ "snmp6", "Icmp6InType136", "type 136 in: neighbor advertisement", STATS_COUNTER },
		{ "snmp6", "Icmp6OutType3", "type 3 out: time exceeded", STATS_COUNTER },
		{ "IcmpMsg", "InType256", "", STATS_COUNTER },
		{ "IcmpMsg", "InTypes", "", STATS_COUNTER },
		{ "TcpExt", "ActiveOpens", "", STATS_COUNTER },
		{ "TcpExt", "Future", "", STATS_COUNTER },
		{ "Future", "ActiveOpens", "", STATS_COUNTER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct stats_counter counter = { .section = cases[i].section,
						       .name = cases[i].name };
		struct stats_words words;

		stats_describe(&counter, &words);
		assert_string_equal(words.plain, cases[i].plain);
		assert_int_equal(words.kind, cases[i].kind);
		assert_int_equal(words.meaning != NULL, *words.plain != '\0');
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_pairs),
		cmocka_unit_test(reads_singles),
		cmocka_unit_test(reads_long_lines),
		cmocka_unit_test(refuses_bad_pairs),
		cmocka_unit_test(refuses_bad_singles),
		cmocka_unit_test(knows_protocols),
		cmocka_unit_test(families_are_true),
		cmocka_unit_test(rates_are_measured),
		cmocka_unit_test(rates_are_not_made_up),
		cmocka_unit_test(unknown_rates_are_empty),
		cmocka_unit_test(quiet_rounds),
		cmocka_unit_test(words_fit),
		cmocka_unit_test(describes),
	};

	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
