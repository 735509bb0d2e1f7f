// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Shared by the formats of netstat and ss. */
#include "list/compat.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/format.h"

char *compat_print_address(char *at, const uint8_t *address, uint8_t family)
{
	static const uint8_t none[10]; /* without these inet_ntop() may end in an IPv4 address */

	if (family == 4)
		return format_ipv4(at, address);
	if (memcmp(address, none, sizeof(none)))
		return format_ipv6(at, address);
	(void)inet_ntop(AF_INET6, address, at, INET6_ADDRSTRLEN);
	return at + strlen(at);
}
