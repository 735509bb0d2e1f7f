/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What went wrong, in words: filled by the code that knows, printed once by the
 * command. Library code returns -errno and fills this; it never prints.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

struct error {
	char text[512]; /* what failed, on what, why, and what to do; one line, no newline */
};

/* Formats the text and returns -err. Whoever fails first speaks: a text already there stays. */
int error_set(struct error *error, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts `prefix` and a colon before the text. */
void error_prefix(struct error *error, const char *prefix);

/* One line on stderr: "tcpstate: " and the text, control characters escaped. */
void error_print(const struct error *error);

/* The same for a diagnostic that is not a failure; silent when verbosity says so. */
void note(int verbosity, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
