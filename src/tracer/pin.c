// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lock and the pins. A pin's name has the version of the record, and cannot have a dot. A BPF file
 * system may be writable for every user, so the folder and the pins are used only if no other user can
 * have made or changed them. All work goes through the descriptor of the checked folder.
 */
#include "tracer/pin.h"

#include <dirent.h>
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
#include <linux/bpf.h>
#include <linux/magic.h>

#include <tcpstate/record.h>
#include <tcpstate/stack.h>

#include "system/privilege.h"
#include "tracer/tracer.h"

#define BPF_FS	    "/sys/fs/bpf"
#define FOLDER	    "tcpstate"
#define PINS_FOLDER BPF_FS "/" FOLDER
#define MOUNT	    "mount -t bpf -o mode=0700 bpf " BPF_FS

enum { NAME_ROOM = 32, PATH_ROOM = 64, NAMES_ROOM = 160, LOCK_TRIES = 20 };

struct pin {
	int folder; /* the descriptor that has the lock */
};

struct kind {
	enum bpf_map_type type;
	uint32_t key_size;
	uint32_t value_size;
};

static const struct {
	const char *name;
	enum tracer_map map;
	struct kind kinds[2]; /* with and without socket storage */
} pins[PINS] = {
	[PIN_RECORDS] = { "records",
			  TRACER_RECORDS,
			  { { BPF_MAP_TYPE_SK_STORAGE, 4, sizeof(struct ts_record) },
			    { BPF_MAP_TYPE_HASH, 8, sizeof(struct ts_record) } } },
	[PIN_MINISOCKS] = { "minisocks",
			    TRACER_MINISOCKS,
			    { { BPF_MAP_TYPE_HASH, 8, sizeof(struct ts_minisock) } } },
	[PIN_ORIGINS] = { "origins",
			  TRACER_ORIGINS,
			  { { BPF_MAP_TYPE_HASH, 4, sizeof(struct ts_origin) } } },
};

/* Returns a descriptor (O_PATH) of the root of a BPF file system, or -errno. */
static int open_bpf_fs(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (!fstatfs(fd, &fs) && fs.f_type == BPF_FS_MAGIC)
		return fd;
	(void)close(fd);
	return -ENOENT;
}

/* `ip netns exec` mounts a new /sys without a BPF file system: use the first process's. */
static int bpf_fs(void)
{
	int fd = open_bpf_fs(BPF_FS);

	return fd < 0 ? open_bpf_fs("/proc/1/root" BPF_FS) : fd;
}

/* Mounts it if it is missing. */
static int mount_bpf_fs(struct error *why)
{
	int fd = bpf_fs(), err;

	if (fd >= 0)
		return fd;
	err = mount("bpf", BPF_FS, "bpf", 0, "mode=0700") ? -errno : 0;
	fd = err ? err : bpf_fs();
	if (fd >= 0)
		return fd;
	return error_set(why, -fd, "no BPF file system can be mounted at " BPF_FS ": %s",
			 strerror(-fd));
}

static bool is_ours(const struct stat *st)
{
	return !st->st_uid || st->st_uid == geteuid();
}

/* Who may open the folder can take the lock. */
static int check_folder(int folder, struct error *why)
{
	struct stat st;

	if (fstat(folder, &st))
		return error_set(why, errno, PINS_FOLDER ": %s", strerror(errno));
	if (!is_ours(&st))
		return error_set(why, EEXIST, PINS_FOLDER " belongs to user %u", st.st_uid);
	if (st.st_mode & 077)
		return error_set(why, EEXIST, PINS_FOLDER " has mode %04o: other users may open it",
				 st.st_mode & 07777);
	return 0;
}

/* Returns a descriptor of the checked directory in a BPF file system, or -errno with `why` set. */
static int open_folder(int fs, struct error *why)
{
	int folder = openat(fs, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err = folder < 0 ? -errno : check_folder(folder, why);

	if (!err)
		return folder;
	if (folder >= 0)
		(void)close(folder);
	if (err == -ENOTDIR || err == -ELOOP)
		return error_set(why, EEXIST, PINS_FOLDER " is not a directory");
	return error_set(why, -err, "cannot open " PINS_FOLDER ": %s", strerror(-err));
}

/* The same where the file system is mounted; -ENOENT: it is not, or there is no directory. */
static int find_folder(struct error *why)
{
	int fs = bpf_fs(), folder;

	if (fs < 0)
		return fs;
	folder = open_folder(fs, why);
	(void)close(fs);
	return folder;
}

static int make_folder(struct error *why)
{
	int fs = mount_bpf_fs(why), folder;

	if (fs < 0)
		return fs;
	if (mkdirat(fs, FOLDER, 0700) && errno != EEXIST)
		folder = error_set(why, errno, "cannot create " PINS_FOLDER ": %s",
				   strerror(errno));
	else
		folder = open_folder(fs, why);
	(void)close(fs);
	return folder;
}

static int refuse(int err, const struct error *why, struct error *error)
{
	char remedy[PRIVILEGE_TEXT] = "mount one: " MOUNT;

	if (err == -EEXIST)
		(void)snprintf(remedy, sizeof(remedy),
			       "remove it (rm -r " PINS_FOLDER "), and mount the BPF file system "
			       "for root alone: " MOUNT);
	else if (err == -EPERM || err == -EACCES)
		(void)privilege_own_remedy(PRIVILEGE(CAP_SYS_ADMIN), remedy);
	return error_set(error, -err, "cannot pin records: %s: %s", why->text, remedy);
}

static void pin_name(char name[NAME_ROOM], size_t i)
{
	(void)snprintf(name, NAME_ROOM, "%s-%u", pins[i].name, (unsigned)TS_RECORD_VERSION);
}

/* bpf(2) takes a descriptor of the folder only from 6.5 on. */
static void pin_path(char path[PATH_ROOM], int folder, size_t i)
{
	char name[NAME_ROOM];

	pin_name(name, i);
	(void)snprintf(path, PATH_ROOM, "/proc/self/fd/%d/%s", folder, name);
}

/* Calls take() for each name in the folder, also those of other versions of the record. */
static void each_pin(int folder, void (*take)(void *context, int folder, const char *name),
		     void *context)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir && fd >= 0)
		(void)close(fd);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			take(context, folder, entry->d_name);
	if (dir)
		(void)closedir(dir);
}

