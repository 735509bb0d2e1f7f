// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Templates with `{}`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/template.h"

static void fills_in_order(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(template_fill(text, sizeof(text), "plain", NULL), "plain");
	assert_string_equal(template_fill(text, sizeof(text), "{} of {}: {}%",
					  (const char *[]){ "1", "{}", "%s" }),
			    "1 of {}: %s%");
	assert_string_equal(template_fill(text, sizeof(text), "{}", (const char *[]){ "" }), "");
}

static void cuts_to_the_size(void **state)
{
	const char *values[] = { "abcdef", "gh" };
	char text[8];

	(void)state;
	assert_string_equal(template_fill(text, sizeof(text), "-{}-{}-", values), "-abcdef");
	assert_string_equal(template_fill(text, 4, "-{}-{}-", values), "-ab");
	assert_string_equal(template_fill(text, 1, "-{}-{}-", values), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_in_order),
		cmocka_unit_test(cuts_to_the_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
