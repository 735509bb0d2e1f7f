// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor's lines. */
#include "output/doctor.h"

#include "lib/json.h"

static void begin(struct json *json, FILE *out, const char *type)
{
	json_to_file(json, out);
	json_begin_object(json);
	json_u64(json_key(json, "v"), 1);
	json_text(json_key(json, "type"), type);
}

static void end(struct json *json)
{
	json_end_object(json);
	(void)json_end_line(json);
}

void doctor_print_kernel(FILE *out, enum format format, const char *release, const char *machine)
{
	struct json json;

	if (format != FORMAT_JSON) {
		(void)fprintf(out, "kernel %s (%s)\n\n", release, machine);
		return;
	}
	begin(&json, out, "kernel");
	json_text(json_key(&json, "release"), release);
	json_text(json_key(&json, "machine"), machine);
	end(&json);
}

static void print_finding_json(FILE *out, const struct finding *finding)
{
	bool good = !finding->why;
	struct json json;

	begin(&json, out, finding->kind);
	json_text(json_key(&json, "name"), finding->hook->name);
	json_bool(json_key(&json, "available"), good);
	json_bool(json_key(&json, "required"), finding->hook->required);
	json_text(json_key(&json, "point"), finding->hook->point);
	json_text(json_key(&json, "gives"), finding->hook->gives);
	json_text(json_key(&json, "why"), finding->why);
	json_text(json_key(&json, "cost"), good ? NULL : finding->hook->cost);
	json_text(json_key(&json, "remedy"), good ? NULL : finding->remedy);
	end(&json);
}

void doctor_print_finding(FILE *out, enum format format, const struct finding *finding)
{
	bool good = !finding->why;

	if (format == FORMAT_JSON) {
		print_finding_json(out, finding);
		return;
	}
	(void)fprintf(out, "%-7s %-15s %s\n",
		      good		      ? "ok" :
		      finding->hook->required ? "MISSING" :
						"missing",
		      finding->hook->name, finding->hook->gives);
	if (good)
		return;
	(void)fprintf(out, "%-7s   why:    %s\n", "", finding->why);
	(void)fprintf(out, "%-7s   cost:   %s\n", "", finding->hook->cost);
	(void)fprintf(out, "%-7s   remedy: %s\n", "", finding->remedy);
}

void doctor_print_tier(FILE *out, enum format format, enum hook_tier tier)
{
	static const char *const means[HOOK_TIERS] = {
		[HOOK_TIER_TRACEPOINT] = "tracepoints and iterators alone",
		[HOOK_TIER_KPROBE] = "kprobes in place of fentry and fexit",
		[HOOK_TIER_FENTRY] = "fexit allowed",
	};

	struct json json;

	if (format == FORMAT_JSON) {
		begin(&json, out, "tier");
		json_text(json_key(&json, "name"), tier_name(tier));
		end(&json);
	} else if (tier == HOOK_TIER_ANY) {
		(void)fputs("\ntcpstate cannot trace here.\n", out);
	} else {
		(void)fprintf(out, "\ntier: %s (%s)\n", tier_name(tier), means[tier]);
	}
}
