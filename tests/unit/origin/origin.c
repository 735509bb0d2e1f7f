// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Unwinding, names and lines of this program's stack; the text of an origin; perf maps. */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#include "origin/dwfl_cache.h"
#include "origin/finder.h"
#include "origin/origin.h"
#include "origin/symbolize.h"
#include "origin/unwind.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* ---- this program's stack ---- */

static struct ts_stack stack;
static int line_inlined, line_middle, line_outer;

/* The sanitizer has red zones above the current frame. */
__attribute__((no_sanitize("address", "undefined"))) static void copy_words(uint64_t sp)
{
	const volatile uint64_t *from = (const volatile uint64_t *)(uintptr_t)sp;

	for (size_t i = 0; i < stack.bytes / 8; i++)
		stack.words[i] = from[i];
}

static void take_registers(const ucontext_t *at)
{
#ifdef __aarch64__
	memcpy(stack.registers, at->uc_mcontext.regs, 31 * 8);
	stack.sp = stack.registers[31] = at->uc_mcontext.sp;
	stack.pc = at->uc_mcontext.pc;
#else
	static const int order[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
				     REG_RBP, REG_RSP, REG_R8, REG_R9, REG_R10, REG_R11,
				     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP };

	for (size_t i = 0; i < COUNT(order); i++)
		stack.registers[i] = (uint64_t)at->uc_mcontext.gregs[order[i]];
	stack.sp = stack.registers[7];
	stack.pc = stack.registers[16];
#endif
}

__attribute__((noinline)) static int capture(void)
{
	ucontext_t here;

	assert_int_equal(getcontext(&here), 0);
	take_registers(&here);
	stack.bytes = 4096;
	copy_words(stack.sp);
	return 1;
}

static inline __attribute__((always_inline)) int inlined(volatile int *n)
{
	line_inlined = __LINE__ + 1;
	*n += capture();
	return *n;
}

__attribute__((noinline)) static int middle(void)
{
	volatile int n = 0;

	line_middle = __LINE__ + 1;
	return inlined(&n) + 1;
}

__attribute__((noinline)) static int outer(void)
{
	line_outer = __LINE__ + 1;
	int n = middle();

	return n + 1;
}

static void layout_of(pid_t pid, struct ts_layout *layout)
{
	char line[1024], path[32];
	FILE *file;
	size_t n;
	char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(line, 1, sizeof(line) - 1, file);

	fclose(file);
	line[n] = '\0';
	at = strrchr(line, ')') + 1;
	for (int field = 3; field <= 28; field++) {
		uint64_t value = strtoull(at + 1, NULL, 10);

		if (field == 26)
			layout->start_code = value;
		if (field == 28)
			layout->start_stack = value;
		at = strchr(at + 1, ' ');
	}
}

static int take_stack(void **state)
{
	(void)state;
	memset(&stack, 0, sizeof(stack));
	stack.pid = stack.tgid = (uint32_t)getpid();
	layout_of(getpid(), &stack.layout);
	assert_int_equal(outer(), 3);
	return 0;
}

static struct dwfl_cache *cache;

static struct dwfl_entry *code_of_this(void)
{
	struct dwfl_entry *code;

	cache = dwfl_cache_new(FINDER_IN_PROCESS);
	assert_non_null(cache);
	code = dwfl_cache_get(cache, stack.pid, &stack.layout);
	assert_non_null(code);
	return code;
}

static int forget_codes(void **state)
{
	(void)state;
	dwfl_cache_free(cache);
	cache = NULL;
	return 0;
}

static void is_at(const struct symbol *symbol, const char *function, int line, bool is_inlined)
{
	const char *file = strrchr(symbol->file, '/');

	assert_string_equal(symbol->function, function);
	assert_string_equal(file ? file + 1 : symbol->file, "origin.c");
	assert_int_equal(symbol->line, line);
	assert_int_equal(symbol->inlined, is_inlined);
}

