// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Command lines: what they become, what is refused with which words, and the help. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "system/cgroup.h"
#include "cli/options.h"
#include "cli/table.h"
#include "stats/stats.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { ARGS_MAX = 32 };

static const struct command commands[] = {
	{"trace", COMMAND_TRACE, "", "print transitions", {{"trace -L 80", "port 80"}}, NULL},
	{"count", COMMAND_COUNT, "[INTERVAL [N]]", "count sockets", {{"count 5", "slowly"}}, NULL},
	{"record", COMMAND_RECORD, "-w FILE", "write a file", {{"record -w f", "to f"}}, NULL},
	{"replay", COMMAND_REPLAY, "FILE", "read a file", {{"replay f", "from f"}}, NULL},
	{"doctor", COMMAND_DOCTOR, "", "check this kernel", {{"doctor", "check"}}, NULL},
	{"selftest", COMMAND_SELFTEST, "[TEST...]", "test the kernel", {{"selftest", "all"}}, NULL},
	{"stats", COMMAND_STATS, "[INTERVAL [N]]", "print counters", {{"stats", "all"}}, NULL},
	{"list", COMMAND_LIST, "", "list sockets", {{"list -l", "listeners"}}, NULL},
	{"explain", COMMAND_EXPLAIN, "[STATE]", "explain a state", {{"explain", "all"}}, NULL},
	{"stuck", COMMAND_STUCK, "", "find stuck sockets", {{"stuck", "all"}}, NULL},
	{0},
};

/* A command line in one string, its words parted by single blanks, and what became of it. */
struct line {
	char text[256];
	char *argv[ARGS_MAX];
	int argc;
	const struct command *command;
	struct options options;
	struct error error;
	int err;
};

static void parse(struct line *line, const char *words)
{
	memset(line, 0, sizeof(*line));
	(void)snprintf(line->text, sizeof(line->text), "%s", words);
	for (char *rest = line->text; rest && line->argc < ARGS_MAX - 1;)
		line->argv[line->argc++] = strsep(&rest, " ");
	line->err = option_parse(commands, line->argc, line->argv, &line->command, &line->options,
				 &line->error);
}

/* Parses; the caller frees line->options. */
static void take(struct line *line, const char *words, const char *command)
{
	parse(line, words);
	if (line->err || *line->error.text)
		fail_msg("%s: %s", words, line->error.text);
	assert_string_equal(line->command->name, command);
	assert_int_equal(line->options.action, ACTION_RUN);
}

static void test_commands(void **state)
{
	static struct line line;

	(void)state;
	take(&line, "tcpstate", "trace");
	take(&line, "tcpstate -L 80", "trace");
	assert_int_equal(line.options.filter.on, TS_BY_LPORT);
	take(&line, "tcpstate trace", "trace");
	assert_int_equal(line.options.filter.on, 0);
	assert_int_equal(line.options.argc, 0);
	take(&line, "tcpstate record -w out.tcps", "record");
	assert_string_equal(line.options.file, "out.tcps");
	take(&line, "tcpstate replay in.tcps -4 -j", "replay");
	assert_int_equal(line.options.argc, 1);
	assert_string_equal(line.options.argv[0], "in.tcps");
	assert_int_equal(line.options.format, FORMAT_JSON);
	take(&line, "tcpstate replay -", "replay");
	assert_string_equal(line.options.argv[0], "-");
	take(&line, "tcpstate replay -- -odd", "replay");
	assert_string_equal(line.options.argv[0], "-odd");
	take(&line, "tcpstate doctor -v --debug", "doctor");
	take(&line, "tcpstate explain --lang zh listen syn-recv -j", "explain");
	assert_int_equal(line.options.lang, LANG_ZH);
	assert_int_equal(line.options.format, FORMAT_JSON);
	assert_int_equal(line.options.argc, 2);
	assert_string_equal(line.options.argv[1], "syn-recv");
	assert_int_equal(option_parse(commands, 0, (char *[]){NULL}, &line.command,
				      &line.options, &line.error),
			 0);
	assert_string_equal(line.command->name, "trace");
}

