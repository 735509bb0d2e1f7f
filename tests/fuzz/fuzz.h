/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fuzz target's entry point. With -DFUZZ libFuzzer calls it; without, this header brings
 * a main() that runs the files named on the command line, to try a corpus with any compiler.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold; unlike assert() it is never compiled out. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#ifndef FUZZ
int main(int argc, char **argv)
{
	enum { INPUT_MAX = 1 << 20 };
	uint8_t *data = malloc(INPUT_MAX);

	MUST(data);
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		uint8_t *input;
		size_t size;

		MUST(file);
		size = fread(data, 1, INPUT_MAX, file);
		MUST(!ferror(file) && !fclose(file));
		/* Of its own size, so that reading past the end is seen. */
		input = malloc(size + !size);
		MUST(input);
		for (size_t n = 0; n < size; n++)
			input[n] = data[n];
		(void)LLVMFuzzerTestOneInput(input, size);
		free(input);
	}
	free(data);
	printf("%d inputs\n", argc - 1);
	return 0;
}
#endif

#endif
