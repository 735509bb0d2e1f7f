# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tcpstate. `make help` lists the targets; V=1 shows commands, STATIC=1 links statically.

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=

ifneq ($(CROSS),)
CC      := $(CROSS)-gcc
endif
CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool || echo bpftool)
PYTHON  ?= /usr/bin/python3
CFLAGS  ?= -O2 -g
ARGS    ?=

# One goal is built on all processors unless -j says otherwise; goals such as `clean all` have an order.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS))$(word 2,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

ifneq ($(V),1)
.SILENT:
say = $(info $()  $(1)	$(2))
endif

# Flags of this project; CFLAGS and LDFLAGS stay the user's.
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wmissing-prototypes -Wformat=2
ifeq ($(CI),true)
WARNINGS += -Werror
endif
ALL_CPPFLAGS := -U_GNU_SOURCE -D_GNU_SOURCE= -DTCPSTATE_VERSION='"$(VERSION)"' -Iinclude -Isrc $(CPPFLAGS)
ALL_CFLAGS   := -std=gnu11 $(WARNINGS) $(CFLAGS)
include scripts/libraries.mk

MACHINE   := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
BPF_ARCH  := $(if $(filter aarch64,$(MACHINE)),arm64,$(if $(filter x86_64,$(MACHINE)),x86,$(MACHINE)))
# Line numbers of call sites only: those inside inlined functions are 0.3 MB, loaded at each start.
BPF_FLAGS := -O2 -g -gno-inline-line-tables -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Wall -Wextra \
	-Wno-unused-parameter -Ivmlinux -Iinclude -Ibpf

# Static and sanitized objects have folders of their own, so that switching rebuilds nothing else.
FLAVOUR := $(if $(filter 1,$(STATIC)),static,shared)
OBJ     := $(BUILD)/$(FLAVOUR)
BPF_OBJ := $(BUILD)/bpf

# maps first: see bpf/maps.bpf.c
BPF_NAMES := maps $(filter-out maps destroy witness,$(sort $(patsubst bpf/%.bpf.c,%,$(wildcard bpf/*.bpf.c))))
# The same for both kinds of kernel, so compiled once.
BPF_COMMON := cookie
SKELETON         := $(BPF_OBJ)/tcpstate.skel.h
# For kernels whose tracing programs have no socket storage: see bpf/record.bpf.h.
COMPAT_SKELETON  := $(BPF_OBJ)/compat.skel.h
# Linked with none of these: kernels may refuse the first, and selftest compares the second.
OWN_SKELETONS    := $(BPF_OBJ)/destroy.skel.h $(BPF_OBJ)/witness.skel.h
SKELETONS        := $(SKELETON) $(COMPAT_SKELETON) $(OWN_SKELETONS)

# tracer first: it waits for the BPF programs, which are compiled beside the other folders.
MODULES := tracer $(filter-out tracer,$(patsubst src/%/,%,$(sort $(wildcard src/*/ src/*/*/))))
DW_SRCS := $(addprefix src/origin/,answer.c collector.c debuginfo.c dwfl_cache.c elf_bounds.c finder.c helper.c \
	layout.c origin.c perf_map.c shares.c symbolize.c unwind.c warden.c worker.c)