static void test_operands(void **state)
{
	static struct line line;

	(void)state;
	take(&line, "tcpstate count", "count");
	assert_true(line.options.interval == 0);
	assert_int_equal(line.options.rounds, 0);
	take(&line, "tcpstate count 0.5", "count");
	assert_true(line.options.interval == 0.5);
	assert_int_equal(line.options.rounds, 0);
	take(&line, "tcpstate stats", "stats");
	assert_true(!line.options.protos && !line.options.all && line.options.interval == 0);
	take(&line, "tcpstate stats 2 -P udp -a 5 --proto TCPv6 --csv", "stats");
	assert_int_equal(line.options.protos, 1 << STATS_UDP | 1 << STATS_TCP6);
	assert_true(line.options.all && line.options.interval == 2 && line.options.rounds == 5);
	take(&line, "tcpstate stats --netns 4294967290", "stats");
	assert_int_equal(line.options.netns.fd, -1);
	assert_true(line.options.netns.inode == 4294967290u);
	/* A command that does not enter the namespace must not pin it. */
	take(&line, "tcpstate list --netns /proc/self/ns/net", "list");
	assert_true(line.options.netns.fd >= 0 && line.options.netns.inode);
	take(&line, "tcpstate trace --netns /proc/self/ns/net", "trace");
	assert_true(line.options.netns.fd == -1 && line.options.netns.inode);
	take(&line, "tcpstate count -4 2 -j 10", "count");
	assert_true(line.options.interval == 2);
	assert_int_equal(line.options.rounds, 10);
	assert_int_equal(line.options.argc, 0);
}

static void test_values(void **state)
{
	static struct line line;
	struct options *o = &line.options;

	(void)state;
	take(&line,
	     "tcpstate -4 -p 1,2 --pid=3 -c nginx -u 0 -R 443 --laddr ::1 --raddr 10.0.0.0/8",
	     "trace");
	assert_int_equal(o->filter.on, TS_BY_FAMILY | TS_BY_PID | TS_BY_COMM | TS_BY_UID |
					       TS_BY_RPORT | TS_BY_LADDR | TS_BY_RADDR);
	assert_int_equal(o->filter.pids, 3);
	take(&line, "tcpstate -s >CLOSED -s close-wait -46", "trace");
	assert_int_equal(o->filter.on, TS_BY_STATE);
	take(&line, "tcpstate --netns 4026531999 --netns=4026532000", "trace");
	assert_true(o->filter.on == TS_BY_NETNS && o->filter.netns == 4026532000u);
	take(&line, "tcpstate -jrvv --failed --debug -o pid,comm --color never", "trace");
	assert_int_equal(o->format, FORMAT_JSON);
	assert_true(o->resolve && o->failed && o->debug);
	assert_int_equal(o->verbosity, 2);
	assert_int_equal(o->color, WHEN_NEVER);
	assert_string_equal(o->columns, "pid,comm");
	take(&line, "tcpstate -r -n --csv -q -q -o at -o old --color=always --color auto", "trace");
	assert_false(o->resolve || o->failed || o->debug);
	assert_int_equal(o->format, FORMAT_CSV);
	assert_int_equal(o->verbosity, -1);
	assert_int_equal(o->color, WHEN_AUTO);
	assert_string_equal(o->columns, "old");
	take(&line, "tcpstate --lpo 80 --st LISTEN --fai --colu pid", "trace");
	assert_int_equal(o->filter.on, TS_BY_LPORT | TS_BY_STATE);
	assert_true(o->failed);
}

