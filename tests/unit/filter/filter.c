// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Filters: what each option takes and refuses, and the verdict on transitions. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "filter/filter.h"
#include "system/netns.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct adder {
	const char *option;
	enum ts_criterion criterion;
};

static const struct adder pids = {"--pid", TS_BY_PID};
static const struct adder comms = {"--comm", TS_BY_COMM};
static const struct adder uids = {"--uid", TS_BY_UID};
static const struct adder lports = {"--lport", TS_BY_LPORT};
static const struct adder rports = {"--rport", TS_BY_RPORT};
static const struct adder laddrs = {"--laddr", TS_BY_LADDR};
static const struct adder raddrs = {"--raddr", TS_BY_RADDR};
static const struct adder any_ports = {"--port", TS_BY_PORT};
static const struct adder addrs = {"--addr", TS_BY_ADDR};
static const struct adder devices = {"--interface", TS_BY_DEVICE};
static const struct adder states = {"--state", TS_BY_STATE};

static int set_netns(struct ts_filter *f, const char *text, struct error *error)
{
	struct netns netns;
	int err = netns_resolve(text, &netns, error);

	if (!err)
		filter_set_netns(f, netns.inode);
	return err;
}

static const struct adder netns = {"--netns", TS_BY_NETNS};

static int add(struct ts_filter *f, const struct adder *adder, const char *text,
	       struct error *error)
{
	if (adder == &netns)
		return set_netns(f, text, error);
	return filter_add(f, adder->criterion, text, error);
}

static void take(struct ts_filter *f, const struct adder *adder, const char *text)
{
	struct error error = {""};

	if (add(f, adder, text, &error) || *error.text)
		fail_msg("%s %s: %s", adder->option, text, error.text);
}

/* The text is refused with words about it, and the filter stays what it was. */
static void refuse(const struct adder *adder, const char *text, const char *words)
{
	static struct ts_filter before;
	static struct ts_filter f;
	struct error error = {""};

	before.on = TS_BY_LPORT;
	before.lport[1] = 8;
	f = before;
	if (add(&f, adder, text, &error) != -EINVAL)
		fail_msg("%s %s is not refused", adder->option, text);
	if (!strncmp(error.text, "--", 2) || !strstr(error.text, words))
		fail_msg("%s %s: %s (wanted: %s)", adder->option, text, error.text, words);
	assert_memory_equal(&f, &before, sizeof(f));
}

static bool has_port(const __u64 *ports, unsigned port)
{
	return ports[port / 64] >> (port % 64) & 1;
}

static unsigned count_ports(const __u64 *ports)
{
	unsigned count = 0;

	for (unsigned port = 0; port < 65536; port++)
		count += has_port(ports, port);
	return count;
}

static void test_ports(void **state)
{
	static struct ts_filter f;

	(void)state;
	take(&f, &lports, "80,443,8000-8999,1,65535");
	assert_int_equal(f.on, TS_BY_LPORT);
	assert_int_equal(count_ports(f.lport), 1004);
	assert_true(has_port(f.lport, 80) && has_port(f.lport, 443) && has_port(f.lport, 1));
	assert_true(has_port(f.lport, 8000) && has_port(f.lport, 8999) && has_port(f.lport, 65535));
	assert_false(has_port(f.lport, 7999) || has_port(f.lport, 9000) || has_port(f.lport, 0));
	take(&f, &lports, "22-22");
	assert_int_equal(count_ports(f.lport), 1005);
	take(&f, &rports, "1-65535");
	assert_int_equal(count_ports(f.rport), 65535);
	assert_int_equal(count_ports(f.lport), 1005);
	assert_int_equal(f.on, TS_BY_LPORT | TS_BY_RPORT);
}

static void test_services(void **state)
{
	static struct ts_filter f;

	(void)state;
	if (!getservbyname("http-alt", "tcp")) {
		print_message("skipped: this machine's /etc/services has no http-alt\n");
		skip();
	}
	take(&f, &lports, "http-alt,ssh,443");
	assert_int_equal(count_ports(f.lport), 3);
	assert_true(has_port(f.lport, 8080) && has_port(f.lport, 22));
}

