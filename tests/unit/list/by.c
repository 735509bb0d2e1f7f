// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sockets counted by columns: what --by takes, the groups, their order, the ports of a peer. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "list/by.h"
#include "system/netns.h"
#include "system/sysctl.h"

enum { SOCKETS_MAX = 16 };

struct world {
	struct ts_socket sockets[SOCKETS_MAX];
	struct ts_holder holders[SOCKETS_MAX];
	struct socket_entry entries[SOCKETS_MAX];
	const struct socket_entry *picked[SOCKETS_MAX];
	size_t n;
};

static struct ts_socket *add(struct world *w, uint8_t state, uint8_t peer, uint16_t lport,
			     uint16_t rport)
{
	struct ts_socket *s = &w->sockets[w->n];

	*s = (struct ts_socket){
		.proto = IPPROTO_TCP, .family = 4, .state = state, .lport = lport, .rport = rport,
		.laddr = { 10, 0, 0, 1 }, .raddr = { 10, 0, 0, peer }, .netns = netns_own(),
	};
	w->entries[w->n] = (struct socket_entry){ .socket = s };
	w->picked[w->n] = &w->entries[w->n];
	w->n++;
	return s;
}

/* "COUNT:PEER:STATE ..." of the groups, PEER the last byte of its address. */
static const char *grouped(struct world *w, const char *names, const char *sort)
{
	static char text[256];
	char room[SOCKET_TEXT], *at = text;
	struct sockets sockets = { .n = w->n };
	struct socket_view view = { .sockets = &sockets, .text = room };
	struct error error = { "" };
	struct list_groups groups;
	struct list_by by;
	size_t total = 0;

	for (size_t i = 0; i < w->n; i++)
		w->picked[i] = &w->entries[i];
	assert_int_equal(list_by_parse(names, sort, &by, &error), 0);
	assert_int_equal(list_groups_new(&by, &view, w->picked, w->n, &groups, &error), 0);
	*at = '\0';
	for (size_t i = 0; i < groups.n; i++) {
		const struct ts_socket *s = groups.groups[i].entry->socket;

		at += sprintf(at, "%s%zu:%d:%d", i ? " " : "", groups.groups[i].count, s->raddr[3],
			      s->state);
		total += groups.groups[i].count;
	}
	assert_int_equal(total, w->n);
	assert_int_equal(groups.total, w->n);
	list_groups_free(&groups);
	return text;
}

static void groups(void **state)
{
	struct world w = { .n = 0 };

	(void)state;
	assert_string_equal(grouped(&w, "peer", NULL), "");
	add(&w, TS_ESTABLISHED, 2, 80, 1000);
	add(&w, TS_TIME_WAIT, 3, 80, 1001);
	add(&w, TS_ESTABLISHED, 3, 81, 1002);
	add(&w, TS_ESTABLISHED, 3, 81, 1003);
	add(&w, TS_LISTEN, 0, 80, 0);
	assert_string_equal(grouped(&w, "peer", NULL), "3:3:6 1:2:1 1:0:10");
	assert_string_equal(grouped(&w, "raddr", "count"), "1:2:1 1:0:10 3:3:6");
	assert_string_equal(grouped(&w, "peer", "peer"), "1:2:1 3:3:6 1:0:10");
	assert_string_equal(grouped(&w, "peer", "-peer"), "3:3:6 1:2:1 1:0:10");
	assert_string_equal(grouped(&w, "port", NULL), "3:2:1 2:3:1");
	assert_string_equal(grouped(&w, "state", NULL), "3:2:1 1:0:10 1:3:6");
	assert_string_equal(grouped(&w, "peer,state", NULL), "2:3:1 1:2:1 1:3:6 1:0:10");
	assert_string_equal(grouped(&w, "peer,state,peer", "-state"),
			    "1:3:6 1:0:10 1:2:1 2:3:1");
}

static void refuse(const char *names, const char *sort, const char *why)
{
	struct error error = { "" };
	struct list_by by;

	assert_int_equal(list_by_parse(names, sort, &by, &error), -EINVAL);
	assert_non_null(strstr(error.text, why));
}

static void bad_words(void **state)
{
	(void)state;
	refuse("", NULL, "empty");
	refuse("state,", NULL, "empty");
	refuse("stat", NULL, "\"state\"");
	refuse("holder_list", NULL, "list");
	refuse("state", "pid", "--sort pid");
	refuse("peer", "-port", "--sort -port");
	refuse("pid,comm,uid,state,proto,netns,lport,rport,raddr", NULL, "at most");
}

/* The namespaces of a scan: here the caller's own. */
int socket_source_each_netns(struct socket_source *source, netns_visit_fn *visit, void *context,
			     struct error *error)
{
	(void)source;
	(void)error;
	return visit(context, netns_own());
}

