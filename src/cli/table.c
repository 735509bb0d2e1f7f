// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every option: who takes it, what it does, what help and man page say of it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fields/field.h"
#include "filter/filter.h"
#include "lib/number.h"
#include "cli/table.h"
#include "stats/stats.h"

/* clang-format off: tables, laid out by hand */

enum {
	SHOWING = COMMAND_TRACE | COMMAND_REPLAY,
	LIVE = COMMAND_TRACE | COMMAND_COUNT | COMMAND_RECORD,
	STREAMING = LIVE | COMMAND_REPLAY,
	SOCKETS = COMMAND_LIST | COMMAND_STUCK,
	FILTERING = STREAMING | SOCKETS,
	BUFFER_MIN = 64 << 10,
	BUFFER_MAX = 1 << 30,
};

static int set_ipv4(struct parse *parse, const char *argument)
{
	(void)argument;
	return filter_set_family(&parse->options->filter, 4, parse->error);
}

static int set_ipv6(struct parse *parse, const char *argument)
{
	(void)argument;
	return filter_set_family(&parse->options->filter, 6, parse->error);
}

/*
 * A recording names its cgroups by path, and this machine may have none of them: for
 * replay the path alone decides, and whoever reads the stream compares it.
 */
static int set_cgroup(struct parse *parse, const char *argument)
{
	struct options *options = parse->options;
	char *path;
	int err = 0;

	if (!*argument)
		return error_set(
			parse->error, EINVAL,
			"--cgroup: the path is empty: use one below the cgroup v2 mount, such "
			"as /system.slice");
	if (parse->command->bit & COMMAND_REPLAY)
		options->filter.on |= TS_BY_CGROUP;
	else
		err = filter_set_cgroup(&options->filter, argument, parse->error);
	if (err)
		return err;
	path = strdup(argument);
	if (!path)
		return error_set(parse->error, ENOMEM, "--cgroup: out of memory");
	free(options->cgroup_path);
	options->cgroup_path = path;
	return 0;
}

/* Sockets are in a state; what lies between two is for trace. */
static int set_states(struct parse *parse, const char *argument)
{
	if (parse->command->bit & SOCKETS && strchr(argument, '>'))
		return error_set(
			parse->error, EINVAL,
			"--state: %s shows sockets, which are in one state: use STATE, not "
			"OLD>NEW, >STATE or STATE>, or trace",
			parse->command->name);
	return filter_add_states(&parse->options->filter, argument, parse->error);
}

static int set_netns(struct parse *parse, const char *argument)
{
	parse->options->netns = argument;
	return filter_set_netns(&parse->options->filter, argument, parse->error);
}

static int set_protos(struct parse *parse, const char *argument)
{
	return stats_parse_protos(argument, &parse->options->protos, parse->error);
}

static int set_all(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->all = true;
	return 0;
}

static int set_failed(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->failed = true;
	return 0;
}

static int set_handshakes(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->handshakes = true;
	return 0;
}

static int set_columns(struct parse *parse, const char *argument)
{
	if (!*argument)
		return error_set(parse->error, EINVAL,
				 "--columns: the list is empty: \"-o help\" shows what there is");
	if (!strcmp(argument, "help"))
		parse->parsed = PARSED_COLUMNS;
	parse->options->columns = argument;
	return 0;
}

static int set_format(struct parse *parse, enum format format)
{
	struct options *options = parse->options;

	if (options->format != FORMAT_TEXT && options->format != format)
		return error_set(parse->error, EINVAL,
				 "--json and --csv contradict each other: use one of them");
	options->format = format;
	return 0;
}

static int set_json(struct parse *parse, const char *argument)
{
	(void)argument;
	return set_format(parse, FORMAT_JSON);
}

static int set_csv(struct parse *parse, const char *argument)
{
	(void)argument;
	return set_format(parse, FORMAT_CSV);
}

static int set_resolve(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->resolve = true;
	return 0;
}

static int set_numeric(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->resolve = false;
	return 0;
}

static int set_color(struct parse *parse, const char *argument)
{
	static const char *const names[] = {
		[WHEN_AUTO] = "auto",
		[WHEN_ALWAYS] = "always",
		[WHEN_NEVER] = "never",
	};

	for (enum when when = WHEN_AUTO; when <= WHEN_NEVER; when++) {
		if (!strcmp(argument, names[when])) {
			parse->options->color = when;
			return 0;
		}
	}
	return error_set(parse->error, EINVAL,
			 "--color: \"%.64s\" is not known: use auto, always or never", argument);
}

