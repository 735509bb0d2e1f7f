// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Templates with `{}`. */
#include "lib/template.h"

#include <stdio.h>
#include <string.h>

char *template_fill(char *to, size_t size, const char *template, const char *const *values)
{
	const char *hole;
	size_t n = 0;

	while ((hole = strstr(template, "{}"))) {
		(void)snprintf(to + n, size - n, "%.*s%s", (int)(hole - template), template,
			       *values++);
		n += strlen(to + n);
		template = hole + 2;
	}
	(void)snprintf(to + n, size - n, "%s", template);
	return to;
}
