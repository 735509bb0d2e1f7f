/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Survives the truncation of mapped files. */
#ifndef ORIGIN_SIGBUS_H
#define ORIGIN_SIGBUS_H

/*
 * Installs a SIGBUS handler: a page beyond the end of a truncated file reads as zeros, where the signal
 * would end the process. libelf maps the files that it reads.
 */
void sigbus_map_zero_pages(void);

#endif
