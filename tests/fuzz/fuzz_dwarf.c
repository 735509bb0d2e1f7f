// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mutated ELF files with debug information, through all of the worker: it unwinds a stack in a file and
 * names addresses. An input is a header and patches of a library that was built for this.
 *
 * libdw may crash or hang: so the worker is a child with limits, as in the product. A crash in a library
 * is counted; one in this project's code, or an answer that is not valid, is a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <gelf.h>

#include "fuzz.h"
#include "origin/finder.h"
#include "origin/worker.h"

enum {
	SEEDS = 2,
	FILE_MAX = 1 << 17,
	INPUT_MAX = 1 << 14,
	SECTIONS = 64,
	ANSWERS = 2,
	FEATURES = 1 << 14,
	CPU_SECONDS = 2,	/* for one input */
	CHILD_CPU_SECONDS = 20, /* then another child goes on: a worker ends after 30 */
	DEADLINE_MS = 60000,	/* without any use of the CPU */
	STACK_WORDS = 128,
	FDS = 64, /* counted */
};

#define BASE	 UINT64_C(0x7f0000000000) /* of the mapped file */
#define STACK_AT UINT64_C(0x7ffe00000000)

struct __attribute__((packed)) header {
	uint8_t seed;
	uint8_t flags;
	uint16_t pc;	     /* in the code, or from 0x8000 on in the file */
	uint16_t callers[4]; /* likewise, on the stack */
};

enum { HAS_DEBUG_FILE = 1, HAS_PERF_MAP = 2, MAPPED_TWICE = 4 };

struct __attribute__((packed)) patch {
	uint8_t section; /* or a header of the file */
	uint8_t what;
	uint16_t at;
	uint32_t value;
};

enum { PATCH_BYTE, PATCH_2, PATCH_4, PATCH_8, PATCH_CUT, PATCHES };

struct seed {
	size_t size;
	char bytes[FILE_MAX];
	struct {
		size_t at, size;
	} section[SECTIONS];
	size_t n;
	uint64_t text, text_size;
};

/* Of parent and child. */
struct shared {
	size_t size;
	uint8_t input[INPUT_MAX];
	size_t answer_size[ANSWERS];
	union work_answer answers[ANSWERS];
};

static struct seed seeds[SEEDS];
static struct shared *shared;
static union work_request questions[ANSWERS];
static size_t question_size[ANSWERS];

static pid_t child;
static int to_child = -1, report = -1;
static uint64_t inputs, answered, crashes, late;

/* The child counts the edges that it takes, and the fuzzer sees them. */
extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));
static uint8_t features[FEATURES]
	__attribute__((section("__libfuzzer_extra_counters"), aligned(4096), used));

/* Under this sanitizer the warden does not limit the worker's address space, which is terabytes. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "max_allocation_size_mb=512:allocator_may_return_null=1:handle_abort=1";
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* ---- files ---- */

static void read_seed(struct seed *seed, const char *path)
{
	FILE *file = fopen(path, "rb");
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Ehdr ehdr;
	Elf *elf;

	MUST(file);
	seed->size = fread(seed->bytes, 1, sizeof(seed->bytes), file);
	MUST(seed->size && seed->size < sizeof(seed->bytes) && !fclose(file));
	MUST(elf_version(EV_CURRENT) != EV_NONE);
	elf = elf_memory(seed->bytes, seed->size);
	MUST(elf && gelf_getehdr(elf, &ehdr));
	seed->section[0].size = ehdr.e_ehsize + (size_t)ehdr.e_phnum * ehdr.e_phentsize;
	seed->section[1].at = ehdr.e_shoff;
	seed->section[1].size = (size_t)ehdr.e_shnum * ehdr.e_shentsize;
	seed->n = 2;
	while ((section = elf_nextscn(elf, section)) && seed->n < SECTIONS) {
		MUST(gelf_getshdr(section, &header));
		if (header.sh_type == SHT_NOBITS || !header.sh_size)
			continue;
		if (header.sh_flags & SHF_EXECINSTR) {
			seed->text = header.sh_addr;
			seed->text_size = header.sh_size;
		}
		seed->section[seed->n].at = header.sh_offset;
		seed->section[seed->n++].size = header.sh_size;
	}
	(void)elf_end(elf);
	MUST(seed->text_size);
}

