// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writes TAP. */
#include "selftest/tap.h"

#include <string.h>

void tap_begin(struct tap *tap, FILE *out, unsigned planned)
{
	*tap = (struct tap){ .out = out, .planned = planned };
	(void)fprintf(out, "TAP version 13\n1..%u\n", planned);
	(void)fflush(out);
}

void tap_result(struct tap *tap, bool good, const char *name, const char *why)
{
	tap->done++;
	tap->failed += !good;
	(void)fprintf(tap->out, "%sok %u - %s\n", good ? "" : "not ", tap->done, name);
	if (!good && why)
		(void)fputs(why, tap->out);
	(void)fflush(tap->out);
}

void tap_skip(struct tap *tap, const char *name, const char *why)
{
	tap->done++;
	tap->skipped++;
	(void)fprintf(tap->out, "ok %u - %s # SKIP %s\n", tap->done, name, why);
}

void tap_bail_out(struct tap *tap, const char *why)
{
	(void)fprintf(tap->out, "Bail out! %s\n", why);
	(void)fflush(tap->out);
}

void tap_end(struct tap *tap)
{
	(void)fprintf(tap->out, "# %u passed, %u failed, %u skipped\n",
		      tap->done - tap->failed - tap->skipped, tap->failed, tap->skipped);
	(void)fflush(tap->out);
}
