# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Included by the Makefile: tests and benchmarks.

.PHONY: check check-lint check-builds check-common check-scripts check-unit check-golden check-fuzz check-live check-sanitized check-vm fuzz bench bench-list load leaky

# Each part leaves a line `NAME PASSED FAILED SKIPPED` in $(BUILD)/totals/.
check: deps-check
	$(AS_OWNER) $(MAKE) --no-print-directory all load leaky
	$(AS_OWNER) mkdir -p $(BUILD)/totals
	rm -f $(addprefix $(BUILD)/totals/,scripts unit golden fuzz live)
	status=0; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-scripts || status=1; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-unit || status=1; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-golden || status=1; \
	$(AS_OWNER) $(MAKE) --no-print-directory check-fuzz || status=1; \
	$(MAKE) --no-print-directory check-live || status=1; \
	scripts/totals.sh $(BUILD)/totals || status=1; \
	exit $$status

# ---- the core as archives: as the program's, with gcc's sanitizers, with clang's for libFuzzer ----

SAN      := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SAN_OBJ  := $(BUILD)/sanitized
FUZZ_SAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_OBJ := $(BUILD)/fuzz

$(call folders,$(foreach each,$(OBJ) $(SAN_OBJ) $(FUZZ_OBJ),$(CORE:src/%.c=$(each)/%.o)))

$(SAN_OBJ)/%.o: src/%.c
	$(CC) $(ALL_CPPFLAGS) -std=gnu11 $(WARNINGS) $(SAN) -MMD -MP -c -o $@ $<

$(FUZZ_OBJ)/%.o: src/%.c
	$(CLANG) $(ALL_CPPFLAGS) -std=gnu11 $(FUZZ_SAN) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# The whole program with sanitizers. Its filter kills at a system call that is not on the list.
SAN_BPF := $(BPF_SRCS:src/%.c=$(SAN_OBJ)/%.o)
$(call folders,$(SAN_BPF))
$(SAN_BPF): $(SKELETONS)
$(SAN_BPF): ALL_CPPFLAGS += -I$(BPF_OBJ)

$(SAN_OBJ)/tcpstate: $(SAN_OBJ)/main.o $(SAN_BPF) $(SAN_OBJ)/libcore.a
	$(call say,LINK,$@)
	$(CC) $(SAN) $(LINK) -o $@ $^ $(LIBS)

-include $(SAN_OBJ)/main.d $(SAN_BPF:.o=.d)

define archive
$(1)/libcore.a: $(CORE:src/%.c=$(1)/%.o)
	rm -f $$@
	ar rcs $$@ $$^
-include $(CORE:src/%.c=$(1)/%.d)
endef
$(foreach each,$(OBJ) $(SAN_OBJ) $(FUZZ_OBJ),$(eval $(call archive,$(each))))

check-scripts: all
	BUILD=$(BUILD) MANS='$(MANS)' MAKE='$(MAKE)' tests/scripts/run.sh $(BUILD)/totals

# ---- checks of the sources and of other builds: in CI ----

check-lint:
	scripts/lint.sh $(BUILD)/totals

check-builds: all
	MAKE='$(MAKE)' scripts/check-builds.sh $(BUILD)

# The objects that both kinds of kernel share do not depend on TS_NO_STORAGE, except for DWARF.
$(BPF_OBJ)/%.linked: $(BPF_OBJ)/%.bpf.o
	cp $< $@.o
	$(BPFTOOL) gen object $@ $@.o

check-common: $(foreach name,$(BPF_COMMON),$(BPF_OBJ)/$(name).linked $(BPF_OBJ)/compat/$(name).linked)
	for name in $(BPF_COMMON); do cmp $(BPF_OBJ)/compat/$$name.linked $(BPF_OBJ)/$$name.linked || exit 1; done

# ---- unit tests, golden tests, fuzzers ----

