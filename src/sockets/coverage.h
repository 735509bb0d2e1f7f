/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a look at the sockets could not see, said once by whoever looked. */
#ifndef SOCKETS_COVERAGE_H
#define SOCKETS_COVERAGE_H

#include "sockets/sockets.h"

void coverage_warn(const struct sockets *sockets, int verbosity);

#endif