static void test_stuck(void **state)
{
	static struct line line;
	struct options *o = &line.options;
	struct stuck_rules rules;

	(void)state;
	stuck_rules_default(&rules);
	take(&line, "tcpstate stuck", "stuck");
	assert_memory_equal(&o->rules, &rules, sizeof(rules));
	assert_true(!o->once && !o->more_than && !o->close && !o->yes && !o->origin);
	take(&line,
	     "tcpstate stuck --rule CLOSE_WAIT>1s --rule=LISTEN:full>off --rule CLOSE_WAIT>2s",
	     "stuck");
	rules.ns[TS_CLOSE_WAIT] = 2000000000;
	rules.ns[STUCK_FULL] = STUCK_OFF;
	assert_memory_equal(&o->rules, &rules, sizeof(rules));
	take(&line,
	     "tcpstate stuck --once --more-than 12 --yes --close=fin --origin -p 1 -s close-wait",
	     "stuck");
	assert_true(o->once && o->more_than == 12 && o->yes && o->close == CLOSE_FIN && o->origin);
	assert_int_equal(o->filter.on, TS_BY_PID | TS_BY_STATE);
	take(&line, "tcpstate stuck --close fin --close reset --more-than 0", "stuck");
	assert_true(o->close == CLOSE_RESET && !o->yes && !o->more_than);
	take(&line, "tcpstate stuck --more-than=4294967295 -j -o +holder_list", "stuck");
	assert_true(o->more_than == UINT32_MAX && o->format == FORMAT_JSON);
	take(&line, "tcpstate trace --pin --origin", "trace");
	assert_true(o->pin && o->origin);
}

/* The interval is what follows, unless that is an option. */
static void test_watch(void **state)
{
	static const struct {
		const char *words;
		const char *command;
		double interval;
		uint64_t rounds;
		enum format format;
	} cases[] = {
		{ "tcpstate list", "list", 0, 0, FORMAT_TEXT },
		{ "tcpstate list --watch", "list", 1, 0, FORMAT_TEXT },
		{ "tcpstate list --watch --", "list", 1, 0, FORMAT_TEXT },
		{ "tcpstate list --watch 5", "list", 5, 0, FORMAT_TEXT },
		{ "tcpstate list --watch=5", "list", 5, 0, FORMAT_TEXT },
		{ "tcpstate list --wat 0.1", "list", 0.1, 0, FORMAT_TEXT },
		{ "tcpstate list --watch 86400 -j", "list", 86400, 0, FORMAT_JSON },
		{ "tcpstate list --watch -j", "list", 1, 0, FORMAT_JSON },
		{ "tcpstate list -j --watch", "list", 1, 0, FORMAT_JSON },
		{ "tcpstate list -j --watch 2.5 --frames 3", "list", 2.5, 3, FORMAT_JSON },
		{ "tcpstate list --watch=2 --watch", "list", 1, 0, FORMAT_TEXT },
		{ "tcpstate list --frames=3 --watch 2 --csv", "list", 2, 3, FORMAT_CSV },
		{ "tcpstate stuck --watch --once --csv", "stuck", 1, 0, FORMAT_CSV },
		{ "tcpstate stuck --watch 7 -j --frames 18446744073709551615", "stuck", 7,
		  18446744073709551615ul, FORMAT_JSON },
	};
	static struct line line;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		take(&line, cases[i].words, cases[i].command);
		if (line.options.interval != cases[i].interval ||
		    line.options.rounds != cases[i].rounds ||
		    line.options.format != cases[i].format || line.options.argc)
			fail_msg("%s: every %f s, %" PRIu64 " times, format %d, %d left", cases[i].words,
				 line.options.interval, line.options.rounds, line.options.format,
				 line.options.argc);
	}
}

static void test_buffer(void **state)
{
	static const struct {
		const char *words;
		size_t bytes;
	} cases[] = {
		{"tcpstate", 0},
		{"tcpstate --buffer 64K", 64 << 10},
		{"tcpstate --buffer 65537", 128 << 10},
		{"tcpstate --buffer 3M --buffer 5M", 8 << 20},
		{"tcpstate --buffer 1G", 1 << 30},
		{"tcpstate --buffer 1023M", 1 << 30},
	};
	static struct line line;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		take(&line, cases[i].words, "trace");
		assert_int_equal(line.options.buffer_bytes, cases[i].bytes);
	}
}