static void test_not_ports(void **state)
{
	static const char *const items[] = {"80a",
					    "0",
					    "65536",
					    "-1",
					    "-80",
					    "80-",
					    "-",
					    "+80",
					    "0-10",
					    "1-65536",
					    "80-90a",
					    "1-2-3",
					    "a80-90",
					    "99999999999999999999",
					    "80;443",
					    " 80",
					    "no-such-service",
					    "0x50",
					    "80.0",
					    "1--2",
					    "*"};

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "\"%s\" is not a port: use numbers 1-65535",
			       items[i]);
		refuse(&lports, items[i], text);
		refuse(&rports, items[i], text);
		(void)snprintf(text, sizeof(text), "22,%s,443", items[i]);
		refuse(&lports, text, items[i]);
	}
	refuse(&lports, "90-80", "runs backwards: use 80-90");
	refuse(&lports, "", "empty: give at least one");
	refuse(&lports, "80,,443", "empty: take out the extra comma");
	refuse(&lports, ",80", "empty: take out the extra comma");
	refuse(&lports, "80,", "empty: take out the extra comma");
	refuse(&lports, ",", "empty: take out the extra comma");
}

static bool addr_matches(const struct ts_filter *f, const char *text)
{
	struct ts_transition t = {.family = strchr(text, ':') ? 6 : 4};

	assert_int_equal(inet_pton(t.family == 4 ? AF_INET : AF_INET6, text, t.laddr), 1);
	return filter_match(f, &t, false) == TS_YES;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *block;
		const char *inside[3];
		const char *outside[4];
	} cases[] = {
		{"10.0.0.1", {"10.0.0.1"}, {"10.0.0.2", "::", "::ffff:10.0.0.1"}},
		{"10.1.2.3/8", {"10.0.0.0", "10.255.255.255"}, {"9.255.255.255", "11.0.0.0"}},
		{"10.0.0.0/9", {"10.127.255.255"}, {"10.128.0.0"}},
		{"192.168.1.128/25", {"192.168.1.255"}, {"192.168.1.127"}},
		{"10.0.0.1/32", {"10.0.0.1"}, {"10.0.0.0"}},
		{"0.0.0.0/0", {"0.0.0.0", "255.255.255.255"}, {"::", "::1"}},
		{"::/0", {"::", "ffff::1"}, {"0.0.0.0", "10.0.0.1"}},
		{"::1", {"::1"}, {"::2", "0.0.0.1"}},
		{"[::1]", {"::1"}, {"::2"}},
		{"[2001:db8::]/32", {"2001:db8:ffff::1"}, {"2001:db9::"}},
		{"2001:db8::/33", {"2001:db8:7fff::1"}, {"2001:db8:8000::"}},
		{"2001:db8::f/64", {"2001:db8::", "2001:db8::1:0:0:0"}, {"2001:db8:0:1::"}},
		{"2001:db8::/65", {"2001:db8::7fff:0:0:0"}, {"2001:db8::8000:0:0:0"}},
		{"fe80::1/128", {"fe80::1"}, {"fe80::"}},
		{"::ffff:1.2.3.4", {"1.2.3.4"}, {"1.2.3.5", "::ffff:1.2.3.4"}},
		{"::ffff:1.2.3.4/120", {"1.2.3.0", "1.2.3.255"}, {"1.2.4.0"}},
		{"::ffff:0:0/96", {"0.0.0.0", "9.9.9.9"}, {"::"}},
		{"[::ffff:1.2.3.4]/128", {"1.2.3.4"}, {"1.2.3.5"}},
	};
	static struct ts_filter f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(&f, 0, sizeof(f));
		take(&f, &laddrs, cases[i].block);
		for (const char *const *a = cases[i].inside; *a; a++) {
			if (!addr_matches(&f, *a))
				fail_msg("%s is not in %s", *a, cases[i].block);
		}
		for (const char *const *a = cases[i].outside; *a; a++) {
			if (addr_matches(&f, *a))
				fail_msg("%s is in %s", *a, cases[i].block);
		}
	}
	take(&f, &raddrs, "::1,10.0.0.0/8");
	assert_int_equal(f.raddrs, 2);
	assert_int_equal(f.laddrs, 1);
	assert_int_equal(f.on, TS_BY_LADDR | TS_BY_RADDR);
}

