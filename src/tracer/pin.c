// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The lock and the pins. A pin's name has the version of the record, and cannot have a dot. */
#include "tracer/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/magic.h>

#include <tcpstate/record.h>

#include "tracer/tracer.h"

#define BPF_FS "/sys/fs/bpf"

enum { PATH_ROOM = 64, LOCK_TRIES = 20 };

struct pin {
	int folder; /* the descriptor that has the lock */
};

static const struct {
	const char *name;
	enum tracer_map map;
} pins[PINS] = {
	[PIN_RECORDS] = { "records", TRACER_RECORDS },
	[PIN_MINISOCKS] = { "minisocks", TRACER_MINISOCKS },
	[PIN_ORIGINS] = { "origins", TRACER_ORIGINS },
};

static bool is_bpf_fs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

/* `ip netns exec` mounts a new /sys without a BPF file system: use the first process's. */
static const char *bpf_fs(void)
{
	static const char first[] = "/proc/1/root" BPF_FS;

	return !is_bpf_fs(BPF_FS) && is_bpf_fs(first) ? first : BPF_FS;
}

static void pin_path(char path[PATH_ROOM], size_t i)
{
	(void)snprintf(path, PATH_ROOM, "%s/tcpstate/%s-%u", bpf_fs(), pins[i].name,
		       (unsigned)TS_RECORD_VERSION);
}

/* As systemd and bpftool do. */
static int mount_bpf_fs(void)
{
	if (is_bpf_fs(bpf_fs()))
		return 0;
	return mount("bpf", BPF_FS, "bpf", 0, "mode=0700") ? -errno : 0;
}

/* Returns a descriptor of the directory, or -errno. */
static int folder_open(bool make)
{
	char path[PATH_ROOM];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/tcpstate", bpf_fs());
	if (make && mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void unpin_all(void)
{
	char path[PATH_ROOM];

	for (size_t i = 0; i < PINS; i++) {
		pin_path(path, i);
		(void)unlink(path);
	}
}

/* is_locked() takes the lock for a moment: only a tracer has it for longer. */
static bool lock(int folder)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!flock(folder, LOCK_EX | LOCK_NB))
			return true;
		(void)nanosleep(&moment, NULL);
	}
	return false;
}

int pin_new(struct pin **out, struct error *error)
{
	struct pin *pin = calloc(1, sizeof(*pin));
	int err = pin ? mount_bpf_fs() : -ENOMEM;

	if (!err)
		pin->folder = folder_open(true);
	if (err || pin->folder < 0) {
		err = err ? err : pin->folder;
		free(pin);
		return error_set(error, -err,
				 "cannot mount a BPF file system at " BPF_FS
				 ": %s: mount it: mount -t bpf bpf " BPF_FS,
				 strerror(-err));
	}
	if (!lock(pin->folder)) {
		(void)close(pin->folder);
		free(pin);
		return error_set(error, EBUSY,
				 "another tcpstate pins records already (it has the "
				 "lock of " BPF_FS "/tcpstate): end it first");
	}
	unpin_all();
	*out = pin;
	return 0;
}

int pin_create(const struct tracer *tracer, struct error *error)
{
	char path[PATH_ROOM];

	for (size_t i = 0; i < PINS; i++) {
		int map = tracer_map_fd(tracer, pins[i].map), err;

		if (map < 0)
			continue;
		pin_path(path, i);
		err = bpf_obj_pin(map, path);
		if (err)
			return error_set(error, -err, "cannot pin %s: %s", path, strerror(-err));
	}
	return 0;
}

void pin_free(struct pin *pin)
{
	if (!pin)
		return;
	unpin_all();
	(void)close(pin->folder);
	free(pin);
}

/* Another process has the lock if it cannot be shared. */
static bool is_locked(int folder)
{
	if (flock(folder, LOCK_SH | LOCK_NB))
		return errno == EWOULDBLOCK;
	(void)flock(folder, LOCK_UN);
	return false;
}

int pin_find(struct pinned *pinned)
{
	struct pinned found = { { -1, -1, -1 } };
	int folder = folder_open(false);
	char path[PATH_ROOM];
	bool valid;

	if (folder < 0)
		return -ENOENT;
	for (size_t i = 0; i < PINS && is_locked(folder); i++) {
		pin_path(path, i);
		found.fds[i] = bpf_obj_get(path);
	}
	/* another tracer that took over meanwhile has removed the stale pins */
	pin_path(path, PIN_MINISOCKS);
	valid = is_locked(folder) && found.fds[PIN_RECORDS] >= 0 && found.fds[PIN_MINISOCKS] >= 0 &&
		!access(path, F_OK);
	(void)close(folder);
	if (!valid) {
		pin_close(&found);
		return -ENOENT;
	}
	*pinned = found;
	return 0;
}

void pin_close(struct pinned *pinned)
{
	for (size_t i = 0; i < PINS; i++)
		if (pinned->fds[i] >= 0)
			(void)close(pinned->fds[i]);
}

static unsigned map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	unsigned size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

bool pin_is_current(const struct pinned *pinned)
{
	struct pinned now;
	bool same;

	if (pin_find(&now))
		return false;
	same = map_id(now.fds[PIN_RECORDS]) == map_id(pinned->fds[PIN_RECORDS]);
	pin_close(&now);
	return same;
}