/* A recording's cgroups need not be here; a live filter's must. */
static void test_cgroup(void **state)
{
	static struct line line;
	struct error error = {""};
	uint64_t id;
	uint32_t level;

	(void)state;
	take(&line, "tcpstate replay f --cgroup /no/such/a --cgroup /no/such/b", "replay");
	assert_string_equal(line.options.cgroup_path, "/no/such/b");
	assert_int_equal(line.options.filter.on, TS_BY_CGROUP);
	assert_int_equal(line.options.filter.cgroup, 0);
	option_free(&line.options);
	assert_null(line.options.cgroup_path);
	parse(&line, "tcpstate trace --cgroup /no/such/a");
	assert_int_equal(line.err, -EINVAL);
	assert_true(*line.error.text);
	assert_null(line.options.cgroup_path);
	if (!cgroup_find("/", &id, &level, &error)) {
		take(&line, "tcpstate record -w f --cgroup /", "record");
		assert_int_equal(line.options.filter.on, TS_BY_CGROUP);
		assert_int_equal(line.options.filter.cgroup, id);
		assert_string_equal(line.options.cgroup_path, "/");
		option_free(&line.options);
	} else {
		print_message("not tried: a cgroup that exists: %s\n", error.text);
	}
	/* What an error leaves behind is already freed. */
	parse(&line, "tcpstate replay f --cgroup /no/such/a --nonsense");
	assert_true(line.err < 0);
	assert_null(line.options.cgroup_path);
}

static void test_no_run(void **state)
{
	static struct line line;

	(void)state;
	parse(&line, "tcpstate --help");
	assert_int_equal(line.err, 0);
	assert_int_equal(line.options.action, ACTION_HELP);
	assert_null(line.command);
	parse(&line, "tcpstate record -h");
	assert_int_equal(line.err, 0);
	assert_int_equal(line.options.action, ACTION_HELP);
	assert_string_equal(line.command->name, "record");
	parse(&line, "tcpstate -V");
	assert_int_equal(line.err, 0);
	assert_int_equal(line.options.action, ACTION_VERSION);
	parse(&line, "tcpstate replay -o help");
	assert_int_equal(line.err, 0);
	assert_int_equal(line.options.action, ACTION_COLUMNS);
	assert_string_equal(line.command->name, "replay");
}

