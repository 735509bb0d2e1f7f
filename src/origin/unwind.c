// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libdwfl unwinds the copied stack. Its memory reads for a frame show the position of that frame's
 * return address.
 */
#include "origin/unwind.h"

#include <string.h>

#include "origin/dwfl_cache.h"

enum { READS = 32 };

/* One stack while it is unwound. */
struct unwinding {
	const struct ts_stack *stack;
	struct unwound *unwound;
	/* Words read since the last frame. */
	struct {
		uint16_t at;
		uint64_t word;
	} read[READS];
	uint32_t reads;
	bool refused; /* a read was outside of the copy */
};

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread)
{
	const struct dwfl_entry *entry = context;

	if (*thread)
		return 0;
	*thread = context;
	return (pid_t)entry->pid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *context, void **thread)
{
	*thread = context;
	return true;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *context)
{
	const struct dwfl_entry *entry = context;
	struct unwinding *unwinding = entry->unwinding;
	const struct ts_stack *stack = unwinding->stack;
	uint64_t offset = address - stack->sp;

	if (address < stack->sp || offset > stack->bytes ||
	    stack->bytes - offset < sizeof(*result)) {
		unwinding->refused = true;
		return false;
	}
	memcpy(result, (const char *)stack->words + offset, sizeof(*result));
	if (offset % 8 == 0 && unwinding->reads < READS) {
		unwinding->read[unwinding->reads].at = (uint16_t)(offset / 8);
		unwinding->read[unwinding->reads++].word = *result;
	}
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context)
{
	const struct dwfl_entry *entry = context;
	const struct ts_stack *stack = ((struct unwinding *)entry->unwinding)->stack;
	Dwarf_Word registers[TS_STACK_REGISTERS];
#ifdef __aarch64__
	const unsigned n = 32;

	dwfl_thread_state_register_pc(thread, stack->pc);
#else
	const unsigned n = 17;
#endif
	for (unsigned i = 0; i < n; i++)
		registers[i] = stack->registers[i];
	return dwfl_thread_state_registers(thread, 0, n, registers);
}

static const Dwfl_Thread_Callbacks callbacks = { .next_thread = next_thread,
						 .get_thread = get_thread,
						 .memory_read = memory_read,
						 .set_initial_registers = set_registers };

static bool has_file(const struct dwfl_entry *entry, uint64_t address, bool returns)
{
	return dwfl_addrmodule(entry->dwfl, address - returns);
}

/* Finds the position that the return address was read from; false: it was not read. */
static bool find_read(const struct unwinding *unwinding, uint64_t address, uint16_t *at)
{
	for (uint32_t i = unwinding->reads; i--;)
		if (unwinding->read[i].word == address) {
			*at = unwinding->read[i].at;
			return true;
		}
	/* the caller of a function that saved nothing (arm64) */
	*at = TS_IN_LINK_REGISTER;
	return unwinding->unwound->n == 1 && unwinding->stack->registers[30] == address;
}

static int take_frame(Dwfl_Frame *frame, void *context)
{
	const struct dwfl_entry *entry = context;
	struct unwinding *unwinding = entry->unwinding;
	struct unwound *unwound = unwinding->unwound;
	uint32_t n = unwound->n;
	Dwarf_Addr pc;

	/* NULL for isactivation: libdwfl would read words of the next frame to set it */
	if (!dwfl_frame_pc(frame, &pc, NULL))
		return DWARF_CB_ABORT;
	if (n == TS_STACK_FRAMES) {
		unwound->more = true;
		return DWARF_CB_ABORT;
	}
	if (n && unwound->n_at == n - 1 && find_read(unwinding, pc, &unwound->at[n - 1]))
		unwound->n_at = n;
	unwound->in_files &= has_file(entry, pc, n > 0);
	unwound->address[unwound->n++] = pc;
	unwinding->reads = 0;
	unwinding->refused = false;
	return DWARF_CB_OK;
}

static void unwind_once(struct dwfl_entry *entry, const struct ts_stack *stack,
			struct unwound *unwound)
{
	struct unwinding unwinding = { .stack = stack, .unwound = unwound };

	*unwound = (struct unwound){ .in_files = true };
	entry->unwinding = &unwinding;
	if (!entry->attached)
		entry->attached = dwfl_attach_state(entry->dwfl, NULL, (pid_t)entry->pid,
						    &callbacks, entry);
	if (entry->attached &&
	    dwfl_getthread_frames(entry->dwfl, (pid_t)entry->pid, take_frame, entry))
		unwound->more = true;
	unwound->more |= unwinding.refused; /* a refused read ends the stack without an error */
	entry->unwinding = NULL;
	if (unwound->n)
		return;
	unwound->address[unwound->n++] = stack->pc;
	unwound->more = true;
	unwound->in_files = has_file(entry, stack->pc, false);
}

void unwind(struct dwfl_entry *entry, const struct ts_stack *stack, struct unwound *unwound)
{
	unwind_once(entry, stack, unwound);
	if ((unwound->more || !unwound->in_files) && dwfl_entry_refresh(entry))
		unwind_once(entry, stack, unwound);
}
