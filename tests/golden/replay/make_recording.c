// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writes the recordings that the golden tests read, by the recorder's own code, the same
 * every time: make_recording NAME FILE. `bench` takes the number of events after that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "tcp/rst_reason.h"
#include "events/recorder.h"
#include "events/stream.h"

/* 2026-01-31 09:30:00.123456789 UTC when the monotonic clock says 1,000 s. */
static const int64_t OFFSET = 1769851800123456789 - 1000000000000;

enum {
	US = 1000,
	MS = 1000 * US,
	GROUP_SERVICE = 7001,
	GROUP_BELOW = 7002,
	GROUP_SIMILAR = 7003,
	GROUP_ROOT = 1,
	GROUP_GONE = 7777,
};

struct maker {
	struct stream *stream;
	struct recorder *recorder;
	struct ts_transition t; /* what the next transition looks like */
	uint64_t now;
};

static void check(int err, const char *what)
{
	if (!err)
		return;
	(void)fprintf(stderr, "make_recording: %s: %s\n", what, strerror(-err));
	exit(1);
}

static const char *group_path(void *context, uint64_t id)
{
	(void)context;
	switch (id) {
	case GROUP_ROOT:
		return "/";
	case GROUP_SERVICE:
		return "/system.slice/web.service";
	case GROUP_BELOW:
		return "/system.slice/web.service/worker \"1\"";
	case GROUP_SIMILAR:
		return "/system.slice/web.service-old";
	default:
		return NULL;
	}
}

static void push(struct maker *m, void *frame, unsigned type, size_t size)
{
	struct ts_frame *header = frame;

	header->type = (__u16)type;
	header->size = (__u16)size;
	check(stream_push(m->stream, frame, size), "push");
}

static void push_clock(struct maker *m, int64_t offset)
{
	struct ts_clock clock = { .mono_ns = m->now, .offset_ns = offset };

	push(m, &clock, TS_FRAME_CLOCK, sizeof(clock));
}

static void push_ready(struct maker *m)
{
	struct ts_ready ready = {
		.mono_ns = m->now, .sockets = 42, .startup_us = 98765, .netns_missed = 1
	};

	push(m, &ready, TS_FRAME_READY, sizeof(ready));
}

static void push_lost(struct maker *m, uint64_t count, uint32_t why, uint64_t since)
{
	struct ts_lost lost = {
		.mono_ns = m->now, .since_ns = since, .count = count, .cpu = 3, .why = why
	};

	push(m, &lost, TS_FRAME_LOST, sizeof(lost));
}

static void push_port(struct maker *m, uint64_t id, uint16_t lport)
{
	struct ts_port port = { .mono_ns = m->now, .id = id, .lport = lport };

	push(m, &port, TS_FRAME_PORT, sizeof(port));
}

/* The smallest frame that has all fields, as the kernel side sends it. */
static size_t frame_size(const struct ts_transition *t)
{
	if (t->frame.flags & TS_F_TOTALS)
		return sizeof(*t);
	return t->frame.flags & TS_F_ACTOR || t->rst ? TS_TRANSITION_ACTOR : TS_TRANSITION_BASE;
}

/* From the previous state to this one, `after` ns later; the reason only at an end. */
static void step(struct maker *m, unsigned state, uint64_t after)
{
	struct ts_transition *t = &m->t;

	m->now += after;
	t->mono_ns = m->now;
	t->new_state = (__u8)state;
	push(m, t, TS_FRAME_TRANSITION, frame_size(t));
	t->old_state = (__u8)state;
	t->since_ns = m->now;
}

static void set_comm(struct maker *m, const void *comm, size_t n)
{
	memset(m->t.comm, 0, sizeof(m->t.comm));
	memcpy(m->t.comm, comm, n);
}

static void set_owner(struct maker *m, unsigned owner, uint32_t pid, const char *comm, uint32_t uid)
{
	m->t.owner = (__u8)owner;
	m->t.pid = pid;
	m->t.uid = uid;
	set_comm(m, comm, strlen(comm));
}

/* 10.0.0.1 -> 10.0.0.9, an ordinary client that closes first, from CLOSED. */
static void begin_client(struct maker *m, uint64_t id)
{
	memset(&m->t, 0, sizeof(m->t));
	m->t.id = id;
	m->t.netns = 4026531840;
	m->t.family = 4;
	memcpy(m->t.laddr, "\x0a\0\0\x01", 4);
	memcpy(m->t.raddr, "\x0a\0\0\x09", 4);
	m->t.rport = 443;
	m->t.role = TS_ROLE_CLIENT;
	m->t.old_state = TS_CLOSED;
	set_owner(m, TS_OWNER_CONNECT, 2345, "curl", 1000);
}

