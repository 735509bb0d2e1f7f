// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stuck sockets by process, rule, origin and peer. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stuck/group.h"
#include "world.h"

enum { ITEMS_MAX = 32 };

/* A scan, its stuck sockets, and their groups. */
struct scene {
	struct world world;
	struct sockets *sockets;
	struct stuck_item items[ITEMS_MAX];
	struct stuck_list list;
	const char *proc; /* as of stuck_groups_new() */
	struct stuck_groups groups;
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	world_begin(&scene->world, NOW);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	stuck_groups_free(&scene->groups);
	assert_null(scene->groups.groups);
	sockets_free(scene->sockets);
	free(scene);
	return 0;
}

static void join(struct scene *scene)
{
	scene->sockets = world_join(&scene->world);
	scene->list.items = scene->items;
}

static struct stuck_item *add_item(struct scene *scene, uint64_t id, int rule, uint64_t ns)
{
	assert_true(scene->list.n < ITEMS_MAX);
	scene->items[scene->list.n] = item_of(scene->sockets, id, rule, ns);
	return &scene->items[scene->list.n++];
}

static void group(struct scene *scene)
{
	assert_int_equal(stuck_groups_new(scene->sockets, &scene->list, scene->proc, &scene->groups), 0);
}

static void expect_part(const struct stuck_part *part, size_t n, uint64_t oldest, uint64_t ns)
{
	assert_int_equal(part->n, n);
	assert_int_equal(part->oldest->entry->socket->id, oldest);
	assert_int_equal(part->oldest->ns, ns);
}

static void nothing_is_no_group(void **state)
{
	struct scene *scene = *state;

	world_add(&scene->world, tcp(1, TS_CLOSE_WAIT));
	join(scene);
	group(scene);
	assert_int_equal(scene->groups.n, 0);
}

static void holders_are_processes(void **state)
{
	struct scene *scene = *state;
	const struct ts_holder *holders[4] = { NULL };
	const struct sockets *sockets;
	struct ts_socket s = tcp(2, TS_LISTEN);

	world_add(&scene->world, tcp(1, TS_CLOSE_WAIT));
	world_hold(&scene->world, 1, 9, 5, "nine");
	world_hold(&scene->world, 1, 9, 6, "nine");
	world_hold(&scene->world, 1, 7, 3, "seven");
	world_hold(&scene->world, 1, 9, 8, "nine"); /* a thread with descriptors of its own */
	world_hold(&scene->world, 1, 8, 3, "eight");
	world_hold(&scene->world, 1, 8, 4, "eight");
	world_hold(&scene->world, 1, 5, 4, "five");
	s.lport = 80;
	world_add(&scene->world, s);
	world_hold(&scene->world, 2, 6, 3, "six");
	s = tcp(3, TS_CLOSE_WAIT);
	s.flags = TS_S_NO_FILE;
	world_queue(&scene->world, 3, 2);
	world_add(&scene->world, s);
	world_add(&scene->world, tcp(4, TS_CLOSE_WAIT));
	join(scene);
	sockets = scene->sockets;
	assert_int_equal(stuck_holders(sockets, &sockets->entries[0], holders, 4), 4);
	assert_int_equal(holders[0]->pid, 9);
	assert_int_equal(holders[0]->fd, 5);
	assert_int_equal(holders[1]->pid, 7);
	assert_int_equal(holders[2]->pid, 8);
	assert_int_equal(holders[2]->fd, 3);
	assert_int_equal(holders[3]->pid, 5);
	/* the same number, fewer listed */
	holders[2] = NULL;
	assert_int_equal(stuck_holders(sockets, &sockets->entries[0], holders, 2), 4);
	assert_int_equal(holders[1]->pid, 7);
	assert_null(holders[2]);
	/* not accepted: the process of its listener */
	assert_int_equal(stuck_holders(sockets, &sockets->entries[2], holders, 4), 1);
	assert_int_equal(holders[0]->pid, 6);
	assert_int_equal(stuck_holders(sockets, &sockets->entries[3], holders, 4), 0);
}

