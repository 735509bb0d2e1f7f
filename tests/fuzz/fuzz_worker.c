// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Messages of a worker that a crafted file has taken over. The first byte says which: answers, to a
 * stack or to addresses, which pass through the process that traces as far as the text of an origin;
 * or a request for a file. The worker's end of the socket is here: the warden of this program hands
 * it on.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "fuzz.h"
#include "origin/finder.h"
#include "origin/helper.h"
#include "origin/layout.h"
#include "origin/warden.h"
#include "origin/worker.h"

enum {
	KIND_UNWOUND,
	KIND_DESCRIBED,
	KIND_REQUEST,
	KINDS,
	AS_IT_IS = 4,	/* also the header is the input's */
	DESCRIPTOR = 8, /* with one attached */
	OWN = 16,	/* a request about this process */
	CALLS = 256,	/* with the same origins */
	PLACES = 64,	/* of addresses in a stack */
	SELDOM = 256,	/* the first, and later one in this number, go where it takes much time */
};

static int to_here[2];
static struct helper *helper;
static int worker = -1;
static struct origins *origins;
static struct ts_origin raw;
static uint32_t calls;

/* ---- a warden that hands on the sockets of its workers ---- */

static int receive_fd(int from)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec bytes = { &byte, sizeof(byte) };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -2;
	if (message.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void send_fd(int to, const void *data, size_t size, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(fd)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct iovec bytes = { (void *)(uintptr_t)data, size };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	MUST(sendmsg(to, &message, MSG_NOSIGNAL) == (ssize_t)size);
}

/* Instead of src/origin/warden.c's. */
_Noreturn void warden_run(int control)
{
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((fd = receive_fd(control)) != -2)
		if (fd >= 0) {
			send_fd(to_here[1], "", 1, fd);
			(void)close(fd);
		}
	_exit(EXIT_SUCCESS);
}

/* Instead of libbpf's: each id is of an origin of its own. */
int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	(void)fd;
	memcpy(&raw.same_as, key, sizeof(raw.same_as));
	memcpy(value, &raw, sizeof(raw));
	return 0;
}

/* Counts, and returns whether it is the turn of what takes much time. */
static bool is_turn(unsigned *n)
{
	return ++*n <= SELDOM || *n % SELDOM == 0;
}

/* ---- answers ---- */

static union work_request question; /* as it is asked */
static union work_answer answer;
static size_t answer_size;

static void set_header(uint8_t what, const struct work_header *header)
{
	if (!(what & AS_IT_IS))
		answer.header = *header;
}

/* Makes the rest of the input an answer. Returns whether it goes to the helper. */
static bool prepare(uint8_t what, const uint8_t *data, size_t size)
{
	static unsigned refused; /* each costs another worker */

	memset(&answer, 0, answer_size);
	answer_size = size > sizeof(answer) ? sizeof(answer) : size;
	memcpy(&answer, data, answer_size);
	if (!(what & AS_IT_IS) && answer_size < sizeof(answer.header))
		answer_size = sizeof(answer.header);
	answer_size += !answer_size; /* an empty message is the end of a worker */
	set_header(what, &question.header);
	return work_answer_is_valid(&question, &answer, answer_size) || is_turn(&refused);
}

/* Answers what the worker is asked. Returns whether that is valid. */
static bool reply(uint8_t what, size_t asked)
{
	static union work_request received;
	const size_t header = sizeof(received.header);

	if (worker < 0)
		worker = receive_fd(to_here[0]);
	MUST(worker >= 0);
	MUST(recv(worker, &received, sizeof(received), 0) == (ssize_t)asked);
	MUST(!memcmp((char *)&received + header, (char *)&question + header, asked - header));
	set_header(what, &received.header);
	send_fd(worker, &answer, answer_size, what & DESCRIPTOR ? worker : -1);
	return work_answer_is_valid(&received, &answer, answer_size);
}

static void close_worker(void)
{
	if (worker >= 0)
		(void)close(worker);
	worker = -1;
}

/* What the BPF programs are given of it. */
static void check_unwound(const struct ts_stack *stack, const struct work_unwound *unwound)
{
	const struct unwound *it = &unwound->unwound;

	if (!it->n)
		return;
	MUST(it->n <= TS_STACK_FRAMES && it->n_at < it->n);
	MUST((unsigned)it->more <= 1 && (unsigned)it->in_files <= 1);
	for (uint32_t i = 0; i < it->n_at; i++)
		MUST(it->at[i] == TS_IN_LINK_REGISTER ?
			     stack->registers[30] == it->address[i + 1] :
			     (it->at[i] + 1u) * 8 <= stack->bytes &&
				     stack->words[it->at[i]] == it->address[i + 1]);
}