static void test_not_addresses(void **state)
{
	static const char *const items[] = {
		"localhost", "10.1", "10/8", "256.0.0.1", "1.2.3.4.5", "1.2.3.4:80",
		"[::1]:80",  "[::1", "::1]", "[]",	  "[",	       "[1.2.3.4]",
		":",	     ":::",  "/8",   "1.2.3.04x", "[[::1]]",   "[::1/64]",
	};
	static const char *const prefixes[] = {
		"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/8a", "::/129",
	};
	char many[33 * 9 + 24] = "";

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++) {
		refuse(&laddrs, items[i], "is not an address");
		refuse(&raddrs, items[i], "is not an address");
	}
	for (size_t i = 0; i < COUNT(prefixes); i++)
		refuse(&laddrs, prefixes[i], "has no valid prefix length: use /0-/");
	refuse(&laddrs, "::ffff:1.2.3.4/95", "use /96-/128");
	refuse(&laddrs, "1.2.3.4,", "empty");
	for (int i = 0; i < 33; i++)
		(void)snprintf(many + strlen(many), 24, "%s10.0.0.%d", i ? "," : "", i % 10);
	refuse(&laddrs, many, "more than 32");
	*strrchr(many, ',') = '\0';
	take(&(struct ts_filter){0}, &laddrs, many);
}

static void test_ids(void **state)
{
	static struct ts_filter f;
	char many[65 * 5 + 16] = "";

	(void)state;
	take(&f, &pids, "1,4194304,1");
	take(&f, &pids, "7");
	assert_int_equal(f.pids, 3);
	assert_int_equal(f.pid[2], 7);
	take(&f, &uids, "0,root,4294967294");
	assert_int_equal(f.uids, 2);
	assert_int_equal(f.uid[1], 4294967294u);
	assert_int_equal(f.on, TS_BY_PID | TS_BY_UID);

	refuse(&pids, "0", "\"0\" is not a PID: use numbers 1-4194304");
	refuse(&pids, "4194305", "is not a PID");
	refuse(&pids, "12abc", "is not a PID");
	refuse(&pids, "-1", "is not a PID");
	refuse(&pids, "1,,2", "empty");
	refuse(&uids, "4294967295", "is not a user id");
	refuse(&uids, "99999999999999999999", "is not a user id");
	refuse(&uids, "no such user", "is not a user of this host");
	refuse(&uids, "-1", "is not a user of this host");
	refuse(&uids, "", "empty");

	for (int i = 1; i <= 65; i++)
		(void)snprintf(many + strlen(many), 16, "%s%d", i > 1 ? "," : "", 1000 + i);
	refuse(&pids, many, "more than 64");
	refuse(&uids, many, "more than 64");
	*strrchr(many, ',') = '\0';
	memset(&f, 0, sizeof(f));
	take(&f, &pids, many);
	assert_int_equal(f.pids, 64);
}

static bool wants(const struct ts_filter *f, int old, int new)
{
	return ts_filter_pair(f, (__u8)old, (__u8) new) == TS_YES;
}

/* What one --state wants, over all pairs of numbers: decided by `rule`. */
static void check_pairs(const char *text, bool (*rule)(int old, int new))
{
	struct ts_filter f = {0};

	take(&f, &states, text);
	assert_int_equal(f.on, TS_BY_STATE);
	for (int old = 0; old < TS_STATES; old++) {
		for (int new = 0; new < TS_STATES; new ++) {
			if (wants(&f, old, new) != rule(old, new))
				fail_msg("%s: %d>%d is %d", text, old, new, wants(&f, old, new));
		}
	}
}

