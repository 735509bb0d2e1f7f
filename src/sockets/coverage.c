// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Network namespaces that could not be entered, or may be there unknown. */
#include "sockets/coverage.h"

#include <inttypes.h>

#include "lib/error.h"

void coverage_warn(const struct sockets *sockets, int verbosity)
{
	for (size_t i = 0; i < sockets->n_unentered; i++)
		note(verbosity,
		     "network namespace %" PRIu32
		     " could not be entered: its sockets are not listed "
		     "(needs CAP_SYS_ADMIN and a file descriptor)",
		     sockets->unentered[i]);
	if (verbosity > 0 && sockets->denied)
		note(0,
		     "%zu processes do not let us know their network namespace: one that only they "
		     "are in is not looked into",
		     sockets->denied);
}
