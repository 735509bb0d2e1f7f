/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A small process that forks the actors, begun before the tracer has made this one large: so
 * that a fork costs little, and an actor has no hold on the BPF programs.
 */
#ifndef SELFTEST_FORK_SERVER_H
#define SELFTEST_FORK_SERVER_H

#include <sys/types.h>

#include "selftest/actor.h"

/* The channel to it, or -errno. It ends, with all that it forked, when that is closed. */
int fork_server_open(void);
/* Forks an actor; its channel and its heir's become its own, the caller closes its copies. */
int fork_server_fork(int fork_server, const struct actor_setup *setup, pid_t *pid);

#endif
