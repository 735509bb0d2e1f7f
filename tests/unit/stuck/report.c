// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The diagnosis of made-up groups, compared whole. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "origin/origin.h"
#include "stuck/report.h"
#include "world.h"

/* Above the kernel's PID_MAX_LIMIT: not in /proc. */
enum { ITEMS_MAX = 64, WEB = 5000001, POOL = 5000002, DB = 5000003 };

/* A scan, its stuck sockets, and the view for the report. */
struct scene {
	struct world world;
	struct stuck_item items[ITEMS_MAX];
	struct stuck_list list;
	const char *proc; /* as of stuck_groups_new() */
	struct stuck_view view;
};

/* Origins with made-up names; odd ids have one caller, even ones have four. */
const struct origin *origin_describe(struct origins *origins, uint32_t id, uint32_t holder,
				     uint32_t uid)
{
	static const struct origin_frame frames[] = {
		{ .function = "handle", .file = "web.c", .module = "/bin/web", .line = 12 },
		{ .function = "serve\033", .file = "web.c", .module = "/bin/web", .line = 34 },
		{ .function = "loop", .module = "/bin/web" },
		{ .function = "run", .file = "main.c", .module = "/bin/web", .line = 5 },
		{ .function = "main", .file = "main.c", .module = "/bin/web", .line = 90 },
	};
	static struct origin origin;

	assert_true(origins && id);
	assert_int_equal(holder, WEB);
	assert_int_equal(uid, 0); /* of the socket, not of the holder */
	origin = (struct origin){ .id = id, .pid = holder, .kind = TS_ORIGIN_ACCEPT,
				  .n = id % 2 ? 2 : 5, .frames = frames };
	return &origin;
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	world_begin(&scene->world, NOW);
	scene->list.items = scene->items;
	scene->view.width = 80;
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	sockets_free(scene->world.sockets);
	free(scene);
	return 0;
}

static void add_item(struct scene *scene, uint64_t id, int rule, uint64_t ns, bool exact)
{
	assert_true(scene->list.n < ITEMS_MAX);
	scene->items[scene->list.n] = item_of(scene->world.sockets, id, rule, ns);
	scene->items[scene->list.n++].exact = exact;
}

static void expect(struct scene *scene, const char *wanted)
{
	struct stuck_groups groups;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(stuck_groups_new(scene->world.sockets, &scene->list, scene->proc, &groups), 0);
	scene->view.sockets = scene->world.sockets;
	scene->view.groups = &groups;
	stuck_report_print(out, &scene->view);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, wanted);
	free(text);
	stuck_groups_free(&groups);
}

/* Of a server on port 8080, from a client. */
static void add_served(struct scene *scene, uint64_t id, uint8_t last, uint32_t unread)
{
	struct ts_socket s = tcp(id, TS_CLOSE_WAIT);

	s.lport = 8080;
	s.raddr[3] = last;
	s.rport = (uint16_t)(30000 + id);
	s.flags = TS_S_FIN_SEEN;
	s.recv_q = unread ? unread + 1 : 0;
	world_add(&scene->world, s);
	world_hold(&scene->world, id, WEB, (uint32_t)id, "web");
}

static void add_listener(struct scene *scene)
{
	struct ts_socket s = tcp(1000, TS_LISTEN);

	s.lport = 8080;
	s.rport = 0;
	s.backlog = 129;
	s.backlog_max = 128;
	world_add(&scene->world, s);
	world_hold(&scene->world, 1000, WEB, 3, "web");
}

static void nothing(void **state)
{
	struct scene *scene = *state;

	(void)world_join(&scene->world);
	expect(scene, "");
}

