/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The additions to the reason of a transition, for transition.c. */
#ifndef FIELDS_REASON_DETAIL_H
#define FIELDS_REASON_DETAIL_H

#include "fields/field.h"

/* Sets a detail that is all zeros. Leaves out what the name of the reason implies. */
void reason_detail_set(const struct ts_transition *t, struct reason_detail *detail);
void reason_detail_set_drop(const struct ts_drop *drop, struct reason_detail *detail);

#endif
