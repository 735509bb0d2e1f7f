// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pods: ids in paths of control groups, names in a made log folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "system/pod.h"

#define UID "0a1b2c3d-0000-1111-2222-333344445555"
#define OTHER "0a1b2c3d-0000-1111-2222-333344446666"
#define HASH "0123456789abcdef0123456789abcdef"
#define ID HASH HASH

static uint64_t now = 1;

/* In place of lib/'s. */
uint64_t clock_mono_ns(void)
{
	return now;
}

static void paths(void **state)
{
	static const char *const cases[][2] = {
		{ "/", "" },
		{ "/kubepods/podless", "" },
		{ "/pod" UID, "" },
		{ "/kubepods/besteffort/pod" UID "/" ID, UID },
		{ "/kubepods.slice/kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice", UID },
		{ "/kubepods/pod" HASH, HASH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[POD_UID + 1];

		text[pod_of_cgroup(cases[i][0], text)] = '\0';
		assert_string_equal(text, cases[i][1]);
	}
}

/* Runs a shell command in the folder. */
static void make(const char *folder, const char *command)
{
	char text[4096];

	assert_true((size_t)snprintf(text, sizeof(text), "set -e; cd '%s'; %s", folder, command) <
		    sizeof(text));
	assert_int_equal(system(text), 0);
}

/* Expects "NAMESPACE POD CONTAINER" without what is unknown, or NULL. */
static void expect(struct pods *pods, const char *id, const char *expected)
{
	const struct pod_text *found = pods_find(pods, id, strlen(id));
	char text[1024];

	assert_int_equal(!!found, !!expected);
	if (!found)
		return;
	(void)snprintf(text, sizeof(text), "%.*s %.*s %.*s", (int)found[POD_NAMESPACE].length,
		       found[POD_NAMESPACE].text, (int)found[POD_NAME].length, found[POD_NAME].text,
		       (int)found[POD_CONTAINER].length,
		       found[POD_CONTAINER].length ? found[POD_CONTAINER].text : "");
	assert_string_equal(text, expected);
}

static void names(void **state)
{
	char folder[] = "/tmp/tcpstate-unit-XXXXXX", missing[64];
	struct pods *pods;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(missing, sizeof(missing), "%s/missing", folder);
	make(folder, "mkdir pods containers;"
		     "mkdir pods/shop_web-0_" UID " pods/kube-system_etcd-node_" HASH ";"
		     "ln -s /nowhere containers/web-0_shop_app-1-" ID ".log");
	pods = pods_new(folder);
	assert_non_null(pods);
	expect(pods, UID, "shop web-0 ");
	expect(pods, HASH, "kube-system etcd-node ");
	expect(pods, ID, "shop web-0 app-1");
	expect(pods, "", NULL);
	pods_free(pods);

	pods = pods_new(missing);
	expect(pods, UID, NULL);
	pods_free(pods);
	make(folder, "rm -r pods containers; touch pods; mkfifo containers");
	pods = pods_new(folder);
	expect(pods, UID, NULL);
	pods_free(pods);
	make(folder, "rm -r pods containers; rmdir '../'\"${PWD##*/}\"");
}

/* Names of another form, as in the folder of another program. */
static void other_names(void **state)
{
	char folder[] = "/tmp/tcpstate-unit-XXXXXX";
	struct pods *pods;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make(folder, "mkdir pods containers; cd pods;"
		     "mkdir " UID " _" UID " a_" UID " _a_" UID " a__" UID " a_b_c_" UID " a_b_" UID "0;"
		     "cd ../containers;"
		     "touch " ID ".log -- -" ID ".log a_b_c" ID ".log a_b-" ID ".log a_b_-" ID ".log "
		     "a_b_c_d-" ID ".log a_b_c-" ID " a_b_c-" ID ".log.1 a_b_c-" HASH ".log;"
		     "touch \"$(printf 'p\\033[31m\\377_n_c-%s.log' f" HASH ")\"");
	pods = pods_new(folder);
	expect(pods, UID, NULL);
	expect(pods, ID, NULL);
	expect(pods, HASH, NULL);
	pods_free(pods);
	make(folder, "rm -r pods containers; rmdir '../'\"${PWD##*/}\"");
}

/* A new pod appears, but folders are not read for each unknown id. */
static void renewal(void **state)
{
	char folder[] = "/tmp/tcpstate-unit-XXXXXX";
	struct pods *pods;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make(folder, "mkdir pods");
	make(folder, "mkdir pods/a_b_" UID);
	pods = pods_new(folder);
	expect(pods, UID, "a b ");
	make(folder, "mkdir pods/a_c_" OTHER "; rmdir pods/a_b_" UID);
	now += 1000000000;
	expect(pods, OTHER, NULL);
	now += 60000000000;
	expect(pods, UID, "a b "); /* is known */
	expect(pods, OTHER, "a c ");
	expect(pods, UID, NULL);
	pods_free(pods);
	make(folder, "rm -r pods; rmdir '../'\"${PWD##*/}\"");
}

/* More entries than there is room for; in memory, as a slow disk takes seconds for them. */
static void many(void **state)
{
	char folder[] = "/dev/shm/tcpstate-unit-XXXXXX";
	struct pods *pods;
	size_t found = 0;

	(void)state;
	if (access("/dev/shm", W_OK))
		(void)strcpy(folder, "/tmp/tcpstate-unit-XXXXXX");
	assert_non_null(mkdtemp(folder));
	make(folder, "mkdir pods; cd pods; seq -f 'a_b_0a1b2c3d-0000-1111-2222-3333444%05.0f' 1 9000 |"
		     " xargs mkdir");
	pods = pods_new(folder);
	for (int i = 1; i <= 9000; i++) {
		char id[64];

		(void)snprintf(id, sizeof(id), "0a1b2c3d-0000-1111-2222-3333444%05d", i);
		found += pods_find(pods, id, strlen(id)) != NULL;
	}
	assert_in_range(found, 8190, 8192); /* less . and .. */
	pods_free(pods);
	make(folder, "rm -r pods; rmdir '../'\"${PWD##*/}\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(names),
		cmocka_unit_test(other_names),
		cmocka_unit_test(renewal),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
