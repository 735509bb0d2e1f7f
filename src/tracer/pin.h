/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pins the maps of records under /sys/fs/bpf/tcpstate for other processes. If /sys has no BPF file
 * system, as under `ip netns exec`, the path is that of the first process. The maps are valid while
 * the tracer holds a lock on the directory. The kernel releases the lock when it exits. The pins of a
 * tracer that is killed (SIGKILL) remain, with the records of all sockets, until the next one removes
 * them. Folders and pins of other users are not used.
 */
#ifndef TRACER_PIN_H
#define TRACER_PIN_H

#include <stdbool.h>

#include "lib/error.h"
#include "tracer/probe.h"

struct pin;
struct tracer;

/*
 * Mounts the BPF file system if needed, takes the lock and removes stale pins. Returns 0, or with
 * error set -EBUSY (another process has the lock), -EEXIST (another user has made the folder) or another
 * -errno (no BPF file system, no privileges).
 */
int pin_new(struct pin **pin, struct error *error);
/* With the lock: pins the maps of a tracer, after its snapshot. Returns 0, or -errno with error. */
int pin_create(const struct pin *pin, const struct tracer *tracer, struct error *error);
/* Removes the pins. */
void pin_free(struct pin *pin);

enum { PIN_RECORDS, PIN_MINISOCKS, PIN_ORIGINS, PINS };

/* The maps of another process's tracer, for pin_close(). Negative: it has no origins. */
struct pinned {
	int fds[PINS];
};

/*
 * Returns 0, or -ENOENT: no tracer has the lock, or its maps have another layout, or may be another
 * user's. Origins that are not of their layout are left out.
 */
int pin_find(struct pinned *pinned);
void pin_close(struct pinned *pinned);
/* True if that tracer still runs: all reads until now were up to date. */
bool pin_is_current(const struct pinned *pinned);
/* Fails if pins of a killed tracer remain (-EEXIST), or if the folder is not to be used. */
probe_hook pin_check;

#endif
