# SPDX-License-Identifier: GPL-2.0-only
# KVM host-state selftests, on the kselftest framework (lib.mk).
#
#   make, make run_tests, make install INSTALL_PATH=DIR, make clean: as in any
#   kselftest; OUTPUT=DIR builds elsewhere.
#
# In a kernel tree (tools/testing/selftests/kvm_host_state) the framework is
# that tree's.  Anywhere else it is KSFT's; make check: the project's own tests.

# A new test: a file x86/NAME.c and a line here.  What needs no VM comes first.
TEST_GEN_PROGS := x86/desc64_test
TEST_GEN_PROGS += x86/compare_test
TEST_GEN_PROGS += x86/diagnose_test
TEST_GEN_PROGS += x86/hop_plan_test
TEST_GEN_PROGS += x86/guest_tss_test
TEST_GEN_PROGS += x86/host_tr_test
TEST_GEN_PROGS += x86/host_tss_limit_test
TEST_GEN_PROGS += x86/host_ioperm_test
TEST_GEN_PROGS += x86/host_desc_tables_test
TEST_GEN_PROGS += x86/host_ldt_test
TEST_GEN_PROGS += x86/host_segs_test
TEST_GEN_PROGS += x86/host_msrs_test
TEST_GEN_PROGS += x86/host_user_msrs_test
TEST_GEN_PROGS += x86/host_fpu_test
TEST_GEN_PROGS += x86/host_xstate_test
TEST_GEN_PROGS += x86/host_debug_regs_test
TEST_GEN_PROGS += x86/host_flags_test
TEST_GEN_PROGS += x86/host_cr4_test
TEST_GEN_PROGS += x86/host_emulator_test
TEST_GEN_PROGS += x86/host_cr8_test
TEST_GEN_PROGS += x86/host_unload_test
TEST_GEN_PROGS += x86/host_nmi_test
TEST_GEN_PROGS += x86/host_hotplug_test
TEST_GEN_PROGS += x86/host_hotplug_run_test
TEST_GEN_PROGS += x86/host_numa_test
TEST_GEN_PROGS += x86/host_preempt_test
TEST_GEN_PROGS += x86/host_halt_test
TEST_GEN_PROGS += x86/host_init_test
TEST_GEN_PROGS += x86/host_wait_test
TEST_GEN_PROGS += x86/nested_host_tr_test
TEST_GEN_PROGS += x86/nested_host_segs_test
TEST_GEN_PROGS += x86/nested_l1_state_test
TEST_GEN_PROGS += x86/nested_refused_test
TEST_GEN_PROGS += x86/nested_interrupt_test
TEST_GEN_PROGS += x86/nested_paging_test
TEST_GEN_PROGS += x86/nested_migration_test
TEST_GEN_PROGS += x86/nested_restore_test

# Programs that are no tests, for the lab and for measurements.
TEST_GEN_PROGS_EXTENDED := x86/smoke
TEST_GEN_PROGS_EXTENDED += x86/host_info
TEST_GEN_PROGS_EXTENDED += x86/host_watch
TEST_GEN_PROGS_EXTENDED += x86/hop_bench
TEST_GEN_PROGS_EXTENDED += x86/host_state_table

