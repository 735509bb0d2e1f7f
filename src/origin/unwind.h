/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a copied stack to the addresses of its frames, by call frame information. */
#ifndef ORIGIN_UNWIND_H
#define ORIGIN_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/stack.h>

struct dwfl_entry;

struct unwound {
	uint32_t n;
	bool more;			   /* it went on, or could not be followed to its end */
	bool in_files;			   /* all of its code is of files */
	uint64_t address[TS_STACK_FRAMES]; /* innermost first: pc, then return addresses */
	uint16_t at[TS_STACK_FRAMES];	   /* where the stack has them: see struct ts_known_stack */
	uint32_t n_at; /* return addresses up to here were found where `at` says */
};

/*
 * At least one frame comes out. Looks once more at what the process has mapped where the code at
 * hand does not suffice.
 */
void unwind(struct dwfl_entry *code, const struct ts_stack *stack, struct unwound *unwound);

#endif
