// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The judge of answers: a worker that a crafted file has taken over sends any bytes. */
#include "origin/worker.h"

#include <string.h>

/* Any other byte is not a bool. */
static bool is_bool(const bool *value)
{
	unsigned char byte;

	memcpy(&byte, value, sizeof(byte));
	return byte <= 1;
}

/* Whether return address i is where it is claimed to be: the BPF programs compare there. */
static bool is_located(const struct ts_stack *stack, const struct unwound *unwound, uint32_t i)
{
	uint64_t address = unwound->address[i + 1];
	uint16_t at = unwound->at[i];

	if (at == TS_IN_LINK_REGISTER)
		return i == 0 && stack->registers[30] == address;
	return at < TS_STACK_BYTES / 8 && at < stack->bytes / 8 && stack->words[at] == address;
}

static bool is_unwound(const struct ts_stack *stack, const struct unwound *unwound)
{
	if (!is_bool(&unwound->more) || !is_bool(&unwound->in_files))
		return false;
	if (!unwound->n)
		return true;
	if (unwound->n > TS_STACK_FRAMES || unwound->n_at >= unwound->n)
		return false;
	for (uint32_t i = 0; i < unwound->n_at; i++)
		if (!is_located(stack, unwound, i))
			return false;
	return true;
}

/* Whether `at` is of a string in the text of that size, or 0. */
static bool is_text(const struct work_described *described, size_t size, uint32_t at)
{
	size_t rest = WORK_NAME_MAX + 1;

	if (!at)
		return true;
	if (at > size)
		return false;
	if (rest > size - (at - 1))
		rest = size - (at - 1);
	return memchr(described->text + at - 1, '\0', rest);
}

static bool is_described(const struct work_described *described, size_t text_size)
{
	if (!described->n || described->n > WORK_FRAMES)
		return false;
	for (uint32_t i = 0; i < described->n; i++) {
		const struct work_frame *frame = &described->frames[i];

		if (!is_text(described, text_size, frame->function) ||
		    !is_text(described, text_size, frame->file) ||
		    !is_text(described, text_size, frame->module))
			return false;
	}
	return true;
}

bool work_answer_is_valid(const union work_request *question, const union work_answer *answer,
			  size_t size)
{
	const size_t text = offsetof(struct work_described, text);

	if (size < sizeof(answer->header) || size > sizeof(*answer) ||
	    answer->header.work != question->header.work ||
	    answer->header.serial != question->header.serial)
		return false;
	switch (question->header.work) {
	case WORK_UNWIND:
		return size == sizeof(answer->unwound) &&
		       is_unwound(&question->unwind.stack, &answer->unwound.unwound);
	case WORK_DESCRIBE:
		return size >= text && is_described(&answer->described, size - text);
	}
	return false;
}