static void begin_server(struct maker *m, uint64_t id)
{
	begin_client(m, id);
	m->t.lport = 8080;
	m->t.rport = 47384;
	m->t.role = TS_ROLE_SERVER;
	m->t.old_state = TS_LISTEN;
	set_owner(m, TS_OWNER_LISTENER, 1900, "httpd", 0);
}

static void establish_client(struct maker *m, uint64_t id, uint16_t lport)
{
	begin_client(m, id);
	step(m, TS_SYN_SENT, 10 * MS);
	m->t.lport = lport;
	step(m, TS_ESTABLISHED, 180 * US);
}

static void finish(struct maker *m, unsigned reason, unsigned err)
{
	m->t.reason = (__u8)reason;
	m->t.err = (__u16)err;
	step(m, TS_CLOSED, 1 * MS);
}

/* Every state, and a duration of every magnitude. */
static void make_states(struct maker *m)
{
	push_ready(m);
	begin_client(m, 11); /* a listener, and its end */
	memset(m->t.laddr, 0, 4);
	memset(m->t.raddr, 0, 4);
	m->t.lport = 8080;
	m->t.rport = 0;
	m->t.role = TS_ROLE_SERVER;
	set_owner(m, TS_OWNER_LISTEN, 1900, "httpd", 0);
	step(m, TS_LISTEN, 5 * MS);
	finish(m, TS_REASON_NORMAL, 0);
	establish_client(m, 12, 47384);
	step(m, TS_FIN_WAIT_1, 1532401);
	step(m, TS_FIN_WAIT_2, 999);
	m->t.frame.flags = TS_F_INFERRED;
	m->t.reason = TS_REASON_NORMAL;
	step(m, TS_TIME_WAIT, 4200 * (uint64_t)MS);
	step(m, TS_CLOSED, 60000 * (uint64_t)MS);
	begin_server(m, 13);
	m->t.since_ns = 0;
	step(m, TS_SYN_RECV, 1 * MS);
	step(m, TS_ESTABLISHED, 12 * US);
	set_owner(m, TS_OWNER_ACCEPT, 1901, "worker", 33);
	step(m, TS_CLOSE_WAIT, 192 * 1000 * (uint64_t)MS);
	step(m, TS_LAST_ACK, 7500 * 1000 * (uint64_t)MS);
	m->t.reason = TS_REASON_NORMAL;
	step(m, TS_CLOSED, 273600 * 1000 * (uint64_t)MS);
	begin_server(m, 14); /* a request socket: shown as SYN_RECV; simultaneous close */
	m->t.old_state = TS_NEW_SYN_RECV;
	m->t.since_ns = m->now - 45 * MS;
	step(m, TS_ESTABLISHED, 1 * MS);
	step(m, TS_FIN_WAIT_1, 99990 * US);
	step(m, TS_CLOSING, 999999999);
	finish(m, TS_REASON_NORMAL, 0);
}

static void make_reasons(struct maker *m)
{
	static const unsigned err[TS_REASONS] = {
		[TS_REASON_REFUSED] = ECONNREFUSED,   [TS_REASON_RESET_BY_PEER] = ECONNRESET,
		[TS_REASON_TIMED_OUT] = ETIMEDOUT,    [TS_REASON_UNREACHABLE] = EHOSTUNREACH,
		[TS_REASON_DESTROYED] = ECONNABORTED,
	};

	for (unsigned reason = 0; reason < TS_REASONS; reason++) {
		establish_client(m, 100 + reason, (uint16_t)(40000 + reason));
		finish(m, reason, err[reason]);
	}
	begin_client(m, 140); /* two that never had a port of their own */
	step(m, TS_SYN_SENT, 1 * MS);
	finish(m, TS_REASON_NO_LOCAL_PORT, EADDRNOTAVAIL);
	begin_client(m, 141);
	step(m, TS_SYN_SENT, 1 * MS);
	finish(m, TS_REASON_REFUSED, ECONNREFUSED);
}

static void set_actor(struct maker *m, uint32_t pid, const char *comm)
{
	m->t.frame.flags |= TS_F_ACTOR;
	m->t.by_pid = pid;
	memset(m->t.by_comm, 0, sizeof(m->t.by_comm));
	memcpy(m->t.by_comm, comm, strlen(comm));
}

