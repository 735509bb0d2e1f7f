// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of hosts in bounded memory, with questions that the test answers; users and services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/host_cache.h"
#include "lib/resolver.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const uint64_t SECOND = 1000000000;

enum { START_S = 5000, ASKED_ROOM = 3 * HOSTS_MAX };

/* In place of lib/clock.c: what a question costs must not depend on the machine's load. */
static uint64_t clock_ns = 1000000000;

uint64_t clock_mono_ns(void)
{
	return clock_ns;
}

int64_t clock_wall_offset_ns(void)
{
	return 0;
}

/* Stands for DNS: keeps what is asked, or answers at once, or takes its time to take it. */
struct asked {
	struct host *host[ASKED_ROOM];
	unsigned family[ASKED_ROOM];
	uint8_t address[ASKED_ROOM][16];
	unsigned n;
	const char *at_once;
	uint64_t cost_ns;
};

struct fixture {
	struct asked asked;
	struct host_cache *hosts;
	uint64_t now;
};

static void take_question(void *context, struct host *host, unsigned family, const uint8_t *address)
{
	struct fixture *f = context;
	struct asked *asked = &f->asked;

	assert_in_range(asked->n, 0, ASKED_ROOM - 1);
	asked->host[asked->n] = host;
	asked->family[asked->n] = family;
	memcpy(asked->address[asked->n], address, family == 4 ? 4 : 16);
	asked->n++;
	clock_ns += asked->cost_ns;
	if (asked->at_once)
		host_cache_answer(host, asked->at_once, f->now);
}

static int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->now = START_S * SECOND;
	assert_int_equal(host_cache_new(take_question, f, &f->hosts), 0);
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	host_cache_free(f->hosts);
	free(f);
	return 0;
}

static const char *name_of(struct fixture *f, uint32_t number)
{
	uint8_t address[4] = { 10, number >> 16 & 255, number >> 8 & 255, number & 255 };

	return host_cache_name(f->hosts, 4, address, f->now);
}

static void answer(struct fixture *f, unsigned question, const char *name)
{
	host_cache_answer(f->asked.host[question], name, f->now);
}

static void asks_once_and_shows_the_answer(void **state)
{
	struct fixture *f = *state;
	static const uint8_t wanted[4] = { 10, 0, 0, 7 };

	assert_false(host_cache_asking(f->hosts));
	for (int i = 0; i < 100; i++)
		assert_null(name_of(f, 7));
	assert_int_equal(f->asked.n, 1);
	assert_int_equal(f->asked.family[0], 4);
	assert_memory_equal(f->asked.address[0], wanted, 4);
	assert_true(host_cache_asking(f->hosts));
	answer(f, 0, "seven.example");
	assert_false(host_cache_asking(f->hosts));
	assert_string_equal(name_of(f, 7), "seven.example");
	assert_null(name_of(f, 8));
	assert_int_equal(f->asked.n, 2);
	answer(f, 1, NULL);
}

static void shows_an_answer_that_comes_at_once(void **state)
{
	struct fixture *f = *state;

	f->asked.at_once = "localhost";
	assert_string_equal(name_of(f, 1), "localhost");
	assert_string_equal(name_of(f, 1), "localhost");
	assert_int_equal(f->asked.n, 1);
}

static void tells_families_and_addresses_apart(void **state)
{
	struct fixture *f = *state;
	uint8_t ipv6[16] = { 10, 0, 0, 7 }, last[16] = { 10, 0, 0, 7, [15] = 1 };

	f->asked.at_once = "four";
	assert_string_equal(name_of(f, 7), "four");
	f->asked.at_once = "six";
	assert_string_equal(host_cache_name(f->hosts, 6, ipv6, f->now), "six");
	f->asked.at_once = "last";
	assert_string_equal(host_cache_name(f->hosts, 6, last, f->now), "last");
	assert_string_equal(name_of(f, 7), "four");
	assert_string_equal(host_cache_name(f->hosts, 6, ipv6, f->now), "six");
	assert_int_equal(f->asked.n, 3);
}

static void does_not_ask_for_the_any_address(void **state)
{
	struct fixture *f = *state;
	static const uint8_t any[16];

	f->asked.at_once = "any";
	assert_null(host_cache_name(f->hosts, 4, any, f->now));
	assert_null(host_cache_name(f->hosts, 6, any, f->now));
	assert_int_equal(f->asked.n, 0);
}