/* 1 and 2 are shared by the same two processes in another order; 3 is held by one of them, 4 by none. */
static void by_who_holds_them(void **state)
{
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= 6; id++)
		world_add(&scene->world, tcp(id, TS_CLOSE_WAIT));
	world_hold(&scene->world, 1, 10, 3, "a");
	world_hold(&scene->world, 1, 11, 3, "b");
	world_hold(&scene->world, 2, 11, 4, "b");
	world_hold(&scene->world, 2, 10, 4, "a");
	world_hold(&scene->world, 2, 10, 5, "a");
	world_hold(&scene->world, 3, 10, 6, "a");
	world_hold(&scene->world, 5, 12, 6, "c");
	world_hold(&scene->world, 6, 12, 7, "c");
	join(scene);
	add_item(scene, 3, TS_CLOSE_WAIT, 5 * SECOND);
	add_item(scene, 1, TS_CLOSE_WAIT, 7 * SECOND);
	add_item(scene, 4, TS_CLOSE_WAIT, 9 * SECOND);
	add_item(scene, 2, TS_CLOSE_WAIT, 8 * SECOND);
	add_item(scene, 5, TS_CLOSE_WAIT, 2 * SECOND);
	add_item(scene, 6, TS_CLOSE_WAIT, 3 * SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 4);
	expect_part(&scene->groups.groups[0].all, 2, 2, 8 * SECOND); /* most, then oldest first */
	expect_part(&scene->groups.groups[1].all, 2, 6, 3 * SECOND);
	expect_part(&scene->groups.groups[2].all, 1, 4, 9 * SECOND);
	assert_int_equal(scene->groups.groups[2].not_accepted, 0); /* of another process */
	expect_part(&scene->groups.groups[3].all, 1, 3, 5 * SECOND);
}

/* As many as are compared, in any order, one fewer, and one more. */
static void by_many_who_hold_them(void **state)
{
	enum { MANY = 64 };
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= 5; id++)
		world_add(&scene->world, tcp(id, TS_CLOSE_WAIT));
	for (uint32_t i = 0; i < MANY; i++) {
		world_hold(&scene->world, 1, 100 + i, 3, "a");
		world_hold(&scene->world, 2, 100 + MANY - 1 - i, 3, "a");
		if (i < MANY - 1)
			world_hold(&scene->world, 3, 100 + i, 3, "a");
		world_hold(&scene->world, 4, 100 + i, 4, "a");
		world_hold(&scene->world, 5, 100 + i, 5, "a");
	}
	world_hold(&scene->world, 4, 100 + MANY, 4, "a");
	world_hold(&scene->world, 5, 100 + MANY, 4, "a");
	join(scene);
	for (uint64_t id = 1; id <= 5; id++)
		add_item(scene, id, TS_CLOSE_WAIT, id * SECOND);
	group(scene);
	assert_int_equal(scene->groups.groups[scene->groups.n - 1].all.n, 1);
	assert_int_equal(scene->groups.groups[scene->groups.n - 1].all.oldest->entry->socket->id, 3);
}

/* Closed sockets, the kernel's sockets and sockets of invisible processes are separate groups. */
static void by_why_nobody_does(void **state)
{
	static const uint32_t flags[] = { TS_S_ORPHAN, TS_S_KERNEL, 0 };
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= 6; id++) {
		struct ts_socket s = tcp(id, TS_FIN_WAIT_2);

		s.flags = TS_S_NO_FILE | flags[id % 3];
		world_add(&scene->world, s);
	}
	join(scene);
	for (uint64_t id = 1; id <= 6; id++)
		add_item(scene, id, TS_FIN_WAIT_2, SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(scene->groups.groups[i].all.n, 2);
}

/* A /proc with these processes, which all run the same file in the same cgroup. */
static const char *make_proc(char folder[], const uint32_t *pids, size_t n)
{
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < n; i++) {
		char path[64];
		FILE *file;

		(void)snprintf(path, sizeof(path), "%s/%u", folder, pids[i]);
		assert_int_equal(mkdir(path, 0700), 0);
		(void)snprintf(path, sizeof(path), "%s/%u/exe", folder, pids[i]);
		assert_int_equal(symlink("/bin/sh", path), 0);
		(void)snprintf(path, sizeof(path), "%s/%u/cgroup", folder, pids[i]);
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fclose(file), 0);
	}
	return folder;
}

