// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cmd/filter_note.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cli/options.h"
#include "filter/glob.h"
#include "lib/error.h"
#include "system/process.h"

static void note_pids(const struct options *options)
{
	const struct ts_filter *f = &options->filter;

	for (unsigned i = 0; i < options->n_threads; i++)
		note(options->verbosity,
		     "--pid: %" PRIu32 " is a thread of process %" PRIu32
		     ", whose sockets are selected",
		     options->threads[i].thread, options->threads[i].process);
	for (uint32_t i = 0; i < f->pids + f->pid_nots; i++)
		if (!process_exists(f->pid[i]))
			note(options->verbosity, "--pid: no process has the id %" PRIu32,
			     f->pid[i]);
}

/* Names one running process whose name matches only in full. */
static bool note_cut_process(const struct options *options)
{
	const struct ts_glob *glob = &options->filter.comm;
	char comm[TS_COMM_LEN], name[PROCESS_NAME];
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		found = isdigit((unsigned char)entry->d_name[0]) &&
			process_long_name("/proc", pid, comm, name) && glob_matches(glob, name) &&
			!glob_matches(glob, comm);
		if (found)
			note(options->verbosity,
			     "--comm: the kernel keeps 15 bytes of the name %s, and a pattern "
			     "must match those: add \"%s\" for process %" PRIu32,
			     name, comm, pid);
	}
	if (folder)
		(void)closedir(folder);
	return found;
}

void filter_note(const struct options *options)
{
	bool lasting = options->command & (COMMAND_TRACE | COMMAND_COUNT | COMMAND_RECORD);

	note_pids(options);
	if (!(options->filter.on & TS_BY_COMM) || !glob_needs_end(&options->filter.comm))
		return;
	if (!note_cut_process(options) && lasting)
		note(options->verbosity,
		     "--comm: the kernel keeps 15 bytes of a name: what follows "
		     "a * in a pattern must be within those");
}
