// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* stats: protocol counters of a network namespace, once or as growth per second. */
#include "cmd/confine.h"
#include "cmd/context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "system/netns.h"
#include "stats/output.h"
#include "stats/stats.h"

struct stats_run {
	const struct options *options;
	struct stats_output *output;
	struct cmd_context *ctx;
	struct stats *last;
	char folder[4096];
	bool saved; /* folder is not the kernel's own */
	uint32_t netns;
	unsigned long rounds;
};

/*
 * TCPSTATE_PROC names a folder to be read in place of /proc: net/snmp and the others below it,
 * saved on another machine or written by a test. Not with file capabilities: the caller
 * may lack the right to read these files.
 */
static int find_folder(struct stats_run *run)
{
	const char *proc = secure_getenv("TCPSTATE_PROC");

	run->saved = proc && *proc;
	if (!run->saved)
		proc = "/proc/thread-self";
	else if (run->options->filter.on & TS_BY_NETNS)
		return error_set(&run->ctx->error, EINVAL,
				 "--netns: counters are read from files, as TCPSTATE_PROC says: "
				 "unset it to look into a namespace");
	if (strlen(proc) + sizeof("/net") > sizeof(run->folder))
		return error_set(&run->ctx->error, ENAMETOOLONG,
				 "TCPSTATE_PROC: the path is too long");
	(void)snprintf(run->folder, sizeof(run->folder), "%s/net", proc);
	return 0;
}

/* There is no way back: this process does nothing else. */
static int enter(struct stats_run *run)
{
	const struct options *options = run->options;
	int err;

	if (run->saved)
		return 0;
	run->netns = netns_own();
	if (!options->netns.inode || run->netns == options->netns.inode)
		return 0;
	err = netns_enter(&options->netns, &run->ctx->error);
	run->netns = netns_own();
	return err;
}

/* A protocol that was named must exist. Others that do not are reported with -v. */
static int check_protos(const struct stats_run *run, const struct stats *stats)
{
	const struct options *options = run->options;
	for (enum stats_proto proto = 0; proto < STATS_PROTOS; proto++)
		if (options->protos & 1u << proto && !stats_has_proto(stats, proto))
			return error_set(&run->ctx->error, EOPNOTSUPP,
					 "--proto: there are no counters of %s%s: leave it out",
					 stats_proto_name(proto),
					 !stats_needs_ipv6(proto) || stats->ipv6 ?
						 "" :
						 " without IPv6 (not built in, or ipv6.disable=1)");
	if (!options->protos && !stats->ipv6)
		note(options->verbosity - 1,
		     "no counters of ip6, icmp6, udp6 and udplite6: there "
		     "is no %.200s/snmp6 (IPv6 is not built in, or ipv6.disable=1)",
		     run->folder);
	return 0;
}

static int show(struct stats_run *run, const struct stats *now)
{
	const struct stats_round round = {
		.now = now,
		.last = run->last,
		.netns = run->netns,
		.wall_ns = (int64_t)now->mono_ns + clock_wall_offset_ns(),
	};
	int err = run->last ? 0 : cmd_kernel(run->ctx, check_protos(run, now));

	return err ? err : stats_output_round(run->output, &round);
}

static int stats_round(void *context)
{
	struct stats_run *run = context;
	struct stats *now;
	int err = stats_read(run->folder, &now, &run->ctx->error);

	if (err)
		return err == -EACCES ? cmd_kernel(run->ctx, err) : err;
	err = show(run, now);
	stats_free(run->last);
	run->last = now;
	if (err)
		return err;
	return ++run->rounds == (run->options->interval > 0 ? run->options->rounds : 1);
}

static int run_rounds(struct stats_run *run)
{
	int err = stats_round(run);

	if (!err)
		err = loop_add_timer(run->ctx->loop, (uint64_t)(run->options->interval * 1e9),
				     stats_round, run);
	return err ? err : cmd_loop(run->ctx);
}

int cmd_stats(const struct options *options)
{
	const struct stats_config config = {
		.format = options->format,
		.protos = options->protos,
		.all = options->all,
		.meanings = options->verbosity > 0,
	};
	struct cmd_context ctx = { .name = "stats" };
	struct stats_run run = { .options = options, .ctx = &ctx };
	int err = cmd_open(&ctx);

	if (!err)
		err = stats_output_new(&config, ctx.sink, &run.output);
	if (!err)
		err = cmd_usage(&ctx, find_folder(&run));
	if (!err)
		err = cmd_kernel(&ctx, enter(&run));
	if (!err && options->interval > 0)
		confine(CONFINE_FILES, options->verbosity);
	if (!err)
		err = run_rounds(&run);
	stats_free(run.last);
	stats_output_free(run.output);
	return cmd_close(&ctx, err);
}
