# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Builds for one kernel what runs under it: the tests, the module, and the
# kselftest tree that is staged in a VM or run in place.
#   B_DIR      everything built for this kernel
#   B_STAGE    the staged kselftest tree, with the module in it: a copy of its own
#              for each run

# build_run LOG COMMAND...: quiet unless it fails.
build_run()
{
	local log=$1
	shift

	if ! "$@" >"$log" 2>&1; then
		grep -m5 -E 'error|Error|No space' "$log" >&2 || tail -5 "$log" >&2
		die "the build failed: the whole log is $log"
	fi
}

# What a result depends on beside kernel and question: the suite, and its options.
suite_key()
{
	printf '%s\n' "$OPT_HOPS" "$GUARD"
	{ env | grep '^KHS_' || true; } | sort
	(cd "$TOP" && find Makefile config settings include lib x86 module lab -type f -print0 | sort -z | xargs -0 cat)
}

build_tools()
{
	local tool

	for tool in make gcc rsync; do
		have "$tool" || die "$tool is not installed: run sudo ./run_tests.sh --setup"
	done
}

# build_for_kernel: needs kernel_resolve to have been there.
build_for_kernel()
{
	build_prepare
	with_lock "$BUILD" build job_or_exit build_all
	B_STAGE=$SCRATCH/stage
}

build_prepare()
{
	build_tools
	B_DIR=$BUILD/$K_VERSION
	B_STAGE=$B_DIR/stage
	if ! mkdir -p "$B_DIR" 2>/dev/null || [ ! -w "$B_DIR" ]; then
		die "$B_DIR cannot be written: it belongs to $(stat -c %U "$B_DIR" 2>/dev/null || stat -c %U "$BUILD" 2>/dev/null || echo somebody else); run as that user, or remove it"
	fi
	if [ -z "$KSFT_GIVEN" ] && [ -e "${K_SOURCE:-none}/tools/testing/selftests/kselftest/runner.sh" ]; then
		KSFT=$K_SOURCE/tools/testing/selftests
	else
		framework
	fi
}

# Sets KSFT to a kselftest framework: the one that KSFT= names, one that was fetched
# before, that of the running kernel's source, else the distribution's.
framework()
{
	local fetched=$BUILD/kselftest/tools/testing/selftests

	KSFT=$(framework_here)
	if [ -n "$KSFT_GIVEN" ] && [ "$KSFT" != "$KSFT_GIVEN" ]; then
		die "KSFT=$KSFT_GIVEN is no kselftest framework: it has no lib.mk, kselftest/runner.sh and run_kselftest.sh; give the tools/testing/selftests of a kernel source"
	fi
	if [ -z "$KSFT" ]; then
		have apt-get || die "there is no kselftest framework (lib.mk, runner.sh): give the tools/testing/selftests of a kernel source, unpacked or a git clone, as KSFT=DIR"
		KSFT=$fetched
		with_lock "$BUILD" kselftest framework_fetch
	fi
}

# Where a framework is already; empty if none is.
framework_here()
{
	local dir kernel

	kernel=/lib/modules/$(uname -r)
	for dir in "${KSFT_GIVEN:-$BUILD/kselftest}" "$kernel/source" "$kernel/build" /usr/src/linux; do
		[ -n "$KSFT_GIVEN" ] || dir=$dir/tools/testing/selftests
		if [ -e "$dir/lib.mk" ] && [ -e "$dir/kselftest/runner.sh" ] && [ -e "$dir/run_kselftest.sh" ]; then
			printf '%s\n' "$dir"
			return
		fi
		[ -z "$KSFT_GIVEN" ] || return 0
	done
}

framework_fetch()
{
	[ -e "$KSFT/run_kselftest.sh" ] || job_or_exit "$TOP/lab/kselftest.sh" "$KSFT"
}

build_all()
{
	local tests

	progress "building the tests and the module for $K_VERSION"
	# Side by side: where nothing changed, each is a make that only looks.
	job_start build_run "$B_DIR/tests.log" make -C "$TOP" -j"$(nproc)" KSFT="$KSFT" \
		OUTPUT="$B_DIR/tests" KDIR=
	tests=$JOB
	build_module
	job_wait "$tests"
	[ "$JOB_STATUS" = 0 ] || exit $LAB
	build_stage
}

build_module()
{
	local src=$B_DIR/src

	# kbuild writes beside the sources: give it a copy, only of what changed.
	mkdir -p "$src"
	rsync -a --delete --include='*.c' --include='*.h' --include=Kbuild \
		--include=Makefile --exclude='*' "$TOP/module/" "$src/module/" \
		--filter='P *.o' --filter='P .*' --filter='P *.ko' --filter='P *.mod*' \
		--filter='P Module.symvers' --filter='P modules.order'
	rsync -a "$TOP/include" "$src/"
	build_run "$B_DIR/module.log" make -C "$K_BUILD" M="$src/module" \
		-j"$(nproc)" CONFIG_DEBUG_INFO_BTF_MODULES= modules
}

# Like `make kselftest-install`: where runner.sh finds the settings file.
build_stage()
{
	local tmp=$B_STAGE.new

	rm -rf "$tmp"
	mkdir -p "$tmp"
	build_run "$B_DIR/install.log" make -C "$TOP" KSFT="$KSFT" \
		OUTPUT="$B_DIR/tests" KDIR= \
		INSTALL_PATH="$tmp/kvm_host_state" install
	# The BIOS of an emulator loads them, and nobody debugs in there.
	find "$tmp/kvm_host_state" -type f -perm /111 -exec strip {} +
	cp -r "$KSFT/kselftest" "$KSFT/run_kselftest.sh" "$tmp/"
	chmod +x "$tmp/run_kselftest.sh" "$tmp"/kselftest/*
	objcopy --strip-debug -R .BTF "$B_DIR/src/module/kvm_host_state.ko" "$tmp/kvm_host_state.ko"
	cp "$TOP/lab/payload.sh" "$tmp/"
	rm -rf "$B_STAGE"
	mv "$tmp" "$B_STAGE"
	# This run's own: the next one's build changes nothing under it.
	rm -rf "$SCRATCH/stage"
	cp -r "$B_STAGE" "$SCRATCH/stage"
}

# Every test of the suite, one a line, by name.
test_names()
{
	local file

	for file in "$TOP"/x86/*_test.c; do
		basename "$file" .c
	done
}

# test_title NAME: the first sentence of its source's first comment.
test_title()
{
	sed -n '2,/\*\//{s#^ \* *##; s#^/\* *##; s# *\*/$##; /./p}' "$TOP/x86/$1.c" | tr '\n' ' ' | sed 's/\. .*/./'
}
