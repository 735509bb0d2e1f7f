// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which files are opened for the worker; bounds of ELF files; shares of processes and users. */
#include <fcntl.h>
#include <inttypes.h>
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

#include "origin/dwfl_cache.h"
#include "origin/finder.h"
#include "origin/layout.h"
#include "origin/shares.h"

/* ---- files ---- */

static struct finder_request request;
static char folder[4096];

static void read_layout(struct ts_layout *layout)
{
	uint64_t start_code, start_stack;
	char line[2048], *at;
	FILE *file = fopen("/proc/self/stat", "r");

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	at = strrchr(line, ')');
	assert_int_equal(sscanf(at, ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
				    "%*s %*s %*s %*s %*s %*s %" SCNu64 " %*s %" SCNu64,
				&start_code, &start_stack), 2);
	layout->start_code = start_code;
	layout->start_stack = start_stack;
}

/* This program's file, mapped at request.start, in a folder of its own. */
static int make_folder(void **state)
{
	char path[4200], command[8600];
	uint64_t start;
	char line[4400];
	FILE *file;

	(void)state;
	request = (struct finder_request){ .pid = (uint32_t)getpid() };
	read_layout(&request.layout);
	assert_true(layout_is_of(request.pid, &request.layout));
	file = fopen("/proc/self/maps", "r");
	assert_non_null(file);
	while (!request.start && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strchr(line, '/') && sscanf(line, "%" SCNx64, &start) == 1) {
			request.start = start;
			snprintf(folder, sizeof(folder), "%s", strchr(line, '/'));
		}
	}
	fclose(file);
	*strrchr(folder, '/') = '\0';
	snprintf(path, sizeof(path), "%s/.debug", folder);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	return 0;
}

static int remove_folder(void **state)
{
	char command[8600];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s/.debug'", folder);
	return system(command);
}

/* Asks for the debug file of that name in .debug/. */
static int open_link(const char *name)
{
	request.what = FINDER_BY_LINK;
	request.place = 1;
	snprintf(request.link, sizeof(request.link), "%s", name);
	return finder_ask(FINDER_IN_PROCESS, &request);
}

static const char *path_of(const char *name)
{
	static char path[5000];

	snprintf(path, sizeof(path), "%s/.debug/%s", folder, name);
	return path;
}

