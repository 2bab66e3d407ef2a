#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The lab itself, on a real VM: what it cannot boot, what an observer outside of
# the VM sees, what it makes of a host that lives and a guard that is off.

load helper

# The image of the default kernel.
kernel_image_of_cache()
{
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_resolve "$(kernel_default)" >&2
		echo "$K_IMAGE"
	)
}

@test "a kernel that boots to nothing is a lab error, in bounded time" {
	local image root status=0

	image=$(kernel_image_of_cache)
	root=${image%/boot/*}
	# Whole by its header, and garbage behind the first 64 KiB.
	mkdir -p "$BATS_TEST_TMPDIR/boot"
	head -c 65536 "$image" >"$BATS_TEST_TMPDIR/boot/vmlinuz"
	head -c $(($(stat -c %s "$image") - 65536)) /dev/zero >>"$BATS_TEST_TMPDIR/boot/vmlinuz"
	ln -s "$root/lib" "$BATS_TEST_TMPDIR/lib"
	ln -s "$root/usr" "$BATS_TEST_TMPDIR/usr"
	KHS_BOOT_LIMIT=15 "$RUN" -e svm -t desc64_test -k "$BATS_TEST_TMPDIR/boot/vmlinuz" \
		-o "$BATS_TEST_TMPDIR/out" || status=$?
	[ $status = 2 ]
	jq -e '.verdict == "lab-error" and .engines[0].death.class == "no-boot"' "$BATS_TEST_TMPDIR/out/results.json"
	nothing_left
}

@test "the monitor's register dump agrees with the module's hidden TR base" {
	(
		SEED=1 GUARD=off OPT_HOPS=''
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_resolve "$(kernel_default)"
		build_for_kernel >/dev/null
		cat >"$B_STAGE/kvm_host_state/look_test" <<-'EOF'
			#!/bin/sh
			echo "TAP version 13"
			echo "1..1"
			./host_info -v 500
			echo "ok 1 looked"
		EOF
		chmod +x "$B_STAGE/kvm_host_state/look_test"
		mkdir "$SCRATCH/out"
		job_start engine_run svm "$SCRATCH/out" look_test
		run=$JOB
		for ((i = 0; i < 600; i++)); do
			! grep -q 'cpu=3 ' "$SCRATCH/out/ktap" 2>/dev/null || break
			sleep 0.2
		done
		# The VM stays until it is told to go: nothing here is a race.  It is the last
		# one, where a boot had no CPU with bit 31 and was done again.
		# shellcheck disable=SC2012 # names of our own
		printf 'info registers -a\nquit\n' | socat -t 60 - "UNIX-CONNECT:$(ls -t "$SCRATCH"/svm.*/monitor | head -1)" |
			tr -d '\r' >"$SCRATCH/dump"
		job_wait "$run"
		# "TR =0040 fffffe5ea4499000 0000206f 00008900 ..." a CPU
		awk '/^TR *=/ { print "0x" $2 == "" ? $3 : "0x" ($1 == "TR" ? $3 : $2) }' "$SCRATCH/dump" >"$SCRATCH/outside"
		sed -n 's/.*cpu=[0-9]* .* tr_base=\(0x[0-9a-f]*\) .*/\1/p' "$SCRATCH/out/ktap" >"$SCRATCH/inside"
		sed -n 's/.*cpu=[0-9]* .* tss=\(0x[0-9a-f]*\) .*/\1/p' "$SCRATCH/out/ktap" >"$SCRATCH/expected"
		paste "$SCRATCH/outside" "$SCRATCH/inside" "$SCRATCH/expected"
		[ "$(wc -l <"$SCRATCH/outside")" = 4 ]
		cmp "$SCRATCH/outside" "$SCRATCH/inside"
		cmp "$SCRATCH/outside" "$SCRATCH/expected"
	)
}

@test "too few hops are inconclusive, never green" {
	local status=0

	"$RUN" -e svm -t host_tr_test --hops 3 -o "$BATS_TEST_TMPDIR/out" || status=$?
	[ $status = 2 ]
	jq -e '.engines[0].tests[0].status == "inconclusive"' "$BATS_TEST_TMPDIR/out/results.json"
	# What the triage finds the running test by, in the last boot's log.
	grep -q 'kvm_host_state: test host_tr_test begins' "$BATS_TEST_TMPDIR/out/svm/"console*.log
}

