# SPDX-License-Identifier: GPL-2.0-only
# What the Makefile needs outside of a kernel tree; upstream has no use for it.

check:
	./run_tests.sh check
.PHONY: check

ifeq ($(wildcard ../lib.mk),)

# The framework: KSFT=DIR, or where run_tests.sh and lab/kselftest.sh put it, or the
# source of the running kernel.
KSFT ?= $(patsubst %/lib.mk,%,$(firstword $(wildcard \
	$(addsuffix /tools/testing/selftests/lib.mk,build/kselftest \
	/lib/modules/$(shell uname -r)/source /lib/modules/$(shell uname -r)/build \
	/usr/src/linux))))
define NO_KSFT
$(if $(KSFT),there is no kselftest framework (lib.mk, kselftest/runner.sh) in $(KSFT),no \
kselftest framework was found): give the tools/testing/selftests of a
kernel source with each make, as KSFT=DIR; on Debian lab/kselftest.sh fetches one
endef

# lib.mk looks at MAKELEVEL to tell whether OUTPUT was given; a make that was
# started by another program's make must not end up in /.
ifeq ($(OUTPUT),)
OUTPUT := $(CURDIR)/build/out
# Nobody else writes there, so make clean may remove it.
OWN_OUTPUT := $(OUTPUT)
# What root makes here, by sudo or in a root shell, is the checkout's owner's.
GIVE_BACK = ; [ "$$(id -u)" != 0 ] || chown -hR --from=0 --reference=$(CURDIR) $(CURDIR)/build
endif

STANDALONE := y

# runner.sh looks for "settings", with our time limit, in $BASE_DIR/$DIR and
# takes DIR from where it is called: give it one.
define RUN_TESTS_ALONE
	stage=$$(mktemp -d) && trap 'rm -rf "$$stage"$(GIVE_BACK)' EXIT &&	\
	trap 'exit 130' INT && trap 'exit 143' TERM HUP &&		\
	ln -s $(abspath $(KSFT))/kselftest "$$stage/kselftest" &&	\
	ln -s $(CURDIR) "$$stage/kvm_host_state" &&			\
	cd "$$stage/kvm_host_state" && BASE_DIR=$$stage &&		\
	. "$$stage/kselftest/runner.sh" &&				\
	per_test_logging="$(if $(summary),1)" &&			\
	run_many $(1)
endef

endif
