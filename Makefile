# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tcpstate. `make help` lists the targets; V=1 shows commands, STATIC=1 links statically.

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=

ifneq ($(CROSS),)
CC      := $(CROSS)-gcc
SYSROOT ?= build/vm/libs-$(patsubst aarch64-%,arm64,$(patsubst x86_64-%,amd64,$(CROSS)))
endif
CC      ?= gcc
CLANG   ?= clang
STRIP   ?= llvm-strip
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool || echo bpftool)
PYTHON  ?= /usr/bin/python3
CFLAGS  ?= -O2 -g
ARGS    ?=

ifneq ($(V),1)
.SILENT:
say = @printf '  %-9s%s\n' $(1) $(2)
endif

# Flags of this project; CFLAGS and LDFLAGS stay the user's.
WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wformat=2
ifeq ($(CI),true)
WARNINGS += -Werror
endif
ALL_CPPFLAGS := -U_GNU_SOURCE -D_GNU_SOURCE= -DTCPSTATE_VERSION='"$(VERSION)"' -Iinclude -Isrc $(CPPFLAGS)
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(CFLAGS)
LIBS         := -lbpf -lelf -lz

# Beside the core: names of hosts without stalling (-r).
ifneq ($(STATIC),1)
ifeq ($(shell pkg-config --exists libcares 2>/dev/null && echo yes),yes)
ALL_CPPFLAGS += -DHAVE_CARES $(shell pkg-config --cflags libcares)
LIBS         += $(shell pkg-config --libs libcares)
endif
LINK := -pthread $(LDFLAGS)
else
LINK := -static -pthread $(LDFLAGS)
# elfutils has wanted it since 0.189
ifeq ($(CROSS),)
LIBS += $(filter -lzstd,$(shell pkg-config --static --libs libelf 2>/dev/null))
endif
endif

# Where sockets come from in their process's code (--origin): by libdw, if it is there and, for a
# static program, can be linked with all that it needs.
ifeq ($(CROSS),)
DW_LIBS := $(shell pkg-config $(if $(filter 1,$(STATIC)),--static) --libs libdw 2>/dev/null)
ifneq ($(DW_LIBS),)
HAVE_LIBDW := $(shell echo 'void *dwfl_begin(void *); int main(void) { return !dwfl_begin(0); }' | \
	$(CC) $(LINK) -x c -o /dev/null - $(DW_LIBS) $(LIBS) >/dev/null 2>&1 && echo yes)
endif
endif
ifeq ($(HAVE_LIBDW),yes)
# Names of C++ and Rust.
HAVE_LIBIBERTY := $(shell printf '\043include <libiberty/demangle.h>\nint main(void) { return \
	cplus_demangle_v3_callback("", 0, 0, 0) || rust_demangle_callback("", 0, 0, 0); }\n' | \
	$(CC) $(LINK) -x c -o /dev/null - -liberty >/dev/null 2>&1 && echo yes)
LIBS := $(DW_LIBS) $(if $(HAVE_LIBIBERTY),-liberty) $(LIBS)
endif

# Debian 12's libraries, for another processor or because this system's are not fit to be linked
# statically (libelf.a of elfutils 0.192 lacks parts): scripts/vm-fetch.sh libs-arm64 libs-amd64.
ifneq ($(CROSS),)
ALL_CPPFLAGS += -isystem $(SYSROOT)/usr/include
LINK         += -L$(SYSROOT)/usr/lib/$(CROSS)
endif

MACHINE  := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
BPF_ARCH := $(if $(filter aarch64,$(MACHINE)),arm64,$(if $(filter x86_64,$(MACHINE)),x86,$(MACHINE)))
BPF_FLAGS := -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Wall -Wextra \
	-Wno-unused-parameter -Ivmlinux -Iinclude -Ibpf

# Static and sanitized objects have folders of their own, so that switching rebuilds nothing else.
FLAVOUR  := $(if $(filter 1,$(STATIC)),static,shared)
OBJ      := $(BUILD)/$(FLAVOUR)
BPF_OBJ  := $(BUILD)/bpf

