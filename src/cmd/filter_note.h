/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Notes on filters that match nothing, or something else than the user may expect. */
#ifndef CMD_FILTER_NOTE_H
#define CMD_FILTER_NOTE_H

struct options;

/* For commands that read this machine, not a recording. */
void filter_note(const struct options *options);

#endif