static const struct {
	const char *words;
	const char *text; /* the error's, whole or (ending in ...) its beginning */
} refused[] = {
	{"tcpstate trcae",
	 "unknown command \"trcae\": did you mean \"trace\"? \"tcpstate --help\" lists the commands"},
	{"tcpstate rec -4", "unknown command \"rec\": did you mean \"record\"?..."},
	{"tcpstate counts", "unknown command \"counts\": did you mean \"count\"?..."},
	{"tcpstate frobnicate",
	 "unknown command \"frobnicate\": \"tcpstate --help\" lists the commands"},
	{"tcpstate ", "unknown command \"\": \"tcpstate --help\" lists the commands"},
	{"tcpstate -4 count",
	 "trace takes no argument \"count\": the command comes first, as in \"tcpstate count\""},
	{"tcpstate trace 80", "trace takes no argument \"80\": \"tcpstate trace --help\"..."},
	{"tcpstate doctor now", "doctor takes no argument \"now\": ..."},
	{"tcpstate -", "trace takes no argument \"-\": ..."},
	{"tcpstate -y", "unknown option -y: \"tcpstate trace --help\" lists the options"},
	{"tcpstate -4y", "unknown option -y: ..."},
	{"tcpstate list -x", "unknown option -x: tcpstate shows TCP and UDP"},
	{"tcpstate list -K", "unknown option -K: use \"tcpstate stuck --close=reset\""},
	{"tcpstate list --dport 80", "unknown option --dport: use -R (--rport)"},
	{"tcpstate list --sport=80", "unknown option --sport=80: use -L (--lport)"},
	{"tcpstate trace --dst 10.0.0.1", "unknown option --dst: use --raddr"},
	{"tcpstate stuck --src 10.0.0.1", "unknown option --src: use --laddr"},
	{"tcpstate list --listening", "unknown option --listening: use -l (--listeners)"},
	{"tcpstate -tln", "--tcp is an option of list: use \"tcpstate list -tln\""},
	{"tcpstate -a -n", "--all is an option of list: use \"tcpstate list -a ...\""},
	{"tcpstate trace -l", "trace does not take --listeners, but list does: ..."},
	{"tcpstate list -tulpn", "--uid: \"lpn\" is not a user of this host: use a user id or a name "
				 "that \"getent passwd\" lists; UDP sockets are list -U"},
	{"tcpstate list -pan", "--pid: \"an\" is not a PID: use numbers 1-4194304; processes are "
			       "shown without an option"},
	{"tcpstate list -p an", "--pid: \"an\" is not a PID: use numbers 1-4194304"},
	{"tcpstate list state established",
	 "list takes no argument \"state\": use options: list -s established"},
	{"tcpstate list exclude time-wait",
	 "list takes no argument \"exclude\": use options: list -s '!time-wait'"},
	{"tcpstate list exclude", "list takes no argument \"exclude\": use options: list -s '!STATE'"},
	{"tcpstate list -o state time-wait",
	 "list takes no argument \"time-wait\": use options: list -s time-wait"},
	{"tcpstate trace dport = :https", "trace takes no argument \"dport\": use options: trace -R https"},
	{"tcpstate list ( dport = :80 or sport = :443 )",
	 "list takes no argument \"(\": use options: list -R 80 -L 443"},
	{"tcpstate stuck dst 10.0.0.1:443",
	 "stuck takes no argument \"dst\": use options: stuck --raddr 10.0.0.1 -R 443"},
	{"tcpstate list src [fe80::1]:22 dst fe80::2",
	 "list takes no argument \"src\": use options: list --laddr [fe80::1] -L 22 --raddr fe80::2"},
	{"tcpstate list sport", "list takes no argument \"sport\": use options: list -L PORT"},
	{"tcpstate list dst $(x)", "list takes no argument \"dst\": use options: list --raddr ADDRESS"},
	{"tcpstate doctor state listen", "doctor takes no argument \"state\": \"tcpstate doctor..."},
	{"tcpstate count -:", "unknown option -:: \"tcpstate count --help\"..."},
	{"tcpstate --lprot 80", "unknown option --lprot: did you mean --lport?"},
	{"tcpstate --udi 0", "unknown option --udi: did you mean --uid?"},
	{"tcpstate --frobnicate=1", "unknown option --frobnicate=1: \"tcpstate trace --help\"..."},
	{"tcpstate --co 80", "option --co is ambiguous: --comm or --columns: use more letters"},
	{"tcpstate --json=yes", "--json takes no argument: leave out \"=yes\""},
	{"tcpstate --lport", "--lport needs an argument: --lport LIST"},
	{"tcpstate -L", "--lport needs an argument: --lport LIST"},
	{"tcpstate -L ", "--lport: an item is empty: give at least one"},
	{"tcpstate -L 80a", "--lport: \"80a\" is not a port: use numbers 1-65535, ranges like "
			    "8000-8999 or service names"},
	{"tcpstate -L 80,-R", "--lport: \"-R\" is not a port..."},
	{"tcpstate record -w f -o pid",
	 "record does not take --columns, but trace does: \"tcpstate record --help\" lists the options"},
	{"tcpstate record --csv", "record does not take --csv, but trace does: ..."},
	{"tcpstate doctor -4", "doctor does not take --ipv4..."},
	{"tcpstate explain --csv", "explain does not take --csv..."},
	{"tcpstate explain --lang de", "--lang: \"de\" is unknown: use en or zh"},
	{"tcpstate trace --lang zh", "trace does not take --lang..."},
	{"tcpstate -w f", "trace does not take --write..."},
	{"tcpstate replay f --buffer 8M", "replay does not take --buffer..."},
	{"tcpstate record", "record needs -w FILE: ..."},
	{"tcpstate record -w ", "--write: FILE is empty: use a path, or - for standard output"},
	{"tcpstate record -w f g", "record takes no argument \"g\": ..."},
	{"tcpstate replay", "replay needs a FILE: ..."},
	{"tcpstate replay a b", "replay takes no argument \"b\": ..."},
	{"tcpstate count 0", "count: \"0\" is not an interval: use 0.01 to 86400 seconds"},
	{"tcpstate count 1s", "count: \"1s\" is not an interval: ..."},
	{"tcpstate count ", "count: \"\" is not an interval: ..."},
	{"tcpstate stats x", "stats: \"x\" is not an interval: ..."},
	{"tcpstate stats 1 0", "stats: \"0\" is not a number of times: ..."},
	{"tcpstate stats -P upd", "--proto: \"upd\" is not known: did you mean udp?"},
	{"tcpstate stats -P", "--proto needs an argument: ..."},
	{"tcpstate count -P tcp", "count does not take --proto..."},
	{"tcpstate stats -L 80", "stats does not take --lport..."},
	{"tcpstate count 1e9", "count: \"1e9\" is not an interval: ..."},
	{"tcpstate count 1 0", "count: \"0\" is not a number of times: use 1 or more"},
	{"tcpstate count 1 2x", "count: \"2x\" is not a number of times: use 1 or more"},
	{"tcpstate count 1 2 3", "count takes no argument \"3\": ..."},
	{"tcpstate -j --csv", "--csv: contradicts --json: use one of them"},
	{"tcpstate --csv -j", "--json: contradicts --csv: use one of them"},
	{"tcpstate -qv", "--verbose: contradicts --quiet: use one of them"},
	{"tcpstate -v -q", "--quiet: contradicts --verbose: use one of them"},
	{"tcpstate -o ", "--columns: LIST is empty: \"-o help\" lists the columns"},
	{"tcpstate -o comm,lpor", "--columns: unknown column \"lpor\"..."},
	{"tcpstate -o rule", "--columns: unknown column \"rule\"..."},
	{"tcpstate list -o +old", "--columns: unknown column \"old\"..."},
	{"tcpstate --color blue", "--color: \"blue\" is unknown: use auto, always or never"},
	{"tcpstate --buffer 63K", "--buffer: \"63K\" is not a size: use 64K to 1G, such as 8M"},
	{"tcpstate --buffer 2G", "--buffer: \"2G\" is not a size: ..."},
	{"tcpstate --buffer 8MB", "--buffer: \"8MB\" is not a size: ..."},
	{"tcpstate --buffer -1", "--buffer: \"-1\" is not a size: ..."},
	{"tcpstate replay f --cgroup ", "--cgroup: the path is empty: ..."},
	{"tcpstate -46p 0", "--pid: \"0\" is not a PID: ..."},
	{"tcpstate list --watch 0.09",
	 "--watch: \"0.09\" is not an interval: use 0.1 to 86400 seconds"},
	{"tcpstate list --watch=", "--watch: \"\" is not an interval: ..."},
	{"tcpstate list --watch ", "--watch: \"\" is not an interval: ..."},
	{"tcpstate list --watch=86401", "--watch: \"86401\" is not an interval: ..."},
	{"tcpstate list --watch x -j", "--watch: \"x\" is not an interval: ..."},
	{"tcpstate list --watch 5 6", "list takes no argument \"6\": ..."},
	{"tcpstate list --watch=5 6", "list takes no argument \"6\": ..."},
	{"tcpstate list 6 --watch 5", "list takes no argument \"6\": ..."},
	{"tcpstate list --watch -- 5", "list takes no argument \"5\": ..."},
	{"tcpstate list --watch -1", "unknown option -1: ..."},
	{"tcpstate list --frames 0", "--frames: \"0\" is not a number of times: use 1 or more"},
	{"tcpstate list --frames", "--frames needs an argument: --frames N"},
	{"tcpstate trace --watch 5", "trace does not take --watch..."},
	{"tcpstate stuck now", "stuck takes no argument \"now\": ..."},
	{"tcpstate stuck --rule CLOSE_WAIT", "--rule: \"CLOSE_WAIT\" has no time: ..."},
	{"tcpstate stuck --rule", "--rule needs an argument: --rule RULE"},
	{"tcpstate stuck --more-than -1",
	 "--more-than: \"-1\" is not a number of sockets: use 0 or more"},
	{"tcpstate stuck --more-than 4294967296", "--more-than: \"4294967296\" is not..."},
	{"tcpstate stuck --more-than 1x", "--more-than: \"1x\" is not..."},
	{"tcpstate stuck --close=finn", "--close: \"finn\" is unknown: use fin or reset"},
	{"tcpstate stuck --close=", "--close: \"\" is unknown: ..."},
	{"tcpstate stuck --close", "--close needs an argument: --close HOW"},
	{"tcpstate stuck --once=1", "--once takes no argument: leave out \"=1\""},
	{"tcpstate stuck -s >CLOSE_WAIT", "--state: stuck shows sockets, which are in one..."},
	{"tcpstate stuck --sort pid", "stuck does not take --sort..."},
	{"tcpstate list --sort size", "--sort: unknown column \"size\"..."},
	{"tcpstate list --sort -", "--sort: a column name is empty..."},
	{"tcpstate list --rule CLOSE_WAIT>1s", "list does not take --rule..."},
	{"tcpstate list --once", "list does not take --once..."},
	{"tcpstate list --yes", "list does not take --yes..."},
	{"tcpstate list --close=fin", "list does not take --close..."},
	{"tcpstate trace --keep", "unknown option --keep: ..."},
	{"tcpstate --tier full",
	 "--tier: \"full\" is unknown: use fentry, kprobe or tracepoint (full is fentry)"},
	{"tcpstate --tier x", "--tier: \"x\" is unknown: use fentry, kprobe or tracepoint"},
	{"tcpstate list --ss --netstat", "--netstat: contradicts --ss: use one of them"},
	{"tcpstate ss", "unknown command \"ss\": use \"tcpstate list --ss\""},
	{"tcpstate netstat", "unknown command \"netstat\": use \"tcpstate list --netstat\""},
	{"tcpstate help", "unknown command \"help\": use \"tcpstate --help\""},
	{"tcpstate list -tanp",
	 "--pid needs an argument: --pid LIST; processes are shown without an option"},
	{"tcpstate list -tu", "--uid needs an argument: --uid LIST; UDP sockets are list -U"},
	{"tcpstate count --origin", "count does not take --origin..."},
};

