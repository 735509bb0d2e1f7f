/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between field.c and field_story.c, the two readers of a transition. */
#ifndef FIELD_STORY_H
#define FIELD_STORY_H

#include "field.h"

/* Fills what is all zeros. Nothing is told twice: not what the reason says by its name. */
void field_tell_story(const struct ts_transition *t, struct story *story);
void field_tell_drop(const struct ts_drop *drop, struct story *story);

#endif
