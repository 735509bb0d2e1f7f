/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The choices that every output has: the format, and when to use colours. */
#ifndef OUTPUT_CONFIG_H
#define OUTPUT_CONFIG_H

enum format { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

#endif
