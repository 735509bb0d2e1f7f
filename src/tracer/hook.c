// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of hooks, and the choice of programs. */
#include "tracer/hook.h"

#include <errno.h>

#include "tracer/internal.h"

#define KPROBES "a kernel with CONFIG_KPROBE_EVENTS and CONFIG_BPF_EVENTS"
#define FENTRY                                                                                     \
	"a kernel with fentry/fexit (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) that allows them"
#define PROGRAM(name) offsetof(struct tcpstate_bpf, progs.name)

/*
 * The program for another prototype would load too, and read the wrong argument: so the number of
 * parameters decides.
 */
static bool accept_fits(const struct probes *probes, size_t program)
{
	int parameters = probe_parameters(probes, "inet_csk_accept");

	return parameters == (program == PROGRAM(accept_exit) ? 2 : 4);
}

/* Called when accept() gives a connection its file: CONFIG_SECURITY_NETWORK. */
static bool grafts_seen(const struct probes *probes)
{
	return probe_parameters(probes, "security_sock_graft") == 2;
}

/* These cost time on every receive and send: only used if no hook sees accept(). */
static bool use_fits(const struct probes *probes, size_t program)
{
	if (program != PROGRAM(receive) && /* since 6.3 */
	    probe_tracepoint(probes, "sock_recv_length", NULL))
		return false;
	if (probes->tier == HOOK_TIER_KPROBE) /* that kretprobe may miss some */
		return !grafts_seen(probes);
	return probes->tier == HOOK_TIER_TRACEPOINT;
}

/* One function has three prototypes: see bpf/request_hooks.bpf.c. */
static bool request_fits(const struct probes *probes, size_t program)
{
	const char *function = "inet_csk_reqsk_queue_hash_add";
	int parameters = probe_parameters(probes, function);
	bool answers = probe_returns_value(probes, function);

	if (program == PROGRAM(request_added))
		return answers && parameters == 2;
	if (program == PROGRAM(request_added_timeout))
		return answers && parameters == 3;
	if (program == PROGRAM(kp_request_adding) || program == PROGRAM(kp_request_added))
		return answers;
	if (program == PROGRAM(request_added_void) || program == PROGRAM(kp_request_added_void))
		return !answers;
	if (program == PROGRAM(request_migrated) || program == PROGRAM(kp_request_migrating) ||
	    program == PROGRAM(kp_request_migrated)) /* since 5.14 */
		return probe_parameters(probes, "inet_reqsk_clone") == 2;
	return true;
}

static bool reset_fits(const struct probes *probes, size_t program)
{
	if (program == PROGRAM(reset_by_packet))
		return probes->tier == HOOK_TIER_FENTRY &&
		       probe_parameters(probes, "tcp_reset") == 2;
	if (program == PROGRAM(reset_received)) /* tcp_reset() calls it: fentry there gives more */
		return probes->tier != HOOK_TIER_FENTRY ||
		       (unsigned)probe_parameters(probes, "tcp_reset") - 1 > 1;
	if (program == PROGRAM(reset_by_packet_old) || program == PROGRAM(reset_packet))
		return probes->tier == HOOK_TIER_FENTRY &&
		       probe_parameters(probes, "tcp_reset") == 1;
	return (probe_parameters(probes, "btf_trace_tcp_send_reset") >= 4) ==
	       (program == PROGRAM(reset_sent_reason));
}

/* The tracepoint is from 5.14. */
static int probe_error_reports(const struct probes *probes, const char *tracepoint,
			       struct error *why)
{
	int err = probe_tracepoint(probes, tracepoint, why);

	return err && probes->tier == HOOK_TIER_FENTRY ?
		       probe_fexit(probes, "sock_def_error_report", why) :
		       err;
}

static bool error_reports_fit(const struct probes *probes, size_t program)
{
	if (program == PROGRAM(icmp6_error))
		return probes->tier == HOOK_TIER_FENTRY &&
		       probe_parameters(probes, "ipv6_icmp_error") == 6;
	return (probe_tracepoint(probes, "inet_sk_error_report", NULL) == 0) ==
	       (program == PROGRAM(error_reported));
}