/* Returns the size. */
static size_t apply(const struct seed *seed, const uint8_t *data, size_t size, char *bytes)
{
	size_t end = seed->size;
	struct patch patch;

	memcpy(bytes, seed->bytes, seed->size);
	for (; size >= sizeof(patch); size -= sizeof(patch), data += sizeof(patch)) {
		uint64_t value;
		size_t at, n;

		memcpy(&patch, data, sizeof(patch));
		value = (uint64_t)(int32_t)patch.value;
		at = seed->section[patch.section % seed->n].at +
		     patch.at % seed->section[patch.section % seed->n].size;
		n = (size_t)1 << patch.what % PATCHES;
		if (patch.what % PATCHES == PATCH_CUT)
			end = at < end ? at : end;
		else if (at + n <= seed->size)
			memcpy(bytes + at, &value, n);
	}
	return end;
}

static void read_header(struct header *header)
{
	*header = (struct header){ 0 };
	memcpy(header, shared->input,
	       shared->size < sizeof(*header) ? shared->size : sizeof(*header));
}

static int make_file(const void *bytes, size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && !lseek(fd, 0, SEEK_SET));
	return fd;
}

static int make_code(const struct header *header)
{
	static char bytes[FILE_MAX];
	size_t used = shared->size < sizeof(*header) ? shared->size : sizeof(*header);
	size_t size = apply(&seeds[header->seed % SEEDS], shared->input + used, shared->size - used,
			    bytes);

	return size ? make_file(bytes, size) : -1;
}

static int make_maps(const struct header *header)
{
	const size_t size = (seeds[header->seed % SEEDS].size + 4095) & ~(size_t)4095;
	char text[512];
	int n = snprintf(text, sizeof(text), "%llx-%llx r-xp 00000000 08:01 7 /seed\n",
			 (unsigned long long)BASE, (unsigned long long)(BASE + size));

	if (header->flags & MAPPED_TWICE)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "%llx-%llx r-xp 00000000 08:01 7 /seed\n",
			      (unsigned long long)(BASE + 4 * size),
			      (unsigned long long)(BASE + 5 * size));
	return make_file(text, (size_t)n);
}

/* Instead of src/origin/finder.c's. */
int finder_ask(int finder, const struct finder_request *request)
{
	static const char map[] = "7f0000001000 1000 jitted\n";
	struct header header;

	(void)finder;
	MUST(request->pid == questions[0].unwind.stack.pid);
	read_header(&header);
	switch (request->what) {
	case FINDER_MAPS:
		return make_maps(&header);
	case FINDER_MAPPED:
		return make_code(&header);
	case FINDER_PERF_MAP:
		return header.flags & HAS_PERF_MAP ? make_file(map, sizeof(map) - 1) : -1;
	}
	return header.flags & HAS_DEBUG_FILE ? make_code(&header) : -1;
}

/* ---- the child ---- */

static void ready(void)
{
}

static void limit_cpu(void)
{
	struct rusage used;

	MUST(!getrusage(RUSAGE_SELF, &used));
	(void)setrlimit(RLIMIT_CPU,
			&(struct rlimit){ (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec +
						   CPU_SECONDS + 1),
					  RLIM_INFINITY });
}

