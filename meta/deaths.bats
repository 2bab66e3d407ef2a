#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each way in which a host dies, or the lab fails, provoked live and named rightly.
# KHS_CORPUS=meta/console keeps the logs, for triage.bats.

load helper

setup_file()
{
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_resolve "$(kernel_default)"
		cp -r "$TOP/meta/die" "$BATS_FILE_TMPDIR/"
		build_run "$BATS_FILE_TMPDIR/log" make -C "$K_BUILD" M="$BATS_FILE_TMPDIR/die" \
			CONFIG_DEBUG_INFO_BTF_MODULES= modules
	)
}

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR
	export KHS_APPEND='watchdog_thresh=3 rcupdate.rcu_cpu_stall_timeout=6'
}

# A test of the staged suite: a script.
stage_test()
{
	{
		printf '#!/bin/sh\n'
		printf 'echo "<4>kvm_host_state: test %s begins" >/dev/kmsg\n' "$1"
		printf 'echo "TAP version 13"\necho "1..1"\n%s\n' "$2"
		printf 'echo "ok 1 survived"\n'
		printf 'echo "<4>kvm_host_state: test %s ends" >/dev/kmsg\n' "$1"
	} >"$B_STAGE/kvm_host_state/$1"
	chmod +x "$B_STAGE/kvm_host_state/$1"
}

# die NAME SCRIPT VERDICT CLASS TITLE [OUTSIDE]: boots the default kernel, where
# SCRIPT runs as die_test and then after_test, and requires that verdict.  OUTSIDE
# is called when die_test runs.
die()
{
	local name=$1 script=$2 verdict=$3 class=$4 title=$5 outside=${6:-:}

	(
		SEED=1 GUARD=off OPT_HOPS='' BIT31_WANTED=''
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		DEATH_GRACE=20
		kernel_resolve "$(kernel_default)"
		build_for_kernel >/dev/null
		cp "$BATS_FILE_TMPDIR/die/die.ko" "$B_STAGE/kvm_host_state/"
		stage_test die_test "$script"
		stage_test after_test true
		mkdir "$SCRATCH/out"
		job_start engine_run svm "$SCRATCH/out" die_test after_test
		run=$JOB
		if [ "$outside" != : ]; then
			while kill -0 "$run" 2>/dev/null && ! grep -q survives "$SCRATCH/out/ktap" 2>/dev/null; do
				sleep 0.2
			done
			"$outside"
		fi
		job_wait "$run"
		cat "$SCRATCH/out/ktap"
		jq -c '.death, .errors' "$SCRATCH/out/engine.json"
		if [ -n "${KHS_CORPUS:-}" ]; then
			cp "$SCRATCH/out/console.log" "$KHS_CORPUS/svm-$name.log"
			cp "$SCRATCH/out/end" "$KHS_CORPUS/svm-$name.expect"
		fi
		jq -e --arg verdict "$verdict" --arg class "$class" --arg title "$title" --argjson vms "${VMS:-1}" '
			.verdict == $verdict and .vms == $vms and .death.class == $class and
			(.death.title | test($title)) and
			(.death.test == "die_test" or $class == "rootfs") and
			if .verdict == "fail" then
				.tests[0].status == "fail" and .tests[1].status == "pass"
			else
				(.errors | length) == 1
			end' "$SCRATCH/out/engine.json"
	)
}

die_module()
{
	die "$1" "insmod ./die.ko how=$1; sleep 2" fail "$2" "$3"
}

@test "panic" {
	die_module panic panic 'Kernel panic - not syncing: as asked for'
}

@test "SysRq c" {
	die sysrq-c 'echo c >/proc/sysrq-trigger' fail panic 'Kernel panic - not syncing: sysrq triggered crash'
}

@test "oops, and the test goes on green" {
	die_module oops oops 'BUG: kernel NULL pointer dereference, address: 0000000000000008'
}

@test "oops in one of two VMs: what the other one says stands" {
	VMS=2 die_module oops oops 'BUG: kernel NULL pointer dereference, address: 0000000000000008'
}

@test "warning, with the host alive and the test green" {
	die_module warn warn 'WARNING: CPU: [0-9]+ PID: [0-9]+ at .*die_init'
}

@test "zombie: one CPU's oops, and the others wait for it" {
	die_module zombie zombie 'BUG: kernel NULL pointer dereference, address: 0000000000000008'
}

@test "lockup" {
	die_module lockup lockup 'soft lockup|rcu: INFO|blocked for more'
}

@test "triple fault" {
	die_module triple 'triple fault' 'without a word'
}

@test "hang: silence" {
	KHS_SILENCE_LIMIT=15 die_module hang hang 'no sign of life any more'
}

@test "hang: a test that does not end, on a host that lives" {
	KHS_TEST_LIMIT=15 die stuck 'sleep 1000' fail hang 'the test does not come to an end'
}

@test "no memory is the lab's fault" {
	die oom 'tail /dev/zero' lab-error memory 'Out of memory: Killed process'
}

@test "no root file system is the lab's fault" {
	KHS_APPEND='rdinit=/nosuch' die rootfs true lab-error rootfs 'Unable to mount root fs'
}

@test "a machine that goes off is the lab's fault" {
	die vanished 'poweroff -f' lab-error vanished 'went off'
}

crash_emulator()
{
	pkill -SEGV -f -- "-initrd $SCRATCH/"
}

@test "an emulator that crashes is the lab's fault" {
	die emulator 'echo "# survives"; sleep 1000' lab-error emulator 'SIGSEGV' crash_emulator
}
