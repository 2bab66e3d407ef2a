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
	export MACHINE_WHY_NOT MACHINE=${KHS_MACHINE:-$BATS_FILE_TMPDIR/machine}
	export MACHINE_TREE=${KHS_MACHINE_TREE:-$BATS_FILE_TMPDIR/tree.tar}
	# While one works on these tests a machine may be up already.
	[ -z "$MACHINE_WHY_NOT${KHS_MACHINE:-}" ] || return 0
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		with_lock "$CACHE" machine machine_make
		machine_tree "$MACHINE_TREE"
		machine_boot "$MACHINE"
	)
}

teardown_file()
{
	[ -n "${KHS_MACHINE:-}" ] || machine_off "$MACHINE"
}

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR
	[ -z "$MACHINE_WHY_NOT" ] || skip "$MACHINE_WHY_NOT"
}

# user COMMAND: as the user, in the checkout; without apt, and with KSFT given.
user()
{
	run machine "$MACHINE" "cd khs && export KSFT=\$HOME/ksft && { $1; }"
	printf '%s\n' "$output"
}

# What every run must leave behind: no module, all CPUs, no scratch folder.
left_as_it_was()
{
	machine "$MACHINE" 'grep kvm_host_state /proc/modules; cat /sys/devices/system/cpu/online; ls -d /tmp/kvm_host_state.*; pgrep -l "host_.*_te"; true' >"$BATS_TEST_TMPDIR/left" 2>&1
	cat "$BATS_TEST_TMPDIR/left"
	[ "$(grep -v 'No such file' "$BATS_TEST_TMPDIR/left")" = 0-3 ]
}

@test "make and sudo make run_tests, and the user cleans up" {
	user 'make >/dev/null && sudo KHS_HOPS=300 make KSFT=$KSFT run_tests; make clean >/dev/null && ! find . -user root | grep .'
	[ "$status" = 0 ]
	[ "$(grep -c '^ok ' <<<"$output")" = "$(make -s -C "$TOP" list-tests | wc -l)" ]
	left_as_it_was
}

@test "auto in a root shell is this machine: said first, quiet in its log, left as it was" {
	user 'a=$(sudo dmesg | wc -l); sudo env -u SUDO_UID -u SUDO_GID KSFT=$KSFT ./run_tests.sh --hops 300 -t host_tr_test -t host_tss_limit_test; s=$?; echo lines $(($(sudo dmesg | wc -l) - a)); cat results/latest/host/reproduce; find . -user root | sed "s/^/of root: /"; exit $s'
	[ "$status" = 0 ]
	! grep '^of root: ' <<<"$output" || false
	grep -q '^host: this machine, kernel' <<<"$output"
	grep -q '^host: what would disturb others is skipped' <<<"$output"
	grep -q '^sudo KSFT=/home/dev/ksft ./run_tests.sh -e host --seed' <<<"$output"
	[ "$(sed -n 's/^lines //p' <<<"$output")" -lt 100 ]
	left_as_it_was
}