static void unpin(void *context, int folder, const char *name)
{
	(void)unlinkat(folder, name, 0);
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
	struct error why = { "" };

	if (!pin)
		return error_set(error, ENOMEM, "cannot pin records: out of memory");
	pin->folder = make_folder(&why);
	if (pin->folder < 0) {
		int err = refuse(pin->folder, &why, error);

		free(pin);
		return err;
	}
	if (!lock(pin->folder)) {
		(void)close(pin->folder);
		free(pin);
		return error_set(error, EBUSY,
				 "another tcpstate pins records already (it has the "
				 "lock of " PINS_FOLDER "): end it first");
	}
	each_pin(pin->folder, unpin, NULL);
	*out = pin;
	return 0;
}

int pin_create(const struct pin *pin, const struct tracer *tracer, struct error *error)
{
	char path[PATH_ROOM];

	for (size_t i = 0; i < PINS; i++) {
		int map = tracer_map_fd(tracer, pins[i].map), err;

		if (map < 0)
			continue;
		pin_path(path, pin->folder, i);
		err = bpf_obj_pin(map, path);
		if (err)
			return error_set(error, -err, "cannot pin %s in " PINS_FOLDER ": %s",
					 pins[i].name, strerror(-err));
	}
	return 0;
}

void pin_free(struct pin *pin)
{
	if (!pin)
		return;
	each_pin(pin->folder, unpin, NULL);
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

static bool map_info(int fd, struct bpf_map_info *info)
{
	uint32_t size = sizeof(*info);

	*info = (struct bpf_map_info){ 0 };
	return !bpf_obj_get_info_by_fd(fd, info, &size);
}

/* Values are read into structs: a map with larger ones would overwrite what is behind them. */
static bool is_of_kind(int fd, size_t i)
{
	struct bpf_map_info info;

	if (!map_info(fd, &info))
		return false;
	for (size_t k = 0; k < sizeof(pins[i].kinds) / sizeof(pins[i].kinds[0]); k++) {
		const struct kind *kind = &pins[i].kinds[k];

		if (info.type && info.type == kind->type && info.key_size == kind->key_size &&
		    info.value_size == kind->value_size)
			return true;
	}
	return false;
}

/* Returns a descriptor of the map; -1: there is none that can be used. */
static int open_pin(int folder, size_t i)
{
	char name[NAME_ROOM], path[PATH_ROOM];
	struct stat st;
	int fd;

	pin_name(name, i);
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
	    !is_ours(&st) || st.st_mode & 022)
		return -1;
	pin_path(path, folder, i);
	fd = bpf_obj_get(path);
	if (fd >= 0 && is_of_kind(fd, i))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

int pin_find(struct pinned *pinned)
{
	struct pinned found = { { -1, -1, -1 } };
	int folder = find_folder(NULL);
	char name[NAME_ROOM];
	bool valid;

	if (folder < 0)
		return -ENOENT;
	for (size_t i = 0; i < PINS && is_locked(folder); i++)
		found.fds[i] = open_pin(folder, i);
	/* another tracer that took over meanwhile has removed the stale pins */
	pin_name(name, PIN_MINISOCKS);
	valid = is_locked(folder) && found.fds[PIN_RECORDS] >= 0 && found.fds[PIN_MINISOCKS] >= 0 &&
		!faccessat(folder, name, F_OK, 0);
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

static uint32_t map_id(int fd)
{
	struct bpf_map_info info;

	return map_info(fd, &info) ? info.id : 0;
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

/* Appends a name to a list. */
static void list_name(void *list, int folder, const char *name)
{
	char *names = list;
	size_t used = strlen(names);

	(void)snprintf(names + used, NAMES_ROOM - used, "%s%s", used ? ", " : "", name);
}

int pin_check(const struct probes *probes, const char *target, struct error *why)
{
	char names[NAMES_ROOM] = "";
	int folder = find_folder(why);

	if (folder == -ENOENT)
		return 0;
	if (folder < 0)
		return folder;
	if (!is_locked(folder))
		each_pin(folder, list_name, names);
	(void)close(folder);
	if (!*names)
		return 0;
	return error_set(why, EEXIST, "the pins of a tracer that was killed remain: %s", names);
}