/* For tiers that cannot follow request sockets, or not assign cookies to them. */
static bool half_open_fits(const struct probes *probes, size_t program)
{
	return probes->tier != HOOK_TIER_FENTRY;
}

/* For programs that cannot assign cookies: kprobes, and all before 5.12. */
static bool cookies_fit(const struct probes *probes, size_t program)
{
	return probes->compat && !probe_root_cgroup(probes, NULL, NULL);
}

static bool kprobe_timewait_fits(const struct probes *probes, size_t program)
{
	bool schedules = probe_parameters(probes, "inet_twsk_hashdance_schedule") > 0;

	if (program == PROGRAM(kp_timewait_made))
		return !schedules;
	return program != PROGRAM(kp_timewait_scheduled) || schedules;
}

static bool kprobe_detail_fits(const struct probes *probes, size_t program)
{
	int parameters = probe_parameters(probes, "tcp_reset");

	if (program == PROGRAM(kp_reset_by_packet))
		return parameters == 2;
	if (program == PROGRAM(kp_reset_by_packet_old) || program == PROGRAM(kp_reset_packet))
		return parameters == 1;
	if (program == PROGRAM(kp_icmp6_error))
		return probe_parameters(probes, "ipv6_icmp_error") == 6;
	if (program == PROGRAM(kp_accept) || program == PROGRAM(kp_accept_exit))
		return grafts_seen(probes) == (program == PROGRAM(kp_accept));
	return true;
}

