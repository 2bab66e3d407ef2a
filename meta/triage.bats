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