static void remove_proc(const char *folder)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* Workers of one program, with names that differ by a number: one group, the most first. */
static void by_program(void **state)
{
	static const uint32_t pids[] = { 10, 11, 12 };
	char folder[] = "/tmp/tcpstate-proc-XXXXXX";
	struct scene *scene = *state;
	const struct stuck_group *first;

	for (uint64_t id = 1; id <= 7; id++)
		world_add(&scene->world, tcp(id, TS_CLOSE_WAIT));
	world_hold(&scene->world, 1, 10, 3, "shop-1");
	world_hold(&scene->world, 2, 11, 3, "shop-2");
	world_hold(&scene->world, 3, 11, 4, "shop-2");
	world_hold(&scene->world, 3, 10, 4, "shop-1"); /* both hold it */
	world_hold(&scene->world, 4, 12, 4, "mail");
	world_hold(&scene->world, 5, 13, 4, "shop-3"); /* has exited */
	world_hold(&scene->world, 6, 11, 5, "shop-2");
	world_hold(&scene->world, 7, 14, 5, "other");
	world_hold(&scene->world, 7, 10, 5, "shop-1");
	join(scene);
	for (uint64_t id = 1; id <= 7; id++)
		add_item(scene, id, TS_CLOSE_WAIT, id * SECOND);
	scene->proc = make_proc(folder, pids, COUNT(pids));
	group(scene);
	remove_proc(folder);
	assert_int_equal(scene->groups.n, 4);
	first = &scene->groups.groups[0];
	expect_part(&first->all, 4, 6, 6 * SECOND);
	assert_int_equal(first->n_processes, 2);
	assert_int_equal(first->processes[0].holder->pid, 11);
	expect_part(&first->processes[0].all, 3, 6, 6 * SECOND);
	assert_int_equal(first->processes[1].holder->pid, 10);
	assert_int_equal(first->n_others, 0);
	assert_int_equal(first->shared, 1);
	first = &scene->groups.groups[1];
	expect_part(&first->all, 1, 7, 7 * SECOND);
	assert_int_equal(first->n_processes, 1);
	assert_int_equal(first->n_others, 1);
	assert_int_equal(first->others[0]->pid, 10);
}

/* Half-open connections of one listener: the ACK is lost, deferred, or met a full queue. */
static void by_cause(void **state)
{
	static const struct {
		uint32_t flags;
		bool full;
		enum stuck_cause cause;
	} cases[] = {
		{ 0, false, STUCK_USUAL },
		{ TS_S_DEFERRED, true, STUCK_USUAL },
		{ TS_S_ACK_CAME, false, STUCK_ACK_DROPPED },
		{ TS_S_ACK_CAME | TS_S_DEFERRED, false, STUCK_DEFERRED },
		{ TS_S_ACK_CAME | TS_S_DEFERRED, true, STUCK_ACK_DROPPED },
	};
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= COUNT(cases); id++) {
		struct ts_socket s = tcp(id, TS_SYN_RECV), l = tcp(100 + id, TS_LISTEN);

		s.flags = TS_S_MINISOCK | TS_S_NO_FILE | cases[id - 1].flags;
		s.listener = l.id;
		l.backlog = cases[id - 1].full;
		world_add(&scene->world, s);
		world_add(&scene->world, l);
		world_hold(&scene->world, l.id, 10, (uint32_t)id, "a");
	}
	join(scene);
	for (uint64_t id = 1; id <= COUNT(cases); id++)
		assert_int_equal(stuck_cause(scene->sockets, add_item(scene, id, TS_SYN_RECV, SECOND)),
				 cases[id - 1].cause);
	group(scene);
	assert_int_equal(scene->groups.n, 3);
	assert_int_equal(scene->groups.groups[0].all.n, 2);
	assert_int_equal(scene->groups.groups[2].all.n, 1);
	assert_int_equal(scene->groups.groups[2].cause, STUCK_DEFERRED);
}

/* Closed sockets: without BPF one that had a connection and one that had none look the same. */
static void by_cause_of_closed(void **state)
{
	static const struct {
		struct ts_socket s;
		enum stuck_cause cause;
	} cases[] = {
		{ { .flags = 0 }, STUCK_UNUSED },
		{ { .lport = 80 }, STUCK_BOUND },
		{ { .flags = TS_S_ENDED }, STUCK_ENDED },
		{ { .flags = TS_S_ENDED, .lport = 80 }, STUCK_ENDED },
		{ { .error = 1 }, STUCK_ENDED },
		{ { .rport = 443 }, STUCK_ENDED },
		{ { .flags = TS_S_NO_INFO }, STUCK_USUAL },
		{ { .flags = TS_S_NO_INFO, .lport = 80 }, STUCK_BOUND },
		{ { .flags = TS_S_NO_INFO, .rport = 443 }, STUCK_ENDED },
	};
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= COUNT(cases); id++) {
		struct ts_socket s = tcp(id, TS_CLOSED);

		s.flags = cases[id - 1].s.flags;
		s.lport = cases[id - 1].s.lport;
		s.rport = cases[id - 1].s.rport;
		s.error = cases[id - 1].s.error;
		world_add(&scene->world, s);
	}
	join(scene);
	for (uint64_t id = 1; id <= COUNT(cases); id++)
		assert_int_equal(stuck_cause(scene->sockets, add_item(scene, id, TS_CLOSED, SECOND)),
				 cases[id - 1].cause);
}

