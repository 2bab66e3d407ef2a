#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each way in which a host dies, provoked live, and named rightly.

load helper

# Builds meta/die for the default kernel and boots it as a test that dies.
# KHS_CORPUS=DIR keeps the console's log there.
die()
{
	local how=$1 class=$2 title=$3 after=${4:-}

	export KHS_APPEND='watchdog_thresh=3 rcupdate.rcu_cpu_stall_timeout=6'
	(
		SEED=1 GUARD=off OPT_HOPS='' TEST_LIST=(die_test)
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_resolve "$(kernel_default)"
		build_for_kernel >/dev/null
		cp -r "$TOP/meta/die" "$SCRATCH/die"
		build_run "$SCRATCH/die.log" make -C "$K_BUILD" M="$SCRATCH/die" \
			CONFIG_DEBUG_INFO_BTF_MODULES= modules
		cp -r "$B_STAGE" "$SCRATCH/stage"
		B_STAGE=$SCRATCH/stage
		cp "$SCRATCH/die/die.ko" "$B_STAGE/kvm_host_state/"
		cat >"$B_STAGE/kvm_host_state/die_test" <<-EOF
			#!/bin/sh
			echo "<4>kvm_host_state: test die_test begins" >/dev/kmsg
			echo "TAP version 13"
			echo "1..1"
			insmod ./die.ko how=$how
			sleep 2
			$after
			echo "ok 1 survived"
			echo "<4>kvm_host_state: test die_test ends" >/dev/kmsg
		EOF
		chmod +x "$B_STAGE/kvm_host_state/die_test"
		echo "kvm_host_state:die_test" >"$B_STAGE/kselftest-list.txt"
		mkdir "$SCRATCH/out"
		DEATH_GRACE=40
		engine_run svm "$SCRATCH/out" die_test
		cat "$SCRATCH/out/ktap"
		jq -c .death "$SCRATCH/out/engine.json"
		if [ -n "${KHS_CORPUS:-}" ]; then
			cp "$SCRATCH/out/console.log" "$KHS_CORPUS/$how.log"
		fi
		jq -e --arg class "$class" --arg title "$title" '.verdict == "fail" and
			.death.class == $class and (.death.title | test($title)) and
			.death.test == "die_test" and .tests[0].status == "fail"' "$SCRATCH/out/engine.json"
	)
}

@test "panic" {
	die panic panic 'Kernel panic - not syncing: as asked for'
}

@test "oops, and the test goes on green" {
	die oops oops 'BUG: kernel NULL pointer dereference, address: 0000000000000008'
}

@test "warning, with the host alive and the test green" {
	die warn warn 'WARNING: CPU: [0-9]+ PID: [0-9]+ at .*die_init'
}

@test "zombie: one CPU's oops, and the others wait for it" {
	die zombie zombie 'BUG: kernel NULL pointer dereference, address: 0000000000000008'
}

@test "lockup" {
	die lockup lockup 'soft lockup|rcu: INFO|blocked for more'
}

@test "triple fault" {
	die triple 'triple fault' 'without a word'
}