/* The ELF header of a file of that type, and zeros. */
static void make_elf(const char *name, off_t size, uint16_t type, unsigned char order)
{
	int fd = open(path_of(name), O_RDWR | O_CREAT | O_EXCL, 0600);
	unsigned char header[] = { 0x7f, 'E', 'L', 'F', ELFCLASS64, order, [EI_NIDENT + 1] = 0 };

	header[EI_NIDENT + (order == ELFDATA2MSB)] = (unsigned char)type;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void make(const char *name, off_t size)
{
	make_elf(name, size, ET_DYN, ELFDATA2LSB);
}

static void is_open(int fd, bool wanted)
{
	assert_int_equal(fd >= 0, wanted);
	if (fd >= 0)
		close(fd);
}

static void only_regular_files(void **state)
{
	(void)state;
	make("good", 100);
	is_open(open_link("good"), true);
	assert_int_equal(symlink("good", path_of("link")), 0);
	is_open(open_link("link"), true);
	is_open(open_link("missing"), false);
	make("empty", 0);
	is_open(open_link("empty"), false);
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	is_open(open_link("fifo"), false);
	assert_int_equal(symlink("/dev/zero", path_of("device")), 0);
	is_open(open_link("device"), false);
	assert_int_equal(mkdir(path_of("folder"), 0700), 0);
	is_open(open_link("folder"), false);
	/* links of /proc lead out of the root, and its files are not regular but by name */
	assert_int_equal(symlink("/proc/self/exe", path_of("magic")), 0);
	is_open(open_link("magic"), false);
	assert_int_equal(symlink("/sys/kernel/notes", path_of("sysfs")), 0);
	is_open(open_link("sysfs"), false);
	make("endless", (off_t)15 << 40);
	is_open(open_link("endless"), false);
	make("large", ((off_t)1 << 30) + 1);
	is_open(open_link("large"), false);
	make("largest", (off_t)1 << 30);
	is_open(open_link("largest"), true);
}

/* A process maps a file that all may read, and names a secret beside it, or mounts one here. */
static void only_code(void **state)
{
	FILE *file;

	(void)state;
	make_elf("program", 100, ET_EXEC, ELFDATA2LSB);
	is_open(open_link("program"), true);
	make_elf("big", 100, ET_EXEC, ELFDATA2MSB);
	is_open(open_link("big"), true);
	make_elf("core", 100, ET_CORE, ELFDATA2LSB);
	is_open(open_link("core"), false);
	make_elf("big core", 100, ET_CORE, ELFDATA2MSB);
	is_open(open_link("big core"), false);
	make_elf("short", EI_NIDENT + 1, ET_DYN, ELFDATA2LSB);
	is_open(open_link("short"), false);
	file = fopen(path_of("secret"), "w");
	assert_non_null(file);
	assert_true(fputs("root:x:0:0:root:/root:/bin/bash\n", file) > 0);
	assert_int_equal(fclose(file), 0);
	is_open(open_link("secret"), false);
}

/* A process can mount any file as its perf map: of root's files, not those that it may not read. */
static void only_perf_maps_that_all_may_read(void **state)
{
	struct stat map = { .st_uid = 1000, .st_mode = S_IFREG | 0600 };

	(void)state;
	assert_true(perf_map_is_trusted(&map, 1000));
	assert_false(perf_map_is_trusted(&map, 1001));
	assert_false(perf_map_is_trusted(&map, 0));
	map.st_mode = S_IFREG | 0644;
	assert_false(perf_map_is_trusted(&map, 1001));
	map.st_uid = 0;
	assert_true(perf_map_is_trusted(&map, 1000));
	map.st_mode = S_IFREG | 0640;
	assert_false(perf_map_is_trusted(&map, 1000));
	assert_true(perf_map_is_trusted(&map, 0));
}

/* ---- requests ---- */

static bool is_valid(const struct finder_request *asked)
{
	return finder_request_is_valid(asked, sizeof(*asked));
}

static void requests_are_judged(void **state)
{
	struct finder_request asked = { .what = FINDER_MAPS, .pid = 1 };

	(void)state;
	assert_true(is_valid(&asked));
	assert_false(finder_request_is_valid(&asked, sizeof(asked) - 1));
	assert_false(finder_request_is_valid(&asked, sizeof(asked) + 1));
	assert_false(finder_request_is_valid(&asked, 0));
	asked.pid = 0;
	assert_false(is_valid(&asked));
	asked.pid = 1;
	asked.what = FINDER_PERF_MAP + 1;
	assert_false(is_valid(&asked));
	asked.what = FINDER_BY_ID;
	for (asked.id_size = 0; asked.id_size < 100; asked.id_size++)
		assert_int_equal(is_valid(&asked),
				 asked.id_size >= 2 && asked.id_size <= FINDER_ID_MAX);
	asked.id_size = 20;
	asked.place = 1;
	assert_true(is_valid(&asked));
	asked.place = 2;
	assert_false(is_valid(&asked));
	asked.what = FINDER_BY_LINK;
	assert_false(is_valid(&asked)); /* no name */
	asked.link[0] = 'a';
	assert_true(is_valid(&asked));
	asked.place = FINDER_PLACES;
	assert_false(is_valid(&asked));
	asked.place = 0;
	asked.link[1] = '/';
	assert_false(is_valid(&asked));
	memset(asked.link, 'a', sizeof(asked.link) - 1);
	assert_true(is_valid(&asked));
	asked.link[sizeof(asked.link) - 1] = 'a'; /* without an end */
	assert_false(is_valid(&asked));
}

static void only_names(void **state)
{
	(void)state;
	make("good", 100);
	is_open(open_link("../.debug/good"), false);
	is_open(open_link("/etc/passwd"), false);
	is_open(open_link(""), false);
	request.start++; /* not the start of a mapping */
	is_open(open_link("good"), false);
}

static void only_the_same_program(void **state)
{
	(void)state;
	request.what = FINDER_MAPPED;
	is_open(finder_ask(FINDER_IN_PROCESS, &request), true);
	request.what = FINDER_MAPS;
	is_open(finder_ask(FINDER_IN_PROCESS, &request), true);
	request.layout.start_stack++;
	is_open(finder_ask(FINDER_IN_PROCESS, &request), false);
	request.what = FINDER_MAPPED;
	is_open(finder_ask(FINDER_IN_PROCESS, &request), false);
	request.what = 99;
	is_open(finder_ask(FINDER_IN_PROCESS, &request), false);
}

/* ---- compressed sections ---- */

/* A file with one section of `size` bytes, which claims to inflate to `inflated`. */
static bool is_bounded(size_t size, uint64_t inflated)
{
	static const char names[] = "\0.debug_str\0.shstrtab";
	size_t headers = 64, text = headers + 3 * 64, section = text + 32;
	char *file = calloc(1, section + size);
	Elf64_Ehdr ehdr = { .e_ident = ELFMAG, .e_type = ET_EXEC, .e_version = EV_CURRENT,
			    .e_shoff = headers, .e_ehsize = 64, .e_shentsize = 64, .e_shnum = 3,
			    .e_shstrndx = 2 };
	Elf64_Shdr table[3] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_COMPRESSED,
		  .sh_offset = section, .sh_size = size, .sh_addralign = 1 },
		{ .sh_name = 12, .sh_type = SHT_STRTAB, .sh_offset = text, .sh_size = sizeof(names) },
	};
	Elf64_Chdr chdr = { .ch_type = ELFCOMPRESS_ZLIB, .ch_size = inflated, .ch_addralign = 1 };
	bool bounded;
	Elf *elf;

	ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	memcpy(file, &ehdr, sizeof(ehdr));
	memcpy(file + headers, table, sizeof(table));
	memcpy(file + text, names, sizeof(names));
	memcpy(file + section, &chdr, sizeof(chdr));
	elf_version(EV_CURRENT);
	elf = elf_memory(file, section + size);
	assert_non_null(elf);
	bounded = elf_is_bounded(elf);
	elf_end(elf);
	free(file);
	return bounded;
}