static bool is_syn_recv(int state)
{
	return state == 3 || state == 12;
}

static bool either_close_wait(int old, int new)
{
	return old == TS_CLOSE_WAIT || new == TS_CLOSE_WAIT;
}

static bool new_syn_recv(int old, int new)
{
	(void)old;
	return is_syn_recv(new);
}

static bool old_syn_recv(int old, int new)
{
	(void)new;
	return is_syn_recv(old);
}

static bool either_syn_recv(int old, int new)
{
	return is_syn_recv(old) || is_syn_recv(new);
}

static bool listen_to_syn_recv(int old, int new)
{
	return old == TS_LISTEN && is_syn_recv(new);
}

static bool some_list(int old, int new)
{
	return new == TS_CLOSED || old == TS_LAST_ACK ||
	       (old == TS_ESTABLISHED && new == TS_FIN_WAIT_1);
}

static void test_states(void **state)
{
	struct ts_filter f = {0};

	(void)state;
	check_pairs("CLOSE_WAIT", either_close_wait);
	check_pairs("close-wait,CLOSE_WAIT", either_close_wait);
	check_pairs("SYN_RCVD", either_syn_recv);
	check_pairs("NEW_SYN_RECV", either_syn_recv);
	check_pairs(">SYN_RECV", new_syn_recv);
	check_pairs("syn-recv>", old_syn_recv);
	check_pairs("LISTENING>SYN_RECV", listen_to_syn_recv);
	check_pairs(">CLOSED,LAST_ACK>,estab>fin-wait-1", some_list);
	take(&f, &states, ">CLOSED");
	take(&f, &states, "LAST_ACK>,ESTABLISHED>FIN_WAIT_1");
	assert_true(wants(&f, TS_LISTEN, TS_CLOSED) && wants(&f, TS_LAST_ACK, TS_CLOSED));
	assert_false(wants(&f, TS_ESTABLISHED, TS_CLOSE_WAIT));

	refuse(&states, "FOO", "\"FOO\" is not a state: use LISTEN, SYN_SENT");
	refuse(&states, ">FOO", "\"FOO\" is not a state");
	refuse(&states, "FOO>", "\"FOO\" is not a state");
	refuse(&states, "LISTEN>FOO", "\"FOO\" is not a state");
	refuse(&states, ">", "is not a transition");
	refuse(&states, ">>", "is not a transition");
	refuse(&states, "LISTEN>>", "is not a transition");
	refuse(&states, "LISTEN>CLOSED>LISTEN", "is not a transition");
	refuse(&states, "LISTEN,", "empty");
	refuse(&states, "LISTEN CLOSED", "is not a state");
	refuse(&states, "10", "is not a state");
}

static void test_family(void **state)
{
	struct ts_filter f = {0};
	struct error error = {""};

	(void)state;
	assert_int_equal(filter_set_family(&f, 4, &error), 0);
	assert_int_equal(filter_set_family(&f, 4, &error), 0);
	assert_int_equal(f.on, TS_BY_FAMILY);
	assert_int_equal(f.family, 4);
	assert_int_equal(filter_set_family(&f, 6, &error), 0);
	assert_int_equal(f.on, 0);
	assert_int_equal(filter_set_family(&f, 4, &error), 0);
	assert_int_equal(filter_set_family(&f, 6, &error), 0);
	assert_int_equal(f.on, 0);
	assert_int_equal(filter_set_family(&f, 5, &error), -EINVAL);
}

static struct ts_transition a_transition(void)
{
	return (struct ts_transition){
		.laddr = {10, 0, 0, 1},
		.raddr = {10, 0, 0, 9},
		.lport = 8080,
		.rport = 47384,
		.netns = 4026531840,
		.pid = 19448,
		.uid = 33,
		.comm = "worker",
		.family = 4,
		.old_state = TS_ESTABLISHED,
		.new_state = TS_CLOSE_WAIT,
		.owner = TS_OWNER_ACCEPT,
	};
}

static void expect(int line, const struct ts_filter *f, const struct ts_transition *t,
		   enum ts_match wanted)
{
	enum ts_match got = filter_match(f, t, false);

