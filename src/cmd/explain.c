// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* explain: what a state, a transition or a reason means, with what this machine has of it. */
#include "cmd/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain/output.h"
#include "lib/terminal.h"

typedef void print_function(FILE *out, const struct explain_view *view, const struct topic *topics,
			    size_t count);

static print_function *const printers[] = {
	[FORMAT_TEXT] = explain_print_text,
	[FORMAT_JSON] = explain_print_json,
};

/* JSON is always UTF-8. Text is English where the terminal cannot show Chinese. */
static const struct explain_book *choose_book(const struct options *options, bool utf8)
{
	bool chinese = options->lang ? options->lang == LANG_ZH : locale_is_chinese();

	if (!chinese)
		return &explain_en;
	if (utf8 || options->format == FORMAT_JSON)
		return &explain_zh;
	note(options->verbosity,
	     "cannot print Chinese in this locale, using English: set LC_ALL to a "
	     "UTF-8 locale, such as C.UTF-8");
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

static int explain(struct cmd_context *ctx, const struct options *options,
		   const struct topic *topics, size_t count)
{
	struct sysctl sysctls[SYSCTLS];
	struct error no_census = { "" };
	struct census *census = NULL;
	bool utf8 = locale_is_utf8();
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
		error_set(&ctx->error, -err, "cannot buffer the output: %s", strerror(-err));
	else
		err = cmd_open(ctx); /* only now, as signals end the scan at once */
	if (!err)
		err = sink_write(ctx->sink, text, length);
	free(text);
	census_free(census);
	return err;
}

int cmd_explain(const struct options *options)
{
	struct cmd_context ctx = { .name = "explain" };
	struct topic topics[TOPICS_MAX];
	int n = topic_parse(options->argc, options->argv, topics, &ctx.error);

	if (n <= 0)
		return cmd_close(&ctx, cmd_usage(&ctx, -EINVAL));
	return cmd_close(&ctx, explain(&ctx, options, topics, (size_t)n));
}
