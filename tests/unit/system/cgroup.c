// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines of mountinfo: escapes, roots, and paths of any length. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "system/cgroup.h"

static bool parse(struct cgroup_mount *mount, const char *root, const char *point, const char *type)
{
	size_t size = strlen(root) + strlen(point) + 128;
	char *line = malloc(size);
	bool result;

	assert_non_null(line);
	(void)snprintf(line, size, "35 24 0:30 %s %s rw,nosuid shared:9 - %s cgroup2 rw\n", root,
		       point, type);
	line = realloc(line, strlen(line) + 1); /* a sanitizer reports what is read beyond it */
	assert_non_null(line);
	result = cgroup_parse_mount(line, mount);
	free(line);
	return result;
}

static void roots_and_escapes(void **state)
{
	static const struct {
		const char *root, *point, *parsed_root, *parsed_point;
	} cases[] = {
		{ "/", "/sys/fs/cgroup", "", "/sys/fs/cgroup" },
		{ "/a.slice", "/mnt/with\\040space", "/a.slice", "/mnt/with space" },
		{ "/../../x", "/\\134\\011\\012", "", "/\\\t\n" },
		{ "/a\\040b", "/s", "/a b", "/s" },
		{ "/\\", "/\\0", "/\\", "/\\0" },
		{ "/\\04", "/\\8\\777\\04x", "/\\04", "/\\8\377\\04x" },
	};
	struct cgroup_mount mount;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(parse(&mount, cases[i].root, cases[i].point, "cgroup2"));
		assert_string_equal(mount.root, cases[i].parsed_root);
		assert_string_equal(mount.point, cases[i].parsed_point);
	}
	assert_false(parse(&mount, "/", "/sys/fs/cgroup", "cgroup"));
	assert_false(cgroup_parse_mount((char[]){ "1 2 - cgroup2 cgroup2" }, &mount) &&
		     !mount.point[0]);
	assert_false(cgroup_parse_mount((char[]){ "" }, &mount));
}

/* Every length around that of a path: four bytes of the line are one of the path. */
static void long_mount_points(void **state)
{
	struct cgroup_mount mount;

	for (size_t n = 1000; n < PATH_MAX + 8; n += n < PATH_MAX - 8 ? 7 : 1) {
		char *point = malloc(4 * n + 1);

		assert_non_null(point);
		for (size_t i = 0; i < n; i++)
			memcpy(point + 4 * i, "\\040", 5);
		assert_int_equal(parse(&mount, "/", point, "cgroup2"), n < PATH_MAX);
		if (n < PATH_MAX)
			assert_int_equal(strlen(mount.point), n);
		for (size_t cut = 1; cut < 4; cut++) { /* an escape that is cut off */
			point[4 * n - cut] = '\0';
			(void)parse(&mount, "/", point, "cgroup2");
		}
		free(point);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_and_escapes),
		cmocka_unit_test(long_mount_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