	if (got != wanted)
		fail_msg("line %d: the verdict is %d, not %d", line, got, wanted);
}

#define EXPECT(adder, text, t, wanted)                                                             \
	do {                                                                                       \
		struct ts_filter one = {0};                                                        \
		take(&one, adder, text);                                                           \
		expect(__LINE__, &one, t, wanted);                                                 \
	} while (0)

static void test_match_one(void **state)
{
	struct ts_transition t = a_transition();
	struct ts_filter none = {0};

	(void)state;
	expect(__LINE__, &none, &t, TS_YES);
	EXPECT(&lports, "8080", &t, TS_YES);
	EXPECT(&lports, "47384", &t, TS_NO);
	EXPECT(&rports, "47384", &t, TS_YES);
	EXPECT(&rports, "8080", &t, TS_NO);
	EXPECT(&laddrs, "10.0.0.1", &t, TS_YES);
	EXPECT(&laddrs, "10.0.0.9", &t, TS_NO);
	EXPECT(&raddrs, "10.0.0.8/29", &t, TS_YES);
	EXPECT(&raddrs, "10.0.0.1", &t, TS_NO);
	EXPECT(&pids, "1,19448", &t, TS_YES);
	EXPECT(&pids, "1", &t, TS_NO);
	EXPECT(&uids, "33", &t, TS_YES);
	EXPECT(&uids, "0", &t, TS_NO);
	EXPECT(&comms, "w*,nginx", &t, TS_YES);
	EXPECT(&comms, "nginx", &t, TS_NO);
	EXPECT(&states, ">CLOSE_WAIT", &t, TS_YES);
	EXPECT(&states, "CLOSE_WAIT>", &t, TS_NO);
	EXPECT(&netns, "4026531840", &t, TS_YES);
	EXPECT(&netns, "4026531841", &t, TS_NO);
}

static void test_match_all(void **state)
{
	struct ts_transition t = a_transition();
	static struct ts_filter f;
	struct error error;

	(void)state;
	take(&f, &lports, "8080");
	take(&f, &pids, "19448");
	take(&f, &states, "CLOSE_WAIT");
	take(&f, &raddrs, "10.0.0.0/24");
	assert_int_equal(filter_set_family(&f, 4, &error), 0);
	expect(__LINE__, &f, &t, TS_YES);
	t.lport = 0;
	expect(__LINE__, &f, &t, TS_MAYBE);
	t.pid = 1;
	expect(__LINE__, &f, &t, TS_NO);
	t = a_transition();
	t.lport = 0;
	t.family = 6;
	expect(__LINE__, &f, &t, TS_NO);
	f.on |= TS_BY_CGROUP;
	t = a_transition();
	assert_int_equal(filter_match(&f, &t, false), TS_NO);
	assert_int_equal(filter_match(&f, &t, true), TS_YES);
}

static void test_match_owner(void **state)
{
	struct ts_transition t = a_transition();

	(void)state;
	/* The owner is unknown: the fields may have any value. */
	t.pid = 0;
	t.owner = TS_OWNER_UNKNOWN;
	EXPECT(&pids, "1", &t, TS_NO);
	EXPECT(&uids, "33", &t, TS_NO);
	EXPECT(&comms, "*", &t, TS_NO);
	t.owner = TS_OWNER_KERNEL;
	t.uid = 0;
	EXPECT(&uids, "0", &t, TS_NO);
	EXPECT(&comms, "*", &t, TS_NO);
	/* Known, but its PID has no number here. */
	t.uid = 33;
	t.owner = TS_OWNER_ACCEPT;
	t.frame.flags = TS_F_PID_HIDDEN;
	EXPECT(&pids, "1", &t, TS_NO);
	EXPECT(&uids, "33", &t, TS_YES);
	EXPECT(&comms, "worker", &t, TS_YES);
	/* 16 bytes without a terminator are read as they are, and no further. */
	memset(t.comm, 'x', sizeof(t.comm));
	EXPECT(&comms, "x*x", &t, TS_YES);
	EXPECT(&comms, "xxxxxxxxxxxxxxx", &t, TS_NO);
}

