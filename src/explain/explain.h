/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What states, transitions and reasons mean: which of them a command line asks for, and all
 * that can be said of each, as data. How it looks is out_explain.c's business.
 */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstate/event.h>

#include "lib/error.h"
#include "system/sysctl.h"

enum explain_kind {
	EXPLAIN_DIAGRAM,
	EXPLAIN_STATE,
	EXPLAIN_CHANGE, /* one that TCP has, or has not */
	EXPLAIN_REASON,
	EXPLAIN_DROP,
	EXPLAIN_KINDS,
};

struct topic {
	enum explain_kind kind;
	unsigned old, new; /* EXPLAIN_CHANGE; EXPLAIN_STATE: old is the state */
	unsigned number;   /* enum ts_reason, enum ts_drop_why */
	unsigned err;	   /* an errno was asked for, and this is one of its reasons; 0: not */
};

enum { TOPICS_MAX = 4 };

/*
 * What the operands name: nothing (the diagram), a state, two states in one word (OLD>NEW) or in
 * two, a reason, a handshake's trouble, or an errno with all reasons that go with it. Returns how
 * many topics that is, or -EINVAL with error set.
 */
int topic_parse(int argc, char *const *argv, struct topic *topics, struct error *error);
/* "CLOSE_WAIT", "OLD>NEW" (`between` in the middle), "refused"; at most 40 bytes and `between`. */
void topic_name(const struct topic *topic, const char *between, char *to, size_t size);
/* A word that stands for reasons by errno: how many; list has TOPICS_MAX. */
size_t errno_reasons(unsigned err, unsigned *list);

/* A NULL is something that there is nothing to say of. */
struct explain_text {
	const char *event;  /* of a transition: what makes it */
	const char *action; /* and what TCP does then */
	const char *meaning;
	const char *next; /* who must act */
	const char *why;  /* sockets stay, or it happens */
	const char *normal;
};

struct explain_change {
	uint8_t old, new;
	struct explain_text text;
};

/* What a command of tcpstate shows. */
enum explain_look {
	LOOK_LIST,
	LOOK_LISTENERS,
	LOOK_STUCK,
	LOOK_CHANGES,
	LOOK_NEW_ONLY,
	LOOK_OLD_ONLY,
	LOOK_THIS_CHANGE,
	LOOK_HANDSHAKES,
	LOOK_BAD_HANDSHAKES,
	LOOK_FAILED,
	LOOK_TOTALS,
	LOOK_COUNT,
	LOOK_STATS,
	LOOK_RESETS,
	LOOK_ALL,
	LOOKS,
};

struct explain_command {
	const char *line;
	enum explain_look look;
};

enum { EXPLAIN_COMMANDS_MAX = 5, EXPLAIN_SYSCTLS_MAX = 8 };

/*
 * A `{}` in a text is filled in with the value named beside it, in order.
 */
struct sysctl_text {
	const char *says;
	const char *derived;  /* {}: a time or a number that follows from the value; or NULL */
	const char *value[3]; /* what 0, 1 and 2 mean; or NULL */
};

/* Words around the facts. */
struct explain_words {
	const char *event, *action, *meaning, *next, *why_stays, *why_happens, *normal;
	const char *now, *look, *sysctls, *undrawn;
	const char *kind[EXPLAIN_KINDS];
	const char *title;     /* {}: a name, {}: a kind */
	const char *no_change; /* the kind of a transition that TCP has not */
	const char *comma;
	const char *illegal;	 /* {}: OLD, {}: NEW */
	const char *same;	 /* {}: a state */
	const char *leads_to;	 /* {}: a state, {}: those that it can go to */
	const char *comes_from;	 /* {}: a state, {}: those that it can come from */
	const char *errno_line;	 /* {}: errno, {}: what strerror says, {}: reasons */
	const char *sockets;	 /* {}: number, {}: state */
	const char *uncounted;	 /* of CLOSED */
	const char *owner;	 /* {}: sockets, {}: PID, {}: comm */
	const char *more_owners; /* {}: processes, {}: sockets */
	const char *no_file;	 /* {}: sockets */
	const char *no_file_yet; /* the same where the process may still get them by accept() */
	const char *unknown;	 /* {}: sockets whose holder is not known */
	const char *shared;	 /* a socket counts for each holder */
	const char *scope;	 /* {}: network namespaces, all that can be found */
	const char *scope_part;	 /* {}: seen, {}: missed */
	const char *scope_blind; /* {}: seen; some processes' namespaces may not be known */
	const char *as_root;	 /* more could be seen */
	const char *no_census;	 /* {}: why */
	const char *absent;	 /* a sysctl that is not there */
	const char *unreadable;	 /* {}: why */
	const char *colon;	 /* between what a sysctl is and what follows from its value */
	const char *hour, *minute, *second;
	const char *diagram_note;
};

/* All texts in one language. */
struct explain_book {
	const char *lang;
	const struct explain_text *states;    /* [TS_STATES] */
	const struct explain_text *reasons;   /* [TS_REASONS] */
	const struct explain_text *drops;     /* [TS_DROP_WHYS] */
	const struct explain_change *changes; /* every one that TCP has, by old and new state */
	size_t change_count;
	const struct explain_change *others; /* of those that it has not: what people expect */
	size_t other_count;
	const struct sysctl_text *sysctls; /* [SYSCTLS] */
	const char *const *looks;	   /* [LOOKS] */
	const struct explain_words *words;
};

extern const struct explain_book explain_en, explain_zh;
/* Of those, in files of their own. */
extern const struct explain_text explain_en_reasons[], explain_en_drops[];
extern const struct explain_text explain_zh_reasons[], explain_zh_drops[];
extern const struct explain_change explain_en_changes[], explain_en_others[];
extern const struct explain_change explain_zh_changes[], explain_zh_others[];
enum { EXPLAIN_CHANGES = 25, EXPLAIN_OTHERS = 7 };
extern const struct sysctl_text explain_en_sysctls[], explain_zh_sysctls[];

/*
 * The text of a topic; all NULL for a transition that TCP has not and of which nothing special is
 * to be said. `next` of a transition is that of the state that it leads to.
 */
struct explain_text explain_text(const struct explain_book *book, const struct topic *topic);
/* Is this a transition of Linux's TCP? */
bool explain_legal(const struct topic *topic);

/* What to look at; at most EXPLAIN_COMMANDS_MAX. The lines of a transition are made in `made`. */
struct explain_lines {
	struct explain_command command[EXPLAIN_COMMANDS_MAX];
	size_t count;
	char made[64];
};
void explain_commands(const struct topic *topic, struct explain_lines *lines);
/* At most EXPLAIN_SYSCTLS_MAX. */
size_t explain_sysctls(const struct topic *topic, enum sysctl_id *list);

#endif
