// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor's lines. */
#include "output/doctor.h"

#include <string.h>

#include "lib/format.h"

static void put_json(FILE *out, const char *key, const char *text)
{
	char buffer[FORMAT_JSON_BYTE * 512 + 1];

	if (!text) {
		(void)fprintf(out, ",\"%s\":null", key);
		return;
	}
	*format_json(buffer, text, strnlen(text, 512)) = '\0';
	(void)fprintf(out, ",\"%s\":\"%s\"", key, buffer);
}

void doctor_print_kernel(FILE *out, enum format format, const char *release, const char *machine)
{
	if (format != FORMAT_JSON) {
		(void)fprintf(out, "kernel %s (%s)\n\n", release, machine);
		return;
	}
	(void)fputs("{\"v\":1,\"type\":\"kernel\"", out);
	put_json(out, "release", release);
	put_json(out, "machine", machine);
	(void)fputs("}\n", out);
}

void doctor_print_finding(FILE *out, enum format format, const struct finding *finding)
{
	bool good = finding->verdict->err == 0;

	if (format == FORMAT_JSON) {
		(void)fprintf(out,
			      "{\"v\":1,\"type\":\"%s\",\"name\":\"%s\",\"available\":%s,"
			      "\"required\":%s",
			      finding->kind, finding->name, good ? "true" : "false",
			      finding->required ? "true" : "false");
		put_json(out, "point", finding->point);
		put_json(out, "gives", finding->gives);
		put_json(out, "why", good ? NULL : finding->verdict->why);
		put_json(out, "cost", good ? NULL : finding->cost);
		put_json(out, "remedy", good ? NULL : finding->remedy);
		(void)fputs("}\n", out);
		return;
	}
	(void)fprintf(out, "%-7s %-15s %s\n",
		      good		? "ok" :
		      finding->required ? "MISSING" :
					  "missing",
		      finding->name, finding->gives);
	if (good)
		return;
	(void)fprintf(out, "%-7s   why:    %s\n", "", finding->verdict->why);
	(void)fprintf(out, "%-7s   cost:   %s\n", "", finding->cost);
	(void)fprintf(out, "%-7s   remedy: %s\n", "", finding->remedy);
}

void doctor_print_tier(FILE *out, enum format format, enum hook_tier tier)
{
	static const char *const means[HOOK_TIERS] = {
		[HOOK_TIER_TRACEPOINT] = "tracepoints and iterators alone",
		[HOOK_TIER_KPROBE] = "kprobes in place of fentry and fexit",
		[HOOK_TIER_FENTRY] = "fexit allowed",
	};

	if (format == FORMAT_JSON) {
		(void)fputs("{\"v\":1,\"type\":\"tier\"", out);
		put_json(out, "name", tier_name(tier));
		(void)fputs("}\n", out);
	} else if (tier == HOOK_TIER_ANY) {
		(void)fputs("\ntcpstate cannot trace here.\n", out);
	} else {
		(void)fprintf(out, "\ntier: %s (%s)\n", tier_name(tier), means[tier]);
	}
}
