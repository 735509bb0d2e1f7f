/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Origins of sockets: a call stack as the kernel side copies it; the known stacks, by which the
 * kernel side recognizes a stack without a copy; and the unwound stack.
 */
#ifndef TCPSTATE_STACK_H
#define TCPSTATE_STACK_H

#include "event.h"

enum {
	TS_STACK_BYTES = 8192,	 /* maximum copied of a stack, from its top */
	TS_STACK_FRAMES = 32,	 /* maximum of return addresses, innermost first */
	TS_STACK_REGISTERS = 32, /* by DWARF register number: x86-64 has 17, arm64 32 */
	TS_STACKS_MAX = 16384,	 /* stacks at a time; those of ended processes are evicted first */
	TS_STACK_CALLS = 1024,	 /* calls whose stacks the kernel side knows */
	TS_STACK_RING = 1 << 20, /* bytes */
	TS_STACKS_KNOWN = 24,	 /* known stacks of one call */
	TS_STACKS_PER_SECOND = 200,   /* maximum copied, per CPU */
	TS_STACKS_OF_USER = 100,      /* of these */
	TS_STACKS_OF_PROCESS = 50,    /* of these */
	TS_STACK_USERS = 1024,	      /* with a share of their own */
	TS_STACK_PROCESSES = 64,      /* likewise, in a second, on a CPU */
	TS_IN_LINK_REGISTER = 0xffff, /* the return address is not on the stack yet (arm64) */
};

/* The call that created the socket. */
enum ts_origin_kind {
	TS_ORIGIN_NONE,
	TS_ORIGIN_CONNECT,
	TS_ORIGIN_ACCEPT,
	TS_ORIGIN_USE, /* first use of an accepted socket, where no hook sees accept() */
};

/*
 * Identifies an address space by facts that exec changes and fork copies: in all processes with the
 * same layout an address means the same code.
 */
struct ts_layout {
	__u64 executable; /* the kernel's address of its inode */
	__u64 start_code;
	__u64 start_stack;
};

/* A copied stack, in the ring. */
struct ts_stack {
	struct ts_layout layout;
	__u64 registers[TS_STACK_REGISTERS];
	__u64 pc;
	__u64 sp;
	__u32 id;
	__u32 tgid;  /* initial PID namespace's */
	__u32 pid;   /* in the tracer's PID namespace; 0: not visible there */
	__u32 kind;  /* enum ts_origin_kind */
	__u32 bytes; /* valid in `words` */
	__u32 uid;   /* initial user namespace's */
	__u64 words[TS_STACK_BYTES / 8];
};

/* One call of one process. */
struct ts_stack_key {
	struct ts_layout layout;
	__u64 pc;
	__u32 kind; /* enum ts_origin_kind */
	__u32 pad;
};

/* A known stack: its return addresses and their distances from sp. */
struct ts_known_stack {
	__u32 id;
	__u32 tgid; /* 0: any process of that layout */
	__u32 n;
	__u32 bytes;		   /* of the stack that contain them */
	__u16 at[TS_STACK_FRAMES]; /* in words, or TS_IN_LINK_REGISTER */
	__u64 address[TS_STACK_FRAMES];
};

struct ts_known_stacks {
	__u32 n;
	__u32 bytes; /* maximum of all of them */
	struct ts_known_stack stack[TS_STACKS_KNOWN];
};

/* An unwound stack, by its id, which is ts_record.origin. */
struct ts_origin {
	struct ts_layout layout;
	__u32 same_as; /* id of the first equal stack, possibly its own */
	__u32 pid;     /* as the tracer's PID namespace sees it */
	__u16 kind;    /* enum ts_origin_kind */
	__u16 n;
	__u32 more;			/* the stack is deeper, or could not be unwound further */
	__u64 address[TS_STACK_FRAMES]; /* innermost first: the call, then the return addresses */
};

/* Stacks of a user on a CPU. The key is the user ID in the initial user namespace. */
struct ts_origin_user {
	__u64 second; /* monotonic clock */
	__u32 in_second;
	__u32 pid;     /* of the last that was refused, in the tracer's PID namespace */
	__u64 limited; /* TS_STACKS_OF_USER or TS_STACKS_OF_PROCESS were copied already */
};

/* State and counters per CPU. */
struct ts_origin_cpu {
	__u64 busy;    /* `stack` is in use */
	__u64 made;    /* assigned ids */
	__u64 known;   /* recognized stacks */
	__u64 copied;  /* copied stacks */
	__u64 lost;    /* the ring was full */
	__u64 limited; /* no share, or TS_STACKS_PER_SECOND were copied already */
	__u64 missed;  /* `stack` was in use by a preempted task */
	__u64 second;  /* monotonic clock */
	__u64 in_second;
	struct ts_origin_user rest; /* users without a place */
	/* Stacks of processes in this second, by their PIDs. */
	__u16 of_process[TS_STACK_PROCESSES];
	struct ts_stack stack;
	__u64 room[512]; /* padding: the verifier wants a page after any position in `stack` */
};

_Static_assert(sizeof(struct ts_stack) == 320 + TS_STACK_BYTES, "stack");
_Static_assert(sizeof(struct ts_known_stack) == 336, "known stack");
_Static_assert(sizeof(struct ts_origin) == 296, "origin");

#endif
