// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A bounded load of TCP connections on loopback. It prints exactly which transitions it made
 * (load.h). It connects to its own listeners only.
 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Transitions of one connection, without the two of a listener. */
static const char *const transitions[] = {
	"CLOSED>SYN_SENT",	"SYN_SENT>ESTABLISHED",	  "LISTEN>SYN_RECV",
	"SYN_RECV>ESTABLISHED", "ESTABLISHED>FIN_WAIT_1", "FIN_WAIT_1>FIN_WAIT_2",
	"FIN_WAIT_2>TIME_WAIT", "ESTABLISHED>CLOSE_WAIT", "CLOSE_WAIT>LAST_ACK",
	"LAST_ACK>CLOSED",
};

static const char usage[] =
	"Usage: load MODE [OPTION...]\n"
	"\n"
	"  loop     connect, accept, close, close, one after the other, in one process\n"
	"  churn    the same, --rate connections per second\n"
	"  prefork  --servers and --clients processes; each connection carries a few bytes\n"
	"  hold     open --count connections, print a line, close them at end of input\n"
	"  hide     open --count connections in a network namespace that no process is in, print a\n"
	"           line, keep them to end of input\n"
	"  half-open  hold with clients that never answer\n"
	"  drops    STEP...: handshakes with a listener that never accepts, each STEP[:N] N times:\n"
	"           fill (complete and stay open), knock (send a SYN, close), half (the same, ignore\n"
	"           the SYN-ACK), stay (ignore it, stay open), deaf (a client that ignores it until),\n"
	"           late (it answers), rest:MS\n"
	"  stick    STATE...: one socket that stays in each state: SYN_SENT, SYN_RECV, FIN_WAIT_1,\n"
	"           FIN_WAIT_2, CLOSE_WAIT, LAST_ACK, CLOSING, ESTABLISHED:unread, ESTABLISHED:unsent,\n"
	"           LISTEN:full, CLOSED:unused, CLOSED:bound, CLOSED:refused, CLOSED:reset; prints\n"
	"           them, and at end of input what both ends read\n"
	"  leak     leave --count sockets in CLOSE_WAIT, in turn by two functions that accept and one\n"
	"           that connects; keep them to end of input\n"
	"  ring     the same, in the table of an io_uring and without descriptors\n"
	"  exits    --count processes, each with a listener that its child has too; a line of input:\n"
	"           all exit and leave it to the child; each further one: a connection to every\n"
	"           listener. --log: the processes and their ports\n"
	"  renames  the same without children: all take the name new-name\n"
	"  options  client|listener: that end has no memory left for options; prints its PID, and makes\n"
	"           a connection after a line of input\n"
	"  hang     --count clients whose SYN is not answered, to end of input\n"
	"  duplicates  --count descriptors of one socket that is not connected, to end of input\n"
	"  namespaces  --count network namespaces with a process and a listener each, to end of input\n"
	"\n"
	"  -n, --count N      connections in all\n"
	"  -t, --seconds T    loop, churn: stop after T seconds at the latest\n"
	"  -r, --rate R       loop, churn, hold: at most R connections per second\n"
	"  -c, --cpu N        stay on this CPU\n"
	"  -6                 IPv6\n"
	"  -P, --port N       listen there (IPv6: and above, for each 10,000 connections); stick:\n"
	"                     connect from the ports above\n"
	"  -d, --device NAME  loop, churn, prefork, hold: bind all sockets to this interface\n"
	"  -m, --mptcp        stick: MPTCP\n"
	"  -s, --servers N    prefork: default 4\n"
	"  -C, --clients N    prefork: default 4\n"
	"  -b, --backlog N    drops: default 0\n"
	"  -l, --log FILE     prefork: append one JSON line per connection with its processes\n"
	"\n"
	"The last line of output is a JSON object with what was done and which transitions\n"
	"that made.\n";

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void pace(const struct load *load, double begin, unsigned long i)
{
	double when = load->rate ? begin + i / load->rate : 0;
	struct timespec ts = { .tv_sec = when, .tv_nsec = (when - (time_t)when) * 1e9 };

	while (when && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static unsigned long loop_run(const struct load *load, const struct listeners *listeners)
{
	double begin = now();
	unsigned long i;

	for (i = 0; !load->count || i < load->count; i++) {
		int client, server;

		pace(load, begin, i);
		if (load->seconds && now() - begin >= load->seconds)
			break;
		client = client_connect(load, listeners, i);
		server = server_accept(listeners, i);
		if (server < 0)
			fail("accept");
		close_in_order(client, server);
	}
	return i;
}

static void report(const char *mode, unsigned long made, double seconds,
		   const struct listeners *listeners)
{
	unsigned port = ntohs(listeners->address[0].v4.sin_port);

	printf("{\"mode\":\"%s\",\"connections\":%lu,\"seconds\":%.3f,\"rate\":%.0f,"
	       "\"port\":%u,\"listeners\":%u,\"transitions\":{",
	       mode, made, seconds, made / seconds, port, listeners->n);
	for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++)
		printf("\"%s\":%lu,", transitions[i], made);
	printf("\"CLOSED>LISTEN\":%u,\"LISTEN>CLOSED\":%u}}\n", listeners->n, listeners->n);
}

static double number(const char *text, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= max)) {
		fprintf(stderr, "load: '%s' is not a number from 0 to %.0f\n", text, max);
		exit(2);
	}
	return value;
}

