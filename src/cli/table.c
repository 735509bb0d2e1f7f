// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every option: the commands that take it, its value, its help and its text for the man pages. */
#include "cli/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fields/field.h"
#include "stuck/fields.h"
#include "filter/filter.h"
#include "lib/number.h"
#include "stats/stats.h"

enum {
	SHOWING = COMMAND_TRACE | COMMAND_REPLAY,
	LIVE = COMMAND_TRACE | COMMAND_COUNT | COMMAND_RECORD,
	SOCKETS = COMMAND_LIST | COMMAND_STUCK,
	FILTERING = COMMAND_FILTERING,
	BUFFER_MIN = 64 << 10,
	BUFFER_MAX = 1 << 30,
};

static int set_family(struct parse *parse, const char *argument)
{
	return filter_set_family(&parse->options->filter, parse->spec->letter - '0', parse->error);
}

/*
 * A recording has the paths of its cgroups, and this host may have none of them. So replay
 * matches the path, and the other commands the id.
 */
static int set_cgroup(struct parse *parse, const char *argument)
{
	struct options *options = parse->options;
	char *path;
	int err = 0;

	if (!*argument)
		return error_set(parse->error, EINVAL,
				 "the path is empty: use one below the cgroup v2 mount, such as "
				 "/system.slice");
	if (parse->command->bit & COMMAND_REPLAY)
		options->filter.on |= TS_BY_CGROUP;
	else
		err = filter_set_cgroup(&options->filter, argument, parse->error);
	if (err)
		return err;
	path = strdup(argument);
	if (!path)
		return error_set(parse->error, ENOMEM, "out of memory");
	free(options->cgroup_path);
	options->cgroup_path = path;
	return 0;
}

static int set_states(struct parse *parse, const char *argument)
{
	if (parse->command->bit & SOCKETS && strchr(argument, '>'))
		return error_set(parse->error, EINVAL,
				 "%s shows sockets, which are in one state: use STATE, or trace "
				 "for OLD>NEW, >STATE and STATE>",
				 parse->command->name);
	return filter_add(&parse->options->filter, TS_BY_STATE, argument, parse->error);
}

static int set_netns(struct parse *parse, const char *argument)
{
	struct netns *netns = &parse->options->netns, found;
	int err = netns_resolve(argument, &found, parse->error);

	if (err)
		return err;
	netns_close(netns);
	*netns = found;
	parse->options->netns_by_inode = found.fd < 0;
	/* A handle would pin the namespace, so only the commands that enter it have one. */
	if (!(parse->command->bit & (SOCKETS | COMMAND_STATS)))
		netns_close(netns);
	filter_set_netns(&parse->options->filter, netns->inode);
	return 0;
}

static int set_protos(struct parse *parse, const char *argument)
{
	return stats_parse_protos(argument, &parse->options->protos, parse->error);
}

const struct field_table *command_fields(const struct command *command)
{
	return command->bit & COMMAND_LIST  ? &socket_fields :
	       command->bit & COMMAND_STUCK ? &stuck_fields :
					      &transition_fields;
}

static int set_columns(struct parse *parse, const char *argument)
{
	const struct field *fields[FIELDS_MAX];
	size_t n;

	if (!*argument)
		return error_set(parse->error, EINVAL,
				 "LIST is empty: \"-o help\" lists the columns");
	parse->options->columns = argument;
	if (!strcmp(argument, "help")) {
		parse->options->action = ACTION_COLUMNS;
		return 0;
	}
	return field_select(command_fields(parse->command), argument, 0, fields, &n, parse->error);
}

/* The ring's size must be a power of two (kernel/bpf/ringbuf.c, ringbuf_map_alloc()). */
static int set_buffer(struct parse *parse, const char *argument)
{
	uint64_t *size = &parse->options->buffer_bytes, bytes;

	if (number_parse_size(argument, BUFFER_MIN, BUFFER_MAX, &bytes))
		return error_set(parse->error, EINVAL,
				 "\"%.64s\" is not a size: use 64K to 1G, such as 8M", argument);
	for (*size = BUFFER_MIN; *size < bytes;)
		*size <<= 1;
	return 0;
}

static int set_verbosity(struct parse *parse, const char *argument)
{
	int *verbosity = &parse->options->verbosity;
	int step = parse->spec->letter == 'q' ? -1 : 1;

	if (*verbosity * step < 0)
		return error_set(parse->error, EINVAL, "contradicts --%s: use one of them",
				 step < 0 ? "verbose" : "quiet");
	if (step > 0 || !*verbosity)
		*verbosity += step;
	return 0;
}

