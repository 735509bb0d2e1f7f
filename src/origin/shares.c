// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "origin/shares.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "origin/layout.h"

enum {
	USERS = 1024,
	PROCESSES = 8192,
	SWEPT = 64, /* processes checked for a free place */
	USER_LATE_MAX = 3,
};

static const uint64_t SECOND_NS = 1000000000;
static const uint64_t LATE_NS = 60 * UINT64_C(1000000000); /* after this a user has one less */

static int table_new(struct share_table *table, uint32_t room)
{
	table->room = room;
	table->n = 1;
	table->shares = calloc(room, sizeof(*table->shares));
	return table->shares ? hash_index_new(&table->index, room) : -ENOMEM;
}

int shares_new(struct shares *shares)
{
	int err = table_new(&shares->users, USERS);

	return err ? err : table_new(&shares->processes, PROCESSES);
}

static void table_free(struct share_table *table)
{
	hash_index_free(&table->index);
	free(table->shares);
}

void shares_free(struct shares *shares)
{
	table_free(&shares->users);
	table_free(&shares->processes);
}

static bool is_free(const struct share *share)
{
	return !share->key;
}

static void give_back(struct share_table *table, struct share *share)
{
	hash_index_remove(&table->index, share->key, (uint32_t)(share - table->shares));
	share->key = 0;
}

/* A place for a process: a free one, or one of a process that has exited. 0: none. */
static uint32_t find_place(struct share_table *table)
{
	if (table->n < table->room)
		return table->n++;
	for (uint32_t i = 0; i < SWEPT; i++) {
		struct share *share;

		table->swept = table->swept % (table->room - 1) + 1;
		share = &table->shares[table->swept];
		if (!is_free(share) && !share->queued && !share->stored &&
		    share->layout.start_code && !layout_is_of(share->pid, &share->layout))
			give_back(table, share);
		if (is_free(share))
			return table->swept;
	}
	return 0;
}

static struct share *find(struct share_table *table, const void *bytes, size_t n)
{
	uint64_t key = hash_index_key(&table->index, bytes, n);
	uint32_t at;

	if (hash_index_get(&table->index, key, &at))
		return &table->shares[at];
	at = find_place(table);
	if (!at)
		return &table->shares[0];
	table->shares[at] = (struct share){ .key = key };
	(void)hash_index_put(&table->index, key, at);
	return &table->shares[at];
}

struct share *share_of_user(struct shares *shares, uint32_t uid)
{
	struct share *share = find(&shares->users, &uid, sizeof(uid));

	share->uid = uid;
	return share;
}

struct share *share_of_process(struct shares *shares, uint32_t uid, uint32_t pid,
			       const struct ts_layout *layout)
{
	const uint64_t words[] = { pid, layout->executable, layout->start_code,
				   layout->start_stack };
	struct share *share = find(&shares->processes, words, sizeof(words));

	share->uid = uid;
	share->pid = pid;
	share->layout = *layout;
	return share;
}

void share_release(struct shares *shares, struct share *process)
{
	struct share_table *table = &shares->processes;

	if (process == table->shares || is_free(process) || process->queued || process->stored ||
	    process->calls || process->late)
		return;
	give_back(table, process);
	process->layout = (struct ts_layout){ 0 };
}

bool share_is_shunned(const struct share *user, const struct share *process, uint64_t now_ns)
{
	uint64_t over = user->late ? (now_ns - user->late_ns) / LATE_NS : 0;

	/* what runs as root is not an ordinary user's */
	return (process->late && process->key) || (user->uid && user->late >= USER_LATE_MAX + over);
}

void share_add_late(struct share *share, uint64_t now_ns)
{
	uint64_t over = share->late ? (now_ns - share->late_ns) / LATE_NS : 0;

	share->late = (share->late > over ? share->late - (uint32_t)over : 0) + 1;
	share->late_ns = now_ns;
}

uint64_t share_spent(struct share *user, uint64_t now_ns)
{
	uint64_t seconds = (now_ns - user->spent_at_ns) / SECOND_NS;

	user->spent_ns = seconds < 64 ? user->spent_ns >> seconds : 0;
	user->spent_at_ns += seconds * SECOND_NS;
	return user->spent_ns;
}