/* Idle connections: a peer that answers keepalives is heard of later than the last data. */
static void by_cause_of_idle(void **state)
{
	static const struct {
		struct ts_socket s;
		uint64_t acked; /* ago; the last data: a minute */
		enum stuck_cause cause;
	} cases[] = {
		{ { .probes = 1 }, 60 * SECOND, STUCK_NO_ANSWER },
		{ { .send_q = 5, .retransmits = 1 }, 60 * SECOND, STUCK_NO_ANSWER },
		{ { .send_q = 5 }, 60 * SECOND, STUCK_UNWATCHED },
		{ { .retransmits = 1 }, 60 * SECOND, STUCK_UNWATCHED },
		{ { .flags = TS_S_NO_OPTIONS }, 60 * SECOND, STUCK_USUAL },
		{ { .flags = TS_S_KEEPALIVE }, 60 * SECOND, STUCK_WATCHED },
		{ { .flags = TS_S_KEEPALIVE }, 58 * SECOND, STUCK_WATCHED },
		{ { .flags = TS_S_KEEPALIVE }, 58 * SECOND - TICK, STUCK_ANSWERS },
		{ { .flags = TS_S_KEEPALIVE | TS_S_NO_OPTIONS }, SECOND, STUCK_USUAL },
		{ { .flags = TS_S_KEEPALIVE, .probes = 1 }, SECOND, STUCK_NO_ANSWER },
	};
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= COUNT(cases); id++) {
		struct ts_socket s = tcp(id, TS_ESTABLISHED);

		s.flags = cases[id - 1].s.flags;
		s.probes = cases[id - 1].s.probes;
		s.send_q = cases[id - 1].s.send_q;
		s.retransmits = cases[id - 1].s.retransmits;
		s.received = s.sent = ticks(60 * SECOND);
		s.acked = ticks(cases[id - 1].acked);
		world_add(&scene->world, s);
	}
	join(scene);
	for (uint64_t id = 1; id <= COUNT(cases); id++)
		assert_int_equal(stuck_cause(scene->sockets, add_item(scene, id, STUCK_IDLE, SECOND)),
				 cases[id - 1].cause);
}

/* The last keepalive of a group's idle sockets; of no other rule. */
static void when_keepalive_ends(void **state)
{
	static const uint64_t ends[] = { 10 * SECOND, 30 * SECOND, 20 * SECOND };
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= 2 * COUNT(ends); id++) {
		struct ts_socket s = tcp(id, TS_ESTABLISHED);

		s.flags = TS_S_KEEPALIVE;
		s.timer = TS_TIMER_KEEPALIVE;
		s.keep_interval = 1;
		s.expires = (int32_t)(ends[id % COUNT(ends)] / TICK);
		world_add(&scene->world, s);
	}
	world_add(&scene->world, tcp(7, TS_ESTABLISHED)); /* without keepalive */
	join(scene);
	for (uint64_t id = 1; id <= 2 * COUNT(ends); id++)
		add_item(scene, id, id <= COUNT(ends) ? STUCK_IDLE : STUCK_UNREAD, id * SECOND);
	add_item(scene, 7, STUCK_IDLE, SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 3);
	assert_int_equal(scene->groups.groups[0].rule, STUCK_UNREAD);
	assert_int_equal(scene->groups.groups[0].notice_ns, 0);
	assert_int_equal(scene->groups.groups[1].all.n, COUNT(ends));
	assert_int_equal(scene->groups.groups[1].notice_ns, 30 * SECOND);
	assert_int_equal(scene->groups.groups[2].notice_ns, 0);
}

static void by_rule(void **state)
{
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= 5; id++) {
		world_add(&scene->world, tcp(id, id < 3 ? TS_CLOSE_WAIT : TS_ESTABLISHED));
		world_hold(&scene->world, id, 10, (uint32_t)id, "a");
	}
	join(scene);
	add_item(scene, 3, STUCK_UNREAD, 9 * SECOND);
	add_item(scene, 1, TS_CLOSE_WAIT, SECOND);
	add_item(scene, 4, STUCK_UNREAD, 8 * SECOND);
	add_item(scene, 2, TS_CLOSE_WAIT, SECOND);
	add_item(scene, 5, STUCK_UNREAD, 9 * SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 2);
	assert_int_equal(scene->groups.groups[0].rule, STUCK_UNREAD);
	expect_part(&scene->groups.groups[0].all, 3, 3, 9 * SECOND); /* the first of equals */
	assert_int_equal(scene->groups.groups[1].rule, TS_CLOSE_WAIT);
	expect_part(&scene->groups.groups[1].all, 2, 1, SECOND);
}