static int set_sort(struct parse *parse, const char *argument)
{
	const char *name = argument + (*argument == '-');

	if (strcmp(name, "count") && strcmp(name, "port") &&
	    !field_find(&socket_fields, name, strlen(name), parse->error))
		return -EINVAL;
	parse->options->sort = argument;
	return 0;
}

static int set_by(struct parse *parse, const char *argument)
{
	parse->options->by = argument; /* list/by.h checks it, with --sort */
	return 0;
}

static int set_rule(struct parse *parse, const char *argument)
{
	return stuck_rule_parse(&parse->options->rules, argument, parse->error);
}

static int set_watch(struct parse *parse, const char *argument)
{
	parse->options->interval = 1;
	if (argument && number_parse_seconds(argument, 0.1, 86400, &parse->options->interval))
		return error_set(parse->error, EINVAL,
				 "\"%.64s\" is not an interval: use 0.1 to 86400 seconds",
				 argument);
	return 0;
}

static int set_tier(struct parse *parse, const char *argument)
{
	enum hook_tier tier = tier_parse(argument);

	if (tier == HOOK_TIER_ANY)
		return error_set(parse->error, EINVAL,
				 "\"%.64s\" is unknown: use fentry, kprobe or tracepoint%s",
				 argument, strcmp(argument, "full") ? "" : " (full is fentry)");
	parse->options->tier = tier;
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

static const char *const color_names[] = {
	[WHEN_AUTO] = "auto", [WHEN_ALWAYS] = "always", [WHEN_NEVER] = "never"
};

static const char *const close_names[] = { [CLOSE_FIN] = "fin", [CLOSE_RESET] = "reset" };
static const char *const lang_names[] = { [LANG_EN] = "en", [LANG_ZH] = "zh" };

#define FIELD(field)	 .offset = offsetof(struct options, field)
#define FLAG(field)	 .type = OPTION_FLAG, FIELD(field)
#define CLEAR(field)	 .type = OPTION_CLEAR, FIELD(field)
#define VALUE(field, is) .type = OPTION_VALUE, FIELD(field), .value = is
#define ENUM(field, list)                                                                          \
	.type = OPTION_ENUM, FIELD(field), .names = list, .count = sizeof(list) / sizeof(*(list))
#define NUMBER(field, least, most, what)                                                           \
	.type = OPTION_NUMBER, FIELD(field), .min = least, .max = most, .accepts = what
#define TEXT(field, remedy) .type = OPTION_TEXT, FIELD(field), .accepts = remedy
#define FILTER(by)	    .type = OPTION_FILTER, .criterion = by

const struct option_spec option_specs[] = {
	{ '4', "ipv4", NULL, FILTERING, GROUP_FILTER, "select IPv4",
	  "A socket of IPv6 with an IPv4-mapped peer is IPv4.\n"
	  "An IPv6 listener on all addresses takes IPv4 too and is selected, unless it has "
	  "IPV6_V6ONLY.\n"
	  "Both -4 and -6 select everything.",
	  .set = set_family },
	{ '6', "ipv6", NULL, FILTERING, GROUP_FILTER, "select IPv6", NULL, .set = set_family },
	{ 'p', "pid", "LIST", FILTERING, GROUP_FILTER, "select by PID of the owner: 812,1204",
	  "A socket with an unknown owner matches no --pid, --comm or --uid.\n"
	  "The id of a thread stands for its process; standard error notes it.",
	  FILTER(TS_BY_PID), .hint = "processes are shown without an option" },
	{ 'c', "comm", "GLOB", FILTERING, GROUP_FILTER,
	  "select by command name of the owner: 'nginx,php-fpm*' or '!nginx'",
	  "GLOB is a comma-separated list of patterns with *, ?, [set], [!set] and [a-z].\n"
	  "A backslash quotes the next character, a comma too.\n"
	  "A pattern must match the whole name, which the kernel cuts after 15 bytes.",
	  FILTER(TS_BY_COMM) },
	{ 'u', "uid", "LIST", FILTERING, GROUP_FILTER,
	  "select by user of the owner, name or id: www-data,0", NULL, FILTER(TS_BY_UID),
	  .hint = "UDP sockets are list -U" },
	{ 'L', "lport", "LIST", FILTERING, GROUP_FILTER, "select by local port: 80,https,8000-8999",
	  "The kernel chooses the port of a connecting socket late.\n"
	  "A trace prints its transitions as soon as the port is known.",
	  FILTER(TS_BY_LPORT) },
	{ 'R', "rport", "LIST", FILTERING, GROUP_FILTER, "select by remote port",
	  "A listener has no remote port and does not match.", FILTER(TS_BY_RPORT) },
	{ 0, "port", "LIST", FILTERING, GROUP_FILTER, "select by local or remote port: 443",
	  "-L and -R select by one side.", FILTER(TS_BY_PORT) },
	{ 0, "laddr", "LIST", FILTERING, GROUP_FILTER,
	  "select by local address or block: 10.0.0.0/8,::1",
	  "An IPv4-mapped address such as ::ffff:10.0.0.1 is the IPv4 address.\n"
	  "0.0.0.0 selects the IPv6 listeners that take all IPv4 addresses too.\n"
	  "An IPv6 address may be in brackets.\n"
	  "ADDRESS%INTERFACE selects those on one interface: fe80::1%eth0.",
	  FILTER(TS_BY_LADDR) },
	{ 0, "raddr", "LIST", FILTERING, GROUP_FILTER, "select by remote address or block",
	  "A listener has no remote address and does not match.", FILTER(TS_BY_RADDR) },
	{ 0, "addr", "LIST", FILTERING, GROUP_FILTER, "select by local or remote address or block",
	  "--laddr and --raddr select by one side.", FILTER(TS_BY_ADDR) },
	{ 0, "interface", "LIST", FILTERING, GROUP_FILTER,
	  "select sockets that are bound to an interface: eth0,wg0",
	  "A connection between link-local addresses is bound to its interface, too.\n"
	  "A name is that in the network namespace of the socket.",
	  FILTER(TS_BY_DEVICE) },
	{ 's', "state", "LIST", FILTERING, GROUP_FILTER,
	  "select by state: close-wait; a transition also by 'OLD>', '>NEW' or 'OLD>NEW'",
	  "STATE alone matches the old or the new state of a transition.\n"
	  "Sockets (list, stuck) are in one state, so they accept STATE alone.\n"
	  "Every usual spelling is accepted: CLOSE_WAIT, close-wait, FIN_WAIT1, SYN_RCVD, "
	  "LISTENING.\n"
	  "Quote an item with > for the shell.",
	  .set = set_states,
	  .hint = "ss -s is \"tcpstate count 1 1\", netstat -s is \"tcpstate stats\"" },
	{ 0, "netns", "REF", FILTERING | COMMAND_STATS, GROUP_FILTER,
	  "select one network namespace: PID, name, path or inode",
	  "A number is a PID if that process exists, and the inode number of a namespace if it "
	  "is 4026531840 or more.\n"
	  "A name is a file under /run/netns, and a REF with a slash is a path.\n"
	  "The last --netns counts.",
	  .set = set_netns },
	{ 0, "cgroup", "PATH", FILTERING, GROUP_FILTER,
	  "select one cgroup (v2) and those below it: /system.slice",
	  "PATH may begin with the mount point.\n"
	  "replay compares PATH with the paths in the recording.\n"
	  "The last --cgroup counts.",
	  .set = set_cgroup },
	{ 't', "tcp", NULL, COMMAND_LIST, GROUP_FILTER, "select TCP sockets (default: TCP and UDP)",
	  NULL, FLAG(tcp) },
	{ 'U', "udp", NULL, COMMAND_LIST, GROUP_FILTER, "select UDP sockets", NULL, FLAG(udp) },
	{ 'l', "listeners", NULL, COMMAND_LIST, GROUP_FILTER, "select listeners", NULL,
	  FLAG(listeners) },
	{ 'P', "proto", "LIST", COMMAND_STATS, GROUP_FILTER,
	  "select protocols: ip, ip6, icmp, icmp6, tcp, tcp6, udp, udp6, udplite, udplite6, "
	  "mptcp, other (default: all)",
	  "Linux counts TCP over IPv4 and over IPv6 together, so tcp6 prints the numbers of tcp "
	  "with a remark.\n"
	  "ipv6, icmpv6, tcpv6 and udpv6 are accepted too.",
	  .set = set_protos },
	{ 0, "failed", NULL, SHOWING | COMMAND_RECORD, GROUP_FILTER,
	  "select connections that ended badly",
	  "The output has all transitions of such a connection that are still buffered, and at "
	  "least the last one.",
	  FLAG(failed) },
	{ 0, "rule", "RULE", COMMAND_STUCK, GROUP_FILTER,
	  "set the time after which a socket is stuck: 'CLOSE_WAIT>10s', 'SYN_SENT>off'",
	  "RULE is STATE>TIME, and TIME is 300ms, 10s, 5m, 1h or off.\n"
	  "Four rules are not states: ESTABLISHED:unread (the process does not read), "
	  "ESTABLISHED:unsent (the peer does not acknowledge or accept data), ESTABLISHED:idle (no "
	  "data in either direction; off by default) and LISTEN:full (the accept queue is full).\n"
	  "It may be given several times, and the other rules keep their defaults.",
	  .set = set_rule },
	{ 0, "more-than", "N", COMMAND_STUCK, GROUP_FILTER,
	  "tolerate up to N stuck sockets (default 0)", NULL,
	  NUMBER(more_than, 0, UINT32_MAX, "a number of sockets") },

	{ 0, "handshakes", NULL, SHOWING, GROUP_OUTPUT,
	  "print one line per handshake, when it ends",
	  "The line has the duration, the retransmitted SYNs or SYN-ACKs, and the outcome: "
	  "established, or the reason of the failure.",
	  FLAG(handshakes) },
	{ 'o', "columns", "LIST", SHOWING | SOCKETS, GROUP_OUTPUT,
	  "print these columns; '+NAME' adds one; 'help' lists all", NULL, .set = set_columns },
	{ 'a', "all", NULL, COMMAND_LIST | COMMAND_STATS, GROUP_OUTPUT,
	  "include listeners (list) or counters that are zero (stats)",
	  "A UDP socket without a peer is a listener here.\n"
	  "JSON and CSV of stats always have all counters.",
	  FLAG(all) },
	{ 0, "by", "LIST", COMMAND_LIST, GROUP_OUTPUT,
	  "count the sockets by peer, port, comm, state, user, netns, cgroup or other columns",
	  "Each line has the number of sockets with the same values, the largest number first.\n"
	  "peer is the peer's address, port the local port; all columns of -o are accepted.\n"
	  "A socket of several processes counts for the first that the filters match.",
	  .set = set_by },
	{ 0, "sort", "COL", COMMAND_LIST, GROUP_OUTPUT,
	  "sort by a column; -COL sorts in descending order",
	  "COL is any column of -o, printed or not.\nUnknown values come last.\n"
	  "With --by, COL is count or a column of --by.",
	  .set = set_sort },
	{ 0, "tree", NULL, COMMAND_LIST, GROUP_OUTPUT, "group the sockets by process", NULL,
	  FLAG(tree) },
	{ 0, "netstat", NULL, COMMAND_LIST, GROUP_OUTPUT, "print as netstat -tanp does",
	  "The sockets are those of the caller's network namespace, or of --netns.\n"
	  "All filters are accepted; -l is netstat -tlnp.",
	  VALUE(compat, COMPAT_NETSTAT) },
	{ 0, "ss", NULL, COMMAND_LIST, GROUP_OUTPUT, "print as ss -tanp does",
	  "The sockets are those of the caller's network namespace, or of --netns.",
	  VALUE(compat, COMPAT_SS) },
	{ 0, "once", NULL, COMMAND_STUCK, GROUP_OUTPUT, "exit with 1 if a socket is stuck", NULL,
	  FLAG(once) },
	{ 0, "watch", "[SECS]", SOCKETS, GROUP_OUTPUT,
	  "repeat every SECS seconds (default 1) and mark changes",
	  "stuck prints a line for each socket that becomes stuck or recovers.\n"
	  "list prints all sockets each time: + marks a new socket, ~ a changed state, - a socket "
	  "that is gone.\n"
	  "On a terminal list clears the screen first; in JSON an object of type frame comes first.",
	  .set = set_watch },
	{ 0, "frames", "N", SOCKETS, GROUP_OUTPUT,
	  "with --watch, exit after N times (default: never)", NULL,
	  NUMBER(rounds, 1, UINT64_MAX, "a number of times") },
	{ 'j', "json", NULL,
	  SHOWING | COMMAND_COUNT | COMMAND_DOCTOR | SOCKETS | COMMAND_STATS | COMMAND_EXPLAIN,
	  GROUP_OUTPUT, "print JSON, one object per line", NULL, VALUE(format, FORMAT_JSON) },
	{ 0, "csv", NULL, SHOWING | COMMAND_COUNT | SOCKETS | COMMAND_STATS, GROUP_OUTPUT,
	  "print CSV (RFC 4180) with a header row", NULL, VALUE(format, FORMAT_CSV) },
	{ 'r', "resolve", NULL, SHOWING | SOCKETS, GROUP_OUTPUT,
	  "print names of hosts, ports and users", "Slow DNS answers do not delay the output.",
	  FLAG(resolve) },
	{ 'n', "numeric", NULL, FILTERING, GROUP_OUTPUT, "print numbers, not names (default)", NULL,
	  CLEAR(resolve) },
	{ 0, "color", "WHEN", SHOWING | COMMAND_LIST, GROUP_OUTPUT,
	  "color the text: auto (default), always or never",
	  "auto colors a terminal, unless the environment sets NO_COLOR.",
	  ENUM(color, color_names) },
	{ 0, "lang", "LANG", COMMAND_EXPLAIN, GROUP_OUTPUT,
	  "set the language: en or zh (default: the locale's)",
	  "The locale is that of LC_ALL, LC_MESSAGES or LANG: Chinese if it begins with zh, else "
	  "English.",
	  ENUM(lang, lang_names) },
	{ 'w', "write", "FILE", COMMAND_RECORD, GROUP_OUTPUT,
	  "write the recording to FILE; - is standard output", NULL,
	  TEXT(file, "use a path, or - for standard output") },

	{ 0, "buffer", "SIZE", COMMAND_TRACE | COMMAND_RECORD, GROUP_OTHER,
	  "set the ring buffer size, 64K to 1G (default 8M)",
	  "SIZE is rounded up to a power of two.\n"
	  "Events that find the buffer full are counted and reported as lost.",
	  .set = set_buffer },
	{ 0, "pin", NULL, COMMAND_TRACE, GROUP_OTHER,
	  "share the records of sockets with list and stuck, for exact ages",
	  "The records are pinned under /sys/fs/bpf/tcpstate while the trace runs.\n"
	  "Pins that remain after SIGKILL are not used, and the next --pin removes them.\n"
	  "One trace at a time can pin.",
	  FLAG(pin) },
	{ 0, "close", "HOW", COMMAND_STUCK, GROUP_OTHER,
	  "close the stuck sockets: fin (in order) or reset",
	  "fin shuts the socket down as if its process did: peer and process read end of file, and "
	  "the process keeps its descriptor.\n"
	  "reset destroys the socket, as ss -K does: both ends get an error.\n"
	  "The peer gets nothing if the socket is half-open, or in TIME_WAIT, CLOSING or LAST_ACK.\n"
	  "tcpstate prints the sockets and asks on the terminal first.\n"
	  "It does not close a socket that has changed since.",
	  ENUM(close, close_names) },
	{ 0, "yes", NULL, COMMAND_STUCK, GROUP_OTHER, "with --close, do not ask", NULL, FLAG(yes) },
	{ 0, "origin", NULL, COMMAND_TRACE | COMMAND_STUCK, GROUP_OTHER,
	  "record the call stack of each connect() and accept()",
	  "On kernels without a hook for accept() the stack is that of the first read or write.\n"
	  "stuck --watch groups by call stack; beside trace --pin --origin, stuck and "
	  "list -o +site print it too.",
	  FLAG(origin) },
	{ 0, "tier", "NAME", LIVE | COMMAND_DOCTOR | COMMAND_SELFTEST, GROUP_OTHER,
	  "limit the hooks: fentry, kprobe or tracepoint (default: the first that works)",
	  "fentry uses fentry and fexit hooks, kprobe uses kprobes instead, tracepoint uses "
	  "tracepoints alone.\n"
	  "A tier that the kernel does not support is an error.",
	  .set = set_tier },
	{ 0, "list", NULL, COMMAND_SELFTEST, GROUP_OTHER, "list the tests, run none", NULL,
	  FLAG(list) },
	{ 0, "long", NULL, COMMAND_SELFTEST, GROUP_OTHER,
	  "include the tests that take more than a minute",
	  "These tests wait for the end of TIME_WAIT.", FLAG(long_tests) },
	{ 0, "without", "PROGRAM", COMMAND_SELFTEST, GROUP_OTHER,
	  "disable one BPF program, to see which tests fail; 'list' lists them", NULL,
	  .set = set_without },
	{ 'q', "quiet", NULL, COMMAND_ALL, GROUP_OTHER, "print fewer messages on standard error",
	  NULL, .set = set_verbosity },
	{ 'v', "verbose", NULL, COMMAND_ALL, GROUP_OTHER, "print more messages; -vv even more",
	  NULL, .set = set_verbosity },
	{ 0, "debug", NULL, LIVE | SOCKETS | COMMAND_DOCTOR | COMMAND_SELFTEST, GROUP_OTHER,
	  "print the log of libbpf", NULL, FLAG(debug) },
	{ 'h', "help", NULL, COMMAND_ALL, GROUP_OTHER, "print this help", NULL,
	  VALUE(action, ACTION_HELP) },
	{ 'V', "version", NULL, COMMAND_ALL, GROUP_OTHER, "print the version", NULL,
	  VALUE(action, ACTION_VERSION) },
	{ .help = NULL },
};