const struct hook hooks[] = {
	{ "transitions", .point = "tracepoint sock:inet_sock_set_state",
	  .gives = "every state transition", .cost = "nothing can be traced",
	  .remedy = "a kernel from 5.8 on with CONFIG_DEBUG_INFO_BTF", .required = true,
	  .probe = probe_tracepoint, .target = "inet_sock_set_state",
	  .programs = { PROGRAM(set_state), PROGRAM(set_state_again) } },
	{ "destroy", .point = "tracepoint tcp:tcp_destroy_sock",
	  .gives = "sockets that end without a transition",
	  .cost = "sockets per state can stay too high", .remedy = "a kernel from 4.16 on",
	  .probe = probe_tracepoint, .target = "tcp_destroy_sock",
	  .programs = { PROGRAM(destroy_sock) } },
	{ "requests",
	  .point = "fentry and fexit of inet_csk_reqsk_queue_hash_add, inet_csk_clone_lock, "
		   "inet_csk_reqsk_queue_drop, reqsk_timer_handler, tcp_check_req, "
		   "tcp_v4_reqsk_destructor, tcp_v6_reqsk_destructor",
	  .gives = "half-open connections from the SYN on, and why they end",
	  .cost = "SYN_RECV is reported only at its end, with an inferred time", .remedy = FENTRY,
	  .tier = HOOK_TIER_FENTRY, .probe = probe_fexit, .target = "inet_csk_reqsk_queue_hash_add",
	  .programs = { PROGRAM(request_added), PROGRAM(request_added_timeout),
			PROGRAM(request_added_void), PROGRAM(request_cloning),
			PROGRAM(request_dropped), PROGRAM(request_timer),
			PROGRAM(request_timer_end), PROGRAM(request_packet), PROGRAM(request_freed),
			PROGRAM(request_freed_v6), PROGRAM(request_migrated) },
	  .wants = request_fits },
	{ "kprobe-requests",
	  .point = "kprobes on inet_csk_reqsk_queue_hash_add, inet_csk_clone_lock, "
		   "inet_csk_reqsk_queue_drop, reqsk_timer_handler, tcp_check_req, "
		   "inet_reqsk_clone, tcp_v4_reqsk_destructor, tcp_v6_reqsk_destructor",
	  .gives = "half-open connections, on kernels without fentry",
	  .cost = "SYN_RECV is reported only at its end, with an inferred time", .remedy = KPROBES,
	  .tier = HOOK_TIER_KPROBE, .probe = probe_kprobe,
	  .target = "inet_csk_reqsk_queue_hash_add",
	  .programs = { PROGRAM(kp_request_adding), PROGRAM(kp_request_added),
			PROGRAM(kp_request_added_void), PROGRAM(kp_request_cloning),
			PROGRAM(kp_request_dropped), PROGRAM(kp_request_timer),
			PROGRAM(kp_request_timer_end), PROGRAM(kp_request_packet),
			PROGRAM(kp_request_freed), PROGRAM(kp_request_freed_v6),
			PROGRAM(kp_request_migrating), PROGRAM(kp_request_migrated) },
	  .wants = request_fits },
	{ "half-open", .point = "tracepoint tcp:tcp_retransmit_synack",
	  .gives = "half-open connections from the first retransmitted SYN-ACK on",
	  .cost = "half-open connections that never complete are not reported",
	  .remedy = "a kernel from 4.18 on", .probe = probe_tracepoint,
	  .target = "tcp_retransmit_synack", .details = true,
	  .programs = { PROGRAM(request_retrans) }, .wants = half_open_fits },
	{ "timewaits",
	  .point = "fentry and fexit of inet_twsk_alloc, inet_twsk_kill, "
		   "tcp_timewait_state_process",
	  .gives = "TIME_WAIT, its end, and orphans in FIN_WAIT_2",
	  .cost = "TIME_WAIT is inferred, and its end is not reported", .remedy = FENTRY,
	  .tier = HOOK_TIER_FENTRY, .probe = probe_fexit, .target = "inet_twsk_alloc",
	  .programs = { PROGRAM(timewait_made), PROGRAM(timewait_made_again),
			PROGRAM(timewait_packet), PROGRAM(timewait_packet_end),
			PROGRAM(timewait_ended) } },
	{ "kprobe-timewaits",
	  .point = "kprobes on inet_twsk_alloc, inet_twsk_hashdance, inet_twsk_kill, "
		   "tcp_timewait_state_process",
	  .gives = "TIME_WAIT and its end, on kernels without fentry",
	  .cost = "TIME_WAIT is inferred, and its end is not reported", .remedy = KPROBES,
	  .tier = HOOK_TIER_KPROBE, .probe = probe_kprobe, .target = "inet_twsk_kill",
	  .programs = { PROGRAM(kp_timewait_making), PROGRAM(kp_timewait_made),
			PROGRAM(kp_timewait_scheduled), PROGRAM(kp_timewait_packet),
			PROGRAM(kp_timewait_packet_end), PROGRAM(kp_timewait_ended) },
	  .wants = kprobe_timewait_fits },
	{ "resets",
	  .point = "tracepoints tcp:tcp_send_reset, tcp:tcp_receive_reset, fentry tcp_reset",
	  .gives = "direction and reason of the RST that ended a connection",
	  .cost = "some ends have no reason, or a less exact one",
	  .remedy = "a kernel from 4.16 on; for all reasons, one that allows fentry",
	  .probe = probe_tracepoint, .target = "tcp_send_reset", .details = true,
	  .programs = { PROGRAM(reset_sent), PROGRAM(reset_sent_reason), PROGRAM(reset_received),
			PROGRAM(reset_by_packet), PROGRAM(reset_by_packet_old),
			PROGRAM(reset_packet) },
	  .wants = reset_fits },
	{ "errors",
	  .point = "tracepoint sock:inet_sk_error_report, or fentry sock_def_error_report; "
		   "fentry ipv6_icmp_error",
	  .gives = "errors that a program reads before the end of the connection",
	  .cost = "the error is unknown if the program read it from the error queue",
	  .remedy = "a kernel from 5.14 on, or one that allows fentry",
	  .probe = probe_error_reports, .target = "inet_sk_error_report", .details = true,
	  .programs = { PROGRAM(error_reported), PROGRAM(error_reported_old),
			PROGRAM(icmp6_error) },
	  .wants = error_reports_fit },
	{ "synack-again", .point = "tracepoint tcp:tcp_retransmit_synack",
	  .gives = "retransmitted SYN-ACKs", .cost = "retransmitted SYN-ACKs are not reported",
	  .remedy = "a kernel from 4.18 on", .probe = probe_tracepoint,
	  .target = "tcp_retransmit_synack", .drops = true,
	  .programs = { PROGRAM(synack_retrans) } },
	{ "queue-full",
	  .point = "fentry and fexit of tcp_conn_request, tcp_check_req; fentry "
		   "tcp_get_cookie_sock",
	  .gives = "handshakes that a full queue drops, and SYN cookies",
	  .cost = "drops by a full queue show at most as retransmitted SYN-ACKs", .remedy = FENTRY,
	  .probe = probe_fexit, .target = "tcp_conn_request", .drops = true,
	  .programs = { PROGRAM(syn_enter), PROGRAM(syn_exit), PROGRAM(ack_enter),
			PROGRAM(ack_exit), PROGRAM(cookie_enter) } },
	{ "aborts", .point = "fentry and fexit tcp_abort",
	  .gives = "sockets that an administrator destroyed (ss -K)",
	  .cost = "a destroyed listener is reported as closed by the process that destroyed it",
	  .remedy = FENTRY, .tier = HOOK_TIER_FENTRY, .probe = probe_fexit, .target = "tcp_abort",
	  .details = true, .programs = { PROGRAM(abort_begin), PROGRAM(abort_end) } },
	{ "accept-exit", .point = "fexit inet_csk_accept",
	  .gives = "the process that accepted a connection",
	  .cost = "a connection has its listener's owner until its first read, write or close",
	  .remedy = FENTRY, .tier = HOOK_TIER_FENTRY, .probe = probe_fexit,
	  .target = "inet_csk_accept", .details = true,
	  .programs = { PROGRAM(accept_exit), PROGRAM(accept_exit_old) }, .wants = accept_fits },
	{ "kprobe-details",
	  .point = "kprobes on tcp_reset, tcp_abort, ipv6_icmp_error, security_sock_graft",
	  .gives = "resets, aborts and accept(), on kernels without fentry",
	  .cost = "reasons are less exact, and owners are the listener's for longer",
	  .remedy = KPROBES, .tier = HOOK_TIER_KPROBE, .probe = probe_kprobe, .target = "tcp_abort",
	  .details = true,
	  .programs = { PROGRAM(kp_reset_by_packet), PROGRAM(kp_reset_by_packet_old),
			PROGRAM(kp_reset_packet), PROGRAM(kp_icmp6_error), PROGRAM(kp_abort_begin),
			PROGRAM(kp_abort_end), PROGRAM(kp_accept), PROGRAM(kp_accept_exit) },
	  .wants = kprobe_detail_fits },
	{ "first-use",
	  .point = "tracepoints tcp:tcp_rcv_space_adjust, sock:sock_recv_length, "
		   "sock:sock_send_length",
	  .gives = "the owner of a connection from its first use on, on kernels without fexit",
	  .cost = "a connection has its listener's owner until it is closed",
	  .remedy = "a kernel from 4.16 on (6.3 for all three)", .probe = probe_tracepoint,
	  .target = "tcp_rcv_space_adjust", .details = true,
	  .programs = { PROGRAM(receive), PROGRAM(receive_end), PROGRAM(send) },
	  .wants = use_fits },
	{ "origins", .point = "tracepoint sock:inet_sock_set_state",
	  .gives = "the call stack of each connect() and accept()",
	  .cost = "origins are not available", .remedy = "a kernel from 5.15 on",
	  .probe = probe_user_stack, .target = "inet_sock_set_state", .details = true,
	  .origins = true, .programs = { PROGRAM(connecting) } },
	{ "cookies", .point = "cgroup/sock_create and sockops of the root cgroup",
	  .gives = "the ids of sockets, on kernels where the programs above cannot assign them",
	  .cost = "a socket has no id until another program requests it",
	  .remedy = "a kernel from 5.12 on, or no exclusive program at the root cgroup",
	  .probe = probe_cookies, .target = "inet_sock_set_state", .details = true,
	  .programs = { PROGRAM(number_socket), PROGRAM(number_request) }, .wants = cookies_fit },
	{ "rename", .point = "tracepoint task:task_rename",
	  .gives = "the new name of an owner after exec",
	  .cost = "an owner has the name from its connect or accept",
	  .remedy = "a kernel with CONFIG_DEBUG_INFO_BTF", .probe = probe_tracepoint,
	  .target = "task_rename", .details = true, .programs = { PROGRAM(rename) } },
	{ "exit", .point = "tracepoint sched:sched_process_exit",
	  .gives = "the exit of an owner whose sockets are open elsewhere",
	  .cost = "the owner of a daemon's listener is the process that started the daemon",
	  .remedy = "a kernel with CONFIG_DEBUG_INFO_BTF", .probe = probe_tracepoint,
	  .target = "sched_process_exit", .details = true, .programs = { PROGRAM(process_exit) } },
	{ "snapshot-files", .point = "iterator task_file",
	  .gives = "owners of sockets older than the trace",
	  .cost = "sockets older than the trace have no owner", .remedy = "a kernel from 5.11 on",
	  .probe = probe_iterator, .target = "task_file", .programs = { PROGRAM(snapshot_files) } },
	{ "snapshot-tcp", .point = "iterator tcp",
	  .gives = "sockets without a process, TIME_WAIT, SYN_RECV",
	  .cost = "sockets that are not open in any process are missing from the counts",
	  .remedy = "a kernel from 5.9 on", .probe = probe_iterator, .target = "tcp",
	  .programs = { PROGRAM(snapshot_tcp) } },
	{ "namespaces", .point = "iterator task",
	  .gives = "network namespaces that no process is in",
	  .cost = "older sockets there may lack their owner, and be missing from the counts",
	  .remedy = "a kernel from 5.8 on", .probe = probe_iterator, .target = "task",
	  .programs = { PROGRAM(list_netns) } },
	{ 0 },
};

