#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# On a KVM host: a Debian machine with systemd and sudo, under emulated SVM, and what
# its user types.

load helper
load machine

setup_file()
{
	# One machine, one command after the other.
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
	MACHINE_WHY_NOT=$(machine_reason | head -1)
	export MACHINE_WHY_NOT MACHINE_TREE=$BATS_FILE_TMPDIR/tree.tar
	[ -z "$MACHINE_WHY_NOT" ] || return 0
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		with_lock "$CACHE" machine machine_make
		machine_tree "$MACHINE_TREE"
		machine_boot "$BATS_FILE_TMPDIR/machine"
	)
}

teardown_file()
{
	machine_off "$BATS_FILE_TMPDIR/machine"
}

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR
	[ -z "$MACHINE_WHY_NOT" ] || skip "$MACHINE_WHY_NOT"
}

# user COMMAND: as the user, in the checkout; without apt, and with KSFT given.
user()
{
	run machine "$BATS_FILE_TMPDIR/machine" "cd khs && export KSFT=\$HOME/ksft && { $1; }"
	printf '%s\n' "$output"
}

# What every run must leave behind: no module, and all CPUs.
left_as_it_was()
{
	machine "$BATS_FILE_TMPDIR/machine" '! grep kvm_host_state /proc/modules && cat /sys/devices/system/cpu/online && ! ls -d /tmp/kvm_host_state.*' >"$BATS_TEST_TMPDIR/left"
	cat "$BATS_TEST_TMPDIR/left"
	grep -qx 0-3 "$BATS_TEST_TMPDIR/left"
}

@test "make and sudo make run_tests, and the user cleans up" {
	user 'make >/dev/null && sudo KHS_HOPS=300 make KSFT=$KSFT run_tests; make clean >/dev/null && ! find . -user root | grep .'
	[ "$status" = 0 ]
	[ "$(grep -c '^ok ' <<<"$output")" = "$(make -s -C "$TOP" list-tests | wc -l)" ]
	left_as_it_was
}

@test "auto as root is this machine: said first, quiet in its log, left as it was" {
	user 'a=$(sudo dmesg | wc -l); sudo KSFT=$KSFT ./run_tests.sh --hops 300 -t host_tr_test -t host_tss_limit_test; s=$?; echo lines $(($(sudo dmesg | wc -l) - a)); cat results/latest/host/reproduce; exit $s'
	[ "$status" = 0 ]
	grep -q '^host: this machine, kernel' <<<"$output"
	grep -q '^host: what would disturb others is skipped' <<<"$output"
	grep -q '^sudo ./run_tests.sh -e host --seed' <<<"$output"
	[ "$(sed -n 's/^lines //p' <<<"$output")" -lt 100 ]
	left_as_it_was
}

@test "two runs at once: the second waits, both pass" {
	user 'sudo KSFT=$KSFT ./run_tests.sh -e host --hops 300 -t host_tr_test -o /tmp/one & sleep 3; sudo KSFT=$KSFT ./run_tests.sh -e host --hops 300 -t host_tr_test -o /tmp/two && wait $!'
	[ "$status" = 0 ]
	grep -q 'waiting for another run on this machine' <<<"$output"
	[ "$(grep -c '# verdict: pass' <<<"$output")" = 2 ]
	left_as_it_was
}

@test "the module goes away in the middle: no verdict" {
	user '(until sudo rmmod kvm_host_state 2>/dev/null; do sleep 0.2; done) & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 100 -t "desc64*" -t host_tr_test -t host_tss*; s=$?; kill $!; exit $s'
	[ "$status" = 2 ]
	grep -q 'went away in the middle of the run' <<<"$output"
	left_as_it_was
}

@test "kill -9 of a test: no failure of the kernel's" {
	user '(until pgrep -x host_tr_test >/dev/null; do sleep 0.2; done; sleep 1; sudo pkill -KILL -x host_tr_test) & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 1000000 -t host_tr_test'
	[ "$status" = 2 ]
	grep -q 'killed by SIGKILL from outside' <<<"$output"
	left_as_it_was
}

@test "Ctrl-C in the middle: everything is put back" {
	user '(until pgrep -x host_tr_test >/dev/null; do sleep 0.2; done; sleep 1; sudo pkill -INT -f -o "^[^ ]*bash ./run_tests.sh") & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 1000000 -t host_tr_test'
	[ "$status" = 130 ]
	left_as_it_was
}

@test "without the module a user gets a reason, and no green" {
	user 'unset KSFT; ./run_tests.sh -e host; echo "rc=$?"; build/$(uname -r)/tests/x86/host_tr_test'
	[ "$status" = 4 ]
	grep -q 'rc=2' <<<"$output"
	grep -q 'no kselftest framework' <<<"$output"
}

@test "a locked-down kernel: auto goes on, and says why" {
	local status=0

	machine_off "$BATS_FILE_TMPDIR/machine"
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		machine_boot "$BATS_TEST_TMPDIR/locked" lockdown=integrity
	)
	machine "$BATS_TEST_TMPDIR/locked" 'cd khs && sudo KSFT=$HOME/ksft ./run_tests.sh' >"$BATS_TEST_TMPDIR/said" || status=$?
	machine_off "$BATS_TEST_TMPDIR/locked"
	cat "$BATS_TEST_TMPDIR/said"
	[ $status = 2 ]
	grep -q 'host: not used: the kernel is locked down (integrity' "$BATS_TEST_TMPDIR/said"
	grep -q 'engine svm cannot run: qemu-system-x86_64 is not installed' "$BATS_TEST_TMPDIR/said"
}