/* The stack has small numbers, so that return addresses can be in it. */
static void take_unwound(uint8_t what, const uint8_t *data, size_t size)
{
	struct ts_stack *stack = &question.unwind.stack;
	const size_t asked = offsetof(struct work_unwind, stack.words) + (size_t)PLACES * 8;
	const void *taken;
	bool valid;
	int n;

	question.header = (struct work_header){ .work = WORK_UNWIND };
	stack->bytes = PLACES * 8;
	stack->registers[30] = PLACES;
	for (unsigned i = 0; i < PLACES; i++)
		stack->words[i] = i;
	if (!prepare(what, data, size))
		return;
	MUST(!helper_ask(helper, &question.header, asked));
	valid = reply(what, asked);
	n = helper_take(helper, &taken);
	MUST(n == (valid ? (int)sizeof(struct work_unwound) : -EPIPE));
	MUST(!helper_is_busy(helper));
	if (valid)
		check_unwound(stack, taken);
	else
		close_worker();
}

static void check_string(const char *text)
{
	MUST(!text || strlen(text) <= WORK_NAME_MAX);
}

static void take_described(uint8_t what, const uint8_t *data, size_t size)
{
	char text[ORIGIN_TEXT];
	const struct origin *origin;
	uint32_t id = ++calls;
	bool valid;

	raw = (struct ts_origin){
		.same_as = id, .pid = id, .kind = TS_ORIGIN_ACCEPT, .n = 2, .address = { 1, 2 }
	};
	question.describe = (struct work_describe){ .header.work = WORK_DESCRIBE, .raw = raw };
	if (!prepare(what, data, size))
		return;
	if (id % CALLS == 0) {
		origins_free(origins);
		origins = NULL;
	}
	if (!origins) {
		MUST(!origins_new(-1, helper, -1, &origins, NULL));
		origins_wait_for(origins, 0, NULL);
	}
	MUST(!origin_describe(origins, id, 0, id));
	valid = reply(what, sizeof(question.describe));
	origin = origin_describe(origins, id, 0, id);
	MUST(origin && origin->id == id && origin->pid == id && origin->n);
	MUST(origin->n <= WORK_FRAMES);
	for (size_t i = 0; i < origin->n; i++) {
		check_string(origin->frames[i].function);
		check_string(origin->frames[i].file);
		check_string(origin->frames[i].module);
	}
	MUST(origin_text(origin, text) < sizeof(text));
	if (valid)
		return;
	MUST(origin->n == 2 && !origin->frames[0].function);
	close_worker();
}

/* ---- requests ---- */

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       !memcmp(magic, ELFMAG, SELFMAG);
}

/* This process, as the worker knows one: by its layout. */
static void know_this(struct finder_request *request)
{
	static struct finder_request own;
	char line[1024];
	size_t n;
	FILE *file;

	if (!own.pid) {
		file = fopen("/proc/self/stat", "r");
		MUST(file);
		n = fread(line, 1, sizeof(line) - 1, file);
		(void)fclose(file);
		line[n] = '\0';
		MUST(sscanf(strrchr(line, ')'),
			    ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			    "%*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %*s %" SCNu64,
			    (uint64_t *)&own.layout.start_code,
			    (uint64_t *)&own.layout.start_stack) == 2);
		own.pid = (uint32_t)getpid();
		MUST(layout_is_of(own.pid, &own.layout));
		file = fopen("/proc/self/maps", "r");
		MUST(file);
		do
			MUST(fgets(line, sizeof(line), file));
		while (!strchr(line, '/'));
		MUST(sscanf(line, "%" SCNx64, (uint64_t *)&own.start) == 1);
		(void)fclose(file);
	}
	request->pid = own.pid;
	request->layout = own.layout;
	request->start = own.start;
}

static void take_request(uint8_t what, const uint8_t *data, size_t size)
{
	static unsigned valid_ones;
	struct finder_request request;
	struct stat st;
	bool valid;
	int fd;

	memset(&request, 0, sizeof(request));
	memcpy(&request, data, size < sizeof(request) ? size : sizeof(request));
	if (what & OWN)
		know_this(&request);
	valid = finder_request_is_valid(&request, sizeof(request));
	MUST(!finder_request_is_valid(&request, sizeof(request) + 1 + size));
	if (!valid || !is_turn(&valid_ones))
		return;
	fd = finder_ask(FINDER_IN_PROCESS, &request);
	if (what & OWN && (request.what == FINDER_MAPS || request.what == FINDER_MAPPED))
		MUST(fd >= 0);
	if (fd < 0)
		return;
	MUST(!fstat(fd, &st) && S_ISREG(st.st_mode));
	MUST(request.what == FINDER_MAPS || request.what == FINDER_PERF_MAP || is_elf(fd));
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (!helper) {
		MUST(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, to_here));
		MUST(!helper_new(&helper, NULL));
	}
	switch ((data[0] & 3) % KINDS) {
	case KIND_UNWOUND:
		take_unwound(data[0], data + 1, size - 1);
		break;
	case KIND_DESCRIBED:
		take_described(data[0], data + 1, size - 1);
		break;
	case KIND_REQUEST:
		take_request(data[0], data + 1, size - 1);
		break;
	}
	return 0;
}
