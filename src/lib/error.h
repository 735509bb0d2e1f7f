/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The text of an error. Code below the commands sets it and returns -errno; the command prints it
 * once.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

struct error {
	char text[512]; /* "what failed: cause: remedy", one line without a newline */
};

/* Sets the text, unless there is one already: the first error counts. Returns -err. */
int error_set(struct error *error, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts `prefix` and a colon before the text. */
void error_prefix(struct error *error, const char *prefix);

/* Puts a semicolon and `more` behind the text. */
void error_append(struct error *error, const char *more);

/* Prints "tcpstate: " and the text to stderr, control characters escaped. */
void error_print(const struct error *error);

/* The same for a note that is not an error; silent if verbosity is negative. */
void note(int verbosity, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