static void forgotten_by_a_server(void **state)
{
	struct scene *scene = *state;

	add_listener(scene);
	for (uint64_t id = 1; id <= 5; id++)
		add_served(scene, id, id < 4 ? 9 : 8, 0);
	(void)world_join(&scene->world);
	for (uint64_t id = 1; id <= 5; id++)
		add_item(scene, id, TS_CLOSE_WAIT, (60 + id) * SECOND, id != 5);
	expect(scene,
	       "5 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
	       "  oldest >1m05s; unread 0B, not taken by the peer 0B; read to the end: 5\n"
	       "    3 x from 10.0.0.9, oldest 1m03s\n"
	       "    2 x from 10.0.0.8, oldest >1m05s\n"
	       "  The peer has closed. The process has read all data, and has not closed its own\n"
	       "  end. A path in its code does not reach close(), or does not read again after\n"
	       "  the last data. Or the process is busy, or waits for something else, as a proxy\n"
	       "  waits for its other side. Only the process can end this state; no timer does.\n"
	       "  Next: tcpstate stuck --watch --origin -p 5000001\n");
	scene->view.width = 40;
	expect(scene,
	       "5 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
	       "  oldest >1m05s; unread 0B, not taken by the peer 0B; read to the end: 5\n"
	       "    3 x from 10.0.0.9, oldest 1m03s\n"
	       "    2 x from 10.0.0.8, oldest >1m05s\n"
	       "  The peer has closed. The process has\n"
	       "  read all data, and has not closed its\n"
	       "  own end. A path in its code does not\n"
	       "  reach close(), or does not read again\n"
	       "  after the last data. Or the process is\n"
	       "  busy, or waits for something else, as\n"
	       "  a proxy waits for its other side. Only\n"
	       "  the process can end this state; no\n"
	       "  timer does.\n"
	       "  Next: tcpstate stuck --watch --origin -p 5000001\n");
}

/* A tracer records origins, but has none of these sockets. */
static void of_unknown_origin(void **state)
{
	struct scene *scene = *state;

	add_served(scene, 1, 9, 0);
	(void)world_join(&scene->world);
	add_item(scene, 1, TS_CLOSE_WAIT, 61 * SECOND, true);
	scene->view.origins = (void *)scene; /* never asked */
	expect(scene,
	       "1 socket in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
	       "  oldest 1m01s; unread 0B, not taken by the peer 0B; read to the end: 1\n"
	       "    1 x unknown origin, oldest 1m01s\n"
	       "      1 x to 10.0.0.9:30001, oldest 1m01s\n"
	       "  The peer has closed. The process has read all data, and has not closed its own\n"
	       "  end. A path in its code does not reach close(), or does not read again after\n"
	       "  the last data. Or the process is busy, or waits for something else, as a proxy\n"
	       "  waits for its other side. Only the process can end this state; no timer does.\n"
	       "  Next: tcpstate stuck --watch --origin -p 5000001\n");
}

