// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Keeps one socket in each named state: one end ignores all packets, does not read or does not
 * close. Prints the sockets, and at the end what both ends read.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STICKS = 32, STATE_TRIES = 60000 };

/* `own` is the end in that state; -1: no descriptor. */
struct stick {
	const char *state;
	unsigned long long since_ns; /* lower bound of the entry to the state */
	unsigned long long until_ns; /* upper bound, but for what softirqs may still do */
	unsigned lport, rport;	     /* rport 0: a listener */
	int own, peer;
};

/* Addresses of the connections. */
struct place {
	const struct load *load;
	const struct listeners *listeners;
	unsigned long number; /* of the connection */
};

/* With --port, binds to the ports above the listener's, so that all ports are known. */
static int client_open(const struct place *place)
{
	union address from = place->listeners->address[0];
	unsigned port = place->load->port ? place->load->port + 1 + place->number : 0;
	int fd = socket(place->load->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			place->load->protocol);

	if (fd < 0)
		fail("socket");
	from.v4.sin_port = htons(port); /* same offset in both families */
	if (bind(fd, &from.any, sizeof(from)))
		fail("bind");
	return fd;
}

static void client_go(const struct place *place, int fd)
{
	const union address *to = &place->listeners->address[0];
	socklen_t size = place->load->family == AF_INET ? sizeof(to->v4) : sizeof(to->v6);

	if (connect(fd, &to->any, size) && errno != EINPROGRESS)
		fail("connect");
}

static unsigned port_of(int fd)
{
	union address address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, &address.any, &size))
		fail("getsockname");
	return ntohs(address.v4.sin_port);
}

/* `client`: the stuck end is the client, else the server. */
static void pair(const struct place *place, struct stick *stick, bool client)
{
	int fd = client_open(place), server;

	client_go(place, fd);
	server = server_accept(place->listeners, 0);
	if (server < 0)
		fail("accept");
	stick->own = client ? fd : server;
	stick->peer = client ? server : fd;
	stick->lport = port_of(stick->own);
	stick->rport = port_of(stick->peer);
}

static unsigned long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void begin(struct stick *stick)
{
	stick->since_ns = now_ns();
}

/* Packets of the other end may be late. Not with MPTCP, whose old versions lack TCP_INFO. */
static void await_state(const struct place *place, const struct stick *stick)
{
	static const struct {
		const char *name;
		unsigned char number;
	} states[] = {
		{ "FIN_WAIT_1", TCP_FIN_WAIT1 },  { "FIN_WAIT_2", TCP_FIN_WAIT2 },
		{ "CLOSE_WAIT", TCP_CLOSE_WAIT }, { "LAST_ACK", TCP_LAST_ACK },
		{ "CLOSING", TCP_CLOSING },
	};
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(stick->state, states[i].name) || place->load->protocol)
			continue;
		for (int tries = 0; info.tcpi_state != states[i].number; tries++) {
			if (tries == STATE_TRIES ||
			    getsockopt(stick->own, IPPROTO_TCP, TCP_INFO, &info, &size))
				fail(stick->state);
			usleep(1000);
		}
	}
}

static void half_open(const struct place *place, struct stick *stick, bool client)
{
	int fd = client_open(place);

	deafen(fd);
	begin(stick);
	client_go(place, fd);
	stick->own = client ? fd : -1;
	stick->peer = -1;
	stick->lport = client ? port_of(fd) : port_of(place->listeners->fd[0]);
	stick->rport = client ? port_of(place->listeners->fd[0]) : port_of(fd);
}

static void syn_sent(const struct place *place, struct stick *stick)
{
	half_open(place, stick, true);
}

static void syn_recv(const struct place *place, struct stick *stick)
{
	half_open(place, stick, false);
}

static void fin_wait_1(const struct place *place, struct stick *stick)
{
	pair(place, stick, true);
	deafen(stick->peer);
	begin(stick);
	end_output(stick->own);
}

static void fin_wait_2(const struct place *place, struct stick *stick)
{
	pair(place, stick, true);
	begin(stick);
	end_output(stick->own);
}

static void close_wait(const struct place *place, struct stick *stick)
{
	pair(place, stick, false);
	begin(stick);
	end_output(stick->peer);
}

static void last_ack(const struct place *place, struct stick *stick)
{
	pair(place, stick, false);
	end_output(stick->peer);
	read_end(stick->own);
	deafen(stick->peer);
	begin(stick);
	end_output(stick->own);
}

/* Ignores the FIN of this end; the other end's FIN arrives, without acknowledgement. */
static void closing(const struct place *place, struct stick *stick)
{
	pair(place, stick, true);
	deafen(stick->peer);
	end_output(stick->own);
	begin(stick);
	end_output(stick->peer);
}

static void unread(const struct place *place, struct stick *stick)
{
	pair(place, stick, false);
	begin(stick);
	if (send(stick->peer, "unread", 6, 0) != 6)
		fail("send");
}