/* Of one local address and one port of the peer; those that the range does not have do not count. */
static void ports(void **state)
{
	struct sysctl values[SYSCTLS];
	char room[SOCKET_TEXT];
	struct world w = { .n = 0 };
	struct sockets sockets = { .n = 0 };
	char source;
	struct socket_view view = { .sockets = &sockets, .source = (void *)&source, .text = room };
	struct error error = { "" };
	struct list_groups made;
	struct list_by by;
	uint64_t range;
	uint16_t first;

	(void)state;
	sysctl_read_all("/proc/sys", values);
	if (sysctl_derive(values, SYSCTL_LOCAL_PORT_RANGE, &range) != SYSCTL_COUNT || range < 4 ||
	    values[SYSCTL_LOCAL_PORT_RANGE].number < 2 || !netns_own())
		skip();
	first = (uint16_t)values[SYSCTL_LOCAL_PORT_RANGE].number;
	for (uint16_t i = 0; i < 3; i++)
		add(&w, TS_ESTABLISHED, 2, (uint16_t)(first + i), 443);
	add(&w, TS_TIME_WAIT, 2, (uint16_t)(first + 1), 443); /* the same port */
	add(&w, TS_ESTABLISHED, 2, (uint16_t)(first + 3), 444);
	add(&w, TS_ESTABLISHED, 2, (uint16_t)(first - 1), 443); /* bound to it */
	add(&w, TS_ESTABLISHED, 3, 1, 40000);
	add(&w, TS_LISTEN, 0, first, 0);
	add(&w, TS_ESTABLISHED, 4, first, 443)->netns++; /* which was not entered */
	assert_int_equal(list_by_parse("peer", NULL, &by, &error), 0);
	assert_true(by.ports);
	assert_int_equal(list_groups_new(&by, &view, w.picked, w.n, &made, &error), 0);
	assert_int_equal(made.n, 4);
	assert_int_equal(made.ports_unknown, 1);
	assert_int_equal(made.groups[0].ports_unknown, 0);
	assert_int_equal(made.groups[0].count, 6);
	assert_int_equal(made.groups[0].ports_used, 3);
	assert_int_equal(made.groups[0].ports_range, range);
	assert_int_equal(made.groups[1].ports_used, 0);
	assert_int_equal(made.groups[2].ports_used, 0);
	list_groups_free(&made);
	assert_int_equal(list_by_parse("peer,state", NULL, &by, &error), 0);
	assert_false(by.ports); /* the connections of a peer are in several groups */
}

/* The groups as the format has them; to be freed. */
static char *printed(struct world *w, const char *names, enum format format, bool frame)
{
	char columns[LIST_BY_COLUMNS], room[SOCKET_TEXT], *text;
	struct sockets sockets = { .n = w->n, .mono_ns = 5000000000 };
	struct socket_view view = { .sockets = &sockets, .text = room };
	struct output_config config = { .format = format, .table = &list_group_fields,
					.type = "sockets", .columns = columns, .measured = true };
	int fd = memfd_create("groups", MFD_CLOEXEC);
	struct error error = { "" };
	struct list_groups made;
	struct output *output;
	struct list_by by;
	struct sink *sink;
	off_t n;

	assert_true(fd >= 0);
	assert_int_equal(list_by_parse(names, NULL, &by, &error), 0);
	list_by_columns(&by, format != FORMAT_TEXT, columns);
	assert_int_equal(list_groups_new(&by, &view, w->picked, w->n, &made, &error), 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	assert_int_equal(output_new(&config, sink, &output, &error), 0);
	assert_int_equal(list_groups_print(&made, &view, output, frame), 0);
	assert_int_equal(sink_flush(sink), 0);
	output_free(output);
	sink_free(sink);
	list_groups_free(&made);
	n = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)n, 0), n);
	assert_int_equal(close(fd), 0);
	return text;
}

static void expect(struct world *w, const char *names, enum format format, bool frame,
		   const char *wanted)
{
	char *text = printed(w, names, format, frame);

	assert_string_equal(text, wanted);
	free(text);
}

#define ROWS                                                                                      \
	"{\"v\":1,\"type\":\"sockets\",\"count\":3,\"total\":4,\"state\":\"CLOSE_WAIT\",\"lport\":65535}\n" \
	"{\"v\":1,\"type\":\"sockets\",\"count\":1,\"total\":4,\"state\":\"LISTEN\",\"lport\":80}\n"

/* Columns are as wide as the widest value; the total is of all sockets. */
static void prints(void **state)
{
	struct world w = { .n = 0 };
	char *text;

	(void)state;
	expect(&w, "state,lport", FORMAT_TEXT, false,
	       "COUNT STATE       LPORT\n"
	       "0 sockets in 0 groups\n");
	for (int i = 0; i < 3; i++)
		add(&w, TS_CLOSE_WAIT, 2, 65535, 1000);
	add(&w, TS_LISTEN, 0, 80, 0);
	expect(&w, "state,lport", FORMAT_TEXT, false,
	       "COUNT STATE       LPORT\n"
	       "    3 CLOSE_WAIT  65535\n"
	       "    1 LISTEN         80\n"
	       "4 sockets in 2 groups\n");
	expect(&w, "state,lport", FORMAT_CSV, false,
	       "count,total,state,lport\r\n3,4,CLOSE_WAIT,65535\r\n1,4,LISTEN,80\r\n");
	expect(&w, "state,lport", FORMAT_JSON, false, ROWS);
	text = printed(&w, "state,lport", FORMAT_JSON, true);
	assert_ptr_equal(strstr(text, "{\"v\":1,\"type\":\"frame\","), text);
	assert_non_null(strstr(text, "\"mono_ns\":5000000000,\"sockets\":4}\n" ROWS));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups),
		cmocka_unit_test(bad_words),
		cmocka_unit_test(ports),
		cmocka_unit_test(prints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