static void test_refused(void **state)
{
	static struct line line;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		const char *dots = strstr(refused[i].text, "...");
		size_t length = dots ? (size_t)(dots - refused[i].text) : sizeof(line.error.text);

		parse(&line, refused[i].words);
		if (line.err != -EINVAL || strncmp(line.error.text, refused[i].text, length))
			fail_msg("%s: %d, %s", refused[i].words, line.err, line.error.text);
		assert_null(line.command);
	}
}

/* What a printer wrote; the caller frees it. `command` NULL: the program's own help. */
static char *printed_help(const struct command *command)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (command)
		help_print_command(out, command);
	else
		help_print(out, commands);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The same of a list for the man pages. */
static char *printed_man(int argc, char **argv)
{
	struct error error = {""};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(man_print(out, commands, argc, argv, &error), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check_width(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length > 80 || (length && text[length - 1] == ' '))
			fail_msg("%zu columns: %.*s", length, (int)length, text);
		assert_int_equal(text[length], '\n');
		text += length + 1;
	}
}

static bool shows(const char *text, const struct option_spec *spec)
{
	char shown[32];

	/* A name ends at a blank or the line's end: --comm is not in --command. */
	(void)snprintf(shown, sizeof(shown), " --%s ", spec->name);
	return strstr(text, shown) != NULL;
}

