// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names of C++ and Rust as in the source; a symbol that expands too much stays mangled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "origin/symbolize.h"

/* NULL: as it is. */
static void assert_name(const char *symbol, const char *wanted)
{
	char *name = demangle(symbol);

	if (wanted) {
		assert_non_null(name);
		assert_string_equal(name, wanted);
	} else {
		assert_null(name);
	}
	free(name);
}

static void cxx(void **state)
{
	(void)state;
	assert_name("_ZN6server6acceptEi", "server::accept");
	assert_name("_ZN12_GLOBAL__N_14takeEv", "(anonymous namespace)::take");
	assert_name("_ZNSt6vectorIiSaIiEE9push_backEOi",
		    "std::vector<int, std::allocator<int> >::push_back");
	assert_name("_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()");
	assert_name("_ZN6server6acceptEi.part.0", "server::accept");
}

static void rust(void **state)
{
	(void)state;
	assert_name("_ZN6server6accept17h0123456789abcdefE", "server::accept");
	assert_name("_RNvCs1234_6server6accept", "server::accept");
}

static void neither(void **state)
{
	(void)state;
	assert_name("accept", NULL);
	assert_name("", NULL);
	assert_name("_Z", NULL);
	assert_name("_ZN6server", NULL);
	assert_name("main_Z1fv", NULL);
	assert_name("_R", NULL);
}

/* f<p, p<p, p>, ...>: each argument is twice as long as the one before. */
static char *bomb(char symbol[256], unsigned doublings)
{
	char *end = stpcpy(symbol, "_Z1fI1pIiiE");

	if (doublings)
		end = stpcpy(end, "S_IS0_S0_E");
	for (unsigned i = 1; i < doublings; i++)
		end += sprintf(end, "S_IS%u_S%u_E", i, i);
	(void)stpcpy(end, "Evv");
	return symbol;
}

static void bounded(void **state)
{
	char symbol[256], *name, *long_name = malloc(1 << 20);

	(void)state;
	name = demangle(bomb(symbol, 3));
	assert_non_null(name); /* the form is right */
	assert_true(strlen(name) > 64 && strlen(name) <= DEMANGLED_MAX);
	free(name);
	assert_name(bomb(symbol, 10), NULL);

	assert_non_null(long_name);
	memset(long_name, 'x', 1 << 20);
	memcpy(long_name, "_Z1048000", 9);
	long_name[(1 << 20) - 1] = '\0';
	assert_name(long_name, NULL);
	memset(long_name, 'N', 500);
	memcpy(long_name, "_Z", 2);
	long_name[500] = '\0';
	assert_name(long_name, NULL);
	free(long_name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cxx),
		cmocka_unit_test(rust),
		cmocka_unit_test(neither),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests_name("demangle", tests, NULL, NULL);
}