static void make_owners(struct maker *m)
{
	for (unsigned owner = 0; owner <= TS_OWNERS; owner++) { /* one too many: "?" */
		begin_server(m, 200 + owner);
		m->t.old_state = TS_ESTABLISHED;
		set_owner(m, owner, 4194304, "worker", 33);
		step(m, TS_CLOSE_WAIT, 1 * MS);
	}
	m->t.id = 220; /* in a PID namespace that cannot be seen */
	m->t.frame.flags = TS_F_PID_HIDDEN;
	set_owner(m, TS_OWNER_USE, 0, "inside", 100033);
	step(m, TS_LAST_ACK, 1 * MS);
	establish_client(m, 221, 40221);
	set_actor(m, 1234, "ss");
	finish(m, TS_REASON_DESTROYED, ECONNABORTED);
	establish_client(m, 222, 40222);
	set_actor(m, 0, "kworker/0:1");
	step(m, TS_FIN_WAIT_1, 1 * MS);
	establish_client(m, 223, 40223);
	set_actor(m, 77, "");
	m->t.role = TS_ROLE_UNKNOWN;
	finish(m, TS_REASON_ABORTED, 0);
}

static void make_addresses(struct maker *m)
{
	static const char *const pairs[][2] = {
		{ "\x20\x01\x0d\xb8\x11\x11\x22\x22\x33\x33\x44\x44\x55\x55\x66\x66",
		  "\x20\x01\x0d\xb8\xaa\xaa\xbb\xbb\xcc\xcc\xdd\xdd\xee\xee\xff\xff" },
		{ "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01" },
		{ "\x20\x01\x0d\xb8\0\0\0\x01\0\0\0\0\0\0\0\x01",
		  "\x20\x01\x0d\xb8\0\0\0\0\0\x01\0\0\0\0\0\x01" },
		{ "\xfe\x80\0\0\0\0\0\0\x02\0\x5e\xff\xfe\0\x53\x01",
		  "\x20\x01\x0d\xb8\0\0\0\x01\0\x01\0\x01\0\x01\0\x01" },
	};

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		begin_client(m, 300 + i);
		m->t.family = 6;
		memcpy(m->t.laddr, pairs[i][0], 16);
		memcpy(m->t.raddr, pairs[i][1], 16);
		step(m, TS_SYN_SENT, 1 * MS);
		m->t.lport = (uint16_t)(65535 - i);
		step(m, TS_ESTABLISHED, 200 * US);
	}
	begin_client(m, 310); /* IPv4-mapped: the kernel side gives it as IPv4 */
	m->t.frame.flags = TS_F_MAPPED;
	memcpy(m->t.laddr, "\xff\xff\xff\xff", 4);
	memcpy(m->t.raddr, "\x7f\0\0\x01", 4);
	m->t.lport = 1;
	step(m, TS_SYN_SENT, 1 * MS);
	begin_client(m, 311); /* an IPv6 listener */
	m->t.family = 6;
	memset(m->t.laddr, 0, 16);
	memset(m->t.raddr, 0, 16);
	m->t.lport = 443;
	m->t.rport = 0;
	step(m, TS_LISTEN, 1 * MS);
	begin_server(m, 312); /* a child whose peer the kernel has not filled in */
	memset(m->t.raddr, 0, 4);
	m->t.rport = 0;
	step(m, TS_SYN_RECV, 1 * MS);
}

/* Names that try to break a terminal, a CSV file or a JSON line. */
static void make_hostile(struct maker *m)
{
	static const char comms[][TS_COMM_LEN + 1] = {
		"a\"b,c\\d",
		"\033[31mred",
		"line\r\nfeed",
		"tab\there",
		" padded ",
		"caf\xc3\xa9",
		"\xe6\x9c\x8d\xe5\x8a\xa1\xe5\x99\xa8",
		"cut \xe6\x9c",
		"\xff\xfe\x80",
		"\xc0\xafover",
		"\xed\xa0\x80sur",
		"\xc2\x9b"
		"31m",
		"\xe2\x80\xae"
		"rtl",
		"=1+1",
		"0123456789abcdef",
		"\x7f\x01",
	};

	for (unsigned i = 0; i < sizeof(comms) / sizeof(comms[0]); i++) {
		begin_server(m, 400 + i);
		m->t.old_state = TS_ESTABLISHED;
		m->t.owner = TS_OWNER_ACCEPT;
		m->t.cgroup = i == 0 ? GROUP_BELOW : 0;
		set_comm(m, comms[i], strnlen(comms[i], TS_COMM_LEN));
		step(m, TS_CLOSE_WAIT, 1 * MS);
	}
	set_actor(m, 9, "\033]0;x\a");
	m->t.reason = TS_REASON_DESTROYED;
	step(m, TS_CLOSED, 1 * MS);
}

/* Losses, and a wall clock that is set back by an hour. */
static void make_gaps(struct maker *m)
{
	push_ready(m);
	establish_client(m, 500, 40500);
	m->now += 1 * MS;
	push_lost(m, 1, TS_LOST_BUFFER, m->now - 500 * US);
	step(m, TS_FIN_WAIT_1, 1 * MS);
	push_lost(m, 123456, TS_LOST_RECURSION, 0);
	push_clock(m, OFFSET - 3600 * INT64_C(1000000000));
	step(m, TS_FIN_WAIT_2, 1 * MS);
	push_lost(m, 7, TS_LOST_WHYS, 0);
}

