// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain: what a state, a transition or a reason means, with what this machine has of it. */
#include "cmd/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain/language.h"
#include "explain/output.h"
#include "lib/sink.h"
#include "lib/terminal.h"

typedef void print_function(FILE *out, const struct explain_view *view, const struct topic *topics,
			    size_t count);

static print_function *const printers[] = {
	[FORMAT_TEXT] = explain_print_text,
	[FORMAT_JSON] = explain_print_json,
};

/* JSON is UTF-8 always; text that the terminal could not show is given in English. */
static const struct explain_book *choose_book(const struct options *options, bool utf8)
{
	bool chinese = options->lang ? options->lang == LANG_ZH : language_is_chinese();

	if (!chinese)
		return &explain_en;
	if (utf8 || options->format == FORMAT_JSON)
		return &explain_zh;
	note(options->verbosity, "this locale has no Chinese characters, so here is English: set "
				 "LC_ALL to a UTF-8 locale, such as C.UTF-8");
	return &explain_en;
}

static int print_all(const struct explain_view *view, enum format format,
		     const struct topic *topics, size_t count, char **text, size_t *length)
{
	FILE *out = open_memstream(text, length);

	if (!out)
		return -errno;
	printers[format](out, view, topics, count);
	return fclose(out) ? -errno : 0;
}

static int write_all(const char *text, size_t length, struct error *error)
{
	struct sink *sink = NULL;
	int err = 0;

	(void)signal(SIGPIPE, SIG_IGN); /* a reader that has gone is no failure */
	if (sink_new(STDOUT_FILENO, -1, &sink))
		return error_set(error, ENOMEM, "no memory for the output buffer");
	(void)sink_write(sink, text, length); /* closing tells */
	err = sink_close(sink, error);
	sink_free(sink);
	return err;
}

static int explain(const struct options *options, const struct topic *topics, size_t count,
		   struct error *error)
{
	struct sysctl sysctls[SYSCTLS];
	struct error no_census = { "" };
	struct census *census = NULL;
	bool utf8 = language_is_utf8();
	int uncounted = census_take_iter(&census) ? census_take(&census, &no_census) : 0;
	const struct explain_view view = {
		.book = choose_book(options, utf8),
		.sysctls = sysctls,
		.census = uncounted ? NULL : census,
		.census_error = no_census.text,
		.utf8 = utf8,
		.width = terminal_text_width(STDOUT_FILENO, EXPLAIN_WIDTH_MAX),
		.root = !geteuid(),
	};
	char *text = NULL;
	size_t length = 0;
	int err;

	sysctl_read_all("/proc/sys", sysctls);
	err = print_all(&view, options->format, topics, count, &text, &length);
	if (err)
		error_set(error, -err, "no memory for the output: %s", strerror(-err));
	else
		err = write_all(text, length, error);
	free(text);
	census_free(census);
	return err;
}

int cmd_explain(const struct options *options)
{
	struct topic topics[TOPICS_MAX];
	struct error error = { "" };
	int n = topic_parse(options->argc, options->argv, topics, &error);
	int status = EXIT_USAGE;

	if (n > 0)
		status = explain(options, topics, (size_t)n, &error) ? EXIT_FAILED : EXIT_FINE;
	if (error.text[0])
		error_print(&error);
	return status;
}