# maps first: see bpf/maps.bpf.c
BPF_NAMES := maps $(filter-out maps destroy,$(sort $(patsubst bpf/%.bpf.c,%,$(wildcard bpf/*.bpf.c))))
BPF_OBJS  := $(BPF_NAMES:%=$(BPF_OBJ)/%.bpf.o)
SKELETON  := $(BPF_OBJ)/tcpstate.skel.h
# The same for kernels whose tracing programs have no socket storage: see bpf/record.bpf.h.
COMPAT_OBJS     := $(BPF_NAMES:%=$(BPF_OBJ)/compat/%.bpf.o)
COMPAT_SKELETON := $(BPF_OBJ)/compat.skel.h
# Linked with none of these: kernels may refuse it.
DESTROY_SKELETON := $(BPF_OBJ)/destroy.skel.h
DW_SRCS   := $(addprefix src/origin/,debuginfo.c sigbus.c dwfl_cache.c unwind.c symbolize.c collector.c origin.c)
MODULES   := lib system tcp filter tracer events sockets origin fields output list stats explain \
	stuck selftest selftest/scenarios cli cmd
SRCS      := $(filter-out src/cli/man.c $(if $(HAVE_LIBDW),src/origin/none.c,$(DW_SRCS)) \
	src/origin/$(if $(HAVE_LIBIBERTY),demangle_none,demangle).c, \
	src/main.c $(sort $(wildcard $(MODULES:%=src/%/*.c))))
OBJS      := $(SRCS:src/%.c=$(OBJ)/%.o)

.PHONY: all help run check check-unit check-golden check-fuzz check-live check-vm bench bench-list deps \
	deps-check install uninstall clean format vmlinux load leaky
.DELETE_ON_ERROR:

# Under sudo what was built goes to whoever owns this folder, so that they can build on and clean.
# The man page is made by a program that is run, so not where it could not run.
all: $(BUILD)/tcpstate $(if $(CROSS),,$(BUILD)/tcpstate.8)
	$(if $(AS_OWNER),chown -R $(OWNER) $(BUILD))

help:
	printf '%s\n' \
	'make             build/tcpstate and its man page' \
	'make run         install what is missing (root), build, trace until Ctrl-C; ARGS=... is passed on' \
	'make check       install what is missing (root), build, run every test' \
	'make check-unit, check-golden, check-fuzz, check-live (root): parts of it' \
	'make check-vm    the kernel matrix under QEMU (root, to fetch the kernels)' \
	'make bench       what tracing costs, against other tracers, as ratios (root)' \
	'make bench-list  what a list of 100,000 sockets costs, against ss and netstat (root)' \
	'make install     to $$(DESTDIR)$$(PREFIX)' \
	'make clean       remove build/' \
	'STATIC=1  a static program      V=1  show the commands      BUILD=DIR  build there' \
	'CROSS=aarch64-linux-gnu  for arm64, with STATIC=1, after scripts/vm-fetch.sh libs-arm64'

# ---- the program ----

# Which flavour was linked last: build/tcpstate is relinked when that changes.
$(BUILD)/flavour: FORCE
	$(AS_OWNER) mkdir -p $(BUILD)
	echo '$(FLAVOUR)' | cmp -s - $@ || echo '$(FLAVOUR)' > $@
FORCE:

$(BUILD)/tcpstate: $(OBJS) $(BUILD)/flavour
	$(call say,LINK,$@)
	$(CC) $(ALL_CFLAGS) $(LINK) -o $@ $(OBJS) $(LIBS)

$(OBJ)/%.o: src/%.c | $(SKELETON) $(COMPAT_SKELETON) $(DESTROY_SKELETON)
	$(call say,CC,$<)
	$(AS_OWNER) mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -I$(BPF_OBJ) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The files that read a skeleton follow it.
$(filter $(OBJ)/tracer/%,$(OBJS)): $(SKELETON) $(COMPAT_SKELETON) $(DESTROY_SKELETON)

$(BPF_OBJ)/%.bpf.o: bpf/%.bpf.c vmlinux/vmlinux.h
	$(call say,BPF,$<)
	$(AS_OWNER) mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -MMD -MP -c -o $@ $<
	$(STRIP) -g $@

$(BPF_OBJ)/tcpstate.bpf.o: $(BPF_OBJS)
	$(BPFTOOL) gen object $@ $(BPF_OBJS)

$(SKELETON): $(BPF_OBJ)/tcpstate.bpf.o
	$(call say,SKELETON,$@)
	$(BPFTOOL) gen skeleton $< name tcpstate_bpf > $@

$(DESTROY_SKELETON): $(BPF_OBJ)/destroy.bpf.o
	$(call say,SKELETON,$@)
	$(BPFTOOL) gen skeleton $< name destroy_bpf > $@

$(BPF_OBJ)/compat/%.bpf.o: bpf/%.bpf.c vmlinux/vmlinux.h
	$(call say,BPF,'$< (compat)')
	$(AS_OWNER) mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -DTS_NO_STORAGE -MMD -MP -c -o $@ $<
	$(STRIP) -g $@

$(BPF_OBJ)/compat/tcpstate.bpf.o: $(COMPAT_OBJS)
	$(BPFTOOL) gen object $@ $(COMPAT_OBJS)

# One struct serves both: but for the bytes of the object, the skeletons must be the same.
$(COMPAT_SKELETON): $(BPF_OBJ)/compat/tcpstate.bpf.o $(SKELETON)
	$(call say,SKELETON,$@)
	$(BPFTOOL) gen skeleton $< name tcpstate_bpf > $@
	for each in $(SKELETON) $@; do sed '/elf_bytes(size_t \*sz)$$/,/^}$$/d' $$each > $$each.frame; done
	cmp $(SKELETON).frame $@.frame

-include $(OBJS:.o=.d) $(wildcard $(BPF_OBJ)/*.d $(BPF_OBJ)/compat/*.d)

# ---- the man page: its lists come from the option and field tables ----

# What needs neither a skeleton nor the kernel.
UNPRIVILEGED := $(filter-out src/main.c $(filter-out %/context.c,$(wildcard src/cmd/*.c)) src/tracer/% src/events/ring_source.c src/sockets/source.c \
	src/explain/census_iter.c src/stuck/sock_destroy.c src/stuck/close.c src/stuck/bpf_destroy.c \
	src/stuck/destroy_probe.c src/origin/collector.c src/selftest/groups.c,$(SRCS))
MAN_OBJS := $(UNPRIVILEGED:src/%.c=$(OBJ)/%.o) $(OBJ)/cli/man.o

$(BUILD)/man: $(MAN_OBJS)
	$(CC) $(ALL_CFLAGS) $(LINK) -o $@ $(MAN_OBJS) $(LIBS)

$(BUILD)/tcpstate.8: doc/man/tcpstate.8.in $(BUILD)/man
	$(call say,MAN,$@)
	$(BUILD)/man options > $(BUILD)/man.options
	$(BUILD)/man columns > $(BUILD)/man.columns
	$(BUILD)/man socket-columns > $(BUILD)/man.socket-columns
	$(BUILD)/man stuck-columns > $(BUILD)/man.stuck-columns
	sed -e '/^@OPTIONS@$$/{r $(BUILD)/man.options' -e 'd}' \
	    -e '/^@COLUMNS@$$/{r $(BUILD)/man.columns' -e 'd}' \
	    -e '/^@SOCKET_COLUMNS@$$/{r $(BUILD)/man.socket-columns' -e 'd}' \
	    -e '/^@STUCK_COLUMNS@$$/{r $(BUILD)/man.stuck-columns' -e 'd}' \
	    -e 's/@VERSION@/$(VERSION)/' $< > $@

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 0755 $(BUILD)/tcpstate $(DESTDIR)$(PREFIX)/sbin/tcpstate
	install -m 0644 $(BUILD)/tcpstate.8 $(DESTDIR)$(PREFIX)/share/man/man8/tcpstate.8

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/tcpstate $(DESTDIR)$(PREFIX)/share/man/man8/tcpstate.8

clean:
	rm -rf $(BUILD)

# ---- as root, for the user: the build itself runs as whoever owns this folder ----

OWNER := $(shell stat -c '%u:%g' .)
ifeq ($(shell id -u),0)
ifneq ($(firstword $(subst :, ,$(OWNER))),0)
AS_OWNER := setpriv --reuid=$(firstword $(subst :, ,$(OWNER))) \
	--regid=$(lastword $(subst :, ,$(OWNER))) --clear-groups
endif
endif

deps:
	scripts/deps.sh build
deps-check: deps
	scripts/deps.sh check

run: deps
	$(AS_OWNER) $(MAKE) --no-print-directory all
	$(BUILD)/tcpstate $(ARGS)

# ---- tests ----

# Each part leaves a line `NAME PASSED FAILED SKIPPED` in $(BUILD)/totals/.
check: deps-check
	$(AS_OWNER) $(MAKE) --no-print-directory all load
	rm -rf $(BUILD)/totals
	$(AS_OWNER) mkdir -p $(BUILD)/totals
	status=0; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-unit || status=1; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-golden || status=1; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-fuzz || status=1; \
	$(MAKE) --no-print-directory check-live || status=1; \
	scripts/totals.sh $(BUILD)/totals || status=1; \
	exit $$status

SAN      := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SAN_OBJ  := $(BUILD)/sanitized
SAN_SRCS := $(UNPRIVILEGED)
SAN_OBJS := $(SAN_SRCS:src/%.c=$(SAN_OBJ)/%.o)
UNITS    := $(filter-out $(if $(HAVE_LIBDW),,origin/origin) $(if $(HAVE_LIBIBERTY),,origin/demangle), \
	$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/*.c)))

$(SAN_OBJ)/%.o: src/%.c
	$(AS_OWNER) mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -std=gnu11 $(WARNINGS) $(SAN) -MMD -MP -c -o $@ $<

$(SAN_OBJ)/unit/%: tests/unit/%.c tests/unit/commands.c $(wildcard tests/unit/*.h) $(SAN_OBJS)
	$(call say,TEST,$<)
	$(AS_OWNER) mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -Itests/unit -std=gnu11 $(WARNINGS) $(SAN) -o $@ $< \
		tests/unit/commands.c $(SAN_OBJS) -lcmocka $(LIBS)

check-unit: $(UNITS:%=$(SAN_OBJ)/unit/%)
	scripts/unit.sh $(BUILD)/totals $^

check-golden: $(BUILD)/tcpstate
	TCPSTATE=$(BUILD)/tcpstate BUILD=$(BUILD) CC='$(CC)' tests/golden/run.sh

FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(SAN_SRCS) $(wildcard src/*/*.h include/tcpstate/*.h)
	$(call say,FUZZ,$<)
	$(CLANG) $(ALL_CPPFLAGS) -DFUZZ -Itests/fuzz -std=gnu11 -O1 -g \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-o $@ $< $(if $(wildcard tests/fuzz/commands.c),tests/fuzz/commands.c,tests/unit/commands.c) \
		$(SAN_SRCS) $(LIBS)

check-fuzz: $(FUZZERS:%=$(BUILD)/fuzz_%)
	scripts/fuzz.sh $(BUILD)/totals $^

load: $(BUILD)/load
LOAD_SRCS := $(filter-out tests/programs/load/attach.c,$(filter-out %.bpf.c,$(wildcard tests/programs/load/*.c)))
$(BUILD)/load: $(LOAD_SRCS) $(wildcard tests/programs/load/*.h)
	$(AS_OWNER) mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 $(LINK) -o $@ $(LOAD_SRCS)

# The sample of doc/guides/close-wait.md, built as a distribution builds: debug information, no frame pointers.
leaky: $(BUILD)/leaky
$(BUILD)/leaky: tests/programs/leaky/leaky.c
	$(AS_OWNER) mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -g -fomit-frame-pointer $(LDFLAGS) -o $@ $<

$(BUILD)/attach: tests/programs/load/attach.c
	$(AS_OWNER) mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 $(LINK) -o $@ $< $(LIBS)

$(BUILD)/empty.bpf.o: tests/programs/load/empty.bpf.c vmlinux/vmlinux.h
	$(AS_OWNER) mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -c -o $@ $<

check-live: $(BUILD)/tcpstate load leaky
	TCPSTATE=$(abspath $(BUILD)/tcpstate) TCPSTATE_LOAD=$(abspath $(BUILD)/load) \
	TCPSTATE_LEAKY=$(abspath $(BUILD)/leaky) \
	PYTHONDONTWRITEBYTECODE=1 \
	scripts/live.sh $(BUILD)/totals $(PYTHON) $(LIVE)

# The static program twice, for VMs of either processor.
VM_CACHE ?= $(BUILD)/vm
ARM64    := CROSS=aarch64-linux-gnu SYSROOT=$(VM_CACHE)/libs-arm64 BUILD=$(BUILD)/vm-arm64

check-vm: export VM_CACHE := $(VM_CACHE)
check-vm:
	scripts/deps.sh build vm
	$(AS_OWNER) scripts/vm-fetch.sh libs-arm64
	$(AS_OWNER) $(MAKE) --no-print-directory STATIC=1 BUILD=$(BUILD)/vm-build all load
	$(AS_OWNER) $(MAKE) --no-print-directory STATIC=1 $(ARM64) all load
	$(AS_OWNER) scripts/check-vm.sh $(BUILD)

bench: deps
	scripts/deps.sh bench
	$(AS_OWNER) $(MAKE) --no-print-directory all load $(BUILD)/attach $(BUILD)/empty.bpf.o
	BUILD=$(BUILD) scripts/bench.sh $(BENCH)

bench-list: deps
	scripts/deps.sh check bench
	$(AS_OWNER) $(MAKE) --no-print-directory all load
	BUILD=$(BUILD) scripts/bench-list.sh $(BENCH)

vmlinux:
	scripts/vmlinux.sh

format:
	clang-format -i src/*.c src/*/*.[ch] src/selftest/scenarios/*.[ch] include/tcpstate/*.h bpf/*.[ch] tests/programs/load/*.[ch] tests/programs/leaky/*.c
