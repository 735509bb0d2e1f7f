// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files of /proc/net: the first byte says which kind, the rest is the file. It is either
 * refused with a text, or every counter has a name, a key and a protocol.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "stats/stats.h"
#include "stats/words.h"

static void check_counters(const struct stats *stats)
{
	for (size_t i = 0; i < stats->n; i++) {
		const struct stats_counter *counter = &stats->counters[i];
		char key[STATS_KEY_MAX + 1];
		struct stats_words words;
		uint64_t micro;

		MUST(*counter->name && strlen(counter->name) <= STATS_NAME_MAX);
		MUST(counter->proto < STATS_PROTOS && counter->proto != STATS_TCP6);
		stats_key(counter, key);
		MUST(strstr(key, counter->name));
		stats_describe(counter, &words);
		MUST(!*words.plain == !words.meaning);
		/* no time has passed */
		MUST(!stats_rate(stats, i, stats, &micro));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error error = {""};
	struct stats *stats;
	size_t length = size ? size - 1 : 0;
	int err;

	if (!size || size > 8192)
		return 0;
	stats = calloc(1, sizeof(*stats));
	MUST(stats);
	stats->texts[0] = malloc(size);
	MUST(stats->texts[0]);
	memcpy(stats->texts[0], data + 1, length);
	stats->texts[0][length] = '\0';
	err = (*data == 's' ? stats_parse_singles : stats_parse_pairs)(stats, "file", stats->texts[0],
								       length, &error);
	MUST(err ? err == -EBADMSG && *error.text : !*error.text);
	if (!err)
		check_counters(stats);
	stats_free(stats);
	return 0;
}
