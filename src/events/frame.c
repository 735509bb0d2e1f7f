// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sizes of frames by type. */
#include "events/frame.h"

#include <errno.h>
#include <string.h>

static const struct {
	uint16_t least; /* size in the first version of the format */
	uint16_t known; /* size of the struct; the rest is cut off */
} sizes[] = {
	[TS_FRAME_TRANSITION] = { TS_TRANSITION_BASE, sizeof(struct ts_transition) },
	[TS_FRAME_LOST] = { sizeof(struct ts_lost), sizeof(struct ts_lost) },
	[TS_FRAME_PORT] = { sizeof(struct ts_port), sizeof(struct ts_port) },
	[TS_FRAME_CLOCK] = { sizeof(struct ts_clock), sizeof(struct ts_clock) },
	[TS_FRAME_CGROUP] = { sizeof(struct ts_cgroup) + 8, UINT16_MAX },
	[TS_FRAME_READY] = { sizeof(struct ts_ready), sizeof(struct ts_ready) },
	[TS_FRAME_DROP] = { TS_DROP_BASE, sizeof(struct ts_drop) },
	[TS_FRAME_END] = { sizeof(struct ts_end), sizeof(struct ts_end) },
};

/* A flag without the bytes that it announces is cleared. */
static void clear_false_flags(struct ts_frame *frame)
{
	if (frame->type != TS_FRAME_TRANSITION)
		return;
	if (frame->size < TS_TRANSITION_ACTOR)
		frame->flags &= ~(__u32)TS_F_ACTOR;
	if (frame->size < TS_TRANSITION_TOTALS)
		frame->flags &= ~(__u32)TS_F_TOTALS;
}

int frame_check(const void *data, size_t size, union any_frame *copy, const struct ts_frame **frame)
{
	const struct ts_frame *given = data;

	if (size < sizeof(*given) || given->size < sizeof(*given) || given->size > size ||
	    given->size % 8)
		return -EBADMSG;
	*frame = NULL;
	if (given->type >= sizeof(sizes) / sizeof(sizes[0]) || !sizes[given->type].known)
		return 0;
	if (given->size < sizes[given->type].least)
		return -EBADMSG;
	*frame = given;
	if (given->type == TS_FRAME_CGROUP || given->size == sizes[given->type].known)
		return 0;
	memset(copy, 0, sizeof(*copy));
	memcpy(copy, data, given->size < sizeof(*copy) ? given->size : sizeof(*copy));
	if (copy->frame.size > sizes[given->type].known)
		copy->frame.size = sizes[given->type].known;
	clear_false_flags(&copy->frame);
	*frame = &copy->frame;
	return 0;
}

uint64_t frame_cgroup(const struct ts_frame *frame)
{
	switch (frame->type) {
	case TS_FRAME_TRANSITION:
		return ((const struct ts_transition *)frame)->cgroup;
	case TS_FRAME_DROP:
		return ((const struct ts_drop *)frame)->cgroup;
	default:
		return 0;
	}
}
