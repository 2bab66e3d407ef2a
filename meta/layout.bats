#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The word that decides where the TSSs are.

load helper

setup()
{
	echo "a kernel" >"$BATS_TEST_TMPDIR/image"
	echo "another" >"$BATS_TEST_TMPDIR/other"
}

# boot SEED BIT31_CPUS [TEXT KERNEL]: prints the word of that boot.  A shell of its own,
# for the lab cleans up when that ends.
boot()
{
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		CACHE=${cache:-$BATS_TEST_TMPDIR} SEED=$1 again=${in_vain:-0} ROUND=${round:-1}
		layout_choose vmx 1
		layout_recall "${3:-how}" "$BATS_TEST_TMPDIR/${4:-image}"
		BOOT_FACTS="kernel=6.12.95 cpus=2 nodes=1 bit31_cpus=$2"
		layout_remember
		echo "$ENTROPY"
	)
}

@test "a word that gave bit 31 is used again, for the same kernel and command" {
	[ "$(boot 5 0)" = khs.boot=5.vmx.1 ]
	[ "$(boot 6 1)" = khs.boot=6.vmx.1 ]
	[ "$(boot 7 2)" = khs.boot=6.vmx.1 ]
	[ "$(boot 7 0 how other)" = khs.boot=7.vmx.1 ]
	[ "$(boot 7 0 otherwise)" = khs.boot=7.vmx.1 ]
}

@test "a word that gave none this time is not tried twice, and the next takes its place" {
	boot 5 1
	[ "$(in_vain=1 boot 6 1)" = khs.boot=6.vmx.1 ]
	[ "$(boot 7 1)" = khs.boot=6.vmx.1 ]
}

@test "of several rounds the first alone is where it was" {
	boot 5 1
	[ "$(round=2 boot 6 1)" = khs.boot=6.vmx.1 ]
	[ "$(boot 7 1)" = khs.boot=5.vmx.1 ]
}

@test "a cache that cannot be written is no error, and it does not grow for ever" {
	local i

	[ "$(cache=$BATS_TEST_TMPDIR/none boot 5 1)" = khs.boot=5.vmx.1 ]
	for ((i = 0; i < 250; i++)); do
		echo "0 khs.boot=$i.vmx.1"
	done >"$BATS_TEST_TMPDIR/layouts"
	boot 5 1
	[ "$(wc -l <"$BATS_TEST_TMPDIR/layouts")" = 200 ]
	[ "$(ls "$BATS_TEST_TMPDIR")" = $'image\nlayouts\nother' ]
}
