// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Columns of TCP sockets that are more than a number of the row. */
#include <locale.h>
#include <netinet/in.h>
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

#include "fields/field.h"
#include "sockets/view.h"
#include "system/pod.h"

static void expect_timer(const struct ts_socket *s, const char *expected)
{
	char text[SOCKET_TEXT];
	struct sockets sockets = { .tick_ns = 4000000 };
	struct socket_view view = { .sockets = &sockets, .text = text };
	struct socket_entry entry = { .socket = s };
	struct error error = { "" };
	const struct field *field = field_find(&socket_fields, "timer", 5, &error);
	struct value value;
	struct row row;

	row_of_socket(&row, &view, &entry);
	assert_true(field_get(field, &row, &value));
	assert_int_equal(value.type, expected ? VALUE_TEXT : VALUE_NULL);
	if (!expected)
		return;
	assert_int_equal(value.length, strlen(expected));
	assert_memory_equal(value.text, expected, value.length);
}

static void expect_timers(void)
{
	struct ts_socket s = { .proto = IPPROTO_TCP, .state = TS_ESTABLISHED };

	expect_timer(&s, NULL);
	s.timer = TS_TIMER_ON;
	expect_timer(&s, "on 0.00s");
	s.expires = 51; /* 204 ms */
	expect_timer(&s, "on 0.20s");
	s.expires = 499; /* 1.996 s */
	s.retransmits = 3;
	expect_timer(&s, "on 2.00s, again 3, probes 0");
	s.timer = TS_TIMER_PERSIST;
	s.expires = 30001;
	s.probes = 2;
	expect_timer(&s, "persist 120.00s, again 3, probes 2");
	s.expires = -1;
	expect_timer(&s, "persist 0.00s, again 3, probes 2");
	s.timer = 200; /* of a later kernel */
	expect_timer(&s, NULL);
}

static void timers(void **state)
{
	(void)state;
	expect_timers();
}

/* LC_NUMERIC of C.UTF-8 with another decimal point; false: this C library does not have that. */
static bool set_comma_locale(char *folder)
{
	char path[128], data[4096];
	FILE *file = fopen("/usr/lib/locale/C.utf8/LC_NUMERIC", "rb");
	uint32_t offset;
	size_t n;

	if (!file)
		return false;
	n = fread(data, 1, sizeof(data), file);
	assert_int_equal(fclose(file), 0);
	for (size_t at = 8; at <= 20; at += 12) { /* as bytes, and as a wide character */
		memcpy(&offset, data + at, sizeof(offset));
		assert_true(offset < n);
		data[offset] = ',';
	}
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/xx_XX.utf8", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/xx_XX.utf8/LC_NUMERIC", folder);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(setenv("LOCPATH", folder, 1), 0);
	assert_non_null(setlocale(LC_NUMERIC, "xx_XX.utf8"));
	assert_int_equal(remove(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	return true;
}

/* A locale that writes 0,5 does not change the column, which programs read. */
static void timers_in_a_locale_with_a_comma(void **state)
{
	char folder[] = "/tmp/tcpstate-unit-XXXXXX";
	char text[8];

	(void)state;
	if (!set_comma_locale(folder))
		skip();
	assert_int_equal(rmdir(folder), 0);
	(void)snprintf(text, sizeof(text), "%.1f", 0.5);
	assert_string_equal(text, "0,5");
	expect_timers();
	(void)setlocale(LC_NUMERIC, "C");
}

#define UID "0a1b2c3d-0000-1111-2222-333344445555"
#define OTHER "0a1b2c3d-0000-1111-2222-333344446666"
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const pod_names[] = { "container", "pod", "container_name", "pod_name",
					 "pod_namespace" };

/* The columns of a socket in that cgroup, with a blank between them; - for null. */
static void expect_pod(struct pods *pods, const char *cgroup, const char *wanted)
{
	char room[SOCKET_TEXT], text[256] = "";
	struct sockets sockets = { 0 };
	struct socket_view view = { .sockets = &sockets, .text = room, .pods = pods };
	const struct row row = { .view = &view, .cgroup = cgroup };
	struct error error = { "" };
	struct value value;

	for (size_t i = 0; i < sizeof(pod_names) / sizeof(pod_names[0]); i++) {
		const struct field *field = field_find(&socket_fields, pod_names[i],
						       strlen(pod_names[i]), &error);
		size_t used = strlen(text);

		assert_non_null(field);
		(void)field_get(field, &row, &value);
		if (value.type == VALUE_NULL)
			value = (struct value){ .type = VALUE_TEXT, .text = "-", .length = 1 };
		assert_int_equal(value.type, VALUE_TEXT);
		(void)snprintf(text + used, sizeof(text) - used, "%s%.*s", i ? " " : "",
			       (int)value.length, value.text);
	}
	assert_string_equal(text, wanted);
}

/* The names of a pod come from its own id, and from that of a container only where it has none. */
static void names_of_pods(void **state)
{
	char folder[] = "/tmp/tcpstate-unit-XXXXXX", command[512];
	struct pods *pods;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(command, sizeof(command),
		       "cd %s && mkdir -p pods/shop_web-1_" UID " containers && "
		       "touch containers/web-2_spare_nginx-" ID ".log", folder);
	assert_int_equal(system(command), 0);
	pods = pods_new(folder);
	assert_non_null(pods);
	expect_pod(pods, "/system.slice/ssh.service", "- - - - -");
	expect_pod(pods, NULL, "- - - - -");
	expect_pod(pods, "/kubepods/pod" UID, "- " UID " - web-1 shop");
	expect_pod(pods, "/kubepods/pod" OTHER, "- " OTHER " - - -");
	expect_pod(pods, "/kubepods/pod" UID "/" ID, "0123456789ab " UID " nginx web-1 shop");
	expect_pod(pods, "/kubepods/pod" OTHER "/" ID, "0123456789ab " OTHER " nginx web-2 spare");
	expect_pod(pods, "/docker/" ID, "0123456789ab - nginx web-2 spare");
	expect_pod(NULL, "/kubepods/pod" UID "/" ID, "0123456789ab " UID " - - -");
	pods_free(pods);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers),
		cmocka_unit_test(names_of_pods),
		cmocka_unit_test(timers_in_a_locale_with_a_comma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
