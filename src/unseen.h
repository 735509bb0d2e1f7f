/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a look at the sockets could not see, said once by whoever looked. */
#ifndef UNSEEN_H
#define UNSEEN_H

#include "src_iter.h"

void unseen_tell(const struct sockets *sockets, int verbosity);

#endif