static void asks_again_for_a_name_that_is_old(void **state)
{
	struct fixture *f = *state;

	assert_null(name_of(f, 1));
	answer(f, 0, "old");
	f->now += HOSTS_NAMED_S * SECOND - 1;
	assert_string_equal(name_of(f, 1), "old");
	assert_int_equal(f->asked.n, 1);
	f->now++;
	assert_string_equal(name_of(f, 1), "old");
	assert_string_equal(name_of(f, 1), "old");
	assert_int_equal(f->asked.n, 2);
	answer(f, 1, "new");
	assert_string_equal(name_of(f, 1), "new");
	f->now += HOSTS_NAMED_S * SECOND;
	assert_string_equal(name_of(f, 1), "new");
	answer(f, 2, NULL);
	assert_null(name_of(f, 1));
	assert_int_equal(f->asked.n, 3);
}

static void asks_again_later_where_there_was_no_name(void **state)
{
	struct fixture *f = *state;

	assert_null(name_of(f, 1));
	answer(f, 0, NULL);
	f->now += HOSTS_NAMELESS_S * SECOND - 1;
	assert_null(name_of(f, 1));
	assert_int_equal(f->asked.n, 1);
	f->now++;
	assert_null(name_of(f, 1));
	assert_int_equal(f->asked.n, 2);
	answer(f, 1, "now");
	assert_string_equal(name_of(f, 1), "now");
}

static void bounds_what_is_asked_at_a_time(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 2 * HOSTS_ASKED_MAX; i++)
		assert_null(name_of(f, i));
	assert_int_equal(f->asked.n, HOSTS_ASKED_MAX);
	answer(f, 5, "five");
	assert_null(name_of(f, HOSTS_ASKED_MAX + 1));
	assert_null(name_of(f, HOSTS_ASKED_MAX + 2));
	assert_int_equal(f->asked.n, HOSTS_ASKED_MAX + 1);
	assert_string_equal(name_of(f, 5), "five");
	for (unsigned i = 0; i < f->asked.n; i++)
		if (i != 5)
			answer(f, i, NULL);
	assert_false(host_cache_asking(f->hosts));
	assert_null(name_of(f, HOSTS_ASKED_MAX + 2));
	assert_int_equal(f->asked.n, HOSTS_ASKED_MAX + 2);
	answer(f, HOSTS_ASKED_MAX + 1, NULL);
}

/* One that is shown all the time and one that is being asked stay; the others go in turn. */
static void forgets_what_is_not_used(void **state)
{
	struct fixture *f = *state;

	assert_null(name_of(f, 0));
	f->asked.at_once = "kept";
	assert_string_equal(name_of(f, 1), "kept");
	f->asked.at_once = "x";
	for (uint32_t i = 2; i < 2 * HOSTS_MAX; i++) {
		f->now += SECOND / 100;
		assert_string_equal(name_of(f, i), "x");
		assert_string_equal(name_of(f, 1), "kept");
	}
	assert_int_equal(f->asked.n, 2 * HOSTS_MAX);
	answer(f, 0, "late");
	assert_string_equal(name_of(f, 0), "late");
	assert_int_equal(f->asked.n, 2 * HOSTS_MAX);
	f->asked.at_once = "again";
	assert_string_equal(name_of(f, 2), "again");
	assert_string_equal(name_of(f, 2 * HOSTS_MAX - 1), "x");
}

static void asks_less_where_asking_takes_time(void **state)
{
	struct fixture *f = *state;
	unsigned first;

	f->asked.at_once = "slow";
	f->asked.cost_ns = 4000000;
	for (uint32_t i = 0; i < 50; i++)
		(void)name_of(f, i);
	first = f->asked.n;
	assert_int_equal(first, 3); /* the burst is 10 ms */
	assert_null(name_of(f, 60));
	/* What that took is there again after 20 times as long, at the latest. */
	f->asked.cost_ns = 0;
	f->now += 60 * SECOND;
	assert_string_equal(name_of(f, 60), "slow");
	assert_int_equal(f->asked.n, first + 1);
}

