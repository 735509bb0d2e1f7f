// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of hooks. */
#include "tracer/hook.h"

#include <errno.h>

#include "tracer/skeleton.h"

#define KPROBES	      "a kernel with CONFIG_KPROBE_EVENTS and CONFIG_BPF_EVENTS"
#define PROGRAM(name) offsetof(struct tcpstate_bpf, progs.name)

/*
 * The variant for another prototype would load too, and read the wrong argument: the
 * number of parameters decides.
 */
static bool accept_fits(const struct probes *features, size_t program)
{
	int parameters = probe_parameters(features, "inet_csk_accept");

	return parameters == (program == PROGRAM(accept_exit) ? 2 : 4);
}

/* Where a file is given to a connection that is accepted: CONFIG_SECURITY_NETWORK. */
static bool grafts_seen(const struct probes *features)
{
	return probe_parameters(features, "security_sock_graft") == 2;
}

/* Costs a little on every receive and send: only where nothing tells who accepted. */
static bool use_fits(const struct probes *features, size_t program)
{
	struct verdict verdict = { 0 };

	if (program != PROGRAM(receive)) /* since 6.3 */
		feature_tracepoint(features, "sock_recv_length", &verdict);
	if (features->tier == HOOK_TIER_KPROBE) /* that kretprobe may miss some */
		return !verdict.err && !grafts_seen(features);
	return !verdict.err && features->tier == HOOK_TIER_TRACEPOINT;
}

/* Three prototypes of one function: see bpf/request.bpf.c. */
static bool request_fits(const struct probes *features, size_t program)
{
	const char *function = "inet_csk_reqsk_queue_hash_add";
	int parameters = probe_parameters(features, function);
	bool answers = probe_answers(features, function);

	if (program == PROGRAM(request_added))
		return answers && parameters == 2;
	if (program == PROGRAM(request_added_timeout))
		return answers && parameters == 3;
	if (program == PROGRAM(request_migrated)) /* since 5.14 */
		return probe_parameters(features, "inet_reqsk_clone") == 2;
	return program != PROGRAM(request_added_void) || !answers;
}

static bool reset_fits(const struct probes *features, size_t program)
{
	if (program == PROGRAM(reset_by_packet))
		return features->tier == HOOK_TIER_FENTRY &&
		       probe_parameters(features, "tcp_reset") == 2;
	if (program ==
	    PROGRAM(reset_received)) /* tcp_reset() calls it: what fentry tells is more */
		return features->tier != HOOK_TIER_FENTRY ||
		       (unsigned)probe_parameters(features, "tcp_reset") - 1 > 1;
	if (program == PROGRAM(reset_by_packet_old) || program == PROGRAM(reset_packet))
		return features->tier == HOOK_TIER_FENTRY &&
		       probe_parameters(features, "tcp_reset") == 1;
	return (probe_parameters(features, "btf_trace_tcp_send_reset") >= 4) ==
	       (program == PROGRAM(reset_sent_reason));
}

/* Where request sockets themselves cannot be followed, or not numbered. */
static bool half_open_fits(const struct probes *features, size_t program)
{
	(void)program;
	return features->tier != HOOK_TIER_FENTRY;
}

/* Where programs that need an id cannot ask for one: all before 5.12, and kprobes. */
static bool cookies_fit(const struct probes *features, size_t program)
{
	struct verdict verdict;

	(void)program;
	if (!features->compat)
		return false;
	feature_root_cgroup(features, NULL, &verdict);
	return verdict.err == 0;
}

static bool kprobe_request_fits(const struct probes *features, size_t program)
{
	bool answers = probe_answers(features, "inet_csk_reqsk_queue_hash_add");

	if (program == PROGRAM(kp_request_adding) || program == PROGRAM(kp_request_added))
		return answers;
	if (program == PROGRAM(kp_request_added_void))
		return !answers;
	if (program == PROGRAM(kp_request_migrating) || program == PROGRAM(kp_request_migrated))
		return probe_parameters(features, "inet_reqsk_clone") == 2;
	return true;
}

static bool kprobe_timewait_fits(const struct probes *features, size_t program)
{
	bool schedules = probe_parameters(features, "inet_twsk_hashdance_schedule") > 0;

	if (program == PROGRAM(kp_timewait_made))
		return !schedules;
	return program != PROGRAM(kp_timewait_scheduled) || schedules;
}

static bool kprobe_detail_fits(const struct probes *features, size_t program)
{
	int parameters = probe_parameters(features, "tcp_reset");

	if (program == PROGRAM(kp_reset_by_packet))
		return parameters == 2;
	if (program == PROGRAM(kp_reset_by_packet_old) || program == PROGRAM(kp_reset_packet))
		return parameters == 1;
	if (program == PROGRAM(kp_accept) || program == PROGRAM(kp_accept_exit))
		return grafts_seen(features) == (program == PROGRAM(kp_accept));
	return true;
}