@test "a planted bug is killed, and nothing planted is green" {
	"$RUN" mutants svm-stale-tr -e svm -o "$BATS_TEST_TMPDIR/out"
	jq -e '.[0].verdict == "killed" and (.[0].by | contains("host_tr_test")) and
		.[0].diagnosis == "stale" and .[0].host_alive' "$BATS_TEST_TMPDIR/out/mutants.json"
}

@test "somebody else's folder of bugs: the bad ones are broken, and none survives" {
	local bugs=$BATS_TEST_TMPDIR/bugs status=0

	mkdir "$bugs"
	printf '%s\n' '// engine: svm' '// expect: no_such_test' '@@ @@' '-a()' '+b()' >"$bugs/test.cocci"
	printf '%s\n' '@@ @@' '-a()' '+b()' >"$bugs/header.cocci"
	printf '%s\n' '// engine: svm' '// expect: host_tr_test' '// file: arch/x86/kvm/svm/svm.c' \
		'@@ @@' '-no_such_function(1)' '+b()' >"$bugs/match.cocci"
	printf '%s\n' '// engine: svm' '// expect: host_tr_test' '// file: arch/x86/kvm/svm/svm.c' \
		'foo bar (((' >"$bugs/syntax.cocci"
	printf '%s\n' '# engine: svm' '# expect: host_tr_test, TR_BASE, stale' '# file: arch/x86/kvm/svm/svm.c' \
		's/WARN_ON_ONCE(/no_such_function(/' >"$bugs/build.sed"
	printf '%s\n' '# engine: svm' '# expect: host_tss_limit_test' '# file: virt/kvm/kvm_main.c' \
		's/Kernel-based Virtual Machine/Kernel-based virtual machine/' >"$bugs/comment.sed"
	"$RUN" mutants --from "$bugs" -e svm -o "$BATS_TEST_TMPDIR/out" || status=$?
	[ $status = 1 ]
	jq -e 'map({key: .name, value: .verdict}) | from_entries ==
		{test: "broken", header: "broken", match: "broken", syntax: "broken",
		 build: "broken", comment: "survived"}' "$BATS_TEST_TMPDIR/out/mutants.json"
}

@test "in two VMs: each test once, and all as of one run" {
	local out=$BATS_TEST_TMPDIR/out

	KHS_VMS=2 "$RUN" -e svm -t 'd*' -t 'h*_plan_test' -t host_tr_test -o "$out"
	jq -e '.verdict == "pass" and (.engines[0] | .vms == 2 and .bit31_cpus > 0 and
		([.tests[].name] == ["desc64_test", "diagnose_test", "hop_plan_test", "host_tr_test"]))' "$out/results.json"
	sed -n 's/^  ok \([0-9]*\) .*/\1/p' "$out/results.ktap" | diff - <(seq 4)
	grep -q '^KHS_VMS=2 ' "$out/svm/reproduce"
	[ -s "$out/svm/console.log" ] && [ -s "$out/svm/console-2.log" ] && [ ! -e "$out/svm/vm-1" ]
	nothing_left
}

@test "a VM that the lab loses ends the others, and there is no verdict" {
	local status=0

	command -v xorriso >/dev/null || skip "xorriso is not installed"
	# Whichever comes second.
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/xorriso" <<-EOF
		#!/bin/sh
		mkdir "$BATS_TEST_TMPDIR/one" 2>/dev/null && exec $(command -v xorriso) "\$@"
		echo "no more room" >&2
		exit 5
	EOF
	chmod +x "$BATS_TEST_TMPDIR/bin/xorriso"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH KHS_VMS=2 "$RUN" -e vmx -t 'd*' -o "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
	cat "$BATS_TEST_TMPDIR/said"
	[ $status = 2 ]
	grep -q 'xorriso could not make the CD: no more room' "$BATS_TEST_TMPDIR/said"
	[ ! -e "$BATS_TEST_TMPDIR/out" ]
	nothing_left
}

