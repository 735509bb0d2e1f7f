// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One report of the stuck sockets, or their end. */
#include <errno.h>
#include <string.h>

#include "lib/error.h"
#include "lib/sink.h"
#include "output/output.h"
#include "stuck/close.h"
#include "stuck/fields.h"
#include "stuck/scan.h"
#include "system/netns_ways.h"

/* Every machine has some of these sockets: a program that reads rows gets the note with -v. */
static void note_unknown(const struct stuck_scan *scan)
{
	if (!scan->config->diagnose && scan->config->verbosity < 1)
		return;
	for (int rule = 0; rule < STUCK_RULES; rule++) {
		char text[STUCK_RULE_TEXT];

		if (!scan->list.unknown[rule] || rule == STUCK_UNSENT)
			continue;
		stuck_rule_print((enum stuck_rule)rule, 0, text);
		*strchr(text, '>') = '\0';
		note(scan->config->verbosity,
		     "%zu in %s: one scan cannot measure how long: use stuck --watch or trace --pin",
		     scan->list.unknown[rule], text);
	}
}

static int print_rows(struct stuck_scan *scan)
{
	int err = output_begin(scan->output);

	for (size_t i = 0; stuck_scan_exceeds(scan) && i < scan->list.n && !err; i++) {
		const struct stuck_event event = { &scan->list.items[i], "stuck", NULL,
						   scan->sockets->mono_ns };

		err = stuck_output(scan->output, &scan->view, &event);
	}
	return err;
}

/* Without access to every namespace the check has no result, unless it found a stuck socket. */
static int check(struct stuck_scan *scan)
{
	size_t n = scan->sockets->n_netns_failed, hidden = scan->sockets->n_netns_hidden;
	size_t unknown = scan->sockets->netns_unsure ? scan->sockets->netns_unknown : 0;
	char remedy[PRIVILEGE_TEXT];

	if (stuck_scan_exceeds(scan))
		return 1;
	if (!n && unknown)
		return error_set(scan->error, EPERM,
				 "nothing stuck found, but the network namespaces of %zu processes "
				 "are unknown: check one namespace alone, or with CAP_SYS_PTRACE",
				 unknown);
	if (n)
		return error_set(scan->error, EPERM,
				 "nothing stuck found, but %zu network namespace%s could not be "
				 "checked: CAP_SYS_ADMIN is needed",
				 n, n == 1 ? "" : "s");
	if (hidden)
		return error_set(scan->error, EPERM,
				 "nothing stuck found, but %zu network namespace%s could not be "
				 "found: %s",
				 hidden, hidden == 1 ? "" : "s",
				 netns_ways_remedy(remedy) ?
					 remedy :
					 "no process, descriptor or mount leads there");
	return 0;
}

/* Between the question and the answer sockets recover, and others become stuck. */
static int close_stuck(struct stuck_scan *scan, const struct stuck_close_config *config)
{
	struct sockets *sockets = scan->sockets;
	struct stuck_list list = scan->list;
	const struct socket_view view = scan->view;
	const struct stuck_look first = { &view, &list }, second = { &scan->view, &scan->list };
	int err = config->ask && list.n ?
			  stuck_close_ask(config, scan->output, scan->sink, &first) :
			  1;

	if (!err)
		note(config->verbosity, "nothing was closed");
	if (err <= 0 || !list.n)
		return err < 0 ? err : list.n > 0;
	scan->sockets = NULL;
	scan->list = (struct stuck_list){ 0 };
	scan->stuck.last = &list;
	err = stuck_scan_take(scan);
	if (!err)
		err = stuck_close(config, scan->output, &first, &second, scan->error);
	scan->stuck.last = NULL;
	stuck_list_free(&list);
	sockets_free(sockets);
	return err;
}

int stuck_once(struct stuck_scan *scan, const struct stuck_once_config *config)
{
	int err = stuck_scan_settle(scan);

	if (err)
		return err;
	if (config->close) {
		if (!stuck_scan_exceeds(scan))
			return 0;
		return close_stuck(scan, config->close);
	}
	if (scan->config->diagnose)
		err = stuck_scan_diagnose(scan, scan->sockets, &scan->list);
	else
		err = print_rows(scan);
	if (!err)
		err = sink_flush(scan->sink);
	note_unknown(scan);
	return !err && config->check ? check(scan) : err;
}
