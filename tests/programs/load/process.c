// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Child processes of the load generator: none outlives it, each failure is reported. The limit of open
 * files.
 */
#include "load.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t spawn(const char *comm)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, comm);
	}
	return pid;
}

void await(const pid_t *pids, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) < 0)
			fail("waitpid");
		if (status)
			exit(1);
	}
}

unsigned long files_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
	return limit.rlim_cur;
}