/*
 * For a filter by local port: the port of 40600 is reported while it hangs, 600 and 40602 answer
 * at once, 603 never gets a port, 604 is reported to have none, 605 has no later event, and 606
 * listens without bind().
 */
static void make_ports(struct maker *m)
{
	struct ts_transition hanging;

	begin_client(m, 600);
	step(m, TS_SYN_SENT, 1 * MS);
	hanging = m->t;
	establish_client(m, 601, 40601);
	push_port(m, 600, 40600);
	establish_client(m, 602, 40602);
	finish(m, TS_REASON_RESET_BY_PEER, ECONNRESET);
	begin_client(m, 603);
	step(m, TS_SYN_SENT, 1 * MS);
	finish(m, TS_REASON_NO_LOCAL_PORT, EADDRNOTAVAIL);
	begin_client(m, 604);
	step(m, TS_SYN_SENT, 1 * MS);
	push_port(m, 604, 0);
	begin_client(m, 605);
	step(m, TS_SYN_SENT, 1 * MS);
	begin_client(m, 606);
	m->t.rport = 0;
	memset(m->t.raddr, 0, 4);
	set_owner(m, TS_OWNER_LISTEN, 1900, "rpcd", 0);
	step(m, TS_LISTEN, 1 * MS);
	push_port(m, 606, 40600);
	establish_client(m, 607, 40607);
	m->t = hanging;
	m->t.lport = 40600;
	m->t.reason = TS_REASON_TIMED_OUT;
	m->t.err = ETIMEDOUT;
	step(m, TS_CLOSED, 1000 * MS);
}

static void make_groups(struct maker *m)
{
	static const uint64_t groups[] = { GROUP_SERVICE, GROUP_BELOW, GROUP_SIMILAR, GROUP_ROOT,
					   GROUP_GONE,	  0,	       GROUP_SERVICE };

	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		begin_server(m, 700 + i);
		m->t.old_state = TS_ESTABLISHED;
		m->t.cgroup = groups[i];
		step(m, TS_FIN_WAIT_1, 1 * MS);
	}
}

/* The count of retransmitted SYNs or SYN-ACKs before the next transition. */
static void set_retrans(struct maker *m, uint32_t n)
{
	m->t.frame.flags &= (1u << TS_F_RETRANS_SHIFT) - 1;
	m->t.frame.flags |= n << TS_F_RETRANS_SHIFT;
}

static void set_totals(struct maker *m, uint64_t in, uint64_t out, uint32_t retrans, uint32_t srtt)
{
	m->t.frame.flags |= TS_F_TOTALS;
	m->t.bytes_in = in;
	m->t.bytes_out = out;
	m->t.segs_retrans = retrans;
	m->t.srtt_us = srtt;
}

/* The reason by name; NULL: unknown; a name that does not exist: of a later version. */
static void set_rst(struct maker *m, unsigned rst, const char *reason)
{
	int number = reason ? rst_reason_number(reason) : TS_RST_REASON_UNKNOWN;

	m->t.rst = (__u8)rst;
	m->t.rst_reason = number < 0 ? UINT8_MAX : (__u8)number;
}

/* The full socket has ended and a minisocket goes on: no earlier field applies. */
static void forget_end(struct maker *m)
{
	set_totals(m, 0, 0, 0, 0);
	m->t.frame.flags = 0;
	m->t.reason = TS_REASON_NONE;
	m->t.err = 0;
	set_rst(m, TS_RST_NONE, NULL);
}

/* An established client, as old as its SYN. */
static void begin_old_client(struct maker *m, uint64_t id)
{
	establish_client(m, id, (uint16_t)(40000 + id));
	m->t.first_seen_ns = m->now - 180 * US;
}

static void close_client(struct maker *m)
{
	step(m, TS_FIN_WAIT_1, 2 * MS);
	step(m, TS_FIN_WAIT_2, 300 * US);
}