static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < FDS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void work(void)
{
	int pair[2], before = count_open();

	MUST(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	for (int i = 0; i < ANSWERS; i++)
		MUST(send(pair[0], &questions[i], question_size[i], 0) > 0);
	MUST(!shutdown(pair[0], SHUT_WR));
	worker_serve(pair[1], -1, ready);
	(void)close(pair[1]);
	for (int i = 0; i < ANSWERS; i++) {
		ssize_t n = recv(pair[0], &shared->answers[i], sizeof(shared->answers[i]),
				 MSG_TRUNC);

		shared->answer_size[i] = n > 0 ? (size_t)n : 0;
	}
	(void)close(pair[0]);
	MUST(count_open() == before); /* all files are closed */
}

static void make_questions(void);

static _Noreturn void serve(int parent)
{
	const size_t n = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGXCPU, SIG_DFL);
	if (__sanitizer_set_death_callback) /* libFuzzer's would keep the input */
		__sanitizer_set_death_callback(NULL);
	(void)dup2(report, STDERR_FILENO);
	while (read(parent, &byte, 1) == 1) {
		limit_cpu();
		make_questions();
		memset(__start___sancov_cntrs, 0, n);
		work();
		for (size_t i = 0; i < n; i++)
			if (__start___sancov_cntrs[i])
				features[i % FEATURES] = __start___sancov_cntrs[i];
		if (write(parent, &byte, 1) != 1)
			break;
	}
	_exit(EXIT_SUCCESS);
}

/* ---- the parent ---- */

