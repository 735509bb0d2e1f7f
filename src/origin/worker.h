/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The worker reads the files of other processes: it unwinds stacks and names addresses. Its answers
 * are untrusted, because a crafted file may have taken it over.
 */
#ifndef ORIGIN_WORKER_H
#define ORIGIN_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/stack.h>

#include "origin/unwind.h"

enum work { WORK_UNWIND = 1, WORK_DESCRIBE };

enum {
	WORK_FRAMES = 2 * TS_STACK_FRAMES, /* with inlined ones */
	WORK_NAME_MAX = 1024,		   /* bytes of a name; a file may have longer ones */
	WORK_TEXT_MAX = 112 << 10,	   /* of all names of an answer: it is one message */
};

/* A question or an answer begins with it; an answer has that of its question. */
struct work_header {
	uint32_t work; /* enum work */
	uint32_t serial;
};

struct work_unwind {
	struct work_header header;
	struct ts_stack stack; /* cut after its bytes */
};

struct work_unwound {
	struct work_header header;
	struct unwound unwound; /* n 0: the process has exited */
};

struct work_describe {
	struct work_header header;
	uint32_t holder; /* see origin_describe() */
	uint32_t pad;
	struct ts_origin raw;
};

union work_request {
	struct work_header header;
	struct work_unwind unwind;
	struct work_describe describe;
};

struct work_frame {
	uint64_t address;
	uint64_t offset;
	/* strings at text[value - 1]; 0: unknown */
	uint32_t function;
	uint32_t file;
	uint32_t module;
	uint32_t line;
	uint32_t inlined;
	uint32_t pad;
};

struct work_described {
	struct work_header header;
	uint32_t n;
	uint32_t more;
	struct work_frame frames[WORK_FRAMES];
	char text[WORK_TEXT_MAX]; /* cut after the last string */
};

union work_answer {
	struct work_header header;
	struct work_unwound unwound;
	struct work_described described;
};

/*
 * Judges an answer, of which nothing is used before: `size` bytes, as many as the worker sent. Valid: it
 * is of the question, counts and positions are within bounds, each located return address is in the
 * question's stack, and each string ends within the text after at most WORK_NAME_MAX bytes.
 */
bool work_answer_is_valid(const union work_request *question, const union work_answer *answer,
			  size_t size);

/*
 * Answers at the socket `tracer` until its other end closes, or much CPU time is used. `ready` is called
 * once, after the start-up that needs files. finder: for finder_ask().
 */
void worker_serve(int tracer, int finder, void (*ready)(void));

#endif
