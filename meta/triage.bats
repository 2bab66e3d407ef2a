#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Real console logs, each with what the triage must say of it: in meta/console,
# NAME.log and NAME.expect ("ENDED<tab>FAULT", then the triage's line).
# KHS_UPDATE=1 bats meta/triage.bats writes the expectations anew.

load helper

@test "every log of the corpus is classified right" {
	local log expect ended fault said n=0

	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		for log in "$TOP"/meta/console/*.log; do
			expect=${log%.log}.expect
			IFS=$'\t' read -r ended fault <"$expect"
			said=$(triage "$log" "$ended" "$fault")
			if [ -n "${KHS_UPDATE:-}" ]; then
				printf '%s\t%s\n%s\n' "$ended" "$fault" "$said" >"$expect"
			fi
			echo "$log: $said"
			[ "$said" = "$(sed 1d "$expect")" ]
			n=$((n + 1))
		done
		[ $n -gt 0 ]
	)
}

@test "a fault of the lab is none of the kernel" {
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		for class in no-boot rootfs memory emulator vanished; do
			triage_is_lab "$class"
		done
		for class in panic oops zombie lockup warn hang "triple fault"; do
			if triage_is_lab "$class"; then
				exit 1
			fi
		done
	)
}

# says CLASS LINE...: what the triage says of a console with these lines.
says()
{
	local class=$1 said
	shift

	printf '[    1.000000] %s\n' "kvm_host_state: init" "kvm_host_state: test a_test begins" "$@" >"$BATS_TEST_TMPDIR/console"
	said=$(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		triage "$BATS_TEST_TMPDIR/console" end ''
	)
	echo "$class: $said"
	[ "${said%%$'\t'*}" = "$class" ]
}

@test "a warning is seen however much follows" {
	local lines

	mapfile -t lines < <(yes "WARNING: CPU: 0 PID: 1 at nowhere.c:1 and so on and so on" | head -5000)
	says warn "${lines[@]}"
}

@test "out of memory after an oops is an oops, and before a panic it is not" {
	says oops "BUG: unable to handle page fault for address: 0" "Out of memory: Killed process 12 (host_tr_test)"
	says memory "Out of memory: Killed process 12 (host_tr_test)" "Kernel panic - not syncing: Attempted to kill init!"
}

@test "an oops on a line that does not end" {
	says oops "BUG: unable to handle $(head -c 300000 /dev/zero | tr '\0' x)"
	# What is made of it is an argument of a command.
	[ "$(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		triage "$BATS_TEST_TMPDIR/console" end '' | wc -c
	)" -lt 10000 ]
}

@test "oopses, lockups and warnings of every kind" {
	says oops "divide error: 0000 [#1] PREEMPT SMP" "Oops: 0002 [#2] PREEMPT SMP"
	says oops "BUG: TASK stack guard page was hit at 0 (stack is 0..1)"
	says lockup "watchdog: CPU3: Watchdog detected hard LOCKUP on cpu 3"
	says warn "[ BUG: Invalid wait context ]"
	says warn "BUG: using smp_processor_id() in preemptible [00000000] code: a_test/1"
	says '' "kvm: a guest was said to have a BUG, and a WARNING"
}