static void test_match_listener(void **state)
{
	struct ts_transition t = a_transition();

	(void)state;
	t.rport = 0;
	memset(t.raddr, 0, sizeof(t.raddr));
	t.old_state = TS_CLOSED;
	t.new_state = TS_LISTEN;
	EXPECT(&rports, "1-65535", &t, TS_NO);
	EXPECT(&raddrs, "0.0.0.0/0", &t, TS_NO);
	EXPECT(&lports, "8080", &t, TS_YES);
	t.old_state = TS_LISTEN;
	t.new_state = TS_CLOSED;
	EXPECT(&raddrs, "0.0.0.0/0", &t, TS_NO);
	/* A child of the listener has a peer. */
	t = a_transition();
	t.old_state = TS_LISTEN;
	t.new_state = TS_SYN_RECV;
	EXPECT(&rports, "47384", &t, TS_YES);
	EXPECT(&raddrs, "10.0.0.9", &t, TS_YES);
}

/* An IPv6 listener on all addresses takes IPv4 too, unless it is for IPv6 alone. */
static void test_match_dual_stack(void **state)
{
	struct ts_transition t = {.family = 6, .lport = 80, .new_state = TS_LISTEN};
	struct ts_filter v4 = {.family = 4, .on = TS_BY_FAMILY};
	struct ts_filter v6 = {.family = 6, .on = TS_BY_FAMILY};

	(void)state;
	t.frame.flags = TS_F_DUAL_STACK;
	expect(__LINE__, &v4, &t, TS_YES);
	expect(__LINE__, &v6, &t, TS_YES);
	EXPECT(&laddrs, "0.0.0.0", &t, TS_YES);
	EXPECT(&laddrs, "10.0.0.0/8,0.0.0.0/8", &t, TS_YES);
	EXPECT(&laddrs, "::", &t, TS_YES);
	EXPECT(&laddrs, "127.0.0.1,::1", &t, TS_NO);
	EXPECT(&raddrs, "0.0.0.0/0", &t, TS_NO);
	t.frame.flags = TS_F_V6ONLY;
	expect(__LINE__, &v4, &t, TS_NO);
	expect(__LINE__, &v6, &t, TS_YES);
	EXPECT(&laddrs, "0.0.0.0", &t, TS_NO);
	EXPECT(&laddrs, "::", &t, TS_YES);
	t.family = 4;
	t.frame.flags = 0;
	expect(__LINE__, &v4, &t, TS_YES);
	expect(__LINE__, &v6, &t, TS_NO);
}

/* The interface by name, by index, and behind an address. */
static void test_match_interface(void **state)
{
	struct ts_transition t = {.family = 6, .lport = 80, .rport = 9};

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "fe80::1", t.raddr), 1);
	EXPECT(&devices, "eth0", &t, TS_NO);
	EXPECT(&raddrs, "fe80::1%eth0", &t, TS_NO);
	t.device = 3;
	memcpy(t.device_name, "eth0", 4);
	EXPECT(&devices, "eth0", &t, TS_YES);
	EXPECT(&devices, "eth,eth01,eth0", &t, TS_YES);
	EXPECT(&devices, "eth,eth01", &t, TS_NO);
	EXPECT(&devices, "3", &t, TS_YES);
	EXPECT(&devices, "2", &t, TS_NO);
	EXPECT(&raddrs, "fe80::1%eth0", &t, TS_YES);
	EXPECT(&raddrs, "[fe80::1%3]", &t, TS_YES);
	EXPECT(&raddrs, "fe80::%eth0/10", &t, TS_YES);
	EXPECT(&raddrs, "fe80::/10%eth0", &t, TS_YES);
	EXPECT(&raddrs, "fe80::1%eth1", &t, TS_NO);
	EXPECT(&raddrs, "fe80::2%eth0", &t, TS_NO);
	EXPECT(&raddrs, "fe80::1%eth1,fe80::1", &t, TS_YES);
	EXPECT(&raddrs, "fe80::1%eth1,fe80::2,fe80::1%eth0", &t, TS_YES);
	/* a name of 15 bytes; one that the kernel could not read */
	memcpy(t.device_name, "wlx00c0caabcdef", 15);
	EXPECT(&devices, "wlx00c0caabcdef", &t, TS_YES);
	memset(t.device_name, 0, sizeof(t.device_name));
	EXPECT(&devices, "eth0", &t, TS_NO);
	EXPECT(&devices, "3", &t, TS_YES);
}

