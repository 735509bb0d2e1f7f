// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which changes between scans are reported, and with the sockets of which scan. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "sockets/view.h"
#include "stuck/diff.h"
#include "world.h"

enum { ITEMS_MAX = 16 };

/* The last scan, and the report of it: "stuck 5 in 8 for 50; ". */
struct fixture {
	struct stuck_diff diff;
	uint64_t now;
	const struct sockets *sockets;
	char reported[512];
	int left; /* report() fails after this number of changes; negative: never */
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->now = NOW;
	fixture->left = -1;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	stuck_diff_free(&fixture->diff);
	free(fixture);
	return 0;
}

static int report(void *context, const struct socket_view *view, const struct stuck_event *event)
{
	struct fixture *fixture = context;
	const struct ts_socket *s = event->item->entry->socket;
	size_t at = strlen(fixture->reported);

	assert_true(event->mono_ns == fixture->now);
	assert_null(event->why);
	assert_ptr_equal(view->cgroups, fixture);
	/* the view is of the scan that has the entry */
	assert_true(event->item->entry >= view->sockets->entries &&
		    event->item->entry < view->sockets->entries + view->sockets->n);
	(void)snprintf(fixture->reported + at, sizeof(fixture->reported) - at, "%s %d in %d for %d%s; ",
		       event->what, (int)s->id, s->state, (int)(event->item->ns / SECOND),
		       view->sockets == fixture->sockets ? "" : ", then");
	return fixture->left >= 0 && !fixture->left-- ? -EPIPE : 0;
}

/*
 * Makes a scan, with a character for each id from 0 on: the state of a socket that is not stuck, or a
 * letter for one that is, or - for no socket. The first has no id; I has an inode.
 */
static int scan(struct fixture *fixture, const char *text)
{
	struct socket_view view = { .cgroups = (void *)fixture };
	struct stuck_list list = { .items = calloc(ITEMS_MAX, sizeof(*list.items)) };
	struct world world;
	struct sockets *sockets;
	int err;

	assert_non_null(list.items);
	fixture->now += SECOND;
	world_begin(&world, fixture->now);
	for (uint64_t id = 0; text[id]; id++) {
		struct ts_socket s = tcp(id, text[id] <= '9' ? (uint8_t)(text[id] - '0') :
							       TS_CLOSE_WAIT);

		s.inode = text[id] == 'I' ? 4711 : 0;
		if (text[id] != '-')
			world_add(&world, s);
	}
	sockets = world_join(&world);
	for (uint64_t id = 0; text[id]; id++)
		if (text[id] > '9')
			list.items[list.n++] =
				item_of(sockets, id, TS_CLOSE_WAIT, id * 10 * SECOND);
	*fixture->reported = '\0';
	view.sockets = fixture->sockets = sockets;
	err = stuck_diff_report(&fixture->diff, &view, sockets, &list, report, fixture);
	assert_null(list.items); /* the diff owns them */
	assert_int_equal(list.n, 0);
	return err;
}

static void expect(struct fixture *fixture, const char *text, const char *reported)
{
	assert_int_equal(scan(fixture, text), 0);
	assert_string_equal(fixture->reported, reported);
}

static void once_however_long(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "-8S", "stuck 2 in 8 for 20; ");
	expect(fixture, "-8S", "");
	expect(fixture, "-8S", "");
	expect(fixture, "-SS", "stuck 1 in 8 for 10; ");
	expect(fixture, "-SS", "");
}

/* With its current state, or its last one if it no longer exists; with its last time. */
static void recovers(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "-SSSS",
	       "stuck 1 in 8 for 10; stuck 2 in 8 for 20; stuck 3 in 8 for 30; "
	       "stuck 4 in 8 for 40; ");
	expect(fixture, "-S9-S", "recovered 2 in 9 for 20; recovered 3 in 8 for 30, then; ");
	expect(fixture, "-S9-S", "");
	expect(fixture, "-SS-S", "stuck 2 in 8 for 20; "); /* and again */
	expect(fixture, "",
	       "recovered 1 in 8 for 10, then; recovered 2 in 8 for 20, then; "
	       "recovered 4 in 8 for 40, then; ");
	expect(fixture, "", "");
}

static void the_new_come_first(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "-S", "stuck 1 in 8 for 10; ");
	expect(fixture, "--S", "stuck 2 in 8 for 20; recovered 1 in 8 for 10, then; ");
}

static void places_do_not_matter(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "-88S", "stuck 3 in 8 for 30; ");
	expect(fixture, "---S88", "");
	expect(fixture, "---888", "recovered 3 in 8 for 30; ");
}

/* Sockets that cannot be identified are all reported, and none as recovered. */
static void without_an_id(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "S", "stuck 0 in 8 for 0; ");
	expect(fixture, "S", "stuck 0 in 8 for 0; ");
	expect(fixture, "8S", "stuck 1 in 8 for 10; ");
	expect(fixture, "8", "recovered 1 in 8 for 10, then; ");
}

static void without_an_id_but_an_inode(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "I", "stuck 0 in 8 for 0; ");
	expect(fixture, "I", "");
	expect(fixture, "-", "recovered 0 in 8 for 0, then; ");
}

/* The diff takes over the scan all the same. */
static void report_may_fail(void **state)
{
	struct fixture *fixture = *state;

	fixture->left = 0;
	assert_int_equal(scan(fixture, "-SS"), -EPIPE);
	assert_string_equal(fixture->reported, "stuck 1 in 8 for 10; ");
	expect(fixture, "-SS", "");
	fixture->left = 1;
	assert_int_equal(scan(fixture, "---SS"), -EPIPE);
	assert_string_equal(fixture->reported, "stuck 3 in 8 for 30; stuck 4 in 8 for 40; ");
	expect(fixture, "---SS", "");
	fixture->left = 0;
	assert_int_equal(scan(fixture, "-----"), -EPIPE);
	assert_string_equal(fixture->reported, "recovered 3 in 8 for 30, then; ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(once_however_long),    TEST(recovers),	 TEST(the_new_come_first),
		TEST(places_do_not_matter), TEST(without_an_id), TEST(report_may_fail),
		TEST(without_an_id_but_an_inode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
