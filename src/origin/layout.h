/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef ORIGIN_LAYOUT_H
#define ORIGIN_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstate/stack.h>

/* Whether the process has this layout now. Reads only what the kernel itself knows of the process. */
bool layout_is_of(uint32_t pid, const struct ts_layout *layout);

#endif
