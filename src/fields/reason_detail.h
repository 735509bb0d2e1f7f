/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between field.c and field_story.c, the two readers of a transition. */
#ifndef FIELDS_REASON_DETAIL_H
#define FIELDS_REASON_DETAIL_H

#include "fields/field.h"

/* Fills what is all zeros. Nothing is told twice: not what the reason says by its name. */
void field_tell_story(const struct ts_transition *t, struct story *story);
void field_tell_drop(const struct ts_drop *drop, struct story *story);

#endif
