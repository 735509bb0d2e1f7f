// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "lib/suggest.h"

enum { NAME_MAX_LEN = 24, SLIPS_MAX = 2 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * Insertions, deletions, substitutions and swaps of neighbours that turn a into b
 * (optimal string alignment). Both at most NAME_MAX_LEN long.
 */
static unsigned count_slips(const char *a, size_t n, const char *b, size_t m)
{
	unsigned d[NAME_MAX_LEN + 1][NAME_MAX_LEN + 1];

	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
				       d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[n][m];
}

bool suggest_near(const char *given, size_t n, const char *name)
{
	size_t m = strlen(name);

	if (!n || n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return false;
	if (n < m && !strncmp(given, name, n))
		return true;
	/* Two slips turn a word of four letters into almost any other. */
	return count_slips(given, n, name, m) <= (m > 4 ? SLIPS_MAX : 1);
}