/* Help lists exactly what the parser takes, for each command. */
static void test_help(void **state)
{
	char *text;

	(void)state;
	for (const struct command *c = commands; c->name; c++) {
		char example[128];

		text = printed_help(c);
		check_width(text);
		(void)snprintf(example, sizeof(example), "\n  tcpstate %s", c->examples[0].words);
		assert_non_null(strstr(text, example));
		for (const struct option_spec *spec = option_specs; spec->help; spec++) {
			if (shows(text, spec) != !!(spec->commands & c->bit))
				fail_msg("%s --help and --%s", c->name, spec->name);
		}
		free(text);
	}
	text = printed_help(NULL);
	check_width(text);
	for (const struct command *c = commands; c->name; c++)
		assert_non_null(strstr(text, c->summary));
	free(text);
	text = printed_help(&commands[4]);
	assert_null(strstr(text, "Filters:"));
	free(text);
}

/* A command's list has an item for each of its options, and no text line is a request. */
static void test_man(void **state)
{
	(void)state;
	for (const struct command *c = commands; c->name; c++) {
		char *text = printed_man(2, (char *[]){"options", (char *)c->name, NULL});
		bool lport = strstr(text, ".It Fl L , Fl -lport Ar LIST\nSelect by local port: ");

		assert_int_equal(lport, !!(c->bit & (COMMAND_TRACE | COMMAND_COUNT | COMMAND_RECORD |
						     COMMAND_REPLAY | COMMAND_LIST | COMMAND_STUCK)));
		for (const struct option_spec *spec = option_specs; spec->help; spec++) {
			char item[64];

			(void)snprintf(item, sizeof(item), " Fl -%s%s", spec->name,
				       spec->argument ? " Ar " : "\n");
			assert_int_equal(strstr(text, item) != NULL, !!(spec->commands & c->bit));
		}
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			if (*line == '.' && strncmp(line, ".It Fl ", 7))
				fail_msg("%s", line);
			assert_true(*line != '\'');
		}
		free(text);
	}
}

