# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Included by the Makefile: finds libraries and sets LIBS, LINK, HAVE_LIBDW, HAVE_LIBIBERTY and
# HAVE_LIBMD, and adds to ALL_CPPFLAGS. WITHOUT="libcares libdw libiberty libmd libseccomp" leaves
# out optional ones.

WITHOUT ?=
with = $(if $(filter $(1),$(WITHOUT)),,yes)
LIBS := -lbpf -lelf -lz

# c-ares: host names without stalling (-r). A static program has no use for it.
ifneq ($(STATIC),1)
LINK := -pthread $(LDFLAGS)
ifeq ($(and $(call with,libcares),$(shell pkg-config --exists libcares 2>/dev/null && echo yes)),yes)
ALL_CPPFLAGS += -DHAVE_CARES $(shell pkg-config --cflags libcares)
LIBS         += $(shell pkg-config --libs libcares)
endif
else
LINK := -static -pthread $(LDFLAGS)
# libelf needs it since elfutils 0.189.
ifeq ($(CROSS),)
LIBS += $(filter -lzstd,$(shell pkg-config --static --libs libelf 2>/dev/null))
endif
endif

# libdw: call stacks (--origin), where it is installed and a static program can link all of it.
ifeq ($(and $(call with,libdw),$(if $(CROSS),,yes)),yes)
DW_LIBS := $(shell pkg-config $(if $(filter 1,$(STATIC)),--static) --libs libdw 2>/dev/null)
ifneq ($(DW_LIBS),)
HAVE_LIBDW := $(shell echo 'void *dwfl_begin(void *); int main(void) { return !dwfl_begin(0); }' | \
	$(CC) $(LINK) -x c -o /dev/null - $(DW_LIBS) $(LIBS) >/dev/null 2>&1 && echo yes)
endif
endif
ifeq ($(HAVE_LIBDW),yes)
# libiberty: names of C++ and Rust functions.
ifeq ($(call with,libiberty),yes)
HAVE_LIBIBERTY := $(shell printf '\043include <libiberty/demangle.h>\nint main(void) { return \
	cplus_demangle_v3_callback("", 0, 0, 0) || rust_demangle_callback("", 0, 0, 0); }\n' | \
	$(CC) $(LINK) -x c -o /dev/null - -liberty >/dev/null 2>&1 && echo yes)
endif
LIBS := $(DW_LIBS) $(if $(HAVE_LIBIBERTY),-liberty) $(LIBS)
endif

# CROSS=: Debian 12's libraries, fetched by scripts/vm-fetch.sh libs-arm64 or libs-amd64. They serve
# another processor, or a system whose own cannot be linked statically (elfutils 0.192).
ifneq ($(CROSS),)
SYSROOT      ?= build/vm/libs-$(patsubst aarch64-%,arm64,$(patsubst x86_64-%,amd64,$(CROSS)))
ALL_CPPFLAGS += -isystem $(SYSROOT)/usr/include
LINK         += -L$(SYSROOT)/usr/lib/$(CROSS)
endif

# libmd: SHA-1, for the column community_id.
ifeq ($(call with,libmd),yes)
HAVE_LIBMD := $(shell printf '\043include <sys/types.h>\n\043include <sha1.h>\nint main(void) { SHA1_CTX \
	sha1; SHA1Init(&sha1); return 0; }\n' | $(CC) $(ALL_CPPFLAGS) $(LINK) -x c -o /dev/null - -lmd \
	>/dev/null 2>&1 && echo yes)
LIBS += $(if $(HAVE_LIBMD),-lmd)
endif

# libseccomp: the filter of system calls.
ifeq ($(call with,libseccomp),yes)
HAVE_LIBSECCOMP := $(shell printf '\043include <seccomp.h>\nint main(void) { return !seccomp_init(0); }\n' | \
	$(CC) $(ALL_CPPFLAGS) $(LINK) -x c -o /dev/null - -lseccomp >/dev/null 2>&1 && echo yes)
ifeq ($(HAVE_LIBSECCOMP),yes)
ALL_CPPFLAGS += -DHAVE_LIBSECCOMP
LIBS         += -lseccomp
endif
endif