static void test_match_either_side(void **state)
{
	struct ts_transition t = a_transition();

	(void)state;
	EXPECT(&any_ports, "8080", &t, TS_YES);
	EXPECT(&any_ports, "47384", &t, TS_YES);
	EXPECT(&any_ports, "22,80", &t, TS_NO);
	EXPECT(&any_ports, "8080,!47384", &t, TS_NO);
	EXPECT(&any_ports, "!22", &t, TS_YES);
	EXPECT(&any_ports, "!8080", &t, TS_NO);
	EXPECT(&any_ports, "!40000-50000", &t, TS_NO);
	EXPECT(&addrs, "10.0.0.1", &t, TS_YES);
	EXPECT(&addrs, "10.0.0.9", &t, TS_YES);
	EXPECT(&addrs, "10.0.0.2", &t, TS_NO);
	EXPECT(&addrs, "10.0.0.0/8,!10.0.0.9", &t, TS_NO);
	EXPECT(&addrs, "!10.0.0.2", &t, TS_YES);
	EXPECT(&addrs, "!::1,!10.0.0.1", &t, TS_NO);
	/* the local port is not chosen yet */
	t.lport = 0;
	EXPECT(&any_ports, "47384", &t, TS_YES);
	EXPECT(&any_ports, "8080", &t, TS_MAYBE);
	EXPECT(&any_ports, "47384,!22", &t, TS_MAYBE);
	EXPECT(&any_ports, "!22", &t, TS_MAYBE);
	EXPECT(&any_ports, "!47384", &t, TS_NO);
	/* a listener */
	t = a_transition();
	t.rport = 0;
	memset(t.raddr, 0, sizeof(t.raddr));
	EXPECT(&any_ports, "8080", &t, TS_YES);
	EXPECT(&any_ports, "22", &t, TS_NO);
	EXPECT(&any_ports, "!22", &t, TS_YES);
	EXPECT(&addrs, "0.0.0.0", &t, TS_NO);
	EXPECT(&addrs, "!0.0.0.0", &t, TS_YES);
}

