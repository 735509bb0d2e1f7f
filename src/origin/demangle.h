/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of functions as their source has them: C++ and Rust put types and modules into a symbol. */
#ifndef TCPSTATE_DEMANGLE_H /* libiberty has the other */
#define TCPSTATE_DEMANGLE_H

enum { DEMANGLED_MAX = 1024 }; /* bytes; a longer name stays mangled */

/*
 * Returns the name with namespaces and without parameters, for the caller to free. NULL: not mangled,
 * too long, out of memory, or built without libiberty.
 */
char *demangle(const char *symbol);

#endif