static void start(void)
{
	int pair[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	MUST(!ftruncate(report, 0) && !lseek(report, 0, SEEK_SET));
	child = fork();
	MUST(child >= 0);
	if (!child) {
		(void)close(pair[0]);
		serve(pair[1]);
	}
	(void)close(pair[1]);
	to_child = pair[0];
}

/* Returns the status of wait(). */
static int stop(int signal)
{
	int status;

	if (signal)
		(void)kill(child, signal);
	(void)close(to_child);
	MUST(waitpid(child, &status, 0) == child);
	child = 0;
	return status;
}

/* Whether the report of a crash blames this project: its innermost frame that is not the C library's. */
static bool is_own_fault(const char *text)
{
	static const char *const libraries[] = { "libdw",  "libelf",  "libz.",	   "liblzma",
						 "libbz2", "libzstd", "cplus-dem", "rust-demangle" };

	if (strstr(text, "runtime error:") ||
	    !strncmp(text, "tests/fuzz/", strlen("tests/fuzz/")) || strstr(text, "\ntests/fuzz/"))
		return true;
	for (const char *frame = strstr(text, "    #"); frame; frame = strstr(frame + 1, "    #")) {
		size_t n = strcspn(frame, "\n");

		if (memmem(frame, n, "/src/origin/", strlen("/src/origin/")) ||
		    memmem(frame, n, " src/origin/", strlen(" src/origin/")))
			return true;
		for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
			if (memmem(frame, n, libraries[i], strlen(libraries[i])))
				return false;
	}
	return false;
}

static void judge_crash(int status)
{
	static char text[1 << 16];
	ssize_t n = pread(report, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	if (is_own_fault(text)) {
		fprintf(stderr, "the worker died, status %#x:\n%s\n", (unsigned)status, text);
		abort();
	}
	crashes++;
	if (crashes <= 3)
		fprintf(stderr, "a crash in a library, status %#x:\n%.1500s\n", (unsigned)status,
			text);
}

static void check_answers(void)
{
	for (int i = 0; i < ANSWERS; i++) {
		MUST(shared->answer_size[i]);
		MUST(work_answer_is_valid(&questions[i], &shared->answers[i],
					  shared->answer_size[i]));
	}
	answered++;
}

static uint64_t address_of(const struct header *header, uint16_t place)
{
	const struct seed *seed = &seeds[header->seed % SEEDS];

	return place < 0x8000 ? BASE + seed->text + place % seed->text_size : BASE + place - 0x8000;
}

static void make_questions(void)
{
	struct header header;
	struct ts_stack *stack = &questions[0].unwind.stack;
	struct ts_origin *raw = &questions[1].describe.raw;

	read_header(&header);
	memset(questions, 0, sizeof(questions));
	questions[0].header = (struct work_header){ .work = WORK_UNWIND, .serial = 1 };
	stack->pid = 1;
	stack->pc = stack->registers[16] = address_of(&header, header.pc);
	stack->sp = stack->registers[7] = STACK_AT;
	stack->registers[6] = STACK_AT + 32;
	stack->bytes = STACK_WORDS * 8;
	for (unsigned i = 0; i < STACK_WORDS; i++)
		stack->words[i] = i % 2 ? address_of(&header, header.callers[i / 2 % 4]) :
					  STACK_AT + i * 8;
#ifdef __aarch64__
	stack->registers[16] = 0;
	stack->registers[31] = STACK_AT;
	stack->registers[29] = STACK_AT + 32;
	stack->registers[30] = address_of(&header, header.callers[0]);
#endif
	question_size[0] = offsetof(struct work_unwind, stack.words) + stack->bytes;
	questions[1].header = (struct work_header){ .work = WORK_DESCRIBE, .serial = 2 };
	raw->pid = 1;
	raw->n = 1 + sizeof(header.callers) / sizeof(header.callers[0]);
	raw->address[0] = address_of(&header, header.pc);
	for (unsigned i = 1; i < raw->n; i++)
		raw->address[i] = address_of(&header, header.callers[i - 1]);
	question_size[1] = sizeof(questions[1].describe);
}

static void ask(void)
{
	struct pollfd answer = { .fd = to_child, .events = POLLIN };
	int status;
	char byte = 0;

	MUST(write(to_child, &byte, 1) == 1);
	if (poll(&answer, 1, DEADLINE_MS) <= 0) {
		(void)stop(SIGKILL);
		late++;
		return;
	}
	if (read(to_child, &byte, 1) == 1) {
		check_answers();
		return;
	}
	status = stop(0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		late++;
	else
		judge_crash(status);
}

static bool is_worn(void)
{
	struct timespec used;
	clockid_t clock;

	return clock_getcpuclockid(child, &clock) || clock_gettime(clock, &used) ||
	       used.tv_sec >= CHILD_CPU_SECONDS;
}

static void print_counts(void)
{
	if (child)
		(void)stop(0);
	fprintf(stderr, "Library: %llu of %llu answered, %llu crashes, %llu late\n",
		(unsigned long long)answered, (unsigned long long)inputs,
		(unsigned long long)crashes, (unsigned long long)late);
}

/* A library without patches has its names. */
static void try_seed(uint8_t seed)
{
	const struct work_described *described = &shared->answers[1].described;

	shared->size = sizeof(struct header);
	*(struct header *)shared->input = (struct header){ .seed = seed };
	make_questions();
	ask();
	MUST(described->n > 1 && described->frames[0].function && described->frames[0].line);
	MUST(!strncmp(described->text + described->frames[0].function - 1, "seed_", 5));
}

static void begin(void)
{
	static const char *const paths[SEEDS] = { SEED ".so", SEED "-gz.so" };
	const int both = PROT_READ | PROT_WRITE;

	for (int i = 0; i < SEEDS; i++)
		read_seed(&seeds[i], paths[i]);
	shared = mmap(NULL, sizeof(*shared), both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(shared != MAP_FAILED);
	MUST(mmap(features, sizeof(features), both, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
		  0) == features);
	report = memfd_create("report", MFD_CLOEXEC);
	MUST(report >= 0 && !atexit(print_counts));
	start();
	for (uint8_t i = 0; i < SEEDS; i++)
		try_seed(i);
	answered = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!shared)
		begin();
	if (size > INPUT_MAX)
		return 0;
	if (child && is_worn())
		(void)stop(0);
	if (!child)
		start();
	memcpy(shared->input, data, size);
	shared->size = size;
	memset(shared->answer_size, 0, sizeof(shared->answer_size));
	make_questions();
	inputs++;
	ask();
	return 0;
}
