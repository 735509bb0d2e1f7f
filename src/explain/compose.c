// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Composes texts: lists of names, times, values derived from sysctls. */
#include "explain/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/template.h"
#include "tcp/state.h"
#include "tcp/transitions.h"

void explain_list_add(char *to, size_t size, const char *comma, const char *name)
{
	size_t length = strlen(to);

	(void)snprintf(to + length, size - length, "%s%s", length ? comma : "", name);
}

void explain_list_changes(unsigned state, bool leads, const char *comma, char *to, size_t size)
{
	*to = '\0';
	for (unsigned i = TS_ESTABLISHED; i < TS_NEW_SYN_RECV; i++)
		if (leads ? transition_is_legal(state, i) : transition_is_legal(i, state))
			explain_list_add(to, size, comma, state_name(i));
	if (!*to)
		explain_list_add(to, size, comma, "-");
}

/* "2 h 11 min 15 s", without parts that are 0. */
static void format_time(const struct explain_words *words, uint64_t ms, char *to, size_t size)
{
	uint64_t seconds = (ms + 500) / 1000;
	const struct {
		uint64_t count;
		const char *unit;
	} parts[] = {
		{ seconds / 3600, words->hour },
		{ seconds / 60 % 60, words->minute },
		{ seconds % 60, words->second },
	};

	*to = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char part[48];

		if (!parts[i].count && (i < 2 || *to))
			continue;
		(void)snprintf(part, sizeof(part), "%" PRIu64 "%s", parts[i].count, parts[i].unit);
		explain_list_add(to, size, " ", part);
	}
}

const char *explain_derived(const struct explain_view *view, enum sysctl_id id, char *to,
			    size_t size)
{
	const struct sysctl_text *text = &view->book->sysctls[id];
	const struct sysctl *value = &view->sysctls[id];
	uint64_t derived = 0;
	char number[64];

	if (value->err)
		return NULL;
	if (value->numeric && value->number < 3 && text->value[value->number])
		return text->value[value->number];
	switch (text->derived ? sysctl_derive(view->sysctls, id, &derived) : SYSCTL_NOTHING) {
	case SYSCTL_MS:
		format_time(view->book->words, derived, number, sizeof(number));
		break;
	case SYSCTL_COUNT:
		(void)snprintf(number, sizeof(number), "%" PRIu64, derived);
		break;
	default:
		return NULL;
	}
	return template_fill(to, size, text->derived, (const char *[]){ number });
}