static int set_tier(struct parse *parse, const char *argument)
{
	parse->options->tier = tier_parse(argument);
	if (parse->options->tier != HOOK_TIER_ANY)
		return 0;
	return error_set(parse->error, EINVAL,
			 "--tier: \"%.64s\" is not known: use fentry, kprobe or tracepoint",
			 argument);
}

static int set_file(struct parse *parse, const char *argument)
{
	if (!*argument)
		return error_set(
			parse->error, EINVAL,
			"--write: the file name is empty: use a path, or - for standard output");
	parse->options->file = argument;
	return 0;
}

/* The ring's size must be a power of two (kernel/bpf/ringbuf.c, ringbuf_map_alloc()). */
static int set_buffer(struct parse *parse, const char *argument)
{
	uint64_t bytes;
	uint64_t power = BUFFER_MIN;

	if (number_parse_size(argument, BUFFER_MIN, BUFFER_MAX, &bytes))
		return error_set(parse->error, EINVAL,
				 "--buffer: \"%.64s\" is not a size: use 64K to 1G, such as 8M",
				 argument);
	while (power < bytes)
		power <<= 1;
	parse->options->buffer_bytes = power;
	return 0;
}

static int set_verbosity(struct parse *parse, int step)
{
	int *verbosity = &parse->options->verbosity;

	if (*verbosity * step < 0)
		return error_set(parse->error, EINVAL,
				 "--quiet and --verbose contradict each other: use one of them");
	if (step > 0 || !*verbosity)
		*verbosity += step;
	return 0;
}

static int set_quiet(struct parse *parse, const char *argument)
{
	(void)argument;
	return set_verbosity(parse, -1);
}

static int set_verbose(struct parse *parse, const char *argument)
{
	(void)argument;
	return set_verbosity(parse, 1);
}

static int set_keep(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->keep = true;
	return 0;
}

static int set_origin(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->origin = true;
	return 0;
}

static int set_patient(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->patient = true;
	return 0;
}

static int set_list(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->list = true;
	return 0;
}

static int set_listeners(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->listeners = true;
	return 0;
}

static int set_tcp(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->tcp = true;
	return 0;
}

static int set_udp(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->udp = true;
	return 0;
}

static int set_tree(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->tree = true;
	return 0;
}

static int set_sort(struct parse *parse, const char *argument)
{
	const char *name = argument + (*argument == '-');

	if (!field_find(&socket_fields, name, strlen(name), parse->error))
		return -EINVAL;
	parse->options->sort = argument;
	return 0;
}

static int set_compat(struct parse *parse, enum compat_format compat)
{
	if (parse->options->compat != COMPAT_NONE && parse->options->compat != compat)
		return error_set(parse->error, EINVAL,
				 "--netstat and --ss contradict each other: use one of them");
	parse->options->compat = compat;
	parse->options->tcp = true;
	return 0;
}

static int set_netstat(struct parse *parse, const char *argument)
{
	(void)argument;
	return set_compat(parse, COMPAT_NETSTAT);
}

static int set_ss(struct parse *parse, const char *argument)
{
	(void)argument;
	return set_compat(parse, COMPAT_SS);
}

static int set_rule(struct parse *parse, const char *argument)
{
	return stuck_rule_parse(&parse->options->rules, argument, parse->error);
}

static int set_once(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->once = true;
	return 0;
}

static int set_more_than(struct parse *parse, const char *argument)
{
	if (number_parse(argument, 0, UINT32_MAX, &parse->options->more_than))
		return error_set(parse->error, EINVAL,
				 "--more-than: \"%.64s\" is not a number of sockets: use 0 or more",
				 argument);
	return 0;
}

static int set_close(struct parse *parse, const char *argument)
{
	if (strcmp(argument, "fin") && strcmp(argument, "reset"))
		return error_set(parse->error, EINVAL,
				 "--close: \"%.64s\" is not known: use fin or reset", argument);
	parse->options->close = *argument == 'f' ? CLOSE_FIN : CLOSE_RESET;
	return 0;
}

static int set_yes(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->yes = true;
	return 0;
}

static int set_watch(struct parse *parse, const char *argument)
{
	parse->options->interval = 1;
	if (!argument)
		return 0;
	if (number_parse_seconds(argument, 0.1, 86400, &parse->options->interval))
		return error_set(parse->error, EINVAL,
				 "--watch: \"%.64s\" is not an interval: use seconds, 0.1 to 86400",
				 argument);
	return 0;
}

static int set_frames(struct parse *parse, const char *argument)
{
	uint64_t frames;

	if (number_parse(argument, 1, ULONG_MAX, &frames))
		return error_set(parse->error, EINVAL,
				 "--frames: \"%.64s\" is not a number of frames: use 1 or more",
				 argument);
	parse->options->rounds = frames;
	return 0;
}

