/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The meaning of states, transitions and reasons: the topics that a command line names, and their
 * texts as data. Knows no output format.
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
	EXPLAIN_CHANGE, /* legal or not */
	EXPLAIN_REASON,
	EXPLAIN_DROP,
	EXPLAIN_KINDS,
};

struct topic {
	enum explain_kind kind;
	unsigned old, new; /* EXPLAIN_CHANGE; EXPLAIN_STATE: old is the state */
	unsigned number;   /* enum ts_reason, enum ts_drop_why */
	unsigned err; /* the errno that the user named, if this is one of its reasons; else 0 */
};

enum { TOPICS_MAX = 4 };

/*
 * Parses the operands: none (the diagram), a state, a transition in one word (OLD>NEW) or in two, a
 * reason, a handshake drop, or an errno (all its reasons). Returns the number of topics, or -EINVAL
 * with error set.
 */
int topic_parse(int argc, char *const *argv, struct topic *topics, struct error *error);
/* "CLOSE_WAIT", "OLD>NEW" (`between` in the middle), "refused"; at most 40 bytes and `between`. */
void topic_name(const struct topic *topic, const char *between, char *to, size_t size);

/* NULL: nothing to print. */
struct explain_text {
	const char *event;  /* of a transition: its cause */
	const char *action; /* of a transition: what TCP does */
	const char *meaning;
	const char *next; /* who must act next */
	const char *why;  /* why sockets stay in a state; the cause of a reason */
	const char *normal;
};

struct explain_change {
	uint8_t old, new;
	struct explain_text text;
};

/* The result of a command. */
enum explain_show {
	SHOW_LIST,
	SHOW_LISTENERS,
	SHOW_STUCK,
	SHOW_CHANGES,
	SHOW_NEW_ONLY,
	SHOW_OLD_ONLY,
	SHOW_THIS_CHANGE,
	SHOW_HANDSHAKES,
	SHOW_BAD_HANDSHAKES,
	SHOW_FAILED,
	SHOW_TOTALS,
	SHOW_COUNT,
	SHOW_STATS,
	SHOW_RESETS,
	SHOW_ALL,
	SHOWS,
};

struct explain_command {
	const char *line;
	enum explain_show show;
};

enum { EXPLAIN_COMMANDS_MAX = 5, EXPLAIN_SYSCTLS_MAX = 8 };

/* Each `{}` in a text is replaced by the value that its comment names, in order. */
struct sysctl_text {
	const char *says;
	const char *derived;  /* {}: a time or a number derived from the value; or NULL */
	const char *value[3]; /* meaning of 0, 1 and 2; or NULL */
};

/* Headings and sentences around the facts. */
struct explain_words {
	const char *event, *action, *meaning, *next, *why_stays, *why_happens, *normal;
	const char *now, *commands, *sysctls, *undrawn;
	const char *kind[EXPLAIN_KINDS];
	const char *title;     /* {}: a name, {}: a kind */
	const char *no_change; /* the kind of an illegal transition */
	const char *comma;
	const char *illegal;	 /* {}: OLD, {}: NEW */
	const char *same;	 /* {}: a state */
	const char *leads_to;	 /* {}: a state, {}: its next states */
	const char *comes_from;	 /* {}: a state, {}: the states before it */
	const char *errno_line;	 /* {}: errno, {}: strerror(), {}: reasons */
	const char *sockets;	 /* {}: number, {}: state */
	const char *uncounted;	 /* of CLOSED */
	const char *owner;	 /* {}: sockets, {}: PID, {}: comm */
	const char *more_owners; /* {}: processes, {}: sockets */
	const char *no_file;	 /* {}: sockets */
	const char *no_file_yet; /* the same in states before accept() */
	const char *unknown;	 /* {}: sockets with an unknown holder */
	const char *shared;	 /* a socket counts for each holder */
	const char *scope;	 /* {}: network namespaces */
	const char *scope_part;	 /* {}: counted, {}: missed */
	const char *scope_blind; /* {}: counted; others may exist */
	const char *as_root;	 /* root would see more */
	const char *no_census;	 /* {}: the error */
	const char *absent;	 /* of a sysctl */
	const char *unreadable;	 /* {}: the error */
	const char *colon;	 /* between a sysctl and its derived value */
	const char *hour, *minute, *second;
	const char *diagram_note;
};

/* All texts in one language. */
struct explain_book {
	const char *lang;
	const struct explain_text *states;    /* [TS_STATES] */
	const struct explain_text *reasons;   /* [TS_REASONS] */
	const struct explain_text *drops;     /* [TS_DROP_WHYS] */
	const struct explain_change *changes; /* every legal one, by old and new state */
	size_t change_count;
	const struct explain_change *others; /* illegal ones that users expect */
	size_t other_count;
	const struct sysctl_text *sysctls; /* [SYSCTLS] */
	const char *const *shows;	   /* [SHOWS] */
	const struct explain_words *words;
};

extern const struct explain_book explain_en, explain_zh;
extern const struct explain_text explain_en_reasons[], explain_en_drops[];
extern const struct explain_text explain_zh_reasons[], explain_zh_drops[];
extern const struct explain_change explain_en_changes[], explain_en_others[];
extern const struct explain_change explain_zh_changes[], explain_zh_others[];
enum { EXPLAIN_CHANGES = 25, EXPLAIN_OTHERS = 7 };
extern const struct sysctl_text explain_en_sysctls[], explain_zh_sysctls[];

/*
 * The text of a topic. All NULL for an illegal transition without a text. `next` of a transition is
 * that of its new state.
 */
struct explain_text explain_text(const struct explain_book *book, const struct topic *topic);
/* Whether Linux has this transition. */
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
