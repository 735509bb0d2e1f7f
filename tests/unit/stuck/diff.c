// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which changes between looks are told, and of which look's sockets. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "sockets/view.h"
#include "stuck/diff.h"
#include "world.h"

enum { ITEMS_MAX = 16 };

/* The look at hand, and what was told when it came: "stuck 5 in 8 for 50; ". */
struct reason_detail {
	struct stuck_diff *past;
	uint64_t now;
	const struct sockets *sockets;
	char told[512];
	int left; /* so many are told, then it fails; negative: it never does */
};

static int setup(void **state)
{
	struct reason_detail *story = calloc(1, sizeof(*story));

	assert_non_null(story);
	assert_int_equal(stuck_diff_new(&story->past), 0);
	story->now = NOW;
	story->left = -1;
	*state = story;
	return 0;
}

static int teardown(void **state)
{
	struct reason_detail *story = *state;

	stuck_diff_free(story->past);
	stuck_diff_free(NULL);
	free(story);
	return 0;
}

static int tell(void *context, const struct socket_view *view, const struct stuck_event *event)
{
	struct reason_detail *story = context;
	const struct ts_socket *s = event->item->entry->socket;
	size_t at = strlen(story->told);

	assert_true(event->mono_ns == story->now);
	assert_null(event->why);
	assert_ptr_equal(view->cgroups, story);
	/* the view is the one of the look that the entry is of */
	assert_true(event->item->entry >= view->sockets->entries &&
		    event->item->entry < view->sockets->entries + view->sockets->n);
	(void)snprintf(story->told + at, sizeof(story->told) - at, "%s %d in %d for %d%s; ",
		       event->what, (int)s->id, s->state, (int)(event->item->ns / SECOND),
		       view->sockets == story->sockets ? "" : ", then");
	return story->left >= 0 && !story->left-- ? -EPIPE : 0;
}

/*
 * A look, of a character for each id from 0 on: the state of a socket that is not stuck, or a
 * letter for one that is, or - where there is none. The first has no id: I is one with an inode.
 */
static int look(struct reason_detail *story, const char *text)
{
	struct socket_view view = { .cgroups = (void *)story };
	struct stuck_list list = { .items = calloc(ITEMS_MAX, sizeof(*list.items)) };
	struct world world;
	struct sockets *sockets;
	int err;

	assert_non_null(list.items);
	story->now += SECOND;
	world_begin(&world, story->now);
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
	*story->told = '\0';
	view.sockets = story->sockets = sockets;
	err = stuck_diff_report(story->past, &view, sockets, &list, tell, story);
	assert_null(list.items); /* they are the past's */
	assert_int_equal(list.n, 0);
	return err;
}

static void expect(struct reason_detail *story, const char *text, const char *told)
{
	assert_int_equal(look(story, text), 0);
	assert_string_equal(story->told, told);
}

static void once_however_long(void **state)
{
	struct reason_detail *story = *state;

	expect(story, "-8S", "stuck 2 in 8 for 20; ");
	expect(story, "-8S", "");
	expect(story, "-8S", "");
	expect(story, "-SS", "stuck 1 in 8 for 10; ");
	expect(story, "-SS", "");
}

/* As it is now, or as it was where it is not there any more; for as long as it was. */
static void recovers(void **state)
{
	struct reason_detail *story = *state;

	expect(story, "-SSSS",
	       "stuck 1 in 8 for 10; stuck 2 in 8 for 20; stuck 3 in 8 for 30; "
	       "stuck 4 in 8 for 40; ");
	expect(story, "-S9-S", "recovered 2 in 9 for 20; recovered 3 in 8 for 30, then; ");
	expect(story, "-S9-S", "");
	expect(story, "-SS-S", "stuck 2 in 8 for 20; "); /* and again */
	expect(story, "",
	       "recovered 1 in 8 for 10, then; recovered 2 in 8 for 20, then; "
	       "recovered 4 in 8 for 40, then; ");
	expect(story, "", "");
}

static void the_new_come_first(void **state)
{
	struct reason_detail *story = *state;

	expect(story, "-S", "stuck 1 in 8 for 10; ");
	expect(story, "--S", "stuck 2 in 8 for 20; recovered 1 in 8 for 10, then; ");
}

static void places_do_not_matter(void **state)
{
	struct reason_detail *story = *state;

	expect(story, "-88S", "stuck 3 in 8 for 30; ");
	expect(story, "---S88", "");
	expect(story, "---888", "recovered 3 in 8 for 30; ");
}

/* Which of them is which cannot be known: none is left out, and none is said to have recovered. */
static void without_an_id(void **state)
{
	struct reason_detail *story = *state;

	expect(story, "S", "stuck 0 in 8 for 0; ");
	expect(story, "S", "stuck 0 in 8 for 0; ");
	expect(story, "8S", "stuck 1 in 8 for 10; ");
	expect(story, "8", "recovered 1 in 8 for 10, then; ");
}

/* It is known by its inode. */
static void without_an_id_but_an_inode(void **state)
{
	struct reason_detail *story = *state;

	expect(story, "I", "stuck 0 in 8 for 0; ");
	expect(story, "I", "");
	expect(story, "-", "recovered 0 in 8 for 0, then; ");
}

/* The look is the past's all the same. */
static void telling_may_fail(void **state)
{
	struct reason_detail *story = *state;

	story->left = 0;
	assert_int_equal(look(story, "-SS"), -EPIPE);
	assert_string_equal(story->told, "stuck 1 in 8 for 10; ");
	expect(story, "-SS", "");
	story->left = 1;
	assert_int_equal(look(story, "---SS"), -EPIPE);
	assert_string_equal(story->told, "stuck 3 in 8 for 30; stuck 4 in 8 for 40; ");
	expect(story, "---SS", "");
	story->left = 0;
	assert_int_equal(look(story, "-----"), -EPIPE);
	assert_string_equal(story->told, "recovered 3 in 8 for 30, then; ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(once_however_long),    TEST(recovers),	 TEST(the_new_come_first),
		TEST(places_do_not_matter), TEST(without_an_id), TEST(telling_may_fail),
		TEST(without_an_id_but_an_inode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
