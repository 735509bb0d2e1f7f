// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The processes of the stress case, and the expected number of each transition. */
#include "selftest/stress.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/actor.h"
#include "selftest/hidden.h"
#include "tcp/state.h"

enum { CPUS_MIN = 2, CPUS_MAX = 32, TOLERATED_IN = 400, HIDDEN_IN = 10 };

bool stress_has(const struct ts_transition *t)
{
	return (t->lport >= STRESS_PORT && t->lport < STRESS_PORT + STRESS_PROCESSES) ||
	       (t->rport >= STRESS_PORT && t->rport < STRESS_PORT + STRESS_PROCESSES);
}

void stress_add(struct stress *stress, const struct ts_transition *t)
{
	stress->transitions[t->old_state % TS_STATES][t->new_state % TS_STATES]++;
}

/*
 * sysfs shows the devices of the network namespace that it was mounted in. Mounts one in a mount
 * namespace of this process.
 */
static int spread_packets(struct actor *actor)
{
	static const char path[] = "/sys/class/net/lo/queues/rx-0/rps_cpus";
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char mask[16];
	int fd;

	if (cpus < CPUS_MIN)
		return actor_unable(actor, "needs two CPUs");
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/sys", "sysfs", 0, NULL) != 0)
		return actor_unable(actor, "cannot mount sysfs: %s", strerror(errno));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return actor_unable(actor, "no RPS in this kernel (CONFIG_RPS)");
	(void)snprintf(mask, sizeof(mask), "%x", cpus < CPUS_MAX ? (1u << cpus) - 1 : UINT32_MAX);
	if (write(fd, mask, strlen(mask)) < 0) {
		(void)close(fd);
		return actor_unable(actor, "RPS cannot be set: %s", strerror(errno));
	}
	return close(fd) ? -errno : 0;
}

/* Connect, accept, close, read the end, close. */
static int connect_once(int listener, const struct sockaddr_in *address)
{
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;
	char byte;

	if (client < 0 || connect(client, (const struct sockaddr *)address, sizeof(*address)) != 0)
		return -errno;
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		return -errno;
	(void)close(client);
	if (recv(server, &byte, 1, 0) != 0)
		return -EPROTO;
	return close(server) ? -errno : 0;
}

static int stress_process(int index)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(STRESS_PORT + index)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = 0, one = 1;

	if (listener < 0)
		return -errno;
	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, 64) != 0)
		return -errno;
	for (int i = 0; i < STRESS_CONNECTIONS && !err; i++)
		err = connect_once(listener, &address);
	(void)close(listener);
	return err;
}

static int step_stress(struct actor *actor, char **words, int n)
{
	int err = spread_packets(actor), status;
	pid_t pids[STRESS_PROCESSES];

	if (err)
		return err;
	(void)signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < STRESS_PROCESSES; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(stress_process(i) ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	for (int i = 0; i < STRESS_PROCESSES; i++) {
		if (pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || status)
			err = actor_fail(actor, "a connection failed");
	}
	return err;
}

const struct actor_verb actor_stress_verbs[] = {
	{ "stress", 0, step_stress },
	{ 0 },
};

const struct scenario selftest_stress[] = {
	{ .name = "800 connections while packets interrupt the programs",
	  .flags = SCENARIO_V4 | SCENARIO_STRESS,
	  .script = "client stress; ",
	  .expect = "" },
	{ 0 },
};

/* The transitions of each connection and each listener. */
static const struct {
	uint8_t old_state;
	uint8_t new_state;
	bool of_listener;
	bool needs_hooks; /* the tracepoint tier infers it only if one packet brings ACK and FIN */
} made[] = {
	{ TS_CLOSED, TS_LISTEN, true, false },
	{ TS_LISTEN, TS_CLOSED, true, false },
	{ TS_CLOSED, TS_SYN_SENT, false, false },
	{ TS_SYN_SENT, TS_ESTABLISHED, false, false },
	{ TS_ESTABLISHED, TS_FIN_WAIT_1, false, false },
	{ TS_FIN_WAIT_1, TS_FIN_WAIT_2, false, false },
	{ TS_FIN_WAIT_2, TS_TIME_WAIT, false, true },
	{ TS_LISTEN, TS_SYN_RECV, false, false },
	{ TS_SYN_RECV, TS_ESTABLISHED, false, false },
	{ TS_ESTABLISHED, TS_CLOSE_WAIT, false, false },
	{ TS_CLOSE_WAIT, TS_LAST_ACK, false, false },
	{ TS_LAST_ACK, TS_CLOSED, false, false },
};

/* Those that neither the tracer nor the witness was shown. */
static uint64_t hidden_of(const struct stress *stress, const struct sightings *sightings, size_t i,
			  uint64_t wanted)
{
	uint64_t seen = stress->transitions[made[i].old_state][made[i].new_state], shown;

	if (!sightings->taken || made[i].needs_hooks)
		return 0;
	shown = sightings_of_ports(sightings, STRESS_PORT, STRESS_PORT + STRESS_PROCESSES - 1,
				   made[i].old_state, made[i].new_state);
	shown = shown > seen ? shown : seen;
	return shown < wanted ? wanted - shown : 0;
}

static uint64_t wanted_of(size_t i)
{
	return STRESS_PROCESSES * (made[i].of_listener ? 1 : STRESS_CONNECTIONS);
}

uint64_t stress_hidden(const struct stress *stress, const struct sightings *sightings)
{
	uint64_t hidden = 0;

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		hidden += hidden_of(stress, sightings, i, wanted_of(i));
	return hidden;
}

bool stress_check(const struct stress *stress, const struct sightings *sightings,
		  enum hook_tier tier, FILE *why)
{
	uint64_t sum = 0, missing = 0, extra = 0, hidden = stress_hidden(stress, sightings);

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		uint64_t wanted = wanted_of(i);
		uint64_t seen = stress->transitions[made[i].old_state][made[i].new_state];

		if (made[i].needs_hooks && tier == HOOK_TIER_TRACEPOINT && seen < wanted)
			wanted = seen;
		sum += wanted;
		missing += seen < wanted ? wanted - seen : 0;
		extra += seen > wanted ? seen - wanted : 0;
		if (seen != wanted)
			(void)fprintf(why, "# %s>%s: %llu expected, %llu observed\n",
				      state_name(made[i].old_state), state_name(made[i].new_state),
				      (unsigned long long)wanted, (unsigned long long)seen);
	}
	(void)fprintf(why,
		      "# %llu expected, %llu missed, %llu reported as lost, "
		      "%llu hidden from all BPF programs\n",
		      (unsigned long long)sum, (unsigned long long)missing,
		      (unsigned long long)stress->lost, (unsigned long long)hidden);
	return !extra && missing <= stress->lost + hidden && stress->lost <= sum / TOLERATED_IN &&
	       hidden <= sum / HIDDEN_IN;
}