/* Handshakes: retransmitted, refused, half-open for ever, by cookie, by Fast Open. */
static void make_handshakes(struct maker *m)
{
	begin_client(m, 800);
	step(m, TS_SYN_SENT, 1 * MS);
	m->t.first_seen_ns = m->now;
	m->t.lport = 40800;
	set_retrans(m, 2);
	step(m, TS_ESTABLISHED, 3050 * (uint64_t)MS);
	begin_client(m, 801);
	step(m, TS_SYN_SENT, 1 * MS);
	m->t.first_seen_ns = m->now;
	m->t.lport = 40801;
	set_retrans(m, 6);
	set_totals(m, 0, 0, 0, 0);
	finish(m, TS_REASON_TIMED_OUT, ETIMEDOUT);
	begin_client(m, 802);
	step(m, TS_SYN_SENT, 1 * MS);
	m->t.lport = 40802;
	set_retrans(m, 1);
	set_rst(m, TS_RST_RECEIVED, NULL);
	finish(m, TS_REASON_REFUSED, ECONNREFUSED);
	begin_server(m, 803);
	step(m, TS_SYN_RECV, 1 * MS);
	set_retrans(m, 5);
	finish(m, TS_REASON_TIMED_OUT, 0);
	begin_server(m, 804);
	m->t.frame.flags = TS_F_COOKIE;
	step(m, TS_SYN_RECV, 1 * MS);
	step(m, TS_ESTABLISHED, 200 * US);
	begin_server(m, 805);
	m->t.frame.flags = TS_F_FAST_OPEN;
	step(m, TS_SYN_RECV, 1 * MS);
	m->t.frame.flags = 0;
	set_rst(m, TS_RST_SENT, "TCP_INVALID_ACK_SEQUENCE");
	finish(m, TS_REASON_DROPPED, 0);
	begin_server(m, 806); /* a kernel that shows it from its first retransmitted SYN-ACK on */
	m->t.frame.flags = TS_F_INFERRED;
	step(m, TS_SYN_RECV, 1 * MS);
	m->t.frame.flags = 0;
	m->t.old_state = TS_NEW_SYN_RECV;
	set_retrans(m, 0xffff);
	step(m, TS_ESTABLISHED, 1 * MS);
	begin_client(m, 807); /* simultaneous open */
	step(m, TS_SYN_SENT, 1 * MS);
	m->t.lport = 40807;
	step(m, TS_SYN_RECV, 1 * MS);
	step(m, TS_ESTABLISHED, 1 * MS);
}

/* TIME_WAIT, and everything that may end it. */
static void make_time_waits(struct maker *m)
{
	static const struct {
		unsigned reason, rst, flags;
	} ends[] = {
		{ TS_REASON_NORMAL, TS_RST_NONE, 0 },
		{ TS_REASON_REUSED, TS_RST_NONE, 0 },
		{ TS_REASON_RESET_BY_PEER, TS_RST_RECEIVED, 0 },
		{ TS_REASON_DESTROYED, TS_RST_NONE, TS_F_ACTOR },
		{ TS_REASON_NONE, TS_RST_NONE, 0 },
	};

	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		begin_old_client(m, 820 + i);
		close_client(m);
		m->t.reason = TS_REASON_NORMAL;
		set_totals(m, 4503599, 512, 0, 1234);
		step(m, TS_TIME_WAIT, 45 * US);
		forget_end(m);
		set_rst(m, ends[i].rst, NULL);
		if (ends[i].flags & TS_F_ACTOR)
			set_actor(m, 1234, "ss");
		m->t.reason = (__u8)ends[i].reason;
		step(m, TS_CLOSED, 60000 * (uint64_t)MS);
	}
	begin_old_client(m, 826);
	close_client(m);
	m->t.frame.flags = TS_F_INFERRED; /* whose end this kernel does not show */
	m->t.reason = TS_REASON_NORMAL;
	set_totals(m, 1023, 1024, 0, 40);
	step(m, TS_TIME_WAIT, 45 * US);
	begin_old_client(m, 827);
	close_client(m);
	set_totals(m, 1, 0, 0, 999999);
	finish(m, TS_REASON_TIME_WAIT_OVERFLOW, 0);
}

/* Ends with totals, with a RST and what it was sent for, or with neither. */
/* A half-open connection whose end was noticed late, and a connection without a handshake. */
static void make_special(struct maker *m)
{
	begin_server(m, 809); /* a later scan misses it */
	m->t.frame.flags = TS_F_INFERRED;
	step(m, TS_SYN_RECV, 1 * MS);
	m->t.frame.flags = TS_F_INFERRED | TS_F_LATE;
	step(m, TS_CLOSED, 8000 * (uint64_t)MS);
	begin_client(m, 810); /* restored: no handshake */
	m->t.role = TS_ROLE_UNKNOWN;
	step(m, TS_SYN_SENT, 1 * MS);
	m->t.lport = 40810;
	m->t.frame.flags = TS_F_REPAIRED;
	step(m, TS_ESTABLISHED, 10 * US);
	m->t.frame.flags = 0;
	finish(m, TS_REASON_ABORTED, 0);
}

