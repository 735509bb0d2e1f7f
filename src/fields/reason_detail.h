/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between field.c and field_reason_detail.c, the two readers of a transition. */
#ifndef FIELDS_REASON_DETAIL_H
#define FIELDS_REASON_DETAIL_H

#include "fields/field.h"

/* Fills what is all zeros. Nothing is told twice: not what the reason says by its name. */
void reason_detail_set(const struct ts_transition *t, struct reason_detail *detail);
void reason_detail_set_drop(const struct ts_drop *drop, struct reason_detail *detail);

#endif
