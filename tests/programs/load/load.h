/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets for the load generator. Every connection closes in good order: who closes second
 * has read end of file before, so the two FINs never cross and a connection makes exactly
 * one each of
 *
 *	CLOSED>SYN_SENT  SYN_SENT>ESTABLISHED         the client's handshake
 *	LISTEN>SYN_RECV  SYN_RECV>ESTABLISHED         the server's
 *	ESTABLISHED>FIN_WAIT_1  FIN_WAIT_1>FIN_WAIT_2  FIN_WAIT_2>TIME_WAIT    who closes first
 *	ESTABLISHED>CLOSE_WAIT  CLOSE_WAIT>LAST_ACK    LAST_ACK>CLOSED      who closes second
 *
 * ten, whichever side closes first: that one shuts down and waits for the other's FIN, so
 * that it is never an orphan in FIN_WAIT_2, which not every kernel tells to its end. A listener adds
 * CLOSED>LISTEN and LISTEN>CLOSED. Once net.ipv4.tcp_max_tw_buckets is reached, a late
 * acknowledgement may meet a reset instead: a few connections then go CLOSE_WAIT>CLOSED.
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
	double rate;	  /* connections a second at most; 0: as fast as they go */
	int cpu;	  /* to stay on; -1: any */
	unsigned port;	  /* of the first listener; 0: the kernel's choice */
	unsigned backlog; /* trouble: of its listener */
	unsigned servers;
	unsigned clients;
	int protocol;	 /* of listeners, and of stick's clients: 0 or IPPROTO_MPTCP */
	const char *log; /* where prefork writes who made what; NULL: nowhere */
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

/* Says what failed and exits 1: after a failure no count is exact. */
void fail(const char *what) __attribute__((noreturn));

/* Seconds of the monotonic clock. */
double now(void);
/* Sleeps until it is the turn of connection `i` of those that began at `begin`, by load's rate. */
void pace(const struct load *load, double begin, unsigned long i);

/* As many as `load` needs, so that its connections find free ports in spite of TIME_WAIT. */
void listeners_open(const struct load *load, struct listeners *listeners);
void listeners_close(struct listeners *listeners);
/* The connection of that running number. */
int client_connect(const struct load *load, const struct listeners *listeners,
		   unsigned long number);
/* The other end of the connection of that number; -1 and errno as accept() has it. */
int server_accept(const struct listeners *listeners, unsigned long number);
void read_end(int fd);
void end_output(int fd);
void close_in_order(int first, int second);

/* 0 in the child, which dies with its parent. */
pid_t spawn(const char *comm);
/* Exits if one of them failed. */
void await(const pid_t *pids, unsigned n);

void prefork_run(const struct load *load, const struct listeners *listeners);
void half_open_run(const struct load *load, const struct listeners *listeners);
void hold_run(const struct load *load, const struct listeners *listeners);
void leak_run(const struct load *load, const struct listeners *listeners);
/* `states` ends with NULL: see --help. */
void stick_run(const struct load *load, const struct listeners *listeners, char **states);
/* `steps` ends with NULL: see --help. */
void trouble_run(const struct load *load, const struct listeners *listeners, char **steps);

#endif
