// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads a BPF object, attaches its programs, prints "ready" and waits for end of input. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	char input[64];

	if (argc != 2) {
		fprintf(stderr, "Usage: attach OBJECT\n");
		return 2;
	}
	object = bpf_object__open(argv[1]);
	if (!object || bpf_object__load(object)) {
		perror(argv[1]);
		return 1;
	}
	bpf_object__for_each_program(program, object) {
		if (!bpf_program__attach(program)) {
			perror(bpf_program__name(program));
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, input, sizeof(input)) > 0)
		;
	bpf_object__close(object);
	return 0;
}
