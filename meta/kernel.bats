#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Kernels that the lab builds: which options, what is verified of them, and what
# a tree's failure looks like.  The trees here are make files that only pretend.

load helper

# lab COMMAND...: in a shell that has the lab.
lab()
{
	KHS_CACHE=$BATS_TEST_TMPDIR/cache TOP=$TOP bash -eu -o pipefail -c '. "$TOP/lab/lab.sh"; "$@"' lab "$@"
}

# tree [LOST]: olddefconfig loses the option LOST; a file "bad" breaks the build.
tree()
{
	mkdir -p "$BATS_TEST_TMPDIR/tree/arch/x86/kvm" "$BATS_TEST_TMPDIR/cache"
	printf 'config UNIX\n\tbool\n\tdepends on NET\n' >"$BATS_TEST_TMPDIR/tree/Kconfig"
	cat >"$BATS_TEST_TMPDIR/tree/Makefile" <<-EOF
		kernelversion: ; @echo 7.3.4
		tinyconfig: ; @mkdir -p \$O && echo >\$O/.config
		olddefconfig: ; @[ ! -e badconfig ] || { echo "arch/x86/kvm/Kconfig:245: syntax error"; exit 1; }; sed -i '/^CONFIG_${1:-none}=/d' \$O/.config
		bzImage: ; @[ ! -e bad ] || { echo "\$(CURDIR)/a.c:3:1: error: no such thing"; exit 1; }; \
			mkdir -p \$O/arch/x86/boot \$O/include/config; echo >\$O/arch/x86/boot/bzImage; \
			echo 7.3.4-khs >\$O/include/config/kernel.release
		modules: ;
	EOF
}

@test "the small kernel's options are those of its version, each once" {
	lab small_config 6.1 >"$BATS_TEST_TMPDIR/6.1"
	lab small_config 7.3 >"$BATS_TEST_TMPDIR/7.3"
	grep -qx CONFIG_PREEMPT_VOLUNTARY=y "$BATS_TEST_TMPDIR/6.1"
	[ "$(grep -c CONFIG_PREEMPT_LAZY "$BATS_TEST_TMPDIR/6.1")" = 0 ]
	grep -qx CONFIG_PREEMPT_LAZY=y "$BATS_TEST_TMPDIR/7.3"
	[ "$(grep -c CONFIG_PREEMPT_VOLUNTARY "$BATS_TEST_TMPDIR/7.3")" = 0 ]
	# config has KVM built in, and the lab's own file comes after it.
	[ "$(grep '^CONFIG_KVM=' "$BATS_TEST_TMPDIR/7.3")" = CONFIG_KVM=m ]
	[ -z "$(sed 's/^# //; s/[ =].*//' "$BATS_TEST_TMPDIR/7.3" | sort | uniq -d)" ]
	[ -z "$(grep -h "since\|until" "$BATS_TEST_TMPDIR/6.1" "$BATS_TEST_TMPDIR/7.3")" ]
}

# What the lab makes of the tree: its release, and what broke.
built()
{
	KHS_CACHE=$BATS_TEST_TMPDIR/cache TREE=$BATS_TEST_TMPDIR/tree TOP=$TOP bash -eu -o pipefail -c '
		. "$TOP/lab/lab.sh"
		kernel_build "$TREE"
		echo "${K_VERSION:-} broken: $K_BROKEN"'
}

@test "a tree is built in the cache, and stays as it is" {
	tree
	find "$BATS_TEST_TMPDIR/tree" | sort >"$BATS_TEST_TMPDIR/before"
	[ "$(built)" = "7.3.4-khs broken: " ]
	find "$BATS_TEST_TMPDIR/tree" | sort | cmp "$BATS_TEST_TMPDIR/before"
	[ -n "$(find "$BATS_TEST_TMPDIR/cache/build" -name bzImage)" ]
}

@test "a tree that does not build: what the compiler said, and no failure of the lab" {
	tree
	touch "$BATS_TEST_TMPDIR/tree/bad"
	[ "$(built)" = " broken: a.c:3:1: error: no such thing" ]
	KHS_CACHE=$BATS_TEST_TMPDIR/cache refuses 'a.c:3:1: error: no such thing' -k "$BATS_TEST_TMPDIR/tree" -e svm
	rm "$BATS_TEST_TMPDIR/tree/bad"
	[ "$(built)" = "7.3.4-khs broken: " ]
}

@test "Kconfig files that are wrong: the tree does not build" {
	tree
	touch "$BATS_TEST_TMPDIR/tree/badconfig"
	[ "$(built)" = " broken: arch/x86/kvm/Kconfig:245: syntax error" ]
	rm "$BATS_TEST_TMPDIR/tree/badconfig"
	[ "$(built)" = "7.3.4-khs broken: " ]
}

@test "an option that gets lost is named, with what it depends on" {
	tree UNIX
	KHS_CACHE=$BATS_TEST_TMPDIR/cache refuses 'does not take CONFIG_UNIX (of config and lab/small.config); UNIX depends on NET' \
		-k "$BATS_TEST_TMPDIR/tree" -e svm
}

@test "a tree with a .config and no kernel is nobody's to build" {
	tree
	touch "$BATS_TEST_TMPDIR/tree/.config"
	KHS_CACHE=$BATS_TEST_TMPDIR/cache refuses 'run make there, or make mrproper' -k "$BATS_TEST_TMPDIR/tree" -e svm
}

@test "a Bochs that cannot be built: the distribution's, with its debugger, and why" {
	command -v bochs-bin >/dev/null || skip "bochs is not installed"
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		CACHE=$BATS_TEST_TMPDIR/cache
		unset KHS_BOCHS
		bochs_build() { die "no compiler"; }
		bochs_download() { die "no mirror"; }
		bochs_select 2>"$BATS_TEST_TMPDIR/said"
		[ "${BOCHS[*]}" = "env --block-signal=ALRM bochs-bin" ]
		[ -n "$BOCHS_DEBUGGER" ]
		grep -q 'that failed: no compiler' "$BATS_TEST_TMPDIR/said"
		# Within the hour it is not tried again.
		bochs_select 2>"$BATS_TEST_TMPDIR/said"
		! grep -q 'building' "$BATS_TEST_TMPDIR/said"
	)
}

@test "Bochs gets no SIGALRM, whose handler can deadlock" {
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		KHS_BOCHS=$BATS_TEST_TMPDIR/bochs
		printf '#!/bin/sh\necho "Bochs x86 Emulator 3.0"\nexec grep SigBlk /proc/self/status\n' >"$KHS_BOCHS"
		chmod +x "$KHS_BOCHS"
		bochs_select
		"${BOCHS[@]}" -q | grep -Ex 'SigBlk:.*[2367abef][0-9a-f]{3}'
	)
}