static int try_tier(const struct probes *probes, enum hook_tier tier, struct error *why)
{
	if (tier == HOOK_TIER_FENTRY)
		return probe_fexit(probes, "inet_csk_accept", why);
	if (tier == HOOK_TIER_KPROBE)
		return probe_kprobe(probes, "inet_csk_reqsk_queue_hash_add", why);
	return 0;
}

int hooks_tier(struct probes *probes, enum hook_tier asked, struct error *error)
{
	enum hook_tier tier = asked == HOOK_TIER_ANY ? HOOK_TIER_FENTRY : asked;
	struct error why = { "" };

	for (; try_tier(probes, tier, &why); tier--)
		if (asked != HOOK_TIER_ANY)
			return error_set(error, EOPNOTSUPP,
					 "cannot use tier %s: %s: choose a lower tier",
					 tier_name(tier), why.text);
	probes->tier = tier;
	probes->compat = tier == HOOK_TIER_KPROBE ||
			 probe_socket_storage(probes, "inet_sock_set_state", NULL);
	return 0;
}

void hooks_choose(struct tcpstate_bpf *bpf, const struct probes *probes, bool details, bool drops,
		  bool origins)
{
	for (const struct hook *hook = hooks; hook->name; hook++) {
		bool available = (details || !hook->details) && (drops || !hook->drops) &&
				 (origins || !hook->origins) &&
				 (!hook->tier || hook->tier == probes->tier) &&
				 (hook->required || !hook->probe(probes, hook->target, NULL));

		for (int i = 0; i < HOOK_PROGRAMS && hook->programs[i]; i++) {
			struct bpf_program **program = (void *)((char *)bpf + hook->programs[i]);

			bpf_program__set_autoload(
				*program, available && (!hook->wants ||
							hook->wants(probes, hook->programs[i])));
		}
	}
}

int tracer_disable_program(struct tcpstate_bpf *bpf, const char *name, struct error *error)
{
	struct bpf_program *program = bpf_object__find_program_by_name(bpf->obj, name);

	if (!program || !bpf_program__autoload(program))
		return error_set(error, ENXIO,
				 "BPF program \"%.64s\" is unknown or not used on this kernel: "
				 "\"tcpstate selftest --without list\" lists them",
				 name);
	if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING ||
	    bpf_program__type(program) == BPF_PROG_TYPE_KPROBE)
		/* loaded, so that no other program replaces it */
		bpf_program__set_autoattach(program, false);
	else /* not attached by the skeleton, or run on request */
		bpf_program__set_autoload(program, false);
	return 0;
}

void tracer_each_program(const struct tracer *tracer,
			 void (*report)(void *context, const char *name), void *context)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, tracer->bpf->obj)
		if (bpf_program__autoload(program))
			report(context, bpf_program__name(program));
}