static void names_and_lines(void **state)
{
	struct dwfl_entry *code = code_of_this();
	struct symbol symbols[SYMBOLS_MAX];
	struct unwound unwound;

	(void)state;
	unwind(code, &stack, &unwound);
	assert_true(unwound.n > 4);
	assert_true(unwound.in_files);
	assert_int_equal(symbol_find(code, unwound.address[0], false, symbols), 1);
	assert_string_equal(symbols[0].function, "capture");
	assert_int_equal(symbol_find(code, unwound.address[1], true, symbols), 2);
	is_at(&symbols[0], "inlined", line_inlined, true);
	is_at(&symbols[1], "middle", line_middle, false);
	assert_int_equal(symbol_find(code, unwound.address[2], true, symbols), 1);
	is_at(&symbols[0], "outer", line_outer, false);
	assert_int_equal(symbol_find(code, unwound.address[3], true, symbols), 1);
	assert_string_equal(symbols[0].function, "take_stack");
	assert_non_null(strstr(symbols[0].module, "origin"));
}

/* The positions that the BPF programs compare. */
static void return_addresses_are_where_they_are_said_to_be(void **state)
{
	struct unwound unwound;

	(void)state;
	unwind(code_of_this(), &stack, &unwound);
	assert_true(unwound.n > 4);
	assert_int_equal(unwound.n_at, unwound.n - 1);
	for (uint32_t i = 0; i < unwound.n_at; i++) {
		assert_true(unwound.at[i] < stack.bytes / 8);
		assert_true(stack.words[unwound.at[i]] == unwound.address[i + 1]);
		assert_true(!i || unwound.at[i] > unwound.at[i - 1]);
	}
}

/* A truncated copy gives the frames that it has. */
static void cut(void **state)
{
	struct unwound whole, unwound;
	struct dwfl_entry *code = code_of_this();

	(void)state;
	unwind(code, &stack, &whole);
	stack.bytes = (whole.at[1] + 1) * 8u; /* to the return into the third */
	unwind(code, &stack, &unwound);
	assert_int_equal(unwound.n, 3);
	assert_true(unwound.more);
	stack.bytes = 0;
	unwind(code, &stack, &unwound);
	assert_int_equal(unwound.n, 1);
	assert_true(unwound.address[0] == stack.pc);
}

/* A stack can have any content. */
static void garbage(void **state)
{
	struct dwfl_entry *code = code_of_this();
	const uint64_t pc = stack.pc, sp = stack.sp;
	uint64_t seed = 88172645463325252u;
	struct symbol symbols[SYMBOLS_MAX];
	struct unwound unwound;

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < COUNT(stack.words); i++) {
			seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
			stack.words[i] = round % 2 ? pc + seed % 4096 : sp + seed % 8192;
		}
		for (size_t i = 0; i < COUNT(stack.registers); i++)
			stack.registers[i] = i == 7 || i == 31 ? sp : stack.words[i];
		stack.registers[16] = stack.pc = pc;
		stack.bytes = TS_STACK_BYTES;
		unwind(code, &stack, &unwound);
		assert_in_range(unwound.n, 1, TS_STACK_FRAMES);
		assert_true(unwound.n_at < unwound.n);
		for (uint32_t i = 0; i < unwound.n; i++)
			assert_true(symbol_find(code, unwound.address[i], i, symbols) >= 1);
	}
}

static void another_program_has_no_code(void **state)
{
	struct ts_layout other = stack.layout;

	(void)state;
	cache = dwfl_cache_new(FINDER_IN_PROCESS);
	other.start_stack += 16;
	assert_null(dwfl_cache_get(cache, stack.pid, &other));
	assert_non_null(dwfl_cache_get(cache, stack.pid, &stack.layout));
	assert_null(dwfl_cache_get(cache, stack.pid, &other)); /* nor from the cache */
}