/* Other lists, and words that are none. */
static void test_man_lists(void **state)
{
	struct error error = {""};
	char *text;

	(void)state;
	text = printed_man(1, (char *[]){"stuck-columns", NULL});
	assert_non_null(strstr(text, ".It Cm rule\n"));
	assert_null(strstr(text, ".It Cm state\n"));
	free(text);
	assert_int_equal(man_print(stdout, commands, 1, (char *[]){"options", NULL}, &error), -EINVAL);
	assert_int_equal(man_print(stdout, commands, 1, (char *[]){"x", NULL}, &error), -EINVAL);
	assert_int_equal(man_print(stdout, commands, 2, (char *[]){"options", "x"}, &error), -EINVAL);
	assert_int_equal(man_print(stdout, commands, 0, (char *[]){NULL}, &error), -EINVAL);
}

/* getopt_long() would silently prefer one of two. */
static void test_table(void **state)
{
	(void)state;
	for (const struct option_spec *a = option_specs; a->help; a++) {
		bool takes = a->type != OPTION_FLAG && a->type != OPTION_CLEAR &&
			     a->type != OPTION_VALUE && a->type != OPTION_PARSED;

		assert_true(!takes || a->argument);
		assert_true(a->type > OPTION_FILTER || a->set);
		assert_true(a->name && a->commands);
		for (const struct option_spec *b = option_specs; b < a; b++) {
			assert_string_not_equal(a->name, b->name);
			assert_true(!a->letter || a->letter != b->letter);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands), cmocka_unit_test(test_operands),
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_cgroup),	 cmocka_unit_test(test_no_run),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_help),
		cmocka_unit_test(test_man),	 cmocka_unit_test(test_table),
		cmocka_unit_test(test_man_lists),
		cmocka_unit_test(test_stuck),	 cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
