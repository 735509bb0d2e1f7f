/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Notes on the network namespaces that the scan at the start of a trace did not cover. */
#ifndef CMD_COVERAGE_H
#define CMD_COVERAGE_H

struct tracer_facts;

void coverage_note(const struct tracer_facts *facts, int verbosity);

#endif