/* The same PID with another start time is another process. */
static void a_number_used_again(void **state)
{
	struct scene *scene = *state;
	struct ts_holder h = { .head = { TS_ROW_HOLDER, sizeof(h) },
			       .inode = 2,
			       .tgid = 10,
			       .pid = 10,
			       .start_ns = 12345 };

	world_add(&scene->world, tcp(1, TS_CLOSE_WAIT));
	world_add(&scene->world, tcp(2, TS_CLOSE_WAIT));
	world_hold(&scene->world, 1, 10, 3, "a");
	world_put(&scene->world.files, &h, sizeof(h));
	join(scene);
	add_item(scene, 1, TS_CLOSE_WAIT, SECOND);
	add_item(scene, 2, TS_CLOSE_WAIT, SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 2);
}

static void add_peer(struct scene *scene, uint64_t id, uint16_t lport, uint8_t last, uint16_t rport)
{
	struct ts_socket s = tcp(id, TS_CLOSE_WAIT);

	s.lport = lport;
	s.raddr[3] = last;
	s.rport = rport;
	world_add(&scene->world, s);
	world_hold(&scene->world, id, 10, (uint32_t)id, "a");
}

/* The port of a client is arbitrary, that of a server is not. */
static void by_peer(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(100, TS_LISTEN);
	const struct stuck_origin *origin;

	s.lport = 8080;
	world_add(&scene->world, s);
	s.id = 101; /* in another network namespace */
	s.lport = 5000;
	s.netns = 8;
	world_add(&scene->world, s);
	add_peer(scene, 1, 8080, 7, 30001);
	add_peer(scene, 2, 8080, 7, 30002);
	add_peer(scene, 3, 8080, 7, 30003);
	add_peer(scene, 4, 5000, 9, 443);
	add_peer(scene, 5, 5001, 9, 443);
	add_peer(scene, 6, 5002, 9, 444);
	add_peer(scene, 7, 5003, 8, 443);
	add_peer(scene, 9, 5004, 7, 65535); /* the address that the clients have */
	s = tcp(8, TS_CLOSE_WAIT);
	s.family = 6; /* the same bytes, another address */
	s.rport = 443;
	world_add(&scene->world, s);
	world_hold(&scene->world, 8, 10, 8, "a");
	join(scene);
	for (uint64_t id = 8; id; id--)
		add_item(scene, id, TS_CLOSE_WAIT, id * SECOND);
	add_item(scene, 9, TS_CLOSE_WAIT, 9 * SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 1);
	assert_int_equal(scene->groups.groups[0].n_origins, 1);
	origin = &scene->groups.groups[0].origins[0];
	expect_part(&origin->all, 9, 9, 9 * SECOND);
	assert_int_equal(origin->n_peers, 6);
	expect_part(&origin->peers[0].all, 3, 3, 3 * SECOND);
	assert_true(origin->peers[0].server);
	expect_part(&origin->peers[1].all, 2, 5, 5 * SECOND);
	assert_false(origin->peers[1].server);
	expect_part(&origin->peers[2].all, 1, 9, 9 * SECOND);
	assert_false(origin->peers[2].server);
	expect_part(&origin->peers[3].all, 1, 8, 8 * SECOND);
	expect_part(&origin->peers[4].all, 1, 7, 7 * SECOND);
	expect_part(&origin->peers[5].all, 1, 6, 6 * SECOND);
}

