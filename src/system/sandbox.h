/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Drops the capabilities and system calls that a process no longer needs. A process cannot get them
 * back, and its children inherit the rest. The callers own the sets.
 */
#ifndef SYSTEM_SANDBOX_H
#define SYSTEM_SANDBOX_H

#include <stdint.h>

/* How a system call outside of the list ends. */
enum sandbox_refusal {
	SANDBOX_ENOSYS, /* as on a kernel without that call: callers can go without */
	SANDBOX_KILL,	/* with the process */
};

/*
 * Drops every capability except `keep` (PRIVILEGE() of system/privilege.h) from all sets of the
 * calling thread, and sets no_new_privs: no program that it executes has more. What the thread does
 * not have is not given. Returns 0 or -errno.
 */
int sandbox_keep(uint64_t keep);

/*
 * Allows the system calls whose names are in `calls`, which ends with NULL, in all threads of the
 * process, and sets no_new_privs. Names that this processor does not have are skipped. The list
 * needs the calls that end a process: exit, exit_group. Returns 0 or -errno (-EOPNOTSUPP: built
 * without libseccomp; -EINVAL, -ENOSYS: a kernel without seccomp filters).
 */
int sandbox_allow(const char *const *calls, enum sandbox_refusal refusal);

#endif
