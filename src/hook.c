// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of hooks. */
#include "hook.h"

#include "skeleton.h"

static bool fexit_allowed(const struct features *features)
{
	struct verdict verdict;

	feature_fexit(features, "inet_csk_accept", &verdict);
	return verdict.err == 0;
}

static void probe_transitions(const struct features *features, struct verdict *verdict)
{
	feature_socket_storage(features, "inet_sock_set_state", verdict);
}

static void enable_transitions(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	(void)features;
	bpf_program__set_autoload(bpf->progs.set_state, on);
	bpf_program__set_autoload(bpf->progs.set_state_again, on);
}

static void probe_destroy(const struct features *features, struct verdict *verdict)
{
	feature_tracepoint(features, "tcp_destroy_sock", verdict);
}

static void enable_destroy(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	(void)features;
	bpf_program__set_autoload(bpf->progs.destroy_sock, on);
}

static void probe_accept(const struct features *features, struct verdict *verdict)
{
	feature_fexit(features, "inet_csk_accept", verdict);
}

/*
 * The variant for another prototype would load too, and read the wrong argument: the
 * number of parameters decides.
 */
static void enable_accept(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	int parameters = feature_parameters(features, "inet_csk_accept");

	bpf_program__set_autoload(bpf->progs.accept_exit, on && parameters == 2);
	bpf_program__set_autoload(bpf->progs.accept_exit_old, on && parameters == 4);
}

static void probe_use(const struct features *features, struct verdict *verdict)
{
	feature_tracepoint(features, "tcp_rcv_space_adjust", verdict);
}

/* Costs a little on every receive and send: only where nothing tells who accepted. */
static void enable_use(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	struct verdict length;

	on = on && !fexit_allowed(features);
	bpf_program__set_autoload(bpf->progs.receive, on);
	feature_tracepoint(features, "sock_recv_length", &length); /* 6.3 */
	bpf_program__set_autoload(bpf->progs.receive_end, on && !length.err);
	bpf_program__set_autoload(bpf->progs.send, on && !length.err);
}

static void probe_rename(const struct features *features, struct verdict *verdict)
{
	feature_tracepoint(features, "task_rename", verdict);
}

static void enable_rename(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	(void)features;
	bpf_program__set_autoload(bpf->progs.rename, on);
}

static void probe_exit(const struct features *features, struct verdict *verdict)
{
	feature_tracepoint(features, "sched_process_exit", verdict);
}

static void enable_exit(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	(void)features;
	bpf_program__set_autoload(bpf->progs.process_exit, on);
}

static void probe_files(const struct features *features, struct verdict *verdict)
{
	feature_iterator(features, "task_file", verdict);
}

static void enable_files(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	(void)features;
	bpf_program__set_autoload(bpf->progs.snapshot_files, on);
}

static void probe_tcp(const struct features *features, struct verdict *verdict)
{
	feature_iterator(features, "tcp", verdict);
}

static void enable_tcp(struct tcpstate_bpf *bpf, const struct features *features, bool on)
{
	(void)features;
	bpf_program__set_autoload(bpf->progs.snapshot_tcp, on);
}

const struct hook hooks[] = {
	{ "transitions", "tracepoint sock:inet_sock_set_state", "every state transition",
	  "nothing can be traced", "a kernel from 5.12 on with CONFIG_DEBUG_INFO_BTF", true,
	  probe_transitions, enable_transitions },
	{ "destroy", "tracepoint tcp:tcp_destroy_sock", "sockets that end without a transition",
	  "sockets per state can stay too high", "a kernel from 4.16 on", false, probe_destroy,
	  enable_destroy },
	{ "accept-exit", "fexit inet_csk_accept", "which process accepted a connection",
	  "a connection names its listener's owner until a process reads, writes or closes it",
	  "a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them",
	  false, probe_accept, enable_accept },
	{ "first-use", "tracepoints tcp:tcp_rcv_space_adjust, sock:sock_recv_length, "
		       "sock:sock_send_length",
	  "the same from the first use, where fexit is refused",
	  "there, a connection names its listener's owner until it is closed",
	  "a kernel from 4.16 on (6.3 for all three)", false, probe_use, enable_use },
	{ "rename", "tracepoint task:task_rename", "the name an owner took by exec",
	  "an owner keeps the name it had when it connected or accepted",
	  "a kernel with CONFIG_DEBUG_INFO_BTF", false, probe_rename, enable_rename },
	{ "exit", "tracepoint sched:sched_process_exit", "that an owner has gone and others hold on",
	  "the listener of a daemon names the process that started it",
	  "a kernel with CONFIG_DEBUG_INFO_BTF", false, probe_exit, enable_exit },
	{ "snapshot-files", "iterator task_file", "owners of sockets older than the trace",
	  "sockets older than the trace have no owner", "a kernel from 5.11 on", false,
	  probe_files, enable_files },
	{ "snapshot-tcp", "iterator tcp", "sockets without a process, TIME_WAIT, SYN_RECV",
	  "sockets that no process holds are missing from the counts", "a kernel from 5.9 on",
	  false, probe_tcp, enable_tcp },
	{ 0 },
};

const char *hook_tier(const struct features *features)
{
	return fexit_allowed(features) ? "full" : "tracepoint";
}

void hooks_choose(struct tcpstate_bpf *bpf, const struct features *features)
{
	for (const struct hook *hook = hooks; hook->name; hook++) {
		struct verdict verdict = { 0 };

		if (!hook->required)
			hook->probe(features, &verdict);
		hook->enable(bpf, features, verdict.err == 0);
	}
}