SRCS    := $(filter-out $(if $(HAVE_LIBDW),src/origin/none.c,$(DW_SRCS)) \
	src/origin/$(if $(HAVE_LIBIBERTY),demangle_none,demangle).c \
	src/tcp/$(if $(HAVE_LIBMD),community_id_none,community_id).c, \
	$(foreach each,$(MODULES),$(sort $(wildcard src/$(each)/*.c))) src/main.c)
OBJS    := $(SRCS:src/%.c=$(OBJ)/%.o)
# Files that include a skeleton. The others are compiled beside the BPF programs.
BPF_SRCS := $(shell grep -lE '"(tracer/internal\.h|[a-z_]+\.skel\.h)"' $(SRCS))
# Unit tests, golden tests and fuzzers link an archive of the others.
CORE    := $(filter-out src/main.c $(BPF_SRCS),$(SRCS))
MANS    := $(if $(CROSS),,$(patsubst doc/man/%.in,$(BUILD)/man/%,$(wildcard doc/man/*.in)))

.PHONY: all help run install uninstall clean deps deps-check format vmlinux FORCE
.DELETE_ON_ERROR:

# As root in another user's folder, what is built belongs to that user.
AS_OWNER := scripts/as-owner.sh
# Folders of objects, made once for all of them.
folders = $(eval FOLDERS += $(sort $(dir $(1))))$(if $(filter-out clean help format,$(or \
	$(MAKECMDGOALS),all)),$(shell $(AS_OWNER) mkdir -p $(sort $(dir $(1)))))

all: $(BUILD)/tcpstate $(MANS)
	$(AS_OWNER) --chown $(BUILD)

help:
	printf '%s\n' \
	'make             build/tcpstate and its man pages' \
	'make run         install missing packages (root), build, trace until Ctrl-C; ARGS=... is passed on' \
	'make check       install missing packages (root), build, run every test' \
	'make check-scripts, check-unit, check-golden, check-fuzz, check-live (root): parts of it' \
	'make check-sanitized (root): some of the live tests, with a program built with sanitizers' \
	'make fuzz MINUTES=60: the fuzzers, as long as you like' \
	'make check-lint, check-builds: checks of the sources, builds without libraries; CI runs them' \
	'make check-vm    the kernel matrix under QEMU (root, to fetch the kernels)' \
	'make bench       the cost of tracing, against other tracers, as ratios (root)' \
	'make bench-list  the cost of listing 100,000 sockets, against ss and netstat (root)' \
	'make format      lay out all C with clang-format' \
	'make install     to $$(DESTDIR)$$(PREFIX)' \
	'make clean       remove build/' \
	'-jN  jobs (default: one a processor)  V=1  show the commands  BUILD=DIR  build there' \
	'STATIC=1  a static program      WITHOUT="libcares libdw libiberty libmd libseccomp"  leave libraries out' \
	'CROSS=aarch64-linux-gnu  for arm64, with STATIC=1, after scripts/vm-fetch.sh libs-arm64'

# ---- the program ----

$(call folders,$(OBJS) $(BPF_OBJ)/compat/ $(BUILD)/man/)

# Which flavour was linked last: build/tcpstate is relinked when that changes.
$(BUILD)/flavour: FORCE
	echo '$(FLAVOUR)' | cmp -s - $@ || echo '$(FLAVOUR)' > $@

$(BUILD)/tcpstate: $(OBJS) $(BUILD)/flavour
	$(call say,LINK,$@)
	$(CC) $(ALL_CFLAGS) $(LINK) -o $@ $(OBJS) $(LIBS)

$(OBJ)/%.o: src/%.c
	$(call say,CC,$<)
	$(CC) $(ALL_CPPFLAGS) -I$(BPF_OBJ) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BPF_SRCS:src/%.c=$(OBJ)/%.o): $(SKELETONS)

# vmlinux.h is 2.8 MB: parsed once. ccache does not cache compilations that use the result.
ifeq ($(filter ccache,$(notdir $(CLANG))),)
BPF_PCH := $(BPF_OBJ)/vmlinux.pch
endif
$(BPF_OBJ)/vmlinux.pch: vmlinux/vmlinux.h
	$(call say,BPF,$<)
	$(CLANG) $(BPF_FLAGS) -x c-header -o $@ $<

BPF_COMPILE = $(CLANG) $(BPF_FLAGS) $(BPF_PCH:%=-include-pch %) -MMD -MP -c -o $@ $<

$(BPF_OBJ)/%.bpf.o: bpf/%.bpf.c vmlinux/vmlinux.h $(BPF_PCH)
	$(call say,BPF,$<)
	$(BPF_COMPILE)

$(BPF_OBJ)/compat/%.bpf.o: bpf/%.bpf.c vmlinux/vmlinux.h $(BPF_PCH)
	$(call say,BPF,$< (compat))
	$(BPF_COMPILE) -DTS_NO_STORAGE

# bpftool's linker drops the DWARF sections of its input and writes BTF only.
$(BPF_OBJ)/tcpstate.o: $(BPF_NAMES:%=$(BPF_OBJ)/%.bpf.o)
	$(BPFTOOL) gen object $@ $^

$(BPF_OBJ)/compat.o: $(foreach name,$(BPF_NAMES),$(BPF_OBJ)/$(if $(filter $(name),$(BPF_COMMON)),,compat/)$(name).bpf.o)
	$(BPFTOOL) gen object $@ $^

$(OWN_SKELETONS:.skel.h=.o): %.o: %.bpf.o
	$(BPFTOOL) gen object $@ $^

$(SKELETON) $(OWN_SKELETONS): $(BPF_OBJ)/%.skel.h: $(BPF_OBJ)/%.o
	$(call say,SKEL,$@)
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# One struct serves both: except for the bytes of the object, the skeletons must be the same.
$(COMPAT_SKELETON): $(BPF_OBJ)/compat.o $(SKELETON)
	$(call say,SKEL,$@)
	$(BPFTOOL) gen skeleton $< name tcpstate_bpf > $@
	for each in $(SKELETON) $@; do sed '/elf_bytes(size_t \*sz)$$/,/^}$$/d' $$each > $$each.frame; done
	cmp $(SKELETON).frame $@.frame

-include $(OBJS:.o=.d) $(wildcard $(BPF_OBJ)/*.d $(BPF_OBJ)/compat/*.d)

# ---- man pages: their lists come from the option and field tables ----

$(BUILD)/man/%: doc/man/%.in scripts/man.sh $(BUILD)/tcpstate
	$(call say,MAN,$@)
	scripts/man.sh $< $(VERSION) $(BUILD)/tcpstate --mdoc > $@

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 0755 $(BUILD)/tcpstate $(DESTDIR)$(PREFIX)/sbin/tcpstate
	for page in $(MANS); do install -m 0644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/ || exit 1; done
	printf '%s\n' 'Only root can trace. To let the group tcpstate trace, too:' \
	'  groupadd --system tcpstate; chgrp tcpstate $(PREFIX)/sbin/tcpstate; chmod 0750 $(PREFIX)/sbin/tcpstate' \
	'  setcap cap_bpf,cap_perfmon,cap_sys_admin,cap_sys_ptrace+ep $(PREFIX)/sbin/tcpstate' \
	'Its members then see the sockets of all users. SECURITY.md says what each capability means.'

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/tcpstate
	for page in $(notdir $(MANS)); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$page; done

clean:
	rm -rf $(BUILD)
	$(if $(filter-out clean,$(MAKECMDGOALS)),$(AS_OWNER) mkdir -p $(FOLDERS))

# ---- for the user and the developer ----

deps:
	scripts/deps.sh build
deps-check: deps
	scripts/deps.sh check

# Standard output is the trace's alone.
run:
	scripts/deps.sh build >&2
	$(AS_OWNER) $(MAKE) --no-print-directory all >&2
	$(BUILD)/tcpstate $(ARGS)

vmlinux:
	scripts/vmlinux.sh

format:
	scripts/format.sh

include tests/tests.mk
