#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The word that decides where the TSSs are.

load helper

setup()
{
	# shellcheck source=lab/lab.sh
	. "$TOP/lab/lab.sh"
	CACHE=$BATS_TEST_TMPDIR SEED=5 again=0
	echo "a kernel" >"$BATS_TEST_TMPDIR/image"
	echo "another" >"$BATS_TEST_TMPDIR/other"
}

# boot BIT31_CPUS [TEXT KERNEL]: prints the word of that boot.
boot()
{
	layout_choose vmx 1
	layout_recall "${2:-how}" "$BATS_TEST_TMPDIR/${3:-image}"
	BOOT_FACTS="kernel=6.12.95 cpus=2 nodes=1 bit31_cpus=$1"
	layout_remember
	echo "$ENTROPY"
}

@test "a word that gave bit 31 is used again, for the same kernel and command" {
	[ "$(boot 0)" = khs.boot=5.vmx.1 ]
	SEED=6
	[ "$(boot 1)" = khs.boot=6.vmx.1 ]
	SEED=7
	[ "$(boot 2)" = khs.boot=6.vmx.1 ]
	[ "$(boot 0 how other)" = khs.boot=7.vmx.1 ]
	[ "$(boot 0 otherwise)" = khs.boot=7.vmx.1 ]
}

@test "a word that gave none this time is not tried twice, and the next takes its place" {
	boot 1
	SEED=6 again=1
	[ "$(boot 1)" = khs.boot=6.vmx.1 ]
	SEED=7 again=0
	[ "$(boot 1)" = khs.boot=6.vmx.1 ]
}

@test "of several rounds the first alone is where it was" {
	boot 1
	SEED=6 ROUND=2
	[ "$(boot 1)" = khs.boot=6.vmx.1 ]
	ROUND=1
	[ "$(boot 1)" = khs.boot=5.vmx.1 ]
}

@test "a cache that cannot be written is no error, and it does not grow for ever" {
	CACHE=$BATS_TEST_TMPDIR/none
	[ "$(boot 1)" = khs.boot=5.vmx.1 ]
	CACHE=$BATS_TEST_TMPDIR
	for ((SEED = 0; SEED < 250; SEED++)); do
		echo "0 khs.boot=$SEED.vmx.1"
	done >"$CACHE/layouts"
	boot 1
	[ "$(wc -l <"$CACHE/layouts")" = 200 ]
	[ "$(ls "$CACHE")" = $'image\nlayouts\nother' ]
}