/* The first five places in the code, the most frequent first, with two callers each. */
static void of_many_origins(void **state)
{
	static const char meaning[] =
		"  The peer has closed. The process has read all data, and has not closed its own\n"
		"  end. A path in its code does not reach close(), or does not read again after\n"
		"  the last data. Or the process is busy, or waits for something else, as a proxy\n"
		"  waits for its other side. Only the process can end this state; no timer does.\n"
		"  Next: tcpstate stuck --close=fin -s close-wait -p 5000001\n";
	struct scene *scene = *state;
	char wanted[2048];

	for (uint64_t id = 1; id <= 10; id++)
		add_served(scene, id, 9, 0);
	(void)world_join(&scene->world);
	for (uint64_t id = 1; id <= 10; id++) {
		add_item(scene, id, TS_CLOSE_WAIT, (80 - id) * SECOND, true);
		scene->items[id - 1].origin = id < 3 ? 7 : (uint32_t)id;
	}
	scene->view.origins = (void *)scene;
	(void)snprintf(wanted, sizeof(wanted), "%s%s",
		       "10 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
		       "  oldest 1m19s; unread 0B, not taken by the peer 0B; read to the end: 10\n"
		       "    3 x accepted at web.c:12 handle, oldest 1m19s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      1 x to 10.0.0.9:30001, oldest 1m19s\n"
		       "      1 x to 10.0.0.9:30002, oldest 1m18s\n"
		       "      1 x to 10.0.0.9:30007, oldest 1m13s\n"
		       "    1 x accepted at web.c:12 handle, oldest 1m17s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      1 x to 10.0.0.9:30003, oldest 1m17s\n"
		       "    1 x accepted at web.c:12 handle, oldest 1m16s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      called at loop (web)\n"
		       "      1 x to 10.0.0.9:30004, oldest 1m16s\n"
		       "    1 x accepted at web.c:12 handle, oldest 1m15s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      1 x to 10.0.0.9:30005, oldest 1m15s\n"
		       "    1 x accepted at web.c:12 handle, oldest 1m14s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      called at loop (web)\n"
		       "      1 x to 10.0.0.9:30006, oldest 1m14s\n"
		       "    3 x from 3 more origins\n",
		       meaning);
	expect(scene, wanted);
	scene->view.all = true;
	scene->list.n = 4;
	(void)snprintf(wanted, sizeof(wanted), "%s%s",
		       "4 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
		       "  oldest 1m19s; unread 0B, not taken by the peer 0B; read to the end: 4\n"
		       "    2 x accepted at web.c:12 handle, oldest 1m19s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      1 x to 10.0.0.9:30001, oldest 1m19s\n"
		       "      1 x to 10.0.0.9:30002, oldest 1m18s\n"
		       "    1 x accepted at web.c:12 handle, oldest 1m17s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      1 x to 10.0.0.9:30003, oldest 1m17s\n"
		       "    1 x accepted at web.c:12 handle, oldest 1m16s\n"
		       "      called at web.c:34 serve\\x1b\n"
		       "      called at loop (web)\n"
		       "      called at main.c:5 run\n"
		       "      called at main.c:90 main\n"
		       "      1 x to 10.0.0.9:30004, oldest 1m16s\n",
		       meaning);
	expect(scene, wanted);
}

/* A rule that is not the default. */
static void next_keeps_the_rule(void **state)
{
	struct scene *scene = *state;

	add_served(scene, 1, 9, 0);
	(void)world_join(&scene->world);
	add_item(scene, 1, TS_CLOSE_WAIT, 61 * SECOND, true);
	scene->items[0].rule_ns = SECOND + SECOND / 2;
	expect(scene,
	       "1 socket in CLOSE_WAIT for more than 1500ms: web[5000001], user 33\n"
	       "  oldest 1m01s; unread 0B, not taken by the peer 0B; read to the end: 1\n"
	       "    1 x to 10.0.0.9:30001, oldest 1m01s\n"
	       "  The peer has closed. The process has read all data, and has not closed its own\n"
	       "  end. A path in its code does not reach close(), or does not read again after\n"
	       "  the last data. Or the process is busy, or waits for something else, as a proxy\n"
	       "  waits for its other side. Only the process can end this state; no timer does.\n"
	       "  Next: tcpstate stuck --watch --origin -p 5000001 --rule 'CLOSE_WAIT>1500ms'\n");
}