static int set_without(struct parse *parse, const char *argument)
{
	if (!strcmp(argument, "list"))
		parse->options->list_programs = true;
	else
		parse->options->without = argument;
	return 0;
}

static int set_lang(struct parse *parse, const char *argument)
{
	if (strcmp(argument, "en") && strcmp(argument, "zh"))
		return error_set(parse->error, EINVAL,
				 "--lang: no language \"%.64s\": use en or zh", argument);
	parse->options->lang = argument;
	return 0;
}

static int set_debug(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->options->debug = true;
	return 0;
}

static int set_help(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->parsed = PARSED_HELP;
	return 0;
}

static int set_version(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->parsed = PARSED_VERSION;
	return 0;
}

const struct option_spec option_specs[] = {
	{ '4', "ipv4", NULL, FILTERING, GROUP_FILTER, "only IPv4",
	  "An IPv6 socket that talks to an IPv4-mapped address is IPv4.\n"
	  "-4 and -6 together restrict nothing.",
	  .set = set_ipv4 },
	{ '6', "ipv6", NULL, FILTERING, GROUP_FILTER, "only IPv6", NULL, .set = set_ipv6 },
	{ 'p', "pid", "LIST", FILTERING, GROUP_FILTER, "owner's PID",
	  "What has no known owner matches no --pid, --comm or --uid.", .filter = filter_add_pids },
	{ 'c', "comm", "GLOB", FILTERING, GROUP_FILTER,
	  "owner's command name, or several: 'nginx,php-fpm*'",
	  "A pattern may hold *, ?, [set], [!set] and [a-z]; a backslash makes the next "
	  "character stand for itself, a comma too.\n"
	  "It must match the whole name, of which the kernel keeps 15 bytes.",
	  .filter = filter_add_comms },
	{ 'u', "uid", "LIST", FILTERING, GROUP_FILTER, "owner's user, by id or name", NULL,
	  .filter = filter_add_uids },
	{ 'L', "lport", "LIST", FILTERING, GROUP_FILTER, "local port: 80,https,8000-8999",
	  "A connecting socket whose port the kernel has not chosen yet is shown as soon as "
	  "the port is known.",
	  .filter = filter_add_lports },
	{ 'R', "rport", "LIST", FILTERING, GROUP_FILTER, "remote port",
	  "A listener has no remote end and does not match.", .filter = filter_add_rports },
	{ 0, "laddr", "LIST", FILTERING, GROUP_FILTER, "local address or block: 10.0.0.0/8,::1",
	  "An IPv4-mapped address such as ::ffff:10.0.0.1 means the IPv4 one.\n"
	  "Brackets around an IPv6 address are accepted, zone ids are not.",
	  .filter = filter_add_laddrs },
	{ 0, "raddr", "LIST", FILTERING, GROUP_FILTER, "remote address or block",
	  "A listener has no remote end and does not match.", .filter = filter_add_raddrs },
	{ 's', "state", "LIST", FILTERING, GROUP_FILTER,
	  "state, old or new; '>STATE' new only, 'STATE>' old only, 'OLD>NEW' that change",
	  "Every usual spelling is taken: CLOSE_WAIT, close-wait, FIN_WAIT1, SYN_RCVD, "
	  "LISTENING.\n"
	  "The shell needs quotes around what holds a >, which list does not take.",
	  .set = set_states },
	{ 0, "netns", "REF", FILTERING | COMMAND_STATS, GROUP_FILTER,
	  "one network namespace: PID, name, path or inode number",
	  "A number is a PID if there is such a process, and the namespace's inode number if "
	  "it is 4026531840 or more.\n"
	  "A name is one under /run/netns; what holds a slash is a path.\n"
	  "Given twice, the last one counts.",
	  .set = set_netns },
	{ 0, "cgroup", "PATH", FILTERING, GROUP_FILTER, "that cgroup and those below it",
	  "The path is one of cgroup v2, with or without its mount point.\n"
	  "replay compares it with the paths in the recording, whatever this machine has.\n"
	  "Given twice, the last one counts.",
	  .set = set_cgroup },
	{ 't', "tcp", NULL, COMMAND_LIST, GROUP_FILTER, "TCP sockets",
	  "With neither -t nor -U both are listed.", .set = set_tcp },
	{ 'U', "udp", NULL, COMMAND_LIST, GROUP_FILTER, "UDP sockets", NULL, .set = set_udp },
	{ 'l', "listeners", NULL, COMMAND_LIST, GROUP_FILTER, "listeners only", NULL,
	  .set = set_listeners },
	{ 'P', "proto", "LIST", COMMAND_STATS, GROUP_FILTER,
	  "these: ip, ip6, icmp, icmp6, tcp, tcp6, udp, udp6, udplite, udplite6, mptcp, other",
	  "Without it all are shown that this kernel has.\n"
	  "Linux counts TCP over IPv4 and over IPv6 together: tcp6 gives the numbers of tcp, and "
	  "says so; without --proto they are shown once, as tcp.\n"
	  "ipv6, icmpv6, tcpv6 and udpv6 are taken too.",
	  .set = set_protos },
	{ 0, "failed", NULL, SHOWING | COMMAND_RECORD, GROUP_FILTER, "only what ended badly",
	  "Connections that ended badly are shown whole where the stream still has them, and "
	  "at least their last transition.",
	  .set = set_failed },
	{ 0, "handshakes", NULL, SHOWING, GROUP_OUTPUT, "one line a handshake, when it is over",
	  "It says how long the handshake took, how often the SYN or SYN-ACK was sent again, and "
	  "what became of it: established, or why not.",
	  .set = set_handshakes },
	{ 'o', "columns", "LIST", SHOWING | SOCKETS, GROUP_OUTPUT,
	  "these columns; '+NAME' adds one; 'help' lists them all", NULL, .set = set_columns },
	{ 'a', "all", NULL, COMMAND_LIST | COMMAND_STATS, GROUP_OUTPUT,
	  "list: listeners too; stats: what is zero too",
	  "A UDP socket without a peer counts as a listener.\n"
	  "JSON and CSV of stats always have everything.",
	  .set = set_all },
	{ 0, "sort", "COL", COMMAND_LIST, GROUP_OUTPUT, "by that column; -COL the other way round",
	  "Any column of -o, shown or not.\nWhat is not known comes last.", .set = set_sort },
	{ 0, "tree", NULL, COMMAND_LIST, GROUP_OUTPUT, "processes, and below each its sockets",
	  NULL, .set = set_tree },
	{ 0, "netstat", NULL, COMMAND_LIST, GROUP_OUTPUT, "as netstat -tanp prints it",
	  "Of the caller's network namespace, or that of --netns.\nAll filters may be given; -l is "
	  "netstat -tlnp.",
	  .set = set_netstat },
	{ 0, "ss", NULL, COMMAND_LIST, GROUP_OUTPUT, "as ss -tanp prints it", "Likewise.",
	  .set = set_ss },
	{ 0, "rule", "RULE", COMMAND_STUCK, GROUP_FILTER,
	  "STATE>TIME: longer than TIME in STATE is stuck; 'CLOSE_WAIT>10s', 'SYN_SENT>off'",
	  "TIME is 300ms, 10s, 5m, 1h or off.\n"
	  "Beside the states there are ESTABLISHED:unread (data that no one reads), ESTABLISHED:unsent "
	  "(data that the peer does not take) and LISTEN:full (the accept queue).\n"
	  "It may be given several times; the other rules stay as they are.",
	  .set = set_rule },
	{ 0, "more-than", "N", COMMAND_STUCK, GROUP_FILTER, "N stuck sockets or fewer are as none",
	  NULL, .set = set_more_than },
	{ 0, "once", NULL, COMMAND_STUCK, GROUP_OUTPUT, "exit with 1 if anything is stuck", NULL,
	  .set = set_once },
	{ 0, "watch", "[SECS]", SOCKETS, GROUP_OUTPUT,
	  "again every SECS seconds (1 without): what has changed",
	  "stuck has a line for each socket that becomes stuck and that recovers.\n"
	  "list has all sockets each time: + marks a socket that was not there before, ~ one whose state has changed, - one that has "
	  "gone.\nA terminal is cleared before each frame; JSON has an object of type frame there.",
	  .set = set_watch },
	{ 0, "frames", "N", SOCKETS, GROUP_OUTPUT, "with --watch: N frames and no more", NULL,
	  .set = set_frames },
	{ 'j', "json", NULL,
	  SHOWING | COMMAND_COUNT | COMMAND_DOCTOR | SOCKETS | COMMAND_STATS | COMMAND_EXPLAIN,
	  GROUP_OUTPUT, "one JSON object a line", NULL, .set = set_json },
	{ 0, "csv", NULL, SHOWING | COMMAND_COUNT | SOCKETS | COMMAND_STATS, GROUP_OUTPUT,
	  "comma-separated, with a header row", "The format is that of RFC 4180.", .set = set_csv },
	{ 'r', "resolve", NULL, SHOWING | SOCKETS, GROUP_OUTPUT, "names for hosts, ports and users",
	  "They are looked up without holding up the stream.", .set = set_resolve },
	{ 'n', "numeric", NULL, FILTERING, GROUP_OUTPUT, "numbers, not names (the default)", NULL,
	  .set = set_numeric },
	{ 0, "color", "WHEN", SHOWING | COMMAND_LIST, GROUP_OUTPUT,
	  "colour: auto (the default), always, never",
	  "auto colours a terminal, unless the environment sets NO_COLOR.", .set = set_color },
	{ 0, "lang", "LANG", COMMAND_EXPLAIN, GROUP_OUTPUT,
	  "language: en or zh; by locale without it",
	  "The locale is that of LC_ALL, LC_MESSAGES or LANG: Chinese if it begins with zh, "
	  "English otherwise.",
	  .set = set_lang },
	{ 'w', "write", "FILE", COMMAND_RECORD, GROUP_OUTPUT, "the recording; - is standard output",
	  NULL, .set = set_file },
	{ 0, "buffer", "SIZE", COMMAND_TRACE | COMMAND_RECORD, GROUP_OTHER,
	  "room for events: 64K to 1G, such as 8M",
	  "It is rounded up to a power of two.\n"
	  "Events that find no room are counted and reported as lost.",
	  .set = set_buffer },
	{ 0, "keep", NULL, COMMAND_TRACE, GROUP_OTHER,
	  "let `list` see what this trace knows of each socket, such as its exact age",
	  "The records are pinned under /sys/fs/bpf/tcpstate as long as the trace runs; only one "
	  "can keep them at a time.",
	  .set = set_keep },
	{ 0, "close", "HOW", COMMAND_STUCK, GROUP_OTHER,
	  "end what is stuck: fin (in good order) or reset",
	  "fin shuts the socket down in the process's place: the peer reads end of file, and so does "
	  "the process, which keeps its descriptor.\n"
	  "reset destroys it, as ss -K does: both ends get an error.\n"
	  "The sockets are shown and the terminal is asked first.\n"
	  "A socket that is another one by then is not touched.",
	  .set = set_close },
	{ 0, "yes", NULL, COMMAND_STUCK, GROUP_OTHER, "with --close: do not ask", NULL,
	  .set = set_yes },
	{ 0, "origin", NULL, COMMAND_TRACE | COMMAND_STUCK, GROUP_OTHER,
	  "keep where in its process's code each socket was connected or accepted",
	  "The stack of the process is taken at connect() and at accept(), or at the first use of the "
	  "connection where the kernel does not tell of accept(), and each is kept once.\n"
	  "stuck --watch groups by it; with trace --keep, `stuck` and `list -o +site` show it.",
	  .set = set_origin },
	{ 0, "tier", "NAME", LIVE | COMMAND_DOCTOR | COMMAND_SELFTEST, GROUP_OTHER,
	  "use no more of the kernel than: fentry, kprobe, tracepoint",
	  "fentry needs fentry and fexit, kprobe does with kprobes, tracepoint with neither.\n"
	  "Without it the first of these that the kernel allows is used; one that it does not "
	  "allow is refused.",
	  .set = set_tier },
	{ 0, "list", NULL, COMMAND_SELFTEST, GROUP_OTHER, "list the tests and run none", NULL,
	  .set = set_list },
	{ 0, "long", NULL, COMMAND_SELFTEST, GROUP_OTHER,
	  "run the tests that take more than a minute too", "They wait for the end of TIME_WAIT.",
	  .set = set_patient },
	{ 0, "without", "PROGRAM", COMMAND_SELFTEST, GROUP_OTHER,
	  "leave out one BPF program, to see which tests fail; 'list' lists them", NULL,
	  .set = set_without },
	{ 'q', "quiet", NULL, COMMAND_ALL, GROUP_OTHER, "say less on standard error", NULL,
	  .set = set_quiet },
	{ 'v', "verbose", NULL, COMMAND_ALL, GROUP_OTHER, "say more; -vv more still", NULL,
	  .set = set_verbose },
	{ 0, "debug", NULL, LIVE | SOCKETS | COMMAND_DOCTOR | COMMAND_SELFTEST, GROUP_OTHER,
	  "show what libbpf says while it loads the programs", NULL, .set = set_debug },
	{ 'h', "help", NULL, COMMAND_ALL, GROUP_OTHER, "show this help", NULL, .set = set_help },
	{ 'V', "version", NULL, COMMAND_ALL, GROUP_OTHER, "show the version", NULL,
	  .set = set_version },
	{ .help = NULL },
};
