// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An output for which there is no memory: the resolver's functions are here, and its first fails. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "fields/field.h"
#include "lib/resolver.h"
#include "output/output.h"

int resolver_new(const char *etc, struct resolver **resolver)
{
	(void)etc;
	(void)resolver;
	return -ENOMEM;
}

int resolver_add_hosts(struct resolver *resolver, struct error *error)
{
	(void)resolver;
	(void)error;
	fail();
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	assert_null(resolver);
}

void resolver_poll(struct resolver *resolver)
{
	(void)resolver;
	fail();
}

const char *resolver_user(struct resolver *resolver, uint32_t uid)
{
	(void)resolver;
	(void)uid;
	return NULL;
}

const char *resolver_service(struct resolver *resolver, uint16_t port)
{
	(void)resolver;
	(void)port;
	return NULL;
}

const char *resolver_host(struct resolver *resolver, unsigned family, const uint8_t *address)
{
	(void)resolver;
	(void)family;
	(void)address;
	return NULL;
}

static void says_what_is_missing(void **state)
{
	const struct output_config config = { .format = FORMAT_TEXT, .table = &transition_fields,
					      .type = "transition", .resolve = true };
	int fd = memfd_create("output", MFD_CLOEXEC);
	struct error error = { "" };
	struct output *output;
	struct sink *sink;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sink_new(fd, -1, &sink), 0);
	assert_int_equal(output_new(&config, sink, &output, &error), -ENOMEM);
	assert_string_equal(error.text, "cannot make the output: out of memory");
	sink_free(sink);
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
