/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of functions as their source has them: C++ and Rust put types and modules into a symbol. */
#ifndef TCPSTATE_DEMANGLE_H /* libiberty has the other */
#define TCPSTATE_DEMANGLE_H

enum { DEMANGLED_MAX = 1024 }; /* bytes of a name; what is longer stays as the symbol has it */

/*
 * The name with its namespaces and without its parameters, to be freed. NULL: it is not mangled, it
 * is too long, there is no memory, or this program was built without libiberty.
 */
char *demangle(const char *symbol);

#endif
