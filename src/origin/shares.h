/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What each process and each user has of the places for stacks and of the worker's time: none of them
 * takes it all.
 */
#ifndef ORIGIN_SHARES_H
#define ORIGIN_SHARES_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/stack.h>

#include "lib/hash_index.h"
#include "origin/origin.h"

/* Of a user or of a process. */
struct share {
	uint64_t key; /* 0: free */
	uint32_t uid;
	uint32_t pid; /* of the process; of a user, of the last one that was refused */
	struct ts_layout layout;
	uint32_t queued;
	uint32_t stored;
	uint32_t calls;	   /* that the kernel side knows */
	uint32_t late;	   /* stacks that took the worker too long */
	uint64_t late_ns;  /* time of the last */
	uint64_t spent_ns; /* of the worker; halved every second */
	uint64_t spent_at_ns;
	uint64_t refused[ORIGIN_REFUSALS];
};

struct share_table {
	struct hash_index index;
	struct share *shares; /* the first is for all that have no place */
	uint32_t n, room;
	uint32_t swept;
};

struct shares {
	struct share_table users, processes;
};

/* Returns 0 or -ENOMEM; shares_free() is due in either case. */
int shares_new(struct shares *shares);
void shares_free(struct shares *shares);

/* Never NULL. */
struct share *share_of_user(struct shares *shares, uint32_t uid);
struct share *share_of_process(struct shares *shares, uint32_t uid, uint32_t pid,
			       const struct ts_layout *layout);
/* A process's share that has nothing more to say is given back. */
void share_release(struct shares *shares, struct share *process);

/* Whether the worker was late so often that it takes no more of these stacks for now. */
bool share_is_shunned(const struct share *user, const struct share *process, uint64_t now_ns);
void share_add_late(struct share *share, uint64_t now_ns);
/* The worker's time, lately. */
uint64_t share_spent(struct share *user, uint64_t now_ns);

#endif
