// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The library that fuzz_dwarf changes: scopes, inlined functions, frames that spill registers. */
int seed_call(int n);
int seed_outer(int n);

struct seed {
	int n;
	int (*call)(int n);
};

static inline __attribute__((always_inline)) int inlined_twice(struct seed *seed)
{
	int before = seed->n;

	{
		int within = seed->call(before);

		return within + before;
	}
}

static inline __attribute__((always_inline)) int inlined(struct seed *seed, int n)
{
	for (int i = 0; i < n; i++) {
		int twice = inlined_twice(seed);

		seed->n += twice;
	}
	return seed->n;
}

__attribute__((noinline)) int seed_call(int n)
{
	volatile char room[64] = { (char)n };

	return room[n & 63];
}

int seed_outer(int n)
{
	struct seed seed = { n, n < 0 ? seed_outer : seed_call };

	return inlined(&seed, n) + 1;
}