static void unsent(const struct place *place, struct stick *stick)
{
	static const char data[65536];

	pair(place, stick, true);
	begin(stick);
	while (send(stick->own, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	if (errno != EAGAIN)
		fail("send");
}

/* A listener with a backlog of one. */
static void full(const struct place *place, struct stick *stick)
{
	struct load load = { .family = place->load->family };
	struct listeners listeners;
	struct place there = { .load = &load, .listeners = &listeners };
	struct pollfd connected = { .events = POLLOUT };

	listeners_open(&load, &listeners);
	if (listen(listeners.fd[0], 0))
		fail("listen");
	connected.fd = client_open(&there);
	begin(stick);
	client_go(&there, connected.fd);
	if (poll(&connected, 1, 60000) != 1 || connected.revents != POLLOUT)
		fail("waiting for a connection");
	stick->own = listeners.fd[0];
	stick->peer = connected.fd;
	stick->lport = port_of(stick->own);
}

static void await_end(int fd)
{
	struct pollfd ended = { .fd = fd };

	if (poll(&ended, 1, 60000) != 1 || !(ended.revents & POLLHUP))
		fail("waiting for the end of a connection");
}

/* Of a closed socket: the port that it still has. */
static void closed(struct stick *stick, int fd, unsigned lport)
{
	stick->own = fd;
	stick->peer = -1;
	stick->lport = lport;
	stick->rport = 0;
}

static void unused(const struct place *place, struct stick *stick)
{
	int fd = socket(place->load->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			place->load->protocol);

	if (fd < 0)
		fail("socket");
	closed(stick, fd, 0);
}

static void bound(const struct place *place, struct stick *stick)
{
	int fd = client_open(place);

	closed(stick, fd, port_of(fd));
}

/* By a port where no socket listens. */
static void refused(const struct place *place, struct stick *stick)
{
	struct place there = *place;
	struct listeners nobody = *place->listeners;

	nobody.address[0].v4.sin_port = htons(1); /* same offset in both families */
	there.listeners = &nobody;
	unused(place, stick);
	begin(stick);
	client_go(&there, stick->own);
	await_end(stick->own);
	stick->rport = 1;
}

static void reset(const struct place *place, struct stick *stick)
{
	struct linger none = { .l_onoff = 1 };

	pair(place, stick, false);
	if (setsockopt(stick->peer, SOL_SOCKET, SO_LINGER, &none, sizeof(none)))
		fail("SO_LINGER");
	begin(stick);
	close(stick->peer);
	await_end(stick->own);
	stick->peer = -1;
	stick->lport = 0;
}

static void make(const struct place *place, struct stick *stick)
{
	static const struct {
		const char *state;
		void (*run)(const struct place *place, struct stick *stick);
	} ways[] = {
		{ "SYN_SENT", syn_sent },	  { "SYN_RECV", syn_recv },
		{ "FIN_WAIT_1", fin_wait_1 },	  { "FIN_WAIT_2", fin_wait_2 },
		{ "CLOSE_WAIT", close_wait },	  { "LAST_ACK", last_ack },
		{ "CLOSING", closing },		  { "ESTABLISHED:unread", unread },
		{ "ESTABLISHED:unsent", unsent }, { "LISTEN:full", full },
		{ "CLOSED:unused", unused },	  { "CLOSED:bound", bound },
		{ "CLOSED:refused", refused },	  { "CLOSED:reset", reset },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(stick->state, ways[i].state))
			continue;
		ways[i].run(place, stick);
		await_state(place, stick);
		stick->until_ns = now_ns();
		return;
	}
	fprintf(stderr, "load: '%s' is not a state for stick; see --help\n", stick->state);
	exit(2);
}

/* What a read would return; leaves the data queued. */
static const char *outlook(int fd)
{
	char byte;
	ssize_t n;

	if (fd < 0)
		return "none";
	n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? "open" : strerrorname_np(errno);
	return n ? "data" : "eof";
}

void stick_run(const struct load *load, const struct listeners *listeners, char **states)
{
	struct stick sticks[STICKS] = { { NULL } };
	unsigned n = 0;
	char input[512];

	for (; states[n]; n++) {
		if (n == STICKS)
			fail("more states");
		sticks[n].state = states[n];
		make(&(struct place){ load, listeners, n }, &sticks[n]);
	}
	for (unsigned i = 0; i < n; i++)
		printf("{\"mode\":\"stick\",\"state\":\"%s\",\"lport\":%u,\"rport\":%u,\"pid\":%d,"
		       "\"fd\":%d,\"since_ns\":%llu,\"until_ns\":%llu}\n",
		       sticks[i].state, sticks[i].lport, sticks[i].rport, (int)getpid(),
		       sticks[i].own, sticks[i].since_ns, sticks[i].until_ns);
	fflush(stdout);
	while (read(STDIN_FILENO, input, sizeof(input)) > 0)
		;
	for (unsigned i = 0; i < n; i++)
		printf("{\"mode\":\"stick\",\"state\":\"%s\",\"lport\":%u,\"own\":\"%s\",\"peer\":\"%s\"}\n",
		       sticks[i].state, sticks[i].lport, outlook(sticks[i].own),
		       outlook(sticks[i].peer));
}