static void parse(int argc, char **argv, struct load *load)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 't' },
		{ "rate", required_argument, NULL, 'r' },
		{ "cpu", required_argument, NULL, 'c' },
		{ "port", required_argument, NULL, 'P' },
		{ "device", required_argument, NULL, 'd' },
		{ "mptcp", no_argument, NULL, 'm' },
		{ "servers", required_argument, NULL, 's' },
		{ "clients", required_argument, NULL, 'C' },
		{ "backlog", required_argument, NULL, 'b' },
		{ "log", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL },
	};
	int c;

	while ((c = getopt_long(argc, argv, "n:t:r:c:6P:d:ms:C:b:l:h", options, NULL)) >= 0) {
		switch (c) {
		case 'n':
			load->count = number(optarg, 1e9);
			break;
		case 't':
			load->seconds = number(optarg, 86400);
			break;
		case 'r':
			load->rate = number(optarg, 1e6);
			break;
		case 'c':
			load->cpu = number(optarg, CPU_SETSIZE - 1);
			break;
		case '6':
			load->family = AF_INET6;
			break;
		case 'P':
			load->port = number(optarg, 65535);
			break;
		case 'd':
			load->device = optarg;
			break;
		case 'm':
			load->protocol = IPPROTO_MPTCP;
			break;
		case 's':
			load->servers = number(optarg, 1024);
			break;
		case 'C':
			load->clients = number(optarg, 1024);
			break;
		case 'b':
			load->backlog = number(optarg, 65535);
			break;
		case 'l':
			load->log = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			exit(2);
		}
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("pinning to the CPU");
}

/* The missing option of a mode; NULL: none. */
static const char *lacking(const char *mode, const struct load *load)
{
	static const char *const of_count[] = { "prefork",    "hold",	    "half-open", "leak",
						"ring",	      "exits",	    "renames",	 "hang",
						"duplicates", "namespaces", "hide" };
	bool counted = false;

	for (size_t i = 0; i < sizeof(of_count) / sizeof(of_count[0]); i++)
		counted |= !strcmp(mode, of_count[i]);
	if (!strcmp(mode, "drops") || !strcmp(mode, "stick") || !strcmp(mode, "options"))
		return NULL;
	if (!counted && strcmp(mode, "loop") && strcmp(mode, "churn"))
		return "a mode";
	if (!strcmp(mode, "churn") && !load->rate)
		return "--rate";
	if (!load->count && (counted || !load->seconds))
		return counted ? "--count" : "--count or --seconds";
	if (!strcmp(mode, "prefork") && (!load->servers || !load->clients))
		return "at least one server and one client";
	return NULL;
}

/* Runs a mode that needs no listener of the load's; false: another mode. */
static bool run_alone(const char *mode, const struct load *load, char **words)
{
	if (!strcmp(mode, "options"))
		options_run(load, words[0] && !strcmp(words[0], "listener"));
	else if (!strcmp(mode, "exits") || !strcmp(mode, "renames"))
		crowd_run(load, !strcmp(mode, "exits"));
	else
		return false;
	return true;
}

/* Runs a mode that counts no transitions; false: another mode. */
static bool run_holding(const char *mode, const struct load *load,
			const struct listeners *listeners, char **words)
{
	if (!strcmp(mode, "half-open"))
		half_open_run(load, listeners);
	else if (!strcmp(mode, "leak"))
		leak_run(load, listeners);
	else if (!strcmp(mode, "ring"))
		ring_run(load, listeners);
	else if (!strcmp(mode, "hide"))
		hide_run(load);
	else if (!strcmp(mode, "stick"))
		stick_run(load, listeners, words);
	else if (!strcmp(mode, "drops"))
		drops_run(load, listeners, words);
	else
		return many_run(mode, load, listeners);
	return true;
}

int main(int argc, char **argv)
{
	struct load load = { .family = AF_INET, .cpu = -1, .servers = 4, .clients = 4 };
	struct listeners listeners;
	unsigned long made;
	const char *mode, *what;
	double begin;

	parse(argc, argv, &load);
	mode = optind < argc ? argv[optind] : "";
	what = lacking(mode, &load);
	if (what) {
		fprintf(stderr, "load: %s is needed; see --help\n", what);
		return 2;
	}
	pin(load.cpu);
	if (run_alone(mode, &load, argv + optind + 1))
		return 0;
	listeners_open(&load, &listeners);
	if (run_holding(mode, &load, &listeners, argv + optind + 1)) {
		listeners_close(&listeners);
		return fflush(stdout) ? 1 : 0;
	}
	begin = now();
	made = load.count;
	if (!strcmp(mode, "prefork"))
		prefork_run(&load, &listeners);
	else if (!strcmp(mode, "hold"))
		hold_run(&load, &listeners);
	else
		made = loop_run(&load, &listeners);
	begin = now() - begin;
	listeners_close(&listeners);
	report(mode, made, begin, &listeners);
	return fflush(stdout) ? 1 : 0;
}
