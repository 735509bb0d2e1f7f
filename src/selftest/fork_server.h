/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fork server: a small process that forks the actors. It starts before the tracer makes this
 * process large, so that a fork is cheap and no actor inherits a BPF descriptor.
 */
#ifndef SELFTEST_FORK_SERVER_H
#define SELFTEST_FORK_SERVER_H

#include <sys/types.h>

#include "selftest/actor.h"

/* Returns the channel or -errno. Closing the channel ends the server and all actors. */
int fork_server_open(void);
/* Forks an actor, which receives both channels of the setup; the caller closes its copies. */
int fork_server_fork(int fork_server, const struct actor_setup *setup, pid_t *pid);

#endif
