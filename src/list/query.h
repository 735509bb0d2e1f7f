/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The question that `list` answers: which sockets, in which order, in whose format. */
#ifndef LIST_QUERY_H
#define LIST_QUERY_H

#include <stdbool.h>

/* Another tool's format. */
enum compat_format { COMPAT_NONE, COMPAT_NETSTAT, COMPAT_SS };

struct list_query {
	enum compat_format compat;
	bool all;	  /* listeners and the others */
	bool listeners;	  /* only these; without `all` or a state, they are left out */
	bool by_state;	  /* the filter names states: these alone decide */
	const char *sort; /* a column of socket_fields, with or without - before it; NULL: none */
};

#endif