static void make_endings(struct maker *m)
{
	static const struct {
		unsigned reason, err, rst;
		const char *rst_reason;
		unsigned retrans;
	} ends[] = {
		{ TS_REASON_NORMAL, 0, TS_RST_NONE, NULL, 3 },
		{ TS_REASON_TIMED_OUT, ETIMEDOUT, TS_RST_NONE, NULL, 15 },
		{ TS_REASON_USER_TIMEOUT, ETIMEDOUT, TS_RST_SENT, "TCP_KEEPALIVE_TIMEOUT", 1 },
		{ TS_REASON_KEEPALIVE_TIMEOUT, ETIMEDOUT, TS_RST_SENT, "TCP_KEEPALIVE_TIMEOUT", 0 },
		{ TS_REASON_PROBE_TIMEOUT, ETIMEDOUT, TS_RST_NONE, NULL, 2 },
		{ TS_REASON_ORPHAN_LIMIT, 0, TS_RST_SENT, "TCP_ABORT_ON_MEMORY", 0 },
		{ TS_REASON_ABORTED_UNREAD_DATA, 0, TS_RST_SENT, "TCP_ABORT_ON_CLOSE", 0 },
		{ TS_REASON_ABORTED_LINGER, 0, TS_RST_SENT, "TCP_STATE", 0 },
		{ TS_REASON_ABORTED_LATE_DATA, 0, TS_RST_SENT, "TCP_ABORT_ON_DATA", 0 },
		{ TS_REASON_ABORTED, 0, TS_RST_SENT, "TCP_ABORT_ON_LINGER", 0 },
		{ TS_REASON_ABORTED, 0, TS_RST_SENT, "MPTCP_RST_EMIDDLEBOX", 0 },
		{ TS_REASON_ABORTED, 0, TS_RST_SENT, "OF_A_LATER_VERSION", 0 },
		{ TS_REASON_ABORTED, 0, TS_RST_SENT, "NOT_SPECIFIED", 0 },
		{ TS_REASON_LISTENER_CLOSED, 0, TS_RST_SENT, NULL, 0 },
		{ TS_REASON_RESET_BY_PEER, ECONNRESET, TS_RST_RECEIVED, NULL, 0 },
		{ TS_REASON_ABORTED, 0, TS_RST_RECEIVED, NULL, 0 },
		{ TS_REASON_NONE, 0, TS_RST_SENT, NULL, 0 },
		{ TS_REASON_FIN_TIMEOUT, 0, TS_RST_NONE, NULL, 0 },
		{ TS_REASONS, 0, TS_RSTS, NULL, 0 }, /* of a later version */
	};

	make_handshakes(m);
	make_time_waits(m);
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		begin_old_client(m, 850 + i);
		set_rst(m, ends[i].rst, ends[i].rst_reason);
		set_totals(m, i * 1000000, 1u << i, ends[i].retrans, 100 * i);
		finish(m, ends[i].reason, ends[i].err);
	}
	begin_old_client(m, 880); /* opened before tracing began; as much as can be */
	m->t.first_seen_ns = 0;
	set_totals(m, UINT64_MAX, UINT64_MAX, UINT32_MAX, UINT32_MAX);
	set_rst(m, TS_RST_SENT, "TCP_STATE");
	set_actor(m, 1234, "ss");
	finish(m, TS_REASON_DESTROYED, ECONNABORTED);
	begin_old_client(m, 881); /* RST without totals: the frame of the middle size */
	set_rst(m, TS_RST_RECEIVED, NULL);
	finish(m, TS_REASON_RESET_BY_PEER, EPIPE);
	make_special(m);
}

/* Connections of ten transitions, eight processes, some IPv6, a few that fail. */
static void make_bench(struct maker *m, uint64_t events)
{
	for (uint64_t id = 0; id * 8 < events; id++) {
		begin_client(m, 1000000 + id);
		if (id % 8 == 7) {
			m->t.family = 6;
			memcpy(m->t.laddr, "\x20\x01\x0d\xb8\0\0\0\0\x02\0\x5e\xff\xfe\0\x53\x01",
			       16);
			memcpy(m->t.raddr, m->t.laddr, 16);
		}
		m->t.pid = 20000 + (uint32_t)id % 8;
		m->t.cgroup = GROUP_SERVICE;
		m->t.raddr[3] = (uint8_t)(id % 250);
		step(m, TS_SYN_SENT, 3 * US);
		m->t.lport = (uint16_t)(32768 + id % 28000);
		step(m, TS_ESTABLISHED, 20 * US);
		step(m, TS_FIN_WAIT_1, 100 * US);
		step(m, TS_FIN_WAIT_2, 5 * US);
		finish(m, id % 100 ? TS_REASON_NORMAL : TS_REASON_RESET_BY_PEER, 0);
		begin_server(m, 2000000000 + id);
		step(m, TS_SYN_RECV, 1 * US);
		step(m, TS_ESTABLISHED, 1 * US);
		step(m, TS_CLOSE_WAIT, 1 * US);
	}
}

