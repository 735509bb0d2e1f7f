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
	bool more;			   /* the stack has more frames, or could not be followed */
	bool in_files;			   /* all frames are in mapped files */
	uint64_t address[TS_STACK_FRAMES]; /* innermost first: pc, then return addresses */
	uint16_t at[TS_STACK_FRAMES]; /* their positions in the stack: see struct ts_known_stack */
	uint32_t n_at;		      /* return addresses whose `at` is known */
};

/* Finds at least one frame. Refreshes the entry and tries again if the mapped files do not suffice. */
void unwind(struct dwfl_entry *entry, const struct ts_stack *stack, struct unwound *unwound);

#endif
