// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names of pods and containers by the names of the kubelet's log files:
 * pods/NAMESPACE_POD_UID/ and containers/POD_NAMESPACE_CONTAINER-ID.log. Nothing in them is opened.
 */
#include "system/pod.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "system/container.h"

/* A node has some hundred pods. A container that ended keeps its link for a while. */
enum { POD_ENTRIES = 16384, POD_HASH = 32 };

#define RENEW_NS (2 * UINT64_C(1000000000))

struct entry {
	char *file; /* the texts are parts of it */
	struct pod_text id, part[POD_PARTS];
};

struct pods {
	const char *log;
	uint64_t read_ns; /* 0: not read yet */
	size_t n;
	struct entry entries[POD_ENTRIES];
};

/*
 * .../kubepods/burstable/podUID/... or .../kubepods-burstable-podU_I_D.slice/...; a static pod has a
 * hash there, without dashes.
 */
size_t pod_of_cgroup(const char *path, char uid[POD_UID])
{
	const char *pod = strstr(path, "kubepods");
	size_t length = 0;

	for (pod = pod ? strstr(pod + 8, "pod") : NULL; pod; pod = strstr(pod + 3, "pod")) {
		length = strspn(pod + 3, "0123456789abcdef-_");
		if (length == POD_UID || length == POD_HASH)
			break;
	}
	if (!pod)
		return 0;
	for (size_t i = 0; i < length; i++)
		uid[i] = pod[3 + i] == '_' ? '-' : pod[3 + i];
	return length;
}

/* Splits at the two underscores; no name of Kubernetes has one. */
static bool split(const char *file, size_t length, struct pod_text text[3])
{
	const char *end = file + length;

	for (int i = 0; i < 3; i++) {
		const char *found = memchr(file, '_', (size_t)(end - file));
		const char *next = found ? found : end;

		if (!found != (i == 2) || file == next)
			return false;
		text[i] = (struct pod_text){ file, (size_t)(next - file) };
		file = next + (i < 2);
	}
	return true;
}

static bool parse_pod(const char *file, struct entry *entry)
{
	struct pod_text text[3];

	if (!split(file, strlen(file), text) ||
	    (text[2].length != POD_UID && text[2].length != POD_HASH))
		return false;
	entry->part[POD_NAMESPACE] = text[0];
	entry->part[POD_NAME] = text[1];
	entry->id = text[2];
	return true;
}

static bool parse_container(const char *file, struct entry *entry)
{
	enum { TAIL = 1 + CONTAINER_DIGITS + 4 };
	size_t length = strlen(file);
	const char *dash = length > TAIL ? file + length - TAIL : NULL;
	struct pod_text text[3];

	if (!dash || *dash != '-' || strcmp(dash + 1 + CONTAINER_DIGITS, ".log") ||
	    strspn(dash + 1, "0123456789abcdef") != CONTAINER_DIGITS ||
	    !split(file, length - TAIL, text))
		return false;
	entry->part[POD_NAME] = text[0];
	entry->part[POD_NAMESPACE] = text[1];
	entry->part[POD_CONTAINER] = text[2];
	entry->id = (struct pod_text){ dash + 1, CONTAINER_DIGITS };
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct pod_text *x = &((const struct entry *)a)->id;
	const struct pod_text *y = &((const struct entry *)b)->id;

	if (x->length != y->length)
		return x->length > y->length ? 1 : -1;
	return memcmp(x->text, y->text, x->length);
}

static void read_folder(struct pods *pods, const char *folder, size_t max,
			bool (*parse)(const char *, struct entry *))
{
	char path[256];
	struct dirent *item;
	DIR *dir = NULL;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", pods->log, folder) < sizeof(path))
		dir = opendir(path);
	if (!dir)
		return;
	for (size_t i = 0; i < max && (item = readdir(dir)); i++) {
		struct entry *entry = &pods->entries[pods->n];

		*entry = (struct entry){ .file = strdup(item->d_name) };
		if (entry->file && parse(entry->file, entry))
			pods->n++;
		else
			free(entry->file);
	}
	(void)closedir(dir);
}

static void forget(struct pods *pods)
{
	while (pods->n)
		free(pods->entries[--pods->n].file);
}

struct pods *pods_new(const char *log)
{
	struct pods *pods = calloc(1, sizeof(*pods));

	if (pods)
		pods->log = log;
	return pods;
}

void pods_free(struct pods *pods)
{
	if (pods)
		forget(pods);
	free(pods);
}

const struct pod_text *pods_find(struct pods *pods, const char *id, size_t length)
{
	const struct entry key = { .id = { id, length } };
	const struct entry *entry = bsearch(&key, pods->entries, pods->n, sizeof(key), compare);
	uint64_t now = entry ? 0 : clock_mono_ns();

	if (!entry && (!pods->read_ns || now - pods->read_ns >= RENEW_NS)) {
		forget(pods);
		read_folder(pods, "pods", POD_ENTRIES / 2, parse_pod);
		read_folder(pods, "containers", POD_ENTRIES / 2, parse_container);
		qsort(pods->entries, pods->n, sizeof(key), compare);
		pods->read_ns = now;
		entry = bsearch(&key, pods->entries, pods->n, sizeof(key), compare);
	}
	return entry ? entry->part : NULL;
}
