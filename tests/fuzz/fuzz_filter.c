// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The filters' texts. An input is lines, each a letter for the option and its argument.
 * A refused argument must leave the filter as it was and say why; one that is taken
 * must leave it within its bounds.
 */
#include <string.h>

#include "filter/filter.h"
#include "fuzz.h"

static const struct {
	char letter;
	enum ts_criterion criterion;
} adders[] = {
	{'p', TS_BY_PID},	  {'c', TS_BY_COMM},  {'u', TS_BY_UID},
	{'L', TS_BY_LPORT}, {'R', TS_BY_RPORT}, {'l', TS_BY_LADDR},
	{'r', TS_BY_RADDR}, {'s', TS_BY_STATE}, {'P', TS_BY_PORT},
	{'a', TS_BY_ADDR},  {'i', TS_BY_DEVICE},
};

enum { ADDERS = sizeof(adders) / sizeof(adders[0]) };

static void check_blocks(const struct ts_block *blocks, unsigned count)
{
	MUST(count <= TS_FILTER_BLOCKS);
	for (unsigned i = 0; i < count; i++) {
		MUST(blocks[i].family == 4 || blocks[i].family == 6);
		MUST(!(blocks[i].value[0] & ~blocks[i].mask[0]));
		MUST(!(blocks[i].value[1] & ~blocks[i].mask[1]));
	}
}

static void check_filter(const struct ts_filter *f)
{
	struct ts_transition t = {
		.lport = 80,
		.rport = 1024,
		.pid = 1,
		.comm = "nginx",
		.family = 4,
		.old_state = TS_ESTABLISHED,
		.new_state = TS_CLOSE_WAIT,
		.owner = TS_OWNER_ACCEPT,
	};

	uint64_t ends = f->comm.accept | f->comm.refuse;

	MUST(f->pids + f->pid_nots <= TS_FILTER_IDS && f->uids + f->uid_nots <= TS_FILTER_IDS);
	check_blocks(f->laddr, f->laddrs + f->laddr_nots);
	check_blocks(f->raddr, f->raddrs + f->raddr_nots);
	check_blocks(f->addr, f->addrs + f->addr_nots);
	/* Only a list that includes nothing selects a socket without a port. */
	MUST(!(f->lport[0] & 1) || !(f->included & TS_BY_LPORT));
	MUST(!(f->rport[0] & 1) || !(f->included & TS_BY_RPORT));
	MUST(!(f->port[0] & 1) || !(f->included & TS_BY_PORT));
	for (unsigned i = 0; i < 16; i++)
		MUST(!(f->pair_not[i] & f->pair[i]));
	MUST(!(f->comm.accept & f->comm.refuse));
	MUST(__builtin_popcountll(f->comm.start) == __builtin_popcountll(ends));
	/* The bit after a pattern is another's first: no token may lead out of a pattern. */
	for (unsigned byte = 0; byte < 256; byte++)
		MUST(!(f->comm.takes[byte] & ends));
	MUST(!f->comm.takes[0]);
	MUST(filter_match(f, &t, true) <= TS_YES);
}

static void add(struct ts_filter *f, char letter, const char *text)
{
	static struct ts_filter before;
	struct error error = {""};

	for (unsigned i = 0; i < ADDERS; i++) {
		if (adders[i].letter != letter)
			continue;
		before = *f;
		if (filter_add(f, adders[i].criterion, text, &error)) {
			MUST(!memcmp(&before, f, sizeof(before)));
			MUST(*error.text);
		} else {
			MUST(!*error.text && f->on);
			check_filter(f);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ts_filter f;
	char *text = malloc(size + 1);

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&f, 0, sizeof(f));
	for (char *line, *rest = text; (line = strsep(&rest, "\n"));) {
		if (*line)
			add(&f, *line, line + 1);
	}
	free(text);
	return 0;
}