const struct hook hooks[] = {
	{
		.name = "transitions",
		.point = "tracepoint sock:inet_sock_set_state",
		.gives = "every state transition",
		.cost = "nothing can be traced",
		.remedy = "a kernel from 5.8 on with CONFIG_DEBUG_INFO_BTF",
		.required = true,
		.probe = feature_tracepoint,
		.target = "inet_sock_set_state",
		.programs = { PROGRAM(set_state), PROGRAM(set_state_again) },
	},
	{
		.name = "destroy",
		.point = "tracepoint tcp:tcp_destroy_sock",
		.gives = "sockets that end without a transition",
		.cost = "sockets per state can stay too high",
		.remedy = "a kernel from 4.16 on",
		.probe = feature_tracepoint,
		.target = "tcp_destroy_sock",
		.programs = { PROGRAM(destroy_sock) },
	},
	{
		.name = "requests",
		.point = "fentry and fexit of inet_csk_reqsk_queue_hash_add, inet_csk_clone_lock, "
			 "inet_csk_reqsk_queue_drop, reqsk_timer_handler, tcp_check_req, "
			 "tcp_v4_reqsk_destructor, tcp_v6_reqsk_destructor",
		.gives = "half-open connections from the SYN on, and why they end",
		.cost = "SYN_RECV shows only when it is over, its time worked out (inferred)",
		.remedy =
			"a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them",
		.tier = HOOK_TIER_FENTRY,
		.probe = feature_fexit,
		.target = "inet_csk_reqsk_queue_hash_add",
		.programs = { PROGRAM(request_added), PROGRAM(request_added_timeout),
			      PROGRAM(request_added_void), PROGRAM(request_cloning),
			      PROGRAM(request_dropped), PROGRAM(request_timer),
			      PROGRAM(request_timer_end), PROGRAM(request_packet),
			      PROGRAM(request_freed), PROGRAM(request_freed_v6),
			      PROGRAM(request_migrated) },
		.wants = request_fits,
	},
	{
		.name = "kprobe-requests",
		.point = "kprobes on inet_csk_reqsk_queue_hash_add, inet_csk_clone_lock, "
			 "inet_csk_reqsk_queue_drop, reqsk_timer_handler, tcp_check_req, "
			 "inet_reqsk_clone, tcp_v4_reqsk_destructor, tcp_v6_reqsk_destructor",
		.gives = "the same, where fentry is refused",
		.cost = "there, SYN_RECV shows only when it is over",
		.remedy = KPROBES,
		.tier = HOOK_TIER_KPROBE,
		.probe = feature_kprobe,
		.target = "inet_csk_reqsk_queue_hash_add",
		.programs = { PROGRAM(kp_request_adding), PROGRAM(kp_request_added),
			      PROGRAM(kp_request_added_void), PROGRAM(kp_request_cloning),
			      PROGRAM(kp_request_dropped), PROGRAM(kp_request_timer),
			      PROGRAM(kp_request_timer_end), PROGRAM(kp_request_packet),
			      PROGRAM(kp_request_freed), PROGRAM(kp_request_freed_v6),
			      PROGRAM(kp_request_migrating), PROGRAM(kp_request_migrated) },
		.wants = kprobe_request_fits,
	},
	{
		.name = "half-open",
		.point = "tracepoint tcp:tcp_retransmit_synack",
		.gives =
			"half-open connections from the first repeated SYN-ACK on, without the above",
		.cost = "a half-open connection that never completes is not shown",
		.remedy = "a kernel from 4.18 on",
		.probe = feature_tracepoint,
		.target = "tcp_retransmit_synack",
		.details = true,
		.programs = { PROGRAM(request_again) },
		.wants = half_open_fits,
	},
	{
		.name = "timewaits",
		.point = "fentry and fexit of inet_twsk_alloc, inet_twsk_kill, "
			 "tcp_timewait_state_process",
		.gives = "TIME_WAIT, its end, and orphans in FIN_WAIT_2",
		.cost = "TIME_WAIT is inferred and its end is not shown",
		.remedy =
			"a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them",
		.tier = HOOK_TIER_FENTRY,
		.probe = feature_fexit,
		.target = "inet_twsk_alloc",
		.programs = { PROGRAM(timewait_made), PROGRAM(timewait_made_again),
			      PROGRAM(timewait_packet), PROGRAM(timewait_packet_end),
			      PROGRAM(timewait_ended) },
	},
	{
		.name = "kprobe-timewaits",
		.point = "kprobes on inet_twsk_alloc, inet_twsk_hashdance, inet_twsk_kill, "
			 "tcp_timewait_state_process",
		.gives = "the same, where fentry is refused",
		.cost = "there, TIME_WAIT is inferred and its end is not shown",
		.remedy = KPROBES,
		.tier = HOOK_TIER_KPROBE,
		.probe = feature_kprobe,
		.target = "inet_twsk_kill",
		.programs = { PROGRAM(kp_timewait_making), PROGRAM(kp_timewait_made),
			      PROGRAM(kp_timewait_scheduled), PROGRAM(kp_timewait_packet),
			      PROGRAM(kp_timewait_packet_end), PROGRAM(kp_timewait_ended) },
		.wants = kprobe_timewait_fits,
	},
	{
		.name = "resets",
		.point = "tracepoints tcp:tcp_send_reset, tcp:tcp_receive_reset, fentry tcp_reset",
		.gives = "who sent the RST that ended a connection, and for what",
		.cost = "some ends have no reason or say less",
		.remedy = "a kernel from 4.16 on; for all of it, one that allows fentry",
		.probe = feature_tracepoint,
		.target = "tcp_send_reset",
		.details = true,
		.programs = { PROGRAM(reset_sent), PROGRAM(reset_sent_reason),
			      PROGRAM(reset_received), PROGRAM(reset_by_packet),
			      PROGRAM(reset_by_packet_old), PROGRAM(reset_packet) },
		.wants = reset_fits,
	},
	{
		.name = "synack-again",
		.point = "tracepoint tcp:tcp_retransmit_synack",
		.gives = "SYN-ACKs that are sent again because nobody answers",
		.cost = "they are not told",
		.remedy = "a kernel from 4.18 on",
		.probe = feature_tracepoint,
		.target = "tcp_retransmit_synack",
		.drops = true,
		.programs = { PROGRAM(synack_again) },
	},
	{
		.name = "queue-full",
		.point = "fentry and fexit of tcp_conn_request, tcp_check_req; fentry "
			 "tcp_get_cookie_sock",
		.gives = "handshakes that a full queue throws away, and SYN cookies",
		.cost = "what a full queue throws away shows only as a SYN-ACK sent again, if at all",
		.remedy =
			"a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them",
		.probe = feature_fexit,
		.target = "tcp_conn_request",
		.drops = true,
		.programs = { PROGRAM(syn_comes), PROGRAM(syn_done), PROGRAM(ack_comes),
			      PROGRAM(ack_done), PROGRAM(cookie_comes) },
	},
	{
		.name = "aborts",
		.point = "fentry and fexit tcp_abort",
		.gives = "which sockets an administrator destroyed (ss -K)",
		.cost = "a destroyed listener is shown as closed by whoever destroyed it",
		.remedy =
			"a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them",
		.tier = HOOK_TIER_FENTRY,
		.probe = feature_fexit,
		.target = "tcp_abort",
		.details = true,
		.programs = { PROGRAM(abort_begin), PROGRAM(abort_end) },
	},
	{
		.name = "accept-exit",
		.point = "fexit inet_csk_accept",
		.gives = "which process accepted a connection",
		.cost = "a connection names its listener's owner until a process reads, writes or closes it",
		.remedy =
			"a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them",
		.tier = HOOK_TIER_FENTRY,
		.probe = feature_fexit,
		.target = "inet_csk_accept",
		.details = true,
		.programs = { PROGRAM(accept_exit), PROGRAM(accept_exit_old) },
		.wants = accept_fits,
	},
	{
		.name = "kprobe-details",
		.point = "kprobes on tcp_reset, tcp_abort, security_sock_graft",
		.gives = "resets, aborts and who accepted, where fentry is refused",
		.cost = "there, some ends say less, and an owner is its listener's for longer",
		.remedy = KPROBES,
		.tier = HOOK_TIER_KPROBE,
		.probe = feature_kprobe,
		.target = "tcp_abort",
		.details = true,
		.programs = { PROGRAM(kp_reset_by_packet), PROGRAM(kp_reset_by_packet_old),
			      PROGRAM(kp_reset_packet), PROGRAM(kp_abort_begin),
			      PROGRAM(kp_abort_end), PROGRAM(kp_accept), PROGRAM(kp_accept_exit) },
		.wants = kprobe_detail_fits,
	},
	{
		.name = "first-use",
		.point = "tracepoints tcp:tcp_rcv_space_adjust, sock:sock_recv_length, "
			 "sock:sock_send_length",
		.gives = "the same from the first use, where fexit is refused",
		.cost = "there, a connection names its listener's owner until it is closed",
		.remedy = "a kernel from 4.16 on (6.3 for all three)",
		.probe = feature_tracepoint,
		.target = "tcp_rcv_space_adjust",
		.details = true,
		.programs = { PROGRAM(receive), PROGRAM(receive_end), PROGRAM(send) },
		.wants = use_fits,
	},
	{
		.name = "origins",
		.point = "tracepoint sock:inet_sock_set_state",
		.gives = "where in its process's code a socket was connected or accepted (--origin)",
		.cost = "--origin is refused",
		.remedy = "a kernel from 5.15 on",
		.probe = feature_user_stack,
		.target = "inet_sock_set_state",
		.details = true,
		.origins = true,
		.programs = { PROGRAM(connecting) },
	},
	{
		.name = "cookies",
		.point = "cgroup/sock_create and sockops of the root cgroup",
		.gives = "the ids of sockets, where the programs above cannot ask for them",
		.cost = "a socket has no id until somebody asks for it",
		.remedy = "a kernel from 5.12 on, or no other program alone at the root cgroup",
		.probe = feature_cookies,
		.target = "inet_sock_set_state",
		.details = true,
		.programs = { PROGRAM(number_socket), PROGRAM(number_request) },
		.wants = cookies_fit,
	},
	{
		.name = "rename",
		.point = "tracepoint task:task_rename",
		.gives = "the name an owner took by exec",
		.cost = "an owner keeps the name it had when it connected or accepted",
		.remedy = "a kernel with CONFIG_DEBUG_INFO_BTF",
		.probe = feature_tracepoint,
		.target = "task_rename",
		.details = true,
		.programs = { PROGRAM(rename) },
	},
	{
		.name = "exit",
		.point = "tracepoint sched:sched_process_exit",
		.gives = "that an owner has gone and others hold on",
		.cost = "the listener of a daemon names the process that started it",
		.remedy = "a kernel with CONFIG_DEBUG_INFO_BTF",
		.probe = feature_tracepoint,
		.target = "sched_process_exit",
		.details = true,
		.programs = { PROGRAM(process_exit) },
	},
	{
		.name = "snapshot-files",
		.point = "iterator task_file",
		.gives = "owners of sockets older than the trace",
		.cost = "sockets older than the trace have no owner",
		.remedy = "a kernel from 5.11 on",
		.probe = feature_iterator,
		.target = "task_file",
		.programs = { PROGRAM(snapshot_files) },
	},
	{
		.name = "snapshot-tcp",
		.point = "iterator tcp",
		.gives = "sockets without a process, TIME_WAIT, SYN_RECV",
		.cost = "sockets that no process holds are missing from the counts",
		.remedy = "a kernel from 5.9 on",
		.probe = feature_iterator,
		.target = "tcp",
		.programs = { PROGRAM(snapshot_tcp) },
	},
	{ 0 },
};