static void by_origin(void **state)
{
	static const uint32_t origins[] = { 0, 5, 3, 5, 0, 5, 3 };
	struct scene *scene = *state;
	const struct stuck_group *only;

	for (uint64_t id = 1; id <= COUNT(origins); id++)
		add_peer(scene, id, 5000, (uint8_t)(id & 2), 443);
	join(scene);
	for (uint64_t id = 1; id <= COUNT(origins); id++)
		add_item(scene, id, TS_CLOSE_WAIT, id * SECOND)->origin = origins[id - 1];
	group(scene);
	assert_int_equal(scene->groups.n, 1);
	only = &scene->groups.groups[0];
	expect_part(&only->all, 7, 7, 7 * SECOND);
	assert_int_equal(only->n_origins, 3);
	assert_int_equal(only->origins[0].origin, 5);
	expect_part(&only->origins[0].all, 3, 6, 6 * SECOND);
	assert_int_equal(only->origins[1].origin, 3);
	expect_part(&only->origins[1].all, 2, 7, 7 * SECOND);
	assert_int_equal(only->origins[2].origin, 0);
	expect_part(&only->origins[2].all, 2, 5, 5 * SECOND);
	assert_int_equal(only->origins[0].n_peers, 2);
	expect_part(&only->origins[0].peers[0].all, 2, 6, 6 * SECOND);
	expect_part(&only->origins[0].peers[1].all, 1, 4, 4 * SECOND);
	assert_int_equal(only->origins[2].n_peers, 1);
}

/* A SYN or a FIN counts in send_q, but not as data. */
static void what_the_peer_has_not_taken(void **state)
{
	static const enum ts_tcp_state states[] = { TS_SYN_SENT, TS_FIN_WAIT_1, TS_CLOSING,
						    TS_LAST_ACK, TS_CLOSE_WAIT };
	struct scene *scene = *state;
	uint64_t unsent = 0;

	for (uint64_t id = 1; id <= 2 * COUNT(states); id++) {
		struct ts_socket s = tcp(id, states[(id - 1) / 2]);

		s.send_q = id & 1 ? 1 : 1001;
		world_add(&scene->world, s);
	}
	join(scene);
	for (uint64_t id = 1; id <= 2 * COUNT(states); id++)
		add_item(scene, id, TS_CLOSE_WAIT, SECOND);
	group(scene);
	for (size_t i = 0; i < scene->groups.n; i++)
		unsent += scene->groups.groups[i].unsent;
	assert_int_equal(unsent, 4 * 1000 + 1 + 1001);
}

static void sums(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(100, TS_LISTEN);
	const struct stuck_group *only;

	s.lport = 8080;
	s.recv_q = 1000; /* connections, no bytes */
	s.send_q = 1000;
	world_add(&scene->world, s);
	world_hold(&scene->world, 100, 10, 3, "a");
	for (uint64_t id = 1; id <= 5; id++) {
		s = tcp(id, TS_CLOSE_WAIT);
		s.flags = id == 3 ? 0 : TS_S_FIN_SEEN;
		s.recv_q = id == 1 ? 0 : id == 2 ? 1 : 3000000000u;
		s.send_q = 7;
		if (id == 5) { /* no process has it yet */
			s.flags |= TS_S_NO_FILE;
			s.lport = 8080;
			s.recv_q = s.send_q = 0;
			world_queue(&scene->world, id, 100);
		}
		world_add(&scene->world, s);
		if (id != 5)
			world_hold(&scene->world, id, 10, (uint32_t)id, "a");
	}
	s = tcp(6, TS_CLOSE_WAIT);
	s.flags = TS_S_MINISOCK | TS_S_FIN_SEEN;
	world_add(&scene->world, s);
	world_hold(&scene->world, 6, 10, 6, "a");
	world_add(&scene->world, tcp(7, TS_ESTABLISHED));
	world_hold(&scene->world, 7, 10, 7, "a");
	join(scene);
	for (uint64_t id = 1; id <= 7; id++)
		add_item(scene, id, TS_CLOSE_WAIT, SECOND);
	add_item(scene, 100, TS_CLOSE_WAIT, SECOND);
	group(scene);
	assert_int_equal(scene->groups.n, 1);
	only = &scene->groups.groups[0];
	assert_int_equal(only->all.n, 8);
	assert_true(only->unread == 5999999999);
	assert_int_equal(only->with_unread, 2);
	assert_int_equal(only->unsent, 28);
	assert_int_equal(only->with_unsent, 4);
	assert_int_equal(only->at_end, 2); /* 1 and 5 */
	assert_int_equal(only->not_accepted, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_no_group), TEST(holders_are_processes),
		TEST(by_who_holds_them),   TEST(by_program),
		TEST(by_cause), TEST(by_cause_of_closed), TEST(by_cause_of_idle), TEST(when_keepalive_ends),
		TEST(by_rule), TEST(by_why_nobody_does), TEST(by_many_who_hold_them),
		TEST(a_number_used_again), TEST(by_peer),
		TEST(by_origin),	   TEST(sums), TEST(what_the_peer_has_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