/* A list that only excludes selects all else, what is unknown too. The order does not count. */
static void test_match_not(void **state)
{
	struct ts_transition t = a_transition();

	(void)state;
	EXPECT(&lports, "!8080", &t, TS_NO);
	EXPECT(&lports, "!22", &t, TS_YES);
	EXPECT(&lports, "8000-8999,!8081", &t, TS_YES);
	EXPECT(&lports, "!8080,8000-8999", &t, TS_NO);
	EXPECT(&lports, "!22,80", &t, TS_NO);
	EXPECT(&rports, "!47384", &t, TS_NO);
	EXPECT(&laddrs, "10.0.0.0/8,!10.0.0.0/24", &t, TS_NO);
	EXPECT(&laddrs, "!10.0.0.2,10.0.0.0/8", &t, TS_YES);
	EXPECT(&raddrs, "!10.0.0.9", &t, TS_NO);
	EXPECT(&raddrs, "!10.0.0.9,!10.0.0.8", &t, TS_NO);
	EXPECT(&pids, "!19448", &t, TS_NO);
	EXPECT(&pids, "!1", &t, TS_YES);
	EXPECT(&pids, "!1,2", &t, TS_NO);
	EXPECT(&pids, "!1,19448,!2", &t, TS_YES);
	EXPECT(&uids, "!33", &t, TS_NO);
	EXPECT(&comms, "!w*", &t, TS_NO);
	EXPECT(&comms, "!nginx", &t, TS_YES);
	EXPECT(&comms, "w*,!worker", &t, TS_NO);
	EXPECT(&comms, "!nginx,w*", &t, TS_YES);
	EXPECT(&comms, "\\!*", &t, TS_NO);
	EXPECT(&states, "!close-wait", &t, TS_NO);
	EXPECT(&states, "!>close-wait", &t, TS_NO);
	EXPECT(&states, "!close-wait>", &t, TS_YES);
	EXPECT(&states, "!time-wait,!listen", &t, TS_YES);
	EXPECT(&states, "established,!established>closed", &t, TS_YES);
	EXPECT(&states, "!established>close-wait,established", &t, TS_NO);
	EXPECT(&devices, "!eth0", &t, TS_YES);
	t.device = 2;
	memcpy(t.device_name, "eth0", 4);
	EXPECT(&devices, "!eth0", &t, TS_NO);
	EXPECT(&devices, "!eth1", &t, TS_YES);
	EXPECT(&raddrs, "!10.0.0.9%eth1", &t, TS_YES);
	EXPECT(&raddrs, "!10.0.0.9%eth0", &t, TS_NO);
	/* unknown, or not there */
	t.owner = TS_OWNER_UNKNOWN;
	EXPECT(&comms, "!worker", &t, TS_YES);
	EXPECT(&pids, "!1,2", &t, TS_NO);
	t.lport = 0;
	EXPECT(&lports, "!22", &t, TS_MAYBE);
	t.rport = 0;
	EXPECT(&rports, "!22", &t, TS_YES);
	EXPECT(&raddrs, "!10.0.0.9", &t, TS_YES);
	EXPECT(&raddrs, "!10.0.0.8,10.0.0.9", &t, TS_NO);
}

static void test_not_nots(void **state)
{
	static const struct adder *const all[] = {&pids,   &comms,  &uids,  &lports, &rports,
						  &laddrs, &raddrs, &states, &any_ports,  &addrs,
						  &devices};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		refuse(all[i], "!", "nothing follows the !");
		refuse(all[i], "!!1", "has two !");
	}
	refuse(&lports, "22,!1-100", "excludes all that it includes");
	refuse(&rports, "!1-65535,22", "excludes all that it includes");
	refuse(&any_ports, "22,!22", "excludes all that it includes");
	refuse(&states, "listen,!listen", "excludes all that it includes");
	refuse(&pids, "7,!7", "7 is both included and excluded");
	refuse(&devices, "lo,!lo", "excludes all that it includes");
	refuse(&lports, "!80x", "\"80x\" is not a port");
	refuse(&pids, "!nginx", "\"nginx\" is not a PID");
}

static void test_not_interfaces(void **state)
{
	(void)state;
	refuse(&devices, "a/b", "is not an interface");
	refuse(&devices, "..", "is not an interface");
	refuse(&devices, "a b", "is not an interface");
	refuse(&devices, "sixteen-bytes-xx", "is not an interface: use names of up to 15 bytes");
	refuse(&raddrs, "fe80::1%", "\"\" is not an interface");
	refuse(&raddrs, "fe80::1%sixteen-bytes-xx", "is not an interface");
	refuse(&devices, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "more than 16 interfaces");
	refuse(&raddrs, "%eth0", "is not an address");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),	       cmocka_unit_test(test_services),
		cmocka_unit_test(test_not_ports),      cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_not_addresses),  cmocka_unit_test(test_ids),
		cmocka_unit_test(test_states),	       cmocka_unit_test(test_family),
		cmocka_unit_test(test_match_one),
		cmocka_unit_test(test_match_all),      cmocka_unit_test(test_match_owner),
		cmocka_unit_test(test_match_listener), cmocka_unit_test(test_match_dual_stack),
		cmocka_unit_test(test_match_interface), cmocka_unit_test(test_not_interfaces),
		cmocka_unit_test(test_match_either_side), cmocka_unit_test(test_match_not),
		cmocka_unit_test(test_not_nots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
