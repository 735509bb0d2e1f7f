// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values as characters, as all formats have them. */
#include <string.h>

#include <tcpstate/event.h>

#include "output/format.h"

static char *print_address(char *at, const struct value *value)
{
	return value->family == 4 ? format_ipv4(at, value->address) :
				    format_ipv6(at, value->address);
}

static char *print_endpoint(char *at, const struct value *value)
{
	if (value->family == 6)
		*at++ = '[';
	at = print_address(at, value);
	if (value->family == 6)
		*at++ = ']';
	*at++ = ':';
	return value->number ? format_u64(at, value->number) : format_name(at, "-");
}

static char *print_change(const struct output *out, char *at, const struct value *value)
{
	at = format_name(at, value->text);
	at = format_name(at, out->arrow);
	return format_name(at, value->second);
}

char *out_other_value(struct output *out, char *at, const struct value *value)
{
	switch (value->type) {
	case VALUE_U64:
	case VALUE_PID:
	case VALUE_UID:
	case VALUE_USER:
	case VALUE_PORT:
		return format_u64(at, value->number);
	case VALUE_HEX:
		return format_hex(at, value->number);
	case VALUE_BOOL:
		return format_name(at, value->number ? "true" : "false");
	case VALUE_NAME:
		return format_name(at, value->text);
	case VALUE_WALL:
		return format_timestamp(at, (int64_t)value->number, &out->utc);
	case VALUE_CLOCK:
		return format_time(at, (int64_t)value->number, &out->local);
	case VALUE_US:
		return format_us(at, value->number);
	case VALUE_DURATION:
		return format_duration(at, value->number, out->micro);
	case VALUE_BYTES:
		return format_bytes(at, value->number);
	case VALUE_ADDRESS:
		return print_address(at, value);
	case VALUE_ENDPOINT:
		return print_endpoint(at, value);
	case VALUE_CHANGE:
		return print_change(out, at, value);
	case VALUE_DIGEST:
		return format_base64(format_name(at, "1:"), value->digest, sizeof(value->digest));
	case VALUE_TEXT:
	case VALUE_PROCESS:
	case VALUE_LIST:
	case VALUE_NULL:
		break;
	}
	return at;
}

/* comm[pid]:fd +others, comm[pid]:ringFD +others, (why), (why, comm[pid]) or (why, was comm[pid]). */
static char *print_process(char *at, const struct value_process *p)
{
	if (p->without) {
		at = format_name(format_name(at, "("), p->without);
		if (p->comm)
			at = format_process(format_name(at, p->former ? ", was " : ", "), p->comm,
					    TS_COMM_LEN, p->pid);
		return format_name(at, ")");
	}
	at = format_process(at, p->comm, TS_COMM_LEN, p->pid);
	at = format_u64(format_name(at, p->ring ? ":ring" : ":"), p->fd);
	return p->others ? format_u64(format_name(at, " +"), p->others) : at;
}

bool out_text(struct output *out, struct value *value, char room[OUT_PROCESS_ROOM])
{
	if (value->type == VALUE_USER) {
		value->text = resolver_user(out->resolver, (uint32_t)value->number);
		value->length = value->text ? strlen(value->text) : 0;
		return value->text;
	}
	if (value->type == VALUE_PROCESS) {
		value->length = (size_t)(print_process(room, &value->process) - room);
		value->text = room;
	}
	if (value->length > OUT_TEXT_MAX)
		value->length = OUT_TEXT_MAX;
	return true;
}
