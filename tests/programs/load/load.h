/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets of the load generator. Every connection closes in good order. The second end reads
 * end of file before it closes, so the FINs never cross. One connection makes exactly one each of
 *
 *	CLOSED>SYN_SENT  SYN_SENT>ESTABLISHED         the client's handshake
 *	LISTEN>SYN_RECV  SYN_RECV>ESTABLISHED         the server's
 *	ESTABLISHED>FIN_WAIT_1  FIN_WAIT_1>FIN_WAIT_2  FIN_WAIT_2>TIME_WAIT    the end that closes first
 *	ESTABLISHED>CLOSE_WAIT  CLOSE_WAIT>LAST_ACK    LAST_ACK>CLOSED      the end that closes second
 *
 * ten transitions. The first end calls shutdown() and waits for the other FIN: some kernels do not
 * report the end of an orphan's FIN_WAIT_2. A listener adds CLOSED>LISTEN and LISTEN>CLOSED.
 * When net.ipv4.tcp_max_tw_buckets is reached, a late ACK is answered by a RST: a few connections
 * then go CLOSE_WAIT>CLOSED.
 */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

struct load {
	int family;	     /* AF_INET or AF_INET6 */
	unsigned long count; /* connections to make; 0: until `seconds` are over */
	double seconds;
	double rate;	  /* maximum connections per second; 0: no limit */
	int cpu;	  /* to pin to; -1: any */
	unsigned port;	  /* of the first listener; 0: chosen by the kernel */
	unsigned backlog; /* drops: of the listener */
	unsigned servers;
	unsigned clients;
	int protocol;	    /* of listeners, and of stick's clients: 0 or IPPROTO_MPTCP */
	const char *device; /* to bind sockets to; NULL: none */
	const char *log;    /* prefork's log of connections; NULL: none */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct listeners {
	unsigned n;
	int fd[128];
	union address address[128];
};

/* Prints the failure and exits 1: after a failure no count is exact. */
void fail(const char *what) __attribute__((noreturn));

/* Seconds of the monotonic clock. */
double now(void);
/* Sleeps until connection `i` is due: load's rate, counted from `begin`. */
void pace(const struct load *load, double begin, unsigned long i);

/* Opens enough listeners that connections find free ports despite TIME_WAIT. */
void listeners_open(const struct load *load, struct listeners *listeners);
void listeners_close(struct listeners *listeners);
/* Opens connection number `i`. */
int client_connect(const struct load *load, const struct listeners *listeners,
		   unsigned long number);
/* Accepts connection number `i`; -1 and errno as accept() does. */
int server_accept(const struct listeners *listeners, unsigned long number);
/* Sends a SYN and does not wait. */
int client_begin(const struct load *load, const struct listeners *listeners, unsigned long number);
/* Drops all packets to the socket. */
void deafen(int fd);
void read_end(int fd);
void end_output(int fd);
void close_in_order(int first, int second);

/* Returns 0 in the child, which the kernel kills with its parent. */
pid_t spawn(const char *comm);
/* Exits 1 if a child failed. */
void await(const pid_t *pids, unsigned n);
/* Raises the limit of open files as far as it goes, and returns it. */
unsigned long files_raise(void);

void prefork_run(const struct load *load, const struct listeners *listeners);
void half_open_run(const struct load *load, const struct listeners *listeners);
void hide_run(const struct load *load);
void hold_run(const struct load *load, const struct listeners *listeners);
void leak_run(const struct load *load, const struct listeners *listeners);
void ring_run(const struct load *load, const struct listeners *listeners);
/* Duplicates, namespaces, hang: returns false if `mode` is another one. */
bool many_run(const char *mode, const struct load *load, const struct listeners *listeners);
void crowd_run(const struct load *load, bool exits);
void options_run(const struct load *load, bool of_listener);
/* `states` ends with NULL: see --help. */
void stick_run(const struct load *load, const struct listeners *listeners, char **states);
/* `steps` ends with NULL: see --help. */
void drops_run(const struct load *load, const struct listeners *listeners, char **steps);

#endif