# Without a library the tests of its files are left out.
UNITS := $(filter-out $(if $(HAVE_LIBDW),,origin/origin origin/finder origin/helper) $(if $(HAVE_LIBIBERTY),,origin/demangle), \
	$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/*.c)))

$(call folders,$(UNITS:%=$(SAN_OBJ)/unit/%))

$(SAN_OBJ)/unit/%: tests/unit/%.c $(SAN_OBJ)/libcore.a
	$(call say,TEST,$<)
	$(CC) $(ALL_CPPFLAGS) -Itests/unit -std=gnu11 $(WARNINGS) $(SAN) -MMD -MP -MF $@.dep -o $@ \
		$(filter %.c %.a,$^) -lcmocka $(LIBS)

-include $(UNITS:%=$(SAN_OBJ)/unit/%.dep)

check-unit: $(UNITS:%=$(SAN_OBJ)/unit/%)
	scripts/unit.sh $(BUILD)/totals $^

check-golden: $(BUILD)/tcpstate $(OBJ)/libcore.a
	TCPSTATE=$(BUILD)/tcpstate BUILD=$(BUILD) CC='$(CC)' CORE='$(abspath $(OBJ)/libcore.a)' LIBS='$(LIBS)' \
		tests/golden/run.sh

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(filter-out $(if $(HAVE_LIBDW),, \
	$(addprefix tests/fuzz/fuzz_,dwarf.c origin.c worker.c)),$(wildcard tests/fuzz/fuzz_*.c)))

$(FUZZERS): $(BUILD)/%: tests/fuzz/%.c $(FUZZ_OBJ)/libcore.a $(wildcard tests/fuzz/*.h)
	$(call say,FUZZ,$<)
	$(CLANG) $(ALL_CPPFLAGS) -DFUZZ -Itests/fuzz -std=gnu11 $(FUZZ_SAN) -fsanitize=fuzzer -o $@ \
		$(filter %.c %.a,$^) $(LIBS)

# The library that fuzz_dwarf changes: with .eh_frame; compressed, with .debug_frame.
SEED := $(abspath $(FUZZ_OBJ)/seed)
$(SEED).so $(SEED)-gz.so: tests/fuzz/seed.c $(FUZZ_OBJ)/libcore.a
	$(CC) -std=gnu11 -g -O1 -fPIC -shared -nostdlib -Wl,--build-id $(SEED_FLAGS) -o $@ $<
$(SEED)-gz.so: SEED_FLAGS := -gz=zlib -fno-asynchronous-unwind-tables
$(BUILD)/fuzz_dwarf: $(SEED).so $(SEED)-gz.so
$(BUILD)/fuzz_dwarf: private ALL_CPPFLAGS += -DSEED='"$(SEED)"'

check-fuzz: $(FUZZERS)
	scripts/fuzz.sh $(BUILD)/totals $^

# All of them for MINUTES together, from another seed each time. Inputs that fail stay in $(BUILD)/fuzz-failed.
MINUTES ?= 10
fuzz: $(FUZZERS)
	FUZZ_SEED=0 FUZZ_SECONDS=$$(($(MINUTES) * 60 / $(words $(FUZZERS)))) FUZZ_FAILED=$(BUILD)/fuzz-failed \
		scripts/fuzz.sh $(BUILD)/totals $^

# ---- test programs ----

PROGRAM_FLAGS := -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2

load: $(BUILD)/load
LOAD_SRCS := $(filter-out tests/programs/load/attach.c,$(filter-out %.bpf.c,$(wildcard tests/programs/load/*.c)))
$(BUILD)/load: $(LOAD_SRCS) $(wildcard tests/programs/load/*.h)
	$(call say,CC,$@)
	$(CC) $(PROGRAM_FLAGS) $(LINK) -o $@ $(LOAD_SRCS)

# The sample of doc/guides/close-wait.md, built as a distribution builds: debug information, no frame pointers.
leaky: $(BUILD)/leaky
$(BUILD)/leaky: tests/programs/leaky/leaky.c
	$(call say,CC,$@)
	$(CC) $(PROGRAM_FLAGS) -g -fomit-frame-pointer $(LDFLAGS) -o $@ $<

$(BUILD)/attach: tests/programs/load/attach.c
	$(CC) $(PROGRAM_FLAGS) $(LINK) -o $@ $< $(LIBS)

$(BUILD)/empty.bpf.o: tests/programs/load/empty.bpf.c vmlinux/vmlinux.h
	$(CLANG) $(BPF_FLAGS) -c -o $@ $<

# ---- live tests, kernels, benchmarks ----

check-live: $(BUILD)/tcpstate load leaky
	TCPSTATE=$(abspath $(BUILD)/tcpstate) TCPSTATE_LOAD=$(abspath $(BUILD)/load) \
	TCPSTATE_LEAKY=$(abspath $(BUILD)/leaky) PYTHONDONTWRITEBYTECODE=1 \
	scripts/live.sh $(BUILD)/totals $(PYTHON) $(LIVE)

# Live tests of each command that runs for long, with sanitizers and a check for leaks.
SANITIZED := tests/live/cmd/test_confine.py tests/live/trace/test_output.py tests/live/list/test_by.py tests/live/stuck/test_idle.py
check-sanitized: $(SAN_OBJ)/tcpstate load leaky
	TCPSTATE=$(abspath $(SAN_OBJ)/tcpstate) TCPSTATE_LOAD=$(abspath $(BUILD)/load) \
	TCPSTATE_LEAKY=$(abspath $(BUILD)/leaky) PYTHONDONTWRITEBYTECODE=1 LIVE_PART=sanitized \
	LIVE_PATHS='$(SANITIZED)' scripts/live.sh $(BUILD)/totals $(PYTHON) $(LIVE)

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
