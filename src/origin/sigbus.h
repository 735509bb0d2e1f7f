/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that others cut short while they are mapped here. */
#ifndef ORIGIN_SIGBUS_H
#define ORIGIN_SIGBUS_H

/*
 * From now on a page of a mapped file that is not in the file any more reads as zeros: without this,
 * reading it ends the process (SIGBUS). libelf maps what it reads.
 */
void sigbus_map_zero_pages(void);

#endif
