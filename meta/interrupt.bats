#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Ctrl-C in each phase ends everything, and leaves nothing behind.

load helper

# interrupt_when COMMAND ARG...: starts a run, interrupts it as soon as COMMAND
# is true, and requires that it ends by itself.  The limits are for a machine that is
# busy: when the VM has booted is no matter of this test, and a run that waits for its
# emulator would go on for far longer.
interrupt_when()
{
	local when=$1 pid i
	shift

	setsid "$RUN" -o "$BATS_TEST_TMPDIR/out" "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	pid=$!
	for ((i = 0; i < 6000; i++)); do
		if $when; then
			break
		fi
		if ! kill -0 "$pid" 2>/dev/null; then
			cat "$BATS_TEST_TMPDIR/log"
			return 1
		fi
		sleep 0.1
	done
	$when
	kill -INT "$pid"
	for ((i = 0; i < 600; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	if kill -0 "$pid" 2>/dev/null; then
		echo "it goes on after an interrupt"
		kill -KILL "$pid"
		return 1
	fi
	i=0
	wait "$pid" || i=$?
	[ $i = 130 ]
	nothing_left
	[ ! -e "$BATS_TEST_TMPDIR/out" ]
}

# A program of that name that never ends, first in PATH.
stuck()
{
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\ntouch "%s/stuck"\nexec sleep 1000\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

is_stuck()
{
	[ -e "$BATS_TEST_TMPDIR/stuck" ]
}

@test "in a download" {
	stuck apt-get
	export KHS_CACHE=$BATS_TEST_TMPDIR/cache
	interrupt_when is_stuck -e svm -k stable
}

@test "in a build" {
	stuck make
	interrupt_when is_stuck -e svm
}

booting()
{
	[ -s "$(echo "$BATS_TEST_TMPDIR"/kvm_host_state.*/svm.*-1/emulator.log)" ]
}

@test "while a VM boots" {
	interrupt_when booting -e svm
}

# In the first boot, or in the next where that had no CPU with bit 31 set.
testing()
{
	grep -q 'selftests: kvm_host_state: host_tr_test' "$BATS_TEST_TMPDIR"/kvm_host_state.*/svm.*-[0-9]*/serial.ktap 2>/dev/null
}

@test "while a test runs" {
	KHS_VMS=2 interrupt_when testing -e svm -t host_segs_test -t host_tr_test --hops 1000000
}