LIB := $(wildcard $(foreach part,harness hops observers,$(addprefix lib/$(part)/,*.c x86/*.c x86/*.S)))

# Elsewhere in a kernel tree's list of targets this one has nothing to do.
KHS_ARCH := $(or $(ARCH),$(shell uname -m))
ifeq ($(filter x86 x86_64,$(KHS_ARCH)),)
all run_tests install clean:
	@echo "kvm_host_state: nothing to do for $(KHS_ARCH), x86_64 only" >&2
emit_tests:
.PHONY: run_tests install clean emit_tests
# These goals need no framework.
else ifneq ($(filter-out check list-tests,$(or $(MAKECMDGOALS),all)),)
NEEDS_FRAMEWORK := y
endif

all:

TESTS := $(notdir $(TEST_GEN_PROGS))
list-tests:
	@printf '%s\n' $(TESTS)

.PHONY: all list-tests

# Outside of a kernel tree: where the framework is, and how to run the tests.
-include lab/standalone.mk
ifneq ($(wildcard ../lib.mk),)
KSFT := ..
endif

ifeq ($(NEEDS_FRAMEWORK),y)

ifeq ($(wildcard $(KSFT)/lib.mk),)
$(error $(NO_KSFT))
endif
OUTPUT := $(or $(OUTPUT),$(CURDIR))
override OUTPUT := $(abspath $(OUTPUT))

# The observer, where there is a kernel to build it for: the tree's own if that is
# built, else the running one.  A test loads the module that it finds beside it.
ifeq ($(STANDALONE),)
KDIR ?= $(dir $(firstword $(wildcard $(addsuffix /Module.symvers, \
	$(O) $(KBUILD_OUTPUT) $(abspath ../../../..)))))
endif
ifneq ($(if $(KDIR),,$(wildcard /lib/modules/$(shell uname -r)/build/include)),)
KDIR := /lib/modules/$(shell uname -r)/build
endif
ifneq ($(KDIR),)
TEST_GEN_FILES := kvm_host_state.ko
endif

# lib.mk's own rules build one .c file to one program, all in one step.
OVERRIDE_TARGETS := 1
# OUTPUT may be the source itself: remove what was made, and no directory but our own.
EXTRA_CLEAN = $(foreach dir,$(sort $(dir $(LIB))) x86,$(OUTPUT)/$(dir)/*.o $(OUTPUT)/$(dir)/*.d) \
	      $(addprefix $(OUTPUT)/module/,*.o *.ko *.mod *.mod.c .*.cmd .*.d Module.symvers modules.order) \
	      $(OUTPUT)/flags $(OWN_OUTPUT)
include $(KSFT)/lib.mk
ifdef RUN_TESTS_ALONE
RUN_TESTS = $(RUN_TESTS_ALONE)
endif

# $(call cc-option,FLAG...): those that this compiler knows
cc-option = $(foreach flag,$(1),$(shell $(CC) -Werror $(flag) -c -x c /dev/null \
	      -o /dev/null 2>/dev/null && echo $(flag)))

# The two last warnings find a signed value that widens into an address; gcc
# needs both, clang has them in one.
WARNINGS := -Wall -Wextra -Wsign-conversion $(call cc-option,-Warith-conversion) \
	    $(if $(WERROR),-Werror)

# Without libnuma the same by system call (lib/hops/numa_raw.h).
NUMA := $(shell $(CC) $(CFLAGS) -include numa.h -x c -fsyntax-only /dev/null 2>/dev/null && echo y)

# Guest code is this program's code.  So no stack protector, which wants libc's
# thread area; no red zone, which an exception on the same stack would
# overwrite; no PIE, so that the image has one address in host and guest; no
# libc where the compiler sees a loop that looks like memset(); and no AVX, which
# some compilers use on their own account and a guest cannot before it has set
# CR4.OSXSAVE.
GUEST_FLAGS := -fno-stack-protector -mno-red-zone -fno-pie -fno-builtin \
	       $(call cc-option,-march=x86-64-v2) -U_FORTIFY_SOURCE -fno-strict-aliasing \
	       $(call cc-option,-fno-tree-loop-distribute-patterns -fcf-protection=none)

KHS_CFLAGS := -O2 -g -std=gnu11 -pthread $(WARNINGS) $(GUEST_FLAGS)
KHS_CPPFLAGS := -D_GNU_SOURCE= $(if $(NUMA),-DHAVE_LIBNUMA) -Iinclude -isystem $(selfdir) \
		$(if $(wildcard $(top_srcdir)/usr/include/linux/kvm.h),$(KHDR_INCLUDES))
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(@:$(OUTPUT)/%=%);)
COMPILE := $(CC) $(KHS_CPPFLAGS) $(KHS_CFLAGS) $(CFLAGS)
LIBOBJS := $(patsubst %,$(OUTPUT)/%.o,$(basename $(LIB)))
PROGS := $(TEST_GEN_PROGS) $(TEST_GEN_PROGS_EXTENDED)

$(PROGS): $(OUTPUT)/%: $(OUTPUT)/%.o $(LIBOBJS)
	$(call say,LINK)$(CC) -no-pie -pthread $(LDFLAGS) $^ $(if $(NUMA),-lnuma) $(LDLIBS) -o $@

$(OUTPUT)/%.o: %.c $(OUTPUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -MD -MP -c $< -o $@

$(OUTPUT)/%.o: %.S $(OUTPUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -MD -MP -c $< -o $@

# Other flags, another compiler or a file that is gone build everything anew.
FLAGS = $(COMPILE) $(LDFLAGS) $(LDLIBS) $(LIB)
$(OUTPUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@

# kbuild writes beside the sources, which may have to stay clean: elsewhere it gets
# a copy.  It must not see the variables that kselftest gives its own makes.
MODULE := $(wildcard module/*.[ch] module/Kbuild)
$(OUTPUT)/kvm_host_state.ko: $(MODULE) $(wildcard include/*.h include/x86/*.h) $(KDIR)/Module.symvers
ifneq ($(OUTPUT),$(CURDIR))
	@mkdir -p $(OUTPUT)/module && cp -u $(MODULE) $(OUTPUT)/module && cp -ru include $(OUTPUT)
endif
	$(call say,MOD)env -u MAKEFLAGS -u MFLAGS -u O -u KBUILD_OUTPUT $(MAKE) -s -C $(KDIR) \
		M=$(OUTPUT)/module CONFIG_DEBUG_INFO_BTF_MODULES= $(if $(LLVM),LLVM=$(LLVM)) modules
	@cp $(OUTPUT)/module/kvm_host_state.ko $@

.SECONDARY: $(LIBOBJS) $(PROGS:%=%.o)
.PHONY: FORCE

-include $(LIBOBJS:.o=.d) $(PROGS:%=%.d)

endif
