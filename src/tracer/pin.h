/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A tracer's records where other processes find them: pinned under /sys/fs/bpf/tcpstate (the first
 * process's, where one's own /sys has no BPF file system, as under `ip netns exec`), and to be trusted as long as whoever keeps them holds the folder's lock. The kernel drops that when the
 * keeper ends, however it ends; its pins stay, and the next keeper takes them over.
 */
#ifndef TRACER_PIN_H
#define TRACER_PIN_H

#include <stdbool.h>

#include "lib/error.h"

struct pin;
struct tracer;

/*
 * Becomes the keeper: mounts the BPF file system where it is not, takes the lock, removes what a dead
 * keeper left. -EBUSY: there is one; all else: no such file system can be had. error is set.
 */
int pin_new(struct pin **keeper, struct error *error);
/* Once the records are complete. -errno with error set. */
int pin_create(struct pin *keeper, const struct tracer *tracer, struct error *error);
/* Removes the pins. */
void pin_free(struct pin *keeper);

/* The maps of a keeper that is alive; to be closed. */
struct pinned {
	int records;
	int minisocks;
	int origins; /* -1: it keeps none */
};

/* -ENOENT: nobody keeps any, or none of this layout. */
int pin_find(struct pinned *kept);
void pin_close(struct pinned *kept);
/* Is the same keeper still at work? What was read since this was true was up to date. */
bool pin_holds(const struct pinned *kept);

#endif
