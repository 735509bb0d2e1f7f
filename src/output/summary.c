// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sockets per state, transitions, losses, and the ten busiest processes. */
#include "output/count.h"

#include <inttypes.h>

#include "lib/format.h"
#include "tcp/state.h"

enum { TOP = 10 };

static void print_process(const struct process_count *process, FILE *out)
{
	char text[TS_COMM_LEN + 16], name[FORMAT_TEXT_BYTE * sizeof(text) + 1];
	const char *end = format_process(text, process->comm, TS_COMM_LEN, process->pid);

	*format_text(name, text, (size_t)(end - text), true) = '\0';
	(void)fprintf(out, "%10" PRIu64 "  %s%s\n", process->transitions,
		      process->known ? name : "(unknown owner)",
		      process->known && !process->pid ? " (outside of this PID namespace)" : "");
}

static void print_processes(const struct by_process *processes, FILE *out)
{
	struct process_count top[TOP];
	size_t n = by_process_top(processes, top, TOP);

	if (n)
		(void)fprintf(out, "by process, of the %" PRIu64 " shown:\n", processes->total);
	for (size_t i = 0; i < n; i++)
		print_process(&top[i], out);
	if (processes->n > TOP)
		(void)fprintf(out, "            and %zu more\n", processes->n - TOP);
	if (processes->beyond)
		(void)fprintf(out, "%10" PRIu64 "  (by processes after the first %d)\n",
			      processes->beyond, BY_PROCESS_MAX);
}

static void print_transitions(const struct counters *total, FILE *out)
{
	for (unsigned old = 0; old < TS_STATES; old++)
		for (unsigned new_state = 0; new_state < TS_STATES; new_state++)
			if (total->transitions[old][new_state])
				(void)fprintf(out, "%10" PRIu64 "  %s -> %s\n",
					      total->transitions[old][new_state], state_name(old),
					      state_name(new_state));
}

static void print_sockets(const struct counts *counts, FILE *out)
{
	static const unsigned order[] = {
		TS_LISTEN,     TS_SYN_SENT,   TS_SYN_RECV, TS_ESTABLISHED, TS_FIN_WAIT_1,
		TS_FIN_WAIT_2, TS_CLOSE_WAIT, TS_CLOSING,  TS_LAST_ACK,	   TS_TIME_WAIT,
	};
	const char *separator = " ";
	bool marked = false;

	(void)fprintf(out, "sockets now:");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		bool scanned = counts_state_scanned(counts, order[i]);

		if (!counts->total.sockets[order[i]])
			continue;
		marked |= scanned;
		(void)fprintf(out, "%s%s%s %" PRId64, separator, state_name(order[i]),
			      scanned ? "*" : "", counts->total.sockets[order[i]]);
		separator = ", ";
	}
	(void)fprintf(out, "%s\n", *separator == ' ' ? " none" : "");
	if (marked)
		(void)fprintf(out, "  * counted by a socket scan: this kernel does not report "
				   "these transitions\n");
	if (counts->netns_missed)
		(void)fprintf(out,
			      "  %u network namespace%s could not be scanned: sockets without a "
			      "process there are missing\n",
			      counts->netns_missed, counts->netns_missed == 1 ? "" : "s");
}

void summary_print(const struct counts *counts, const struct by_process *processes,
		   uint64_t start_ns, FILE *out)
{
	static const struct counts none;
	const struct counters *total = &counts->total;

	(void)fprintf(out, "\n%.1f s, %" PRIu64 " transitions, %" PRIu64 " lost\n",
		      (double)(counts->mono_ns - start_ns) / 1e9,
		      counts_transitions(&none, counts, TS_STATE_NONE, TS_STATE_NONE),
		      total->lost + total->missed);
	if (total->missed)
		(void)fprintf(out,
			      "  %" PRIu64 " of them are in no count: the tracer was interrupted "
			      "by its own hooks\n",
			      total->missed);
	if (total->without_record)
		(void)fprintf(out,
			      "  %" PRIu64 " transitions are not in the sockets per state: the "
			      "kernel had no memory for the socket's record\n",
			      total->without_record);
	if (total->half_opens_lost)
		(void)fprintf(out,
			      "  %" PRIu64 " half-open connections were not followed: the table "
			      "was full; handshakes that completed are counted\n",
			      total->half_opens_lost);
	if (total->ports_lost)
		(void)fprintf(out,
			      "  %" PRIu64
			      " sockets had no local port until their next transition: "
			      "too many were connecting\n",
			      total->ports_lost);
	if (total->listeners_lost)
		(void)fprintf(out,
			      "  %" PRIu64 " listeners were closed when the table of these was "
			      "full: their connections may name an earlier owner\n",
			      total->listeners_lost);
	print_sockets(counts, out);
	print_transitions(total, out);
	print_processes(processes, out);
}