/* Debug information of `crafted`: each namespace has the next within it, and as its sibling too. */
__asm__(".pushsection .text.crafted, \"ax\"\n"
	".globl crafted\n"
	"crafted: ret\n"
	".popsection\n"
	".pushsection .debug_abbrev, \"\"\n"
	".Labbrev: .uleb128 1, 0x11; .byte 1; .uleb128 0x11, 0x01, 0x12, 0x0b, 0, 0\n" /* unit */
	".uleb128 2, 0x39; .byte 1; .uleb128 0x01, 0x13, 0, 0\n" /* namespace, its sibling */
	".uleb128 0\n"
	".popsection\n"
	".pushsection .debug_info, \"\"\n"
	".Lunit: .4byte .Lend - .Lversion\n"
	".Lversion: .2byte 4; .4byte .Labbrev; .byte 8\n"
	".uleb128 1; .8byte crafted; .byte 1\n"
	".rept 60\n"
	".uleb128 2; .4byte . + 4 - .Lunit\n"
	".endr\n"
	".byte 0\n"
	".Lend:\n"
	".popsection\n");
extern const char crafted[];

static void debug_information_without_end(void **state)
{
	struct symbol symbols[SYMBOLS_MAX];

	(void)state;
	(void)alarm(60);
	assert_int_equal(symbol_find(code_of_this(), (uintptr_t)crafted, false, symbols), 1);
	assert_string_equal(symbols[0].function, "crafted");
	(void)alarm(0);
}

/* ---- another process ---- */

static pid_t child;
static int to_child, from_child;

static void wait_for_child(void)
{
	char byte;

	assert_int_equal(read(from_child, &byte, 1), 1);
}

/* Prints a line, reads one, executes another program: at the same addresses if `fixed`. */
static void start_child(bool fixed, struct ts_layout *layout)
{
	int in[2], out[2];

	assert_int_equal(pipe(in) || pipe(out), 0);
	child = fork();
	if (!child) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		if (fixed)
			personality(ADDR_NO_RANDOMIZE);
		execl("/bin/sh", "sh", "-c", "echo; read line; exec cat", NULL);
		_exit(1);
	}
	close(in[0]);
	close(out[1]);
	to_child = in[1];
	from_child = out[0];
	wait_for_child();
	layout_of(child, layout);
}

static void child_goes_on(void)
{
	assert_int_equal(write(to_child, "\n\n", 2), 2);
	wait_for_child();
}

static int end_child(void **state)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(to_child);
	close(from_child);
	return forget_codes(state);
}

/* Its PID is the same, and so may be the addresses. */
static void exec_does_not_lend_its_code(void **state)
{
	struct ts_layout layout = { 0 };
	Dwfl_Module *program;
	struct dwfl_entry *code;
	GElf_Addr bias;

	(void)state;
	cache = dwfl_cache_new(FINDER_IN_PROCESS);
	start_child(true, &layout);
	code = dwfl_cache_get(cache, (uint32_t)child, &layout);
	assert_non_null(code);
	child_goes_on();
	assert_ptr_equal(dwfl_cache_get(cache, (uint32_t)child, &layout), code);
	assert_false(dwfl_entry_refresh(code));
	program = dwfl_addrmodule(code->dwfl, layout.start_code);
	assert_non_null(program);
	assert_null(dwfl_module_getelf(program, &bias));
}

/* Without address space randomization two programs may begin at the same addresses. */
static void an_executable_tells_programs_apart(void **state)
{
	struct ts_layout layout = { .executable = 1 }, other;
	struct dwfl_entry *code;

	(void)state;
	cache = dwfl_cache_new(FINDER_IN_PROCESS);
	start_child(false, &layout);
	other = layout;
	other.executable = 2;
	code = dwfl_cache_get(cache, (uint32_t)child, &layout);
	assert_non_null(code);
	assert_ptr_not_equal(dwfl_cache_get(cache, (uint32_t)child, &other), code);
	assert_ptr_equal(dwfl_cache_get(cache, (uint32_t)child, &layout), code);
}