static void try_tier(const struct probes *features, enum hook_tier tier, struct verdict *verdict)
{
	*verdict = (struct verdict){ 0 };
	if (tier == HOOK_TIER_FENTRY)
		feature_fexit(features, "inet_csk_accept", verdict);
	else if (tier == HOOK_TIER_KPROBE)
		feature_kprobe(features, "inet_csk_reqsk_queue_hash_add", verdict);
}

int hooks_tier(struct probes *features, enum hook_tier asked, struct error *error)
{
	enum hook_tier tier = asked == HOOK_TIER_ANY ? HOOK_TIER_FENTRY : asked;
	struct verdict verdict;

	for (try_tier(features, tier, &verdict); verdict.err; try_tier(features, tier, &verdict)) {
		if (asked != HOOK_TIER_ANY)
			return error_set(error, EOPNOTSUPP, "--tier %s: %s", tier_name(tier),
					 verdict.why);
		tier--;
	}
	features->tier = tier;
	feature_socket_storage(features, "inet_sock_set_state", &verdict);
	features->compat = verdict.err || tier == HOOK_TIER_KPROBE;
	return 0;
}

static void hook_enable(const struct hook *hook, struct tcpstate_bpf *bpf,
			const struct probes *features, bool available)
{
	for (int i = 0; i < HOOK_PROGRAMS && hook->programs[i]; i++) {
		struct bpf_program **program = (void *)((char *)bpf + hook->programs[i]);
		bool on = available && (!hook->wants || hook->wants(features, hook->programs[i]));

		bpf_program__set_autoload(*program, on);
	}
}

void hooks_choose(struct tcpstate_bpf *bpf, const struct probes *features, bool details, bool drops,
		  bool origins)
{
	for (const struct hook *hook = hooks; hook->name; hook++) {
		struct verdict verdict = { 0 };
		bool wanted = (details || !hook->details) && (drops || !hook->drops) &&
			      (origins || !hook->origins) &&
			      (!hook->tier || hook->tier == features->tier);

		if (!hook->required && wanted)
			hook->probe(features, hook->target, &verdict);
		hook_enable(hook, bpf, features, wanted && verdict.err == 0);
	}
}