static void sections_that_inflate(void **state)
{
	(void)state;
	assert_true(is_bounded(1000, 10000));
	assert_true(is_bounded(1000, 100000));
	assert_false(is_bounded(1000, 1000000));
	assert_false(is_bounded(1000, UINT64_MAX));
	assert_true(is_bounded(8 << 20, 500 << 20));
	assert_false(is_bounded(8 << 20, 600 << 20));
	assert_false(elf_is_bounded(NULL));
}

/* ---- shares ---- */

static const uint64_t SECOND = 1000000000;

static void a_process_that_was_late(void **state)
{
	struct ts_layout one = { .start_code = 1 }, two = { .start_code = 2 };
	struct share *user, *process;
	struct shares shares = { 0 };

	(void)state;
	assert_int_equal(shares_new(&shares), 0);
	user = share_of_user(&shares, 1000);
	process = share_of_process(&shares, 1000, 7, &one);
	assert_ptr_equal(share_of_user(&shares, 1000), user);
	assert_ptr_equal(share_of_process(&shares, 1000, 7, &one), process);
	assert_ptr_not_equal(share_of_process(&shares, 1000, 7, &two), process);
	assert_false(share_is_shunned(user, process, SECOND));
	share_add_late(user, SECOND);
	share_add_late(process, SECOND);
	assert_true(share_is_shunned(user, process, SECOND));
	assert_true(share_is_shunned(user, process, 1000 * SECOND));
	/* its user has three, and one less after each minute */
	process = share_of_process(&shares, 1000, 7, &two);
	assert_false(share_is_shunned(user, process, SECOND));
	share_add_late(user, 2 * SECOND);
	share_add_late(user, 3 * SECOND);
	assert_true(share_is_shunned(user, process, 4 * SECOND));
	assert_false(share_is_shunned(share_of_user(&shares, 1001), process, 4 * SECOND));
	assert_false(share_is_shunned(user, process, 64 * SECOND));
	shares_free(&shares);
}

static void time_is_forgotten(void **state)
{
	struct shares shares = { 0 };
	struct share *user;

	(void)state;
	assert_int_equal(shares_new(&shares), 0);
	user = share_of_user(&shares, 5);
	(void)share_spent(user, 10 * SECOND);
	user->spent_ns = 8 * SECOND;
	assert_true(share_spent(user, 10 * SECOND) == 8 * SECOND);
	assert_true(share_spent(user, 12 * SECOND) == 2 * SECOND);
	assert_true(share_spent(user, 500 * SECOND) == 0);
	shares_free(&shares);
}

/* More processes than there is room for have a share in common, and are never shunned for others. */
static void more_processes_than_places(void **state)
{
	struct ts_layout layout = { .start_code = 1 };
	struct shares shares = { 0 };
	struct share *first, *other;

	(void)state;
	assert_int_equal(shares_new(&shares), 0);
	first = share_of_process(&shares, 0, 1, &layout);
	first->stored = 1;
	for (uint32_t pid = 2; pid < 20000; pid++)
		share_of_process(&shares, 0, pid, &layout)->stored++;
	assert_ptr_equal(share_of_process(&shares, 0, 1, &layout), first);
	assert_int_equal(first->stored, 1);
	other = share_of_process(&shares, 0, 30000, &layout);
	assert_ptr_equal(other, share_of_process(&shares, 0, 30001, &layout));
	share_add_late(other, SECOND);
	assert_false(share_is_shunned(share_of_user(&shares, 1), other, SECOND));
	/* the place of a process that has ended is free again */
	first->stored = 0;
	share_release(&shares, first);
	for (int i = 0; i < 500 && other->key == 0; i++)
		other = share_of_process(&shares, 0, 40000, &layout);
	assert_ptr_equal(other, first);
	shares_free(&shares);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_regular_files, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(only_code, make_folder, remove_folder),
		cmocka_unit_test(only_perf_maps_that_all_may_read),
		cmocka_unit_test(requests_are_judged),
		cmocka_unit_test_setup_teardown(only_names, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(only_the_same_program, make_folder, remove_folder),
		cmocka_unit_test(sections_that_inflate),
		cmocka_unit_test(a_process_that_was_late),
		cmocka_unit_test(time_is_forgotten),
		cmocka_unit_test(more_processes_than_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
