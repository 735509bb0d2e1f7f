/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where in a process's code a socket came from: the stack as the kernel side copies it, what user
 * space teaches it so that the same stack is not copied again, and what is kept of each stack.
 */
#ifndef TCPSTATE_STACK_H
#define TCPSTATE_STACK_H

#include "event.h"

enum {
	TS_STACK_BYTES = 8192,	 /* copied of a stack at most, from its top */
	TS_STACK_FRAMES = 32,	 /* kept of a stack at most, innermost first */
	TS_STACK_REGISTERS = 32, /* by DWARF's numbers: x86-64 has 17, arm64 32 */
	TS_STACKS_MAX = 16384,	 /* stacks at a time; those of ended processes are evicted first */
	TS_STACK_CALLS = 1024,	 /* calls whose stacks the kernel side knows */
	TS_STACK_RING = 1 << 20, /* bytes */
	TS_STACKS_KNOWN = 24,	 /* ways that lead to one call, of one process */
	TS_STACKS_PER_SECOND = 50,    /* copied by each CPU */
	TS_IN_LINK_REGISTER = 0xffff, /* a return address that is not on the stack yet (arm64) */
};

/* How the process came by the socket. */
enum ts_origin_kind {
	TS_ORIGIN_NONE,
	TS_ORIGIN_CONNECT,
	TS_ORIGIN_ACCEPT,
	TS_ORIGIN_USE, /* the first use of one that was accepted: where nothing tells of accept() */
};

/*
 * An address space, by what exec makes anew and fork hands on: the same addresses mean the same
 * code in all that have it.
 */
struct ts_layout {
	__u64 executable; /* the kernel's address of its inode */
	__u64 start_code;
	__u64 start_stack;
};

/* A stack as it was, in the ring: this much of it as frame.bytes says. */
struct ts_stack {
	struct ts_layout layout;
	__u64 registers[TS_STACK_REGISTERS];
	__u64 pc;
	__u64 sp;
	__u32 id;
	__u32 tgid;  /* initial PID namespace's */
	__u32 pid;   /* the same as the tracer's PID namespace sees it; 0: not visible there */
	__u32 kind;  /* enum ts_origin_kind */
	__u32 bytes; /* of `words` */
	__u32 pad;
	__u64 words[TS_STACK_BYTES / 8];
};

/* Which call of which process. */
struct ts_stack_key {
	struct ts_layout layout;
	__u64 pc;
	__u32 kind; /* enum ts_origin_kind */
	__u32 pad;
};

/* A stack that was seen before: these return addresses lie at these distances from sp. */
struct ts_known_stack {
	__u32 id;
	__u32 tgid; /* 0: whoever has that layout */
	__u32 n;
	__u32 bytes;		   /* of the stack that hold them */
	__u16 at[TS_STACK_FRAMES]; /* in words, or TS_IN_LINK_REGISTER */
	__u64 address[TS_STACK_FRAMES];
};

struct ts_known_stacks {
	__u32 n;
	__u32 bytes; /* the most that any of them has */
	struct ts_known_stack stack[TS_STACKS_KNOWN];
};

/* A stack that was unwound, by its id: struct ts_record's `origin`. */
struct ts_origin {
	struct ts_layout layout;
	__u32 same_as; /* the id that all sockets with this stack would have; its own too */
	__u32 pid;     /* as the tracer's PID namespace sees it */
	__u16 kind;    /* enum ts_origin_kind */
	__u16 n;
	__u32 more; /* it went on beyond what is kept, or could not be followed */
	__u64 address[TS_STACK_FRAMES]; /* innermost first: where it was, then where it will return */
};

/* Of one CPU. */
struct ts_origin_cpu {
	__u64 busy;    /* `stack` is being made */
	__u64 made;    /* ids that were given */
	__u64 known;   /* stacks that were known already */
	__u64 copied;  /* stacks that were handed over */
	__u64 lost;    /* the ring had no room */
	__u64 limited; /* TS_STACKS_PER_SECOND were copied already */
	__u64 missed;  /* `stack` was being made by a task that was preempted */
	__u64 second;  /* monotonic clock */
	__u64 in_second;
	struct ts_stack stack;
	__u64 room[512]; /* so that the verifier sees a page to read into, wherever in `stack` */
};

_Static_assert(sizeof(struct ts_stack) == 320 + TS_STACK_BYTES, "stack");
_Static_assert(sizeof(struct ts_known_stack) == 336, "known stack");
_Static_assert(sizeof(struct ts_origin) == 296, "origin");

#endif