/* A handshake drop at the addresses of `m->t`. */
static void push_drop(struct maker *m, unsigned why, uint32_t count, uint32_t queue, uint32_t limit)
{
	const struct ts_transition *t = &m->t;
	struct ts_drop drop = {
		.frame.flags = t->frame.flags,
		.id = t->id,
		.cgroup = t->cgroup,
		.lport = t->lport,
		.rport = t->rport,
		.netns = t->netns,
		.pid = t->pid,
		.uid = t->uid,
		.count = count,
		.queue = queue,
		.limit = limit,
		.retrans = (__u16)(why == TS_DROP_SYNACK_RETRANS ? t->segs_retrans : 0),
		.family = t->family,
		.owner = t->owner,
		.why = (__u8)why,
		.at_ack = t->new_state == TS_ESTABLISHED,
	};

	m->now += 10 * MS;
	drop.mono_ns = m->now;
	memcpy(drop.laddr, t->laddr, sizeof(drop.laddr));
	memcpy(drop.raddr, t->raddr, sizeof(drop.raddr));
	memcpy(drop.comm, t->comm, sizeof(drop.comm));
	push(m, &drop, TS_FRAME_DROP, sizeof(drop));
}

/* Of a listener: every kind, one and many, over every family. */
static void make_drops(struct maker *m)
{
	begin_server(m, 500);
	m->t.cgroup = GROUP_BELOW;
	set_owner(m, TS_OWNER_LISTEN, 1900, "httpd", 33);
	push_drop(m, TS_DROP_ACCEPT_QUEUE, 1, 129, 128);
	m->t.rport++;
	push_drop(m, TS_DROP_ACCEPT_QUEUE, 1214, 129, 128);
	m->t.new_state = TS_ESTABLISHED;
	push_drop(m, TS_DROP_ACCEPT_QUEUE, 2, 129, 128);
	m->t.new_state = 0;
	push_drop(m, TS_DROP_SYN_QUEUE, 1, 385, 384);
	push_drop(m, TS_DROP_COOKIE, 100, 129, 128);
	m->t.id = 501;
	m->t.segs_retrans = 1;
	push_drop(m, TS_DROP_SYNACK_RETRANS, 1, 3, 128);
	m->t.segs_retrans = 5;
	push_drop(m, TS_DROP_SYNACK_RETRANS, 7, 12, 128);
	m->t.cgroup = GROUP_GONE;
	m->t.frame.flags = TS_F_MAPPED;
	set_owner(m, TS_OWNER_SNAPSHOT, 77, "\033[31m,\"x", 0);
	push_drop(m, TS_DROP_ACCEPT_QUEUE, 1, 1, 0);
	m->t.frame.flags = TS_F_PID_HIDDEN;
	m->t.family = 6;
	memcpy(m->t.laddr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", TS_ADDR_LEN);
	memcpy(m->t.raddr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", TS_ADDR_LEN);
	push_drop(m, TS_DROP_SYN_QUEUE, 1, 5, 4);
	/* all unknown, and a kind of a later version */
	m->t.id = m->t.cgroup = m->t.rport = m->t.frame.flags = 0;
	memset(m->t.raddr, 0, sizeof(m->t.raddr));
	m->t.owner = TS_OWNER_UNKNOWN;
	push_drop(m, TS_DROP_COOKIE, 1, 0, 128);
	push_drop(m, TS_DROP_WHYS, 1, 0, 0);
}

static void fail_handshake(struct maker *m, unsigned reason, unsigned err, uint32_t retrans)
{
	m->t.frame.flags |= retrans << TS_F_RETRANS_SHIFT;
	finish(m, reason, err);
}

static void make_client_handshakes(struct maker *m)
{
	establish_client(m, 600, 40600);
	step(m, TS_CLOSE_WAIT, 5 * MS);
	begin_client(m, 601);
	step(m, TS_SYN_SENT, 10 * MS);
	m->t.lport = 40601;
	fail_handshake(m, TS_REASON_REFUSED, ECONNREFUSED, 0);
	begin_client(m, 602);
	step(m, TS_SYN_SENT, 10 * MS);
	m->t.lport = 40602;
	m->now += 127 * UINT64_C(1000000000);
	fail_handshake(m, TS_REASON_TIMED_OUT, ETIMEDOUT, 6);
	begin_client(m, 603);
	step(m, TS_SYN_SENT, 10 * MS);
	m->t.lport = 40603;
	m->t.frame.flags = 2u << TS_F_RETRANS_SHIFT;
	m->now += 3 * UINT64_C(1000000000);
	step(m, TS_ESTABLISHED, 1 * MS);
	begin_client(m, 604);
	step(m, TS_SYN_SENT, 10 * MS);
	fail_handshake(m, TS_REASON_ABORTED, 0, 0);
}

/* SYN_SENT, SYN_RECV, ESTABLISHED: one handshake; and one without its start. */
static void make_crossed_handshakes(struct maker *m)
{
	begin_client(m, 610);
	step(m, TS_SYN_SENT, 10 * MS);
	m->t.lport = 40610;
	m->t.frame.flags = 1u << TS_F_RETRANS_SHIFT;
	step(m, TS_SYN_RECV, 7 * MS);
	establish_client(m, 611, 40611);
	begin_client(m, 610);
	m->t.lport = 40610;
	m->t.old_state = TS_SYN_RECV;
	m->t.since_ns = m->now;
	m->t.frame.flags = 1u << TS_F_RETRANS_SHIFT;
	step(m, TS_ESTABLISHED, 2 * MS);
	begin_client(m, 612);
	m->t.lport = 40612;
	m->t.old_state = TS_SYN_RECV;
	m->t.since_ns = m->now;
	step(m, TS_ESTABLISHED, 2 * MS);
}

static void make_server_handshakes(struct maker *m)
{
	begin_server(m, 620);
	m->t.cgroup = GROUP_SERVICE;
	step(m, TS_SYN_RECV, 10 * MS);
	step(m, TS_ESTABLISHED, 300 * US);
	begin_server(m, 621);
	m->t.frame.flags = TS_F_COOKIE;
	step(m, TS_SYN_RECV, 10 * MS);
	m->t.since_ns = 0;
	step(m, TS_ESTABLISHED, 1 * US);
	begin_server(m, 622);
	m->t.frame.flags = TS_F_FAST_OPEN;
	step(m, TS_SYN_RECV, 10 * MS);
	step(m, TS_FIN_WAIT_1, 400 * US);
	begin_server(m, 623);
	m->t.frame.flags = TS_F_FAST_OPEN;
	step(m, TS_SYN_RECV, 10 * MS);
	step(m, TS_ESTABLISHED, 500 * US);
	begin_server(m, 624);
	step(m, TS_SYN_RECV, 10 * MS);
	m->now += 63 * UINT64_C(1000000000);
	fail_handshake(m, TS_REASON_TIMED_OUT, 0, 5);
	begin_server(m, 625);
	step(m, TS_SYN_RECV, 10 * MS);
	m->t.rst = TS_RST_RECEIVED;
	fail_handshake(m, TS_REASON_RESET_BY_PEER, 0, 1);
	begin_server(m, 626);
	step(m, TS_SYN_RECV, 10 * MS);
	m->t.frame.flags = TS_F_ACTOR;
	m->t.by_pid = 31337;
	memcpy(m->t.by_comm, "ss", 2);
	fail_handshake(m, TS_REASON_DESTROYED, ECONNABORTED, 0);
	begin_server(m, 627);
	m->t.frame.flags = TS_F_INFERRED;
	step(m, TS_SYN_RECV, 10 * MS);
	m->t.frame.flags = 0;
	m->t.since_ns = 0;
	fail_handshake(m, TS_REASON_NONE, 0, 0);
}

static void make_every_handshake(struct maker *m)
{
	push_ready(m);
	make_client_handshakes(m);
	make_crossed_handshakes(m);
	make_server_handshakes(m);
	make_drops(m);
	make_special(m);
	push_lost(m, 3, TS_LOST_BUFFER, 0);
}

static void make(struct maker *m, const char *name, const char *events)
{
	static const struct {
		const char *name;
		void (*make)(struct maker *m);
	} kinds[] = {
		{ "states", make_states },   { "reasons", make_reasons },
		{ "owners", make_owners },   { "addresses", make_addresses },
		{ "hostile", make_hostile }, { "gaps", make_gaps },
		{ "ports", make_ports },     { "groups", make_groups },
		{ "endings", make_endings }, { "handshakes", make_every_handshake },
	};

	push_clock(m, OFFSET);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, name))
			return kinds[i].make(m);
	}
	if (!strcmp(name, "bench") && events)
		return make_bench(m, strtoull(events, NULL, 10));
	check(strcmp(name, "empty") ? -EINVAL : 0, name);
}

int main(int argc, char **argv)
{
	const struct stream_config config = { .cgroup_paths = true };
	struct stream_source source = { .cgroup_path = group_path };
	struct maker m = { .now = UINT64_C(1000000000000) };
	struct consumer consumer = { .take = recorder_take };
	struct error error = { "" };

	if (argc < 3)
		check(-EINVAL, "arguments");
	check(recorder_new(argv[2], -1, &m.recorder, &error), error.text);
	consumer.context = m.recorder;
	check(stream_new(&config, &source, consumer, &m.stream, &error), error.text);
	make(&m, argv[1], argc > 3 ? argv[3] : NULL);
	check(stream_finish(m.stream), "finish");
	check(recorder_close(m.recorder, true, &error), error.text);
	recorder_free(m.recorder);
	stream_free(m.stream);
	return 0;
}