/* A file can be truncated while tcpstate has it mapped. */
static void a_file_that_is_cut_short(void **state)
{
	char path[] = "/tmp/tcpstate-unit-XXXXXX", command[128];
	struct symbol symbols[SYMBOLS_MAX];
	struct dwfl_entry *code;
	GElf_Addr bias;
	char *mapped;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	snprintf(command, sizeof(command), "exec cat /proc/%d/exe >%s", (int)getpid(), path);
	assert_int_equal(system(command), 0);
	mapped = mmap(NULL, 1 << 20, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	code = code_of_this();
	assert_non_null(dwfl_module_getelf(dwfl_addrmodule(code->dwfl, (uintptr_t)mapped), &bias));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(symbol_find(code, (uintptr_t)mapped + 4096, false, symbols), 1);
	assert_string_equal(symbols[0].module, path);
	munmap(mapped, 1 << 20);
	close(fd);
	unlink(path);
}

/* libdwfl would need half a minute for each refresh. */
static void a_process_that_maps_too_many_files(void **state)
{
	enum { MAPPED = 50000, SIZE = 4096 };
	int fds[2] = { memfd_create("one", 0), memfd_create("two", 0) };
	char *all = mmap(NULL, (size_t)MAPPED * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(!ftruncate(fds[0], SIZE) && !ftruncate(fds[1], SIZE));
	assert_ptr_not_equal(all, MAP_FAILED);
	for (size_t i = 0; i < MAPPED; i++)
		assert_ptr_not_equal(mmap(all + i * SIZE, SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED,
					  fds[i % 2], 0), MAP_FAILED);
	cache = dwfl_cache_new(FINDER_IN_PROCESS);
	assert_null(dwfl_cache_get(cache, stack.pid, &stack.layout));
	munmap(all, (size_t)MAPPED * SIZE);
	assert_non_null(dwfl_cache_get(cache, stack.pid, &stack.layout));
	close(fds[0]);
	close(fds[1]);
}

/* ---- text ---- */

static void words(void **state)
{
	static const struct {
		enum ts_origin_kind kind;
		struct origin_frame frames[3];
		const char *text;
	} cases[] = {
		{ TS_ORIGIN_ACCEPT,
		  { { .function = "accept", .module = "/usr/lib/libc.so.6" },
		    { .function = "handle", .file = "/src/a/worker.c", .line = 212, .module = "/bin/w" } },
		  "accepted at worker.c:212 handle" },
		{ TS_ORIGIN_CONNECT,
		  { { .function = "__libc_connect", .module = "/bin/w" }, /* a static program */
		    { .function = "dial", .module = "/bin/w" } },
		  "connected at dial (w)" },
		{ TS_ORIGIN_USE,
		  { { .module = "/lib/ld-musl-x86_64.so.1" },
		    { .module = "[vdso: 12]" },
		    { .module = "/opt/w", .offset = 0x1234, .address = 0x555555551234 } },
		  "first used at w+0x1234" },
		{ TS_ORIGIN_USE, { { .address = 0x7f0000001000 } }, "first used at 0x7f0000001000" },
		{ TS_ORIGIN_ACCEPT, { { .function = "LazyCompile:~serve" } },
		  "accepted at LazyCompile:~serve" },
		{ TS_ORIGIN_ACCEPT,
		  { { .function = "syscall.accept4", .file = "/usr/lib/go/src/syscall/z.go", .line = 1 },
		    { .function = "net.(*TCPListener).Accept", .module = "/bin/w" },
		    { .function = "main.serve", .file = "/src/main.go", .line = 7 } },
		  "accepted at main.go:7 main.serve" },
		{ TS_ORIGIN_ACCEPT,
		  { { .function = "accept", .module = "/usr/lib/libc.so.6" },
		    { .function = "accept<T>", .file = "/rustc/0f1e/library/std/src/net/tcp.rs", .line = 9 },
		    { .function = "handle", .file = "src/main.rs", .line = 12 } },
		  "accepted at main.rs:12 handle" },
		{ TS_ORIGIN_ACCEPT,
		  { { .function = "std::net::tcp::TcpListener::accept", .module = "/bin/w" },
		    { .function = "<std::net::tcp::Incoming>::next", .module = "/bin/w" },
		    { .function = "std_server::handle", .module = "/bin/w" } },
		  "accepted at std_server::handle (w)" },
		/* a reader of its own is not a wrapper; a stack of libraries has its innermost frame */
		{ TS_ORIGIN_USE, { { .function = "readings", .module = "/bin/w" } },
		  "first used at readings (w)" },
		{ TS_ORIGIN_USE, { { .function = "read", .module = "/lib/libc-2.31.so" } },
		  "first used at read (libc-2.31.so)" },
	};
	char text[ORIGIN_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct origin origin = { .kind = cases[i].kind, .frames = cases[i].frames };

		while (origin.n < 3 && (cases[i].frames[origin.n].module ||
					cases[i].frames[origin.n].function ||
					cases[i].frames[origin.n].address))
			origin.n++;
		assert_int_equal(origin_text(&origin, text), strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

static void long_words_are_cut(void **state)
{
	char name[1000], text[ORIGIN_TEXT];
	const struct origin_frame frame = { .function = name, .module = name };
	const struct origin origin = { .kind = TS_ORIGIN_USE, .n = 1, .frames = &frame };

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(origin_text(&origin, text), ORIGIN_TEXT - 1);
	assert_int_equal(strlen(text), ORIGIN_TEXT - 1);
}

/* ---- perf maps ---- */

static struct perf_map *map_of(const char *text, size_t n)
{
	FILE *file = tmpfile();
	struct perf_map *map;

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fflush(file), 0);
	map = perf_map_read(fileno(file));
	assert_non_null(map);
	assert_true(perf_map_is_of(map, fileno(file)));
	fputs("5000 10 late\n", file);
	fclose(file);
	return map;
}

static void is_named(const struct perf_map *map, uint64_t address, const char *name)
{
	char *found = perf_map_find(map, address);

	if (name)
		assert_string_equal(found, name);
	else
		assert_null(found);
	free(found);
}

static void perf_map(void **state)
{
	static char text[] = "1000 10 first\n"
			     "0x2000 20 a name with blanks\r\n"
			     "3000 10 old\n"
			     "3000 10 new\n"
			     "no line of a map\n"
			     "4000 10 \n"
			     "4000\n"
			     "4000 0 empty\n"
			     "5000 100 around\n"
			     "5010 10 inner\n"
			     "5018 4 innermost\n"
			     "50f0 20 over the end\n"
			     "4ff0 18 over the start\n"
			     "6010 10 hidden\n"
			     "6000 100 above\n"
			     "ffffffffffffff00 200 wraps";
	static const struct {
		uint64_t address;
		const char *name;
	} cases[] = {
		{ 0, NULL }, { 0xfff, NULL }, { 0x1000, "first" }, { 0x100f, "first" },
		{ 0x1010, NULL }, { 0x201f, "a name with blanks" }, { 0x3001, "new" },
		{ 0x4000, NULL }, { 0x4fef, NULL }, { 0x4ff0, "over the start" },
		{ 0x5007, "over the start" }, { 0x5008, "around" }, { 0x500f, "around" },
		{ 0x5010, "inner" }, { 0x5017, "inner" }, { 0x5018, "innermost" },
		{ 0x501b, "innermost" }, { 0x501c, "inner" }, { 0x5020, "around" },
		{ 0x50ef, "around" }, { 0x50f0, "over the end" }, { 0x510f, "over the end" },
		{ 0x5110, NULL }, { 0x6010, "above" }, { 0x60ff, "above" }, { 0x6100, NULL },
		{ 0xffffffffffffff80, "wraps" }, { UINT64_MAX, "wraps" },
	};
	struct perf_map *map = map_of(text, sizeof(text) - 1);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		is_named(map, cases[i].address, cases[i].name);
	perf_map_free(map);
	map = map_of("", 0);
	is_named(map, 0x1000, NULL);
	perf_map_free(map);
}

/* The table against a search of all lines. */
static void perf_map_at_random(void **state)
{
	enum { LINES = 300, SPAN = 4096 };
	static char text[LINES * 32];
	unsigned start[LINES], size[LINES], seed = 12345;
	char *at = text, name[16];
	struct perf_map *map;

	(void)state;
	for (int i = 0; i < LINES; i++) {
		seed = seed * 1103515245 + 12345;
		start[i] = seed >> 8 & (SPAN - 1);
		size[i] = (seed >> 20 & 127) + 1;
		at += sprintf(at, "%x %x n%d\n", start[i], size[i], i);
	}
	map = map_of(text, (size_t)(at - text));
	for (unsigned address = 0; address < SPAN + 256; address++) {
		int last = LINES;

		while (last-- && address - start[last] >= size[last])
			continue;
		snprintf(name, sizeof(name), "n%d", last);
		is_named(map, address, last < 0 ? NULL : name);
	}
	perf_map_free(map);
}

/* The file is untrusted: a sparse file of 16 EB needs no disk, and a line can be short. */
static void endless_perf_map(void **state)
{
	FILE *file = tmpfile();
	struct perf_map *map;
	char name[5000], *found;

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_non_null(file);
	fprintf(file, "1000 10 %.*s\n2000 10 second\n", (int)sizeof(name), name);
	for (int i = 0; i < 1200000; i++)
		fputs("1 1 a\n", file);
	fflush(file);
	assert_int_equal(ftruncate(fileno(file), (off_t)1 << 40), 0);
	map = perf_map_read(fileno(file));
	assert_non_null(map);
	found = perf_map_find(map, 0x1000);
	assert_non_null(found);
	assert_in_range(strlen(found), 100, sizeof(name) - 1);
	free(found);
	is_named(map, 0x2000, "second");
	is_named(map, 1, "a");
	assert_int_equal(ftruncate(fileno(file), 100), 0);
	assert_false(perf_map_is_of(map, fileno(file)));
	perf_map_free(map);
	fclose(file);
}

/* What the finder opens of this process. */
static int ask(enum finder_what what)
{
	struct finder_request request = { .what = what, .pid = (uint32_t)getpid() };

	layout_of(getpid(), &request.layout);
	return finder_ask(FINDER_IN_PROCESS, &request);
}

/* Any user can create the file before the process does, and it may be anything. */
static void perf_map_of_another_user(void **state)
{
	char path[64];
	FILE *file;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	file = fopen(path, "wx");
	assert_non_null(file);
	fprintf(file, "1000 10 mine\n");
	fclose(file);
	fd = ask(FINDER_PERF_MAP);
	if (!geteuid() && fd >= 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(ask(FINDER_PERF_MAP), -1);
	}
	unlink(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(symlink("/proc/self/maps", path), 0);
	assert_int_equal(ask(FINDER_PERF_MAP), -1);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ask(FINDER_PERF_MAP), -1);
	unlink(path);
	assert_int_equal(ask(FINDER_PERF_MAP), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_and_lines, take_stack, forget_codes),
		cmocka_unit_test_setup_teardown(return_addresses_are_where_they_are_said_to_be,
						take_stack, forget_codes),
		cmocka_unit_test_setup_teardown(cut, take_stack, forget_codes),
		cmocka_unit_test_setup_teardown(garbage, take_stack, forget_codes),
		cmocka_unit_test_setup_teardown(another_program_has_no_code, take_stack,
						forget_codes),
		cmocka_unit_test_setup_teardown(debug_information_without_end, take_stack,
						forget_codes),
		cmocka_unit_test_teardown(exec_does_not_lend_its_code, end_child),
		cmocka_unit_test_teardown(an_executable_tells_programs_apart, end_child),
		cmocka_unit_test_setup_teardown(a_file_that_is_cut_short, take_stack, forget_codes),
		cmocka_unit_test_setup_teardown(a_process_that_maps_too_many_files, take_stack,
						forget_codes),
		cmocka_unit_test(words),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(perf_map),
		cmocka_unit_test(perf_map_at_random),
		cmocka_unit_test(endless_perf_map),
		cmocka_unit_test(perf_map_of_another_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