/* Several processes hold it. */
static void shared_by_several(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(1, TS_CLOSE_WAIT);

	s.family = 6;
	memcpy(s.raddr, (uint8_t[16]){ 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 16);
	s.rport = 443;
	s.recv_q = 2049;
	s.send_q = 12;
	s.flags = TS_S_FIN_SEEN;
	world_add(&scene->world, s);
	world_hold(&scene->world, 1, WEB, 7, "a\nb");
	for (uint32_t i = 1; i <= 5; i++)
		world_hold(&scene->world, 1, WEB + i, 7, "worker");
	(void)world_join(&scene->world);
	add_item(scene, 1, TS_CLOSE_WAIT, 7500 * SECOND, true);
	expect(scene,
	       "1 socket in CLOSE_WAIT for more than 60s: a\\x0ab[5000001], user 33\n"
	       "  oldest 2h05m; unread 2.00K, not taken by the peer 12B\n"
	       "  also held by worker[5000002], worker[5000003], worker[5000004],\n"
	       "  worker[5000005] and 1 more: all must close their descriptors before the FIN is\n"
	       "  sent\n"
	       "    1 x to [2001:db8::1]:443, oldest 2h05m\n"
	       "  The peer has closed. The process has not even read the data before the FIN.\n"
	       "  Its threads are blocked or busy, or it has lost track of the sockets.\n"
	       "  Next: tcpstate stuck --watch --origin -p 5000001\n");
	scene->view.width = 40;
	expect(scene,
	       "1 socket in CLOSE_WAIT for more than 60s: a\\x0ab[5000001], user 33\n"
	       "  oldest 2h05m; unread 2.00K, not taken by the peer 12B\n"
	       "  also held by worker[5000002],\n"
	       "  worker[5000003], worker[5000004],\n"
	       "  worker[5000005] and 1 more: all must\n"
	       "  close their descriptors before the FIN\n"
	       "  is sent\n"
	       "    1 x to [2001:db8::1]:443, oldest 2h05m\n"
	       "  The peer has closed. The process has\n"
	       "  not even read the data before the FIN.\n"
	       "  Its threads are blocked or busy, or it\n"
	       "  has lost track of the sockets.\n"
	       "  Next: tcpstate stuck --watch --origin -p 5000001\n");
}

/* The default for FIN_WAIT_2 is tcp_fin_timeout; the process may have other stuck sockets. */
static void next_ends_no_others(void **state)
{
	static const char wanted[] =
		"1 socket in FIN_WAIT_2 for more than %s: web[5000001], user 33\n"
		"  oldest 1m01s; unread 0B, not taken by the peer 0B\n"
		"    1 x to 10.0.0.9:80, oldest 1m01s\n"
		"  This process has shut down its sending side. The peer has acknowledged that,\n"
		"  but does not close: look for CLOSE_WAIT on the peer. No timer ends the socket\n"
		"  while a process holds it.\n"
		"  Next: tcpstate stuck --close=reset -s fin-wait-2 -p 5000001%s\n";
	struct scene *scene = *state;
	struct ts_socket s = tcp(1, TS_FIN_WAIT_2);
	char text[1024];

	s.fin_timeout = 15000;
	world_add(&scene->world, s);
	world_hold(&scene->world, 1, WEB, 7, "web");
	(void)world_join(&scene->world);
	add_item(scene, 1, TS_FIN_WAIT_2, 61 * SECOND, true);
	scene->items[0].rule_ns = s.fin_timeout * scene->world.sockets->tick_ns;
	stuck_rule_print((enum stuck_rule)TS_FIN_WAIT_2, scene->items[0].rule_ns, text + 512);
	(void)snprintf(text, 512, wanted, strchr(text + 512, '>') + 1, "");
	expect(scene, text);
	scene->items[0].rule_ns = SECOND;
	(void)snprintf(text, sizeof(text), wanted, "1s", " --rule 'FIN_WAIT_2>1s'");
	expect(scene, text);
}

static void served_by_ipv6(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(1, TS_CLOSING);

	add_listener(scene);
	s.family = 6;
	memcpy(s.raddr, (uint8_t[16]){ 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 16);
	s.lport = 8080;
	world_add(&scene->world, s);
	world_hold(&scene->world, 1, WEB, 7, "web");
	(void)world_join(&scene->world);
	add_item(scene, 1, TS_CLOSING, 61 * SECOND, true);
	expect(scene,
	       "1 socket in CLOSING for more than 60s: web[5000001], user 33\n"
	       "  oldest 1m01s; unread 0B, not taken by the peer 0B\n"
	       "    1 x from 2001:db8::1, oldest 1m01s\n"
	       "  Both ends closed at the same time, and the peer does not acknowledge this\n"
	       "  end's FIN.\n"
	       "  Next: tcpstate explain closing\n");
}

static void a_full_listener(void **state)
{
	struct scene *scene = *state;

	add_listener(scene);
	(void)world_join(&scene->world);
	add_item(scene, 1000, STUCK_FULL, 9 * SECOND, false);
	scene->items[0].rule_ns = 5 * SECOND;
	expect(scene,
	       "1 listener with a full accept queue for more than 5s: web[5000001], user 33\n"
	       "  oldest >9.00s; port 8080, 129 wait, limit 128\n"
	       "  The accept queue has no room for another connection. The kernel drops the last\n"
	       "  ACK of each handshake, then SYNs: clients wait or time out. The process does\n"
	       "  not call accept() fast enough, or its threads are busy elsewhere.\n"
	       "  Next: tcpstate --handshakes -p 5000001\n");
}

/* Every listener is named, not only the oldest. */
static void full_listeners(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(1001, TS_LISTEN);

	add_listener(scene);
	s.lport = 8443;
	s.rport = 0;
	s.backlog = 6;
	s.backlog_max = 5;
	world_add(&scene->world, s);
	world_hold(&scene->world, 1001, WEB, 4, "web");
	(void)world_join(&scene->world);
	add_item(scene, 1000, STUCK_FULL, 9 * SECOND, false);
	add_item(scene, 1001, STUCK_FULL, 7 * SECOND, false);
	scene->items[0].rule_ns = scene->items[1].rule_ns = 5 * SECOND;
	expect(scene,
	       "2 listeners with a full accept queue for more than 5s: web[5000001], user 33\n"
	       "  oldest >9.00s\n"
	       "    port 8080, 129 wait, limit 128, for >9.00s\n"
	       "    port 8443, 6 wait, limit 5, for >7.00s\n"
	       "  The accept queue has no room for another connection. The kernel drops the last\n"
	       "  ACK of each handshake, then SYNs: clients wait or time out. The process does\n"
	       "  not call accept() fast enough, or its threads are busy elsewhere.\n"
	       "  Next: tcpstate --handshakes -p 5000001\n");
}

/* No -p without a process. An unaccepted socket has the process of the listener. */
static void half_open_and_orphaned(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(1, TS_SYN_RECV);

	add_listener(scene);
	s.flags = TS_S_MINISOCK | TS_S_NO_FILE;
	s.listener = 1000;
	s.lport = 8080;
	world_add(&scene->world, s);
	s.id = 5;
	s.state = TS_CLOSE_WAIT;
	s.flags = TS_S_NO_FILE;
	s.listener = 0;
	world_queue(&scene->world, 5, 1000);
	world_add(&scene->world, s);
	s = tcp(2, TS_LAST_ACK);
	s.flags = TS_S_NO_FILE | TS_S_ORPHAN;
	world_add(&scene->world, s);
	s = tcp(3, TS_SYN_SENT);
	s.flags = TS_S_NO_FILE | TS_S_KERNEL;
	world_add(&scene->world, s);
	world_add(&scene->world, tcp(4, TS_SYN_SENT));
	(void)world_join(&scene->world);
	add_item(scene, 1, TS_SYN_RECV, 65 * SECOND, true);
	add_item(scene, 2, TS_LAST_ACK, 64 * SECOND, true);
	add_item(scene, 5, TS_CLOSE_WAIT, 66 * SECOND, true);
	expect(scene,
	       "1 socket in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
	       "  oldest 1m06s; unread 0B, not taken by the peer 0B; 1 not accepted yet\n"
	       "    1 x from 10.0.0.9, oldest 1m06s\n"
	       "  The peers connected and have closed again. The process has never accepted\n"
	       "  them: it calls accept() too seldom, or no longer.\n"
	       "  Next: tcpstate list -s listen -p 5000001\n"
	       "\n"
	       "1 half-open connection (SYN_RECV) for more than 60s: web[5000001], user 33\n"
	       "  oldest 1m05s\n"
	       "    1 x from 10.0.0.9, oldest 1m05s\n"
	       "  The client's last ACK has not come. Packets are lost in one direction, or the\n"
	       "  SYNs are forged (a SYN flood).\n"
	       "  Next: tcpstate --handshakes\n"
	       "\n"
	       "1 socket in LAST_ACK for more than 60s: no process: closed by its process\n"
	       "  oldest 1m04s; unread 0B, not taken by the peer 0B\n"
	       "    1 x to 10.0.0.9:80, oldest 1m04s\n"
	       "  Both ends have closed, and the peer does not acknowledge the last FIN. Its\n"
	       "  host is gone, or a device on the path drops the packets. The kernel times out\n"
	       "  after tcp_orphan_retries, or after tcp_retries2 while a process holds the\n"
	       "  socket.\n"
	       "  Next: tcpstate explain last-ack\n");
	scene->list.n = 0;
	add_item(scene, 3, TS_SYN_SENT, 63 * SECOND, true);
	expect(scene,
	       "1 socket in SYN_SENT for more than 60s: no process: the kernel's own\n"
	       "  oldest 1m03s; unread 0B, not taken by the peer 0B\n"
	       "    1 x to 10.0.0.9:80, oldest 1m03s\n"
	       "  The SYN gets no answer. The host is down, a firewall drops packets silently,\n"
	       "  or the server's accept queue is full. A closed port would answer with a RST at\n"
	       "  once.\n");
	scene->list.n = 0;
	add_item(scene, 4, TS_SYN_SENT, 63 * SECOND, true);
	expect(scene,
	       "1 socket in SYN_SENT for more than 60s: no visible process\n"
	       "  oldest 1m03s; unread 0B, not taken by the peer 0B\n"
	       "    1 x to 10.0.0.9:80, oldest 1m03s\n"
	       "  The SYN gets no answer. The host is down, a firewall drops packets silently,\n"
	       "  or the server's accept queue is full. A closed port would answer with a RST at\n"
	       "  once.\n");
}

#define UNREAD_GROUP                                                                               \
	"  oldest 1m03s; unread 20B, not taken by the peer 0B\n"                                   \
	"    2 x to 10.0.0.9:80, oldest 1m03s\n"

/* Prints the first of many groups, and the same meaning once. */
static void many_groups(void **state)
{
	struct scene *scene = *state;

	for (uint64_t id = 1; id <= 10; id++) {
		struct ts_socket s = tcp(id, TS_ESTABLISHED);

		s.recv_q = 10;
		world_add(&scene->world, s);
		world_hold(&scene->world, id, (uint32_t)(WEB + (id + 1) / 2), 7, "worker");
	}
	(void)world_join(&scene->world);
	for (uint64_t id = 1; id <= 10; id++)
		add_item(scene, id, STUCK_UNREAD, 64 * SECOND - id * MS, true);
	expect(scene,
	       "2 connections with unread data for more than 60s: worker[5000002], user 33\n"
	       UNREAD_GROUP
	       "  Data has come, and the process does not read it. Its threads are blocked or\n"
	       "  busy, or it has forgotten these sockets.\n"
	       "  Next: tcpstate list -p 5000002 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000003], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000003 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000004], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000004 -o +unread,last_received\n"
	       "\n"
	       "4 more stuck sockets, in 2 groups: -v shows them all\n");
	scene->list.n = 8; /* one more takes the line of the count */
	expect(scene,
	       "2 connections with unread data for more than 60s: worker[5000002], user 33\n"
	       UNREAD_GROUP
	       "  Data has come, and the process does not read it. Its threads are blocked or\n"
	       "  busy, or it has forgotten these sockets.\n"
	       "  Next: tcpstate list -p 5000002 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000003], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000003 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000004], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000004 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000005], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000005 -o +unread,last_received\n");
	scene->list.n = 10;
	scene->view.all = true;
	expect(scene,
	       "2 connections with unread data for more than 60s: worker[5000002], user 33\n"
	       UNREAD_GROUP
	       "  Data has come, and the process does not read it. Its threads are blocked or\n"
	       "  busy, or it has forgotten these sockets.\n"
	       "  Next: tcpstate list -p 5000002 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000003], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000003 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000004], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000004 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000005], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000005 -o +unread,last_received\n"
	       "\n"
	       "2 connections with unread data for more than 60s: worker[5000006], user 33\n"
	       UNREAD_GROUP
	       "  Next: tcpstate list -p 5000006 -o +unread,last_received\n");
}

/* Files of two processes that run one program: the groups are of programs. */
static void make_proc(char *proc)
{
	char command[512];

	assert_non_null(mkdtemp(proc));
	(void)snprintf(command, sizeof(command),
		       "cd %s && for pid in %u %u; do mkdir $pid && ln -s /proc/self/exe $pid/exe && "
		       "echo 0::/web >$pid/cgroup || exit 1; done",
		       proc, WEB, WEB + 1);
	assert_int_equal(system(command), 0);
}

/* What the next command selects two processes of a program by. */
static void expect_selector(const char *first, const char *second, const char *other,
			    const char *scope, const char *wanted)
{
	char proc[] = "/tmp/tcpstate-report-XXXXXX", command[64], heading[64];
	struct stuck_groups groups;
	struct scene *scene;
	void *made = NULL;
	char *text = NULL, *next;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	make_proc(proc);
	assert_int_equal(setup(&made), 0);
	scene = made;
	for (uint64_t id = 1; id <= 3; id++) {
		struct ts_socket s = tcp(id, TS_ESTABLISHED);

		s.recv_q = 10;
		world_add(&scene->world, s);
		world_hold(&scene->world, id, (uint32_t)(WEB + id - 1), 7,
			   id == 1 ? first : id == 2 ? second : other);
	}
	(void)world_join(&scene->world);
	for (uint64_t id = 1; id <= 3; id++)
		add_item(scene, id, STUCK_UNREAD, (id == 3 ? 61 : 64) * SECOND, true);
	assert_int_equal(stuck_groups_new(scene->world.sockets, &scene->list, proc, &groups), 0);
	assert_int_equal(groups.n, 2);
	scene->view.sockets = scene->world.sockets;
	scene->view.groups = &groups;
	scene->view.scope = scope;
	stuck_report_print(out, &scene->view);
	assert_int_equal(fclose(out), 0);
	(void)snprintf(heading, sizeof(heading), ": %s in 2 processes, user 33\n",
		       strcmp(first, second) ? "web-*" : first);
	assert_non_null(strstr(text, heading));
	next = strstr(text, "Next: ");
	assert_non_null(next);
	next[strcspn(next, "\n")] = '\0';
	assert_string_equal(next, wanted);
	free(text);
	stuck_groups_free(&groups);
	(void)teardown(&made);
	(void)snprintf(command, sizeof(command), "rm -r %s", proc);
	assert_int_equal(system(command), 0);
}

/* By name, if it selects them alone and needs no quoting; else by PID. */
static void selects_a_program(void **state)
{
#define LIST "Next: tcpstate list "
#define MORE " -o +unread,last_received"
	(void)state;
	expect_selector("web", "web", "db", NULL, LIST "-c 'web'" MORE);
	expect_selector("web", "web", "db", " -u 33", LIST "-c 'web' -u 33" MORE);
	expect_selector("web-1", "web-2", "db", NULL, LIST "-c 'web-*'" MORE);
	expect_selector("web", "web", "web", NULL, LIST "-p 5000001,5000002" MORE);
	expect_selector("web-1", "web-2", "web-x", NULL, LIST "-p 5000001,5000002" MORE);
	expect_selector("*web", "*web", "db", NULL, LIST "-p 5000001,5000002" MORE);
	expect_selector("-web", "-web", "db", NULL, LIST "-p 5000001,5000002" MORE);
	expect_selector("we'b", "we'b", "db", NULL, LIST "-p 5000001,5000002" MORE);
}

/* Without a PID there is no way to select the process, so nothing is proposed. */
static void no_selector(void **state)
{
	struct scene *scene = *state;
	struct ts_socket s = tcp(1, TS_ESTABLISHED);

	s.recv_q = 10;
	world_add(&scene->world, s);
	world_hold(&scene->world, 1, 0, 7, "hidden");
	(void)world_join(&scene->world);
	add_item(scene, 1, STUCK_UNREAD, 64 * SECOND, true);
	expect(scene,
	       "1 connection with unread data for more than 60s: hidden, user 33\n"
	       "  oldest 1m04s; unread 10B, not taken by the peer 0B\n"
	       "    1 x to 10.0.0.9:80, oldest 1m04s\n"
	       "  Data has come, and the process does not read it. Its threads are blocked or\n"
	       "  busy, or it has forgotten these sockets.\n");
}

static void many_peers(void **state)
{
	static const char ends[] =
		"  The peer has closed. The process has read all data, and has not closed its own\n"
		"  end. A path in its code does not reach close(), or does not read again after\n"
		"  the last data. Or the process is busy, or waits for something else, as a proxy\n"
		"  waits for its other side. Only the process can end this state; no timer does.\n"
		"  Next: tcpstate stuck --watch --origin -p 5000001\n";
	struct scene *scene = *state;
	char wanted[2048];

	add_listener(scene);
	for (uint64_t id = 1; id <= 13; id++)
		add_served(scene, id, (uint8_t)(id < 13 ? (id + 1) / 2 : 6), 0);
	(void)world_join(&scene->world);
	for (uint64_t id = 13; id; id--)
		add_item(scene, id, TS_CLOSE_WAIT, (80 - id) * SECOND, true);
	(void)snprintf(wanted, sizeof(wanted), "%s%s",
		       "13 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
		       "  oldest 1m19s; unread 0B, not taken by the peer 0B; read to the end: 13\n"
		       "    3 x from 10.0.0.6, oldest 1m09s\n"
		       "    2 x from 10.0.0.1, oldest 1m19s\n"
		       "    2 x from 10.0.0.2, oldest 1m17s\n"
		       "    2 x from 10.0.0.3, oldest 1m15s\n"
		       "    4 x 2 more peers\n", ends);
	expect(scene, wanted);
	scene->view.all = true;
	(void)snprintf(wanted, sizeof(wanted), "%s%s",
		       "13 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
		       "  oldest 1m19s; unread 0B, not taken by the peer 0B; read to the end: 13\n"
		       "    3 x from 10.0.0.6, oldest 1m09s\n"
		       "    2 x from 10.0.0.1, oldest 1m19s\n"
		       "    2 x from 10.0.0.2, oldest 1m17s\n"
		       "    2 x from 10.0.0.3, oldest 1m15s\n"
		       "    2 x from 10.0.0.4, oldest 1m13s\n"
		       "    2 x from 10.0.0.5, oldest 1m11s\n", ends);
	expect(scene, wanted);
	scene->view.all = false; /* one more takes the line of the count */
	scene->list.n -= 2;
	(void)snprintf(wanted, sizeof(wanted), "%s%s",
		       "11 sockets in CLOSE_WAIT for more than 60s: web[5000001], user 33\n"
		       "  oldest 1m17s; unread 0B, not taken by the peer 0B; read to the end: 11\n"
		       "    3 x from 10.0.0.6, oldest 1m09s\n"
		       "    2 x from 10.0.0.2, oldest 1m17s\n"
		       "    2 x from 10.0.0.3, oldest 1m15s\n"
		       "    2 x from 10.0.0.4, oldest 1m13s\n"
		       "    2 x from 10.0.0.5, oldest 1m11s\n", ends);
	expect(scene, wanted);
}

static void names_of_holders(void **state)
{
	struct ts_holder holder = { .pid = 4294967295, .comm = "\xc3\xa4\\\x1b[31m" };
	char text[STUCK_NAME];

	(void)state;
	assert_string_equal(stuck_report_name(&holder, false, text),
			    "\\xc3\\xa4\\x5c\\x1b[31m[4294967295]");
	assert_string_equal(stuck_report_name(&holder, true, text),
			    "\xc3\xa4\\x5c\\x1b[31m[4294967295]");
	memset(holder.comm, '\x1b', sizeof(holder.comm)); /* not terminated */
	holder.pid = 0;					  /* of another PID namespace */
	(void)stuck_report_name(&holder, true, text);
	assert_int_equal(strlen(text), sizeof(holder.comm) * 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing),	       TEST(forgotten_by_a_server),  TEST(shared_by_several),
		TEST(served_by_ipv6),  TEST(of_unknown_origin),
		TEST(of_many_origins),	       TEST(next_keeps_the_rule),  TEST(next_ends_no_others),
		TEST(a_full_listener), TEST(full_listeners), TEST(half_open_and_orphaned), TEST(many_groups),
		TEST(no_selector), cmocka_unit_test(selects_a_program), TEST(many_peers),      cmocka_unit_test(names_of_holders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