# host_run NAME...: engine host with these scripts of the test's as the tests, by
# the real runner and without the module.
host_run()
{
	local name

	framework
	K_VERSION=$(uname -r) B_STAGE=$SCRATCH/stage
	mkdir -p "$B_STAGE/kvm_host_state" "$SCRATCH/out"
	cp -r "$KSFT/kselftest" "$KSFT/run_kselftest.sh" "$B_STAGE/"
	chmod +x "$B_STAGE/run_kselftest.sh" "$B_STAGE"/kselftest/*
	printf 'kvm_host_state:%s\n' "$@" >"$B_STAGE/kselftest-list.txt"
	for name in "$@"; do
		cp "$BATS_TEST_TMPDIR/$name" "$B_STAGE/kvm_host_state/"
		chmod +x "$B_STAGE/kvm_host_state/$name"
	done
	cat >"$B_STAGE/payload.sh" <<-'EOF'
		#!/bin/sh
		cd "$1" && sleep 2 && ./run_kselftest.sh && sleep 2 && echo "KHS end"
	EOF
	chmod +x "$B_STAGE/payload.sh"
	engine_run host "$SCRATCH/out" "$@"
	cat "$SCRATCH/out/ktap" "$SCRATCH/out/console.log"
}

# One after the other: both look at this machine's one kernel log.
@test "on the host itself, by the real runner: a pass, a failure, a warning of the kernel's" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	printf '%s\n' '#!/bin/sh' 'echo "ok 1 one"' >"$BATS_TEST_TMPDIR/a_test"
	printf '%s\n' '#!/bin/sh' 'echo "not ok 1 two"' 'exit 1' >"$BATS_TEST_TMPDIR/b_test"
	cat >"$BATS_TEST_TMPDIR/c_test" <<-'EOF'
		#!/bin/sh
		for event in "test c_test begins" "a rehearsal: WARNING: CPU: 0 PID: 1 at nowhere.c:1" "test c_test ends"; do
			echo "<4>kvm_host_state: $event" >/dev/kmsg
		done
		echo "ok 1 three"
	EOF
	(
		SEED=1 GUARD=off OPT_HOPS='' BIT31_WANTED=''
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		host_run a_test b_test
		jq -e '.verdict == "fail" and .errors == [] and .death == null and
			([.tests[].status] == ["pass", "fail"])' "$SCRATCH/out/engine.json"
		host_run c_test
		jq -e '.verdict == "fail" and .death.class == "warn" and .death.test == "c_test"' "$SCRATCH/out/engine.json"
	)
}

# KHS_ENGINE=vmx shows the same there.
@test "an L1 that was built with the old expression dies where bit 31 is set" {
	(
		SEED=1 GUARD=repair OPT_HOPS='' BIT31_WANTED=''
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_resolve "$(kernel_default)"
		build_for_kernel >/dev/null
		build_run "$SCRATCH/old.log" make -C "$TOP" KSFT="$KSFT" OUTPUT="$SCRATCH/old" \
			KDIR= CFLAGS=-DKHS_OLD_DESC64_BASE "$SCRATCH/old/x86/nested_host_tr_test"
		cp "$SCRATCH/old/x86/nested_host_tr_test" "$B_STAGE/kvm_host_state/"
		mkdir "$SCRATCH/out"
		engine_run "${KHS_ENGINE:-svm}" "$SCRATCH/out" nested_host_tr_test
		cat "$SCRATCH/out/ktap"
		sed -n 's/^    \(not ok\|ok\) [0-9]* \([a-z0-9_]*\).*/\1 \2/p' "$SCRATCH/out/ktap" >"$SCRATCH/said"
		diff "$SCRATCH/said" - <<-'EOF'
			ok low
			not ok bit31
			not ok all_low_ones
			not ok above_4g
			not ok end_of_low_half
			not ok start_of_high_half
			not ok vector
			ok vector_bit31_clear
			not ok base3_mixed
			not ok unaligned
			ok entry_guard
		EOF
		jq -se 'all(.[]; .diagnosis == "sign-extended") and length > 4' "$SCRATCH/out/violations.jsonl"
	)
}