static void takes_no_name_that_is_none(void **state)
{
	struct fixture *f = *state;
	char longest[HOSTS_NAME_MAX + 2] = "";
	const char *const none[] = { "", "10.0.0.1", "127.1", "::1", "2001:db8::7", longest };
	const char *const names[] = { "a", "10.0.0.1.example", "1.0.0.127.in-addr.arpa",
				      longest + 1, "esc\033[31m" };

	memset(longest, 'a', HOSTS_NAME_MAX + 1);
	for (uint32_t i = 0; i < COUNT(none); i++) {
		f->asked.at_once = none[i];
		assert_null(name_of(f, i));
	}
	for (uint32_t i = 0; i < COUNT(names); i++) {
		f->asked.at_once = names[i];
		assert_string_equal(name_of(f, 100 + i), names[i]);
	}
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *folder, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

static void reads_users_and_services_from_files(void **state)
{
	char folder[] = "/tmp/tcpstate-etc-XXXXXX";
	struct resolver *resolver;

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_file(folder, "passwd",
		   "+::::::\nroot:x:0:0:root:/root:/bin/sh\nbroken\nwww:x:33:33::/:/bin/sh\n"
		   "twin:x:33:33::/:/bin/sh\n");
	write_file(folder, "services",
		   "#old 80/tcp\nhttp\t80/tcp www # web\nwww 80/tcp\nsnmp 161/udp\n"
		   "nfs 2049/tcp\nbad 99999/tcp\nworse x/tcp\nworst\nlast 65535/tcp");
	assert_int_equal(resolver_new(folder, &resolver), 0);
	assert_string_equal(resolver_user(resolver, 0), "root");
	assert_string_equal(resolver_user(resolver, 33), "www");
	assert_null(resolver_user(resolver, 34));
	assert_string_equal(resolver_service(resolver, 80), "http");
	assert_string_equal(resolver_service(resolver, 65535), "last");
	assert_null(resolver_service(resolver, 161));
	assert_null(resolver_service(resolver, 0));
	remove_file(folder, "passwd");
	remove_file(folder, "services");
	/* Each is asked for once. */
	assert_string_equal(resolver_user(resolver, 33), "www");
	assert_null(resolver_user(resolver, 34));
	assert_string_equal(resolver_service(resolver, 2049), "nfs");
	assert_null(resolver_user(resolver, 1));
	resolver_free(resolver);
	assert_int_equal(rmdir(folder), 0);
}

static void does_without_files(void **state)
{
	static const uint8_t address[4] = { 10, 0, 0, 1 };
	struct resolver *resolver;

	(void)state;
	assert_int_equal(resolver_new("/nonexistent", &resolver), 0);
	assert_null(resolver_user(resolver, 0));
	assert_null(resolver_service(resolver, 80));
	resolver_poll(resolver);
	assert_null(resolver_host(resolver, 4, address));
	resolver_free(resolver);
}

static void has_hosts_where_c_ares_is(void **state)
{
	struct error error = { "" };
	struct resolver *resolver;

	(void)state;
	assert_int_equal(resolver_new("/etc", &resolver), 0);
#ifdef HAVE_CARES
	assert_int_equal(resolver_add_hosts(resolver, &error), 0);
#else
	assert_true(resolver_add_hosts(resolver, &error) < 0);
	assert_string_equal(error.text, "this build does not have c-ares");
#endif
	resolver_poll(resolver);
	resolver_free(resolver);
}

#define WITH_HOSTS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_HOSTS(asks_once_and_shows_the_answer),
		WITH_HOSTS(shows_an_answer_that_comes_at_once),
		WITH_HOSTS(tells_families_and_addresses_apart),
		WITH_HOSTS(does_not_ask_for_the_any_address),
		WITH_HOSTS(asks_again_for_a_name_that_is_old),
		WITH_HOSTS(asks_again_later_where_there_was_no_name),
		WITH_HOSTS(bounds_what_is_asked_at_a_time),
		WITH_HOSTS(forgets_what_is_not_used),
		WITH_HOSTS(asks_less_where_asking_takes_time),
		WITH_HOSTS(takes_no_name_that_is_none),
		cmocka_unit_test(reads_users_and_services_from_files),
		cmocka_unit_test(does_without_files),
		cmocka_unit_test(has_hosts_where_c_ares_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