@test "beside perf, a debugger, protection keys and AVX: all of them find their own" {
	user 'gcc -O2 -o neighbours meta/neighbours.c; sudo ./neighbours >log & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 300; s=$?; sudo pkill -TERM -o -x neighbours; wait $! || s=$?; cat log; exit $s'
	[ "$status" = 0 ]
	grep -q '^# verdict: pass' <<<"$output"
	[ "$(grep -cE '^neighbour (perf|ptrace|pkeys|avx): [1-9][0-9]+ rounds' <<<"$output")" = 4 ]
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
	user 'sudo bash -c "until rmmod kvm_host_state 2>/dev/null; do sleep 0.2; done" & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 100 -t "desc64*" -t host_tr_test -t "host_tss*"; s=$?; sudo kill $!; exit $s'
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

# The test alone gets into a group that may have no page more.
@test "a memory cgroup's OOM takes a test: no failure of the kernel's" {
	user 'g=/sys/fs/cgroup/khs; sudo mkdir $g; echo 0 | sudo tee $g/memory.max; (until pgrep -x host_tr_test >/dev/null; do sleep 0.2; done; pgrep -x host_tr_test | sudo tee $g/cgroup.procs) & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 1000 -t host_tr_test; s=$?; sudo rmdir $g; exit $s'
	[ "$status" = 2 ]
	grep -q 'lab: memory: Memory cgroup out of memory: Killed process [0-9]* (host_tr_test)' <<<"$output"
	left_as_it_was
}

@test "Ctrl-C in the middle: everything is put back" {
	user '(until pgrep -x host_tr_test >/dev/null; do sleep 0.2; done; sleep 1; sudo pkill -INT -f -o "^[^ ]*bash ./run_tests.sh") & sudo KSFT=$KSFT ./run_tests.sh -e host --hops 1000000 -t host_tr_test'
	[ "$status" = 130 ]
	left_as_it_was
}

# The run's own shell alone, and then whatever of it is a shell of the same name.
@test "kill -9 of the run: its test ends, and everything is put back" {
	local which

	for which in -o ''; do
		user 'sudo KSFT=$KSFT ./run_tests.sh -e host --disruptive --hops 100000 -t host_hotplug_test >/dev/null 2>&1 & until ! kill -0 $! || ! grep -qx 0-3 /sys/devices/system/cpu/online; do sleep 0.2; done; sudo pkill -KILL '$which' -f "^[^ ]*bash ./run_tests.sh"; wait; for ((i = 0; i < 60; i++)); do pgrep "^host_hotplug" >/dev/null || grep -q kvm_host_state /proc/modules || break; sleep 0.5; done'
		# Of the second nobody is left who would remove its scratch folder.
		[ -n "$which" ] || machine "$MACHINE" 'sudo rm -r /tmp/kvm_host_state.*'
		left_as_it_was
	done
}

@test "too little memory, too few tasks: never a failure of the kernel's" {
	user 'make >/dev/null; for t in build/out/x86/*_test; do n=${t##*/}; sudo KHS_HOPS=100 bash -c "ulimit -v 30000; exec $t" >log 2>&1; s=$?; echo "memory $n $s"; [ $s != 1 ] || cat log; done'
	[ "$status" = 0 ]
	[ -z "$(grep -vE '^memory [a-z0-9_]+_test [04]$' <<<"$output")" ]
	grep -qE '^memory host_tr_test 4$' <<<"$output"
	user 'for max in 1 2; do for n in host_tr_test host_fpu_test host_preempt_test; do sudo systemd-run -q --wait --pipe -p TasksMax=$max -E KHS_HOPS=100 -E KHS_DISRUPTIVE=1 $PWD/build/out/x86/$n >log 2>&1; s=$?; echo "tasks $n $s"; [ $s != 1 ] || cat log; done; done'
	[ -z "$(grep -vE '^tasks [a-z0-9_]+_test [04]$' <<<"$output")" ]
	grep -qE '^tasks host_tr_test 4$' <<<"$output"
	left_as_it_was
}

@test "a user in group kvm, the module loaded: skipped with the reason" {
	user 'make >/dev/null; id -nG; sudo insmod build/out/kvm_host_state.ko; for t in build/out/x86/*_test; do KHS_HOPS=100 $t >log 2>&1; s=$?; echo "${t##*/} $s $(sed -n "s/^1..0 # //p" log)"; [ $s != 1 ] || cat log; done; sudo rmmod kvm_host_state'
	[ "$status" = 0 ]
	sed 1d <<<"$output" >"$BATS_TEST_TMPDIR/each"
	grep -qw kvm <<<"${lines[0]}"
	[ -z "$(grep -vE '^[a-z0-9_]+_test [04]( |$)' "$BATS_TEST_TMPDIR/each")" ]
	grep -q '^host_tr_test 4 SKIP no permission for /dev/kvm_host_state: needs root' "$BATS_TEST_TMPDIR/each"
	left_as_it_was
}

@test "in a kernel tree as root: the module beside the tests is loaded, and unloaded" {
	user '[ -d ~/linux ] || exit 77; cd ~/linux; d=$PWD/tools/testing/selftests/kvm_host_state/x86; unset KSFT; sudo KHS_HOPS=300 make -C tools/testing/selftests TARGETS=kvm_host_state "TEST_GEN_PROGS=$d/host_tr_test $d/host_segs_test" run_tests'
	[ "$status" != 77 ] || skip "the source in the cache is of an older lab, without the Makefile of the selftests: remove it there, to fetch it anew"
	[ "$status" = 0 ]
	[ "$(grep -cE '^ok [12] selftests: kvm_host_state: [a-z_]*_test$' <<<"$output")" = 2 ]
	left_as_it_was
	# The installed folder, where neither the sources are any more nor a compiler.
	user 'cd ~/linux; unset KSFT; make -s -C tools/testing/selftests TARGETS=kvm_host_state INSTALL_PATH=$HOME/there/khs gen_tar >/dev/null && mkdir ~/else && tar -xf ~/there/khs/kselftest-packages/kselftest.tar.gz -C ~/else && mv ~/linux ~/linux.gone && cd ~/else && sudo KHS_HOPS=300 ./run_kselftest.sh -t kvm_host_state:host_tr_test -t kvm_host_state:host_segs_test'
	[ "$status" = 0 ]
	[ "$(grep -cE '^ok [12] selftests: kvm_host_state: [a-z_]*_test$' <<<"$output")" = 2 ]
	left_as_it_was
}

@test "without the module a user gets a reason, and no green" {
	user 'unset KSFT; ./run_tests.sh -e host; echo "rc=$?"; build/$(uname -r)/tests/x86/host_tr_test'
	[ "$status" = 4 ]
	grep -q 'rc=2' <<<"$output"
	grep -q 'no kselftest framework' <<<"$output"
}

# Whether KVM is there by now is udev's: to verify its signature takes long under emulation.
@test "a locked-down kernel: auto goes on, and says why" {
	local status=0

	[ -n "${KHS_MACHINE:-}" ] || machine_off "$MACHINE"
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		machine_boot "$BATS_TEST_TMPDIR/locked" lockdown=integrity
	)
	machine "$BATS_TEST_TMPDIR/locked" 'sudo modprobe kvm_amd; cd khs && sudo KSFT=$HOME/ksft ./run_tests.sh' >"$BATS_TEST_TMPDIR/said" || status=$?
	machine_off "$BATS_TEST_TMPDIR/locked"
	cat "$BATS_TEST_TMPDIR/said"
	[ $status = 2 ]
	grep -q 'host: not used: the kernel is locked down (integrity' "$BATS_TEST_TMPDIR/said"
	grep -q 'engine svm cannot run: qemu-system-x86_64 is not installed' "$BATS_TEST_TMPDIR/said"
}
