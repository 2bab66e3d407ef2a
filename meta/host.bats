#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Engine host, a real machine that is somebody's: who may decide there, and what is
# said of it.  What needs a real machine is in machine.bats.

load helper

# run_of GUARD ENGINE: the lines on stdin are a run; prints its verdict and why not.
run_of()
{
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		GUARD=$1 SEED=1 K_VERSION=6.12.95 K_PACKAGE='' TESTS=()
		mkdir "$SCRATCH/out"
		ktap_begin "$SCRATCH/out"
		: >"$SCRATCH/out/deaths.jsonl"
		cp "${OTHERS:-/dev/null}" "$SCRATCH/out/others"
		while IFS= read -r line; do
			ktap_line "$line"
		done
		ktap_end
		engine_report "$2" "$SCRATCH/out" "$EPOCHREALTIME"
		results_json "$SCRATCH" "$SCRATCH/out"
		jq -c '[.engines[0].verdict, .engines[0].nothing]' "$SCRATCH/results.json"
		summary "$SCRATCH" >"$BATS_TEST_TMPDIR/summary"
	)
}

guarded="# selftests: kvm_host_state: host_tr_test
# # count: hop hops=12 pairs=12 pairs_all=12
# ok 1 hop
# # count: entry_guard entries=99 hops=12
# ok 2 entry_guard
ok 1 selftests: kvm_host_state: host_tr_test"

@test "only a test that looked at the host may say pass" {
	[ "$(run_of repair host <<<"$guarded")" = '["pass",null]' ]
	[ "$(run_of repair host <<-'EOF'
		# selftests: kvm_host_state: desc64_test
		# ok 1 oracle
		ok 1 selftests: kvm_host_state: desc64_test
		# selftests: kvm_host_state: host_tr_test
		# 1..0 # SKIP no /dev/kvm_host_state: the module kvm_host_state is not loaded
		ok 2 selftests: kvm_host_state: host_tr_test # SKIP
	EOF
	)" = '["skip","no test that looks at the host passed"]' ]
	grep -q 'no verdict: no test that looks at the host passed' "$BATS_TEST_TMPDIR/summary"
}

@test "a guard that saw no VM entry makes no pass, unless it was off" {
	local unguarded

	unguarded=$(grep -v entry_guard <<<"$guarded")
	[ "$(run_of repair host <<<"$unguarded")" = '["skip","no VM entry was guarded, as the guard was told to"]' ]
	[ "$(run_of off host <<<"$unguarded")" = '["pass",null]' ]
}

@test "the module that goes away in the middle of a run is a lab error" {
	[ "$(run_of repair host <<<"$guarded
KHS error the module kvm_host_state went away in the middle of the run")" = '["lab-error",null]' ]
}

@test "a test that was killed from outside is no failure of the kernel's" {
	local signal

	for signal in 129 130 137 143; do
		[ "$(run_of repair host <<<"$guarded
# selftests: kvm_host_state: b_test
not ok 2 selftests: kvm_host_state: b_test # exit=$signal")" = '["lab-error",null]' ]
		grep -q 'b_test was killed by SIG[A-Z]* from outside' "$BATS_TEST_TMPDIR/summary"
	done
	# 139 is SIGSEGV: what a host's wrong state may do to a process.
	[ "$(run_of repair host <<<"$guarded
# selftests: kvm_host_state: b_test
not ok 2 selftests: kvm_host_state: b_test # exit=139")" = '["fail",null]' ]
}

@test "no bit 31: the reason is the kernel's age, or chance" {
	run_of repair host <<<"KHS facts kernel=6.12.95 cpus=2 nodes=1 bit31_cpus=0
$guarded"
	grep -q 'with 2 CPUs once in 4' "$BATS_TEST_TMPDIR/summary"
	run_of repair host <<<"KHS facts kernel=6.1.0-56 cpus=2 nodes=1 bit31_cpus=0
$guarded"
	grep -q 'kernels before 6.2' "$BATS_TEST_TMPDIR/summary"
}

# log_of: the kernel's log on stdin, while host_tr_test and host_desc_tables_test
# ran; prints what class of death is ours, and leaves what is others'.
log_of()
{
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		{
			echo "kvm_host_state: init"
			cat
		} >"$SCRATCH/log"
		host_log_ours "$SCRATCH/log" "$BATS_TEST_TMPDIR/others" host_tr_test host_desc_tables_test >"$SCRATCH/ours"
		[ "$(wc -l <"$SCRATCH/log")" = "$(wc -l <"$SCRATCH/ours")" ]
		triage "$SCRATCH/ours" end '' end | cut -f1
	)
}

# A warning as the kernel prints it: FUNCTION COMM.
warning()
{
	cat <<-EOF
		------------[ cut here ]------------
		WARNING: CPU: 1 PID: 812 at drivers/net/x.c:12 $1+0x1b/0x20
		Modules linked in: kvm_host_state(OE) kvm_amd kvm
		CPU: 1 PID: 812 Comm: $2 Tainted: G           OE
		RIP: 0010:$1+0x1b/0x20
		kvm_host_state: test host_tr_test begins
		---[ end trace 0000000000000000 ]---
	EOF
}

@test "others' trouble in the kernel's log is told and does not decide" {
	[ -z "$(warning 'net_oops' ksoftirqd/1 | log_of)" ]
	grep -qF 'WARNING: CPU: 1 PID: 812 at drivers/net/x.c' "$BATS_TEST_TMPDIR/others"
	[ -z "$(log_of <<<'INFO: task backup:77 blocked for more than 120 seconds.')" ]
	[ -z "$(log_of <<<'Memory cgroup out of memory: Killed process 77 (java) total-vm:1kB')" ]
	# Ours comes after theirs, and decides.
	[ "$( (warning net_oops eth0; warning 'svm_vcpu_run' host_tr_test) | log_of)" = warn ]
	OTHERS=$BATS_TEST_TMPDIR/others run_of repair host <<<"$guarded"
	grep -q 'it does not decide): WARNING' "$BATS_TEST_TMPDIR/summary"
}

@test "what the kernel says of KVM, of our module or of our tasks decides" {
	[ "$(warning 'vmx_vcpu_load' kworker/0:1 | sed 's,RIP.*,& [kvm_intel],' | log_of)" = warn ]
	[ "$(warning x host_desc_table | log_of)" = warn ]
	[ "$(log_of <<<'watchdog: BUG: soft lockup - CPU#0 stuck for 23s! [host_tr_test:812]')" = lockup ]
	[ "$(log_of <<<'Memory cgroup out of memory: Killed process 77 (host_tr_test) total-vm:1kB')" = memory ]
	[ "$(log_of <<<'traps: PANIC: double fault, error_code: 0x0')" = oops ]
}

@test "a kernel that loads no unsigned module: the reason" {
	local root=$BATS_TEST_TMPDIR

	reason()
	{
		# shellcheck source=lab/lab.sh
		(. "$TOP/lab/lab.sh" && host_lockdown_reason "$root")
	}
	mkdir -p "$root/sys/kernel/security" "$root/sys/module/module/parameters"
	[ -z "$(reason)" ]
	echo "[none] integrity confidentiality" >"$root/sys/kernel/security/lockdown"
	echo N >"$root/sys/module/module/parameters/sig_enforce"
	[ -z "$(reason)" ]
	echo Y >"$root/sys/module/module/parameters/sig_enforce"
	grep -q 'loads signed modules only' <<<"$(reason)"
	echo "none [integrity] confidentiality" >"$root/sys/kernel/security/lockdown"
	grep -q 'locked down (integrity;' <<<"$(reason)"
}

@test "what reproduces a run on the host has sudo and what was allowed" {
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		COMMAND=run KERNEL='' SEED=7 GUARD=repair OPT_HOPS='' DISRUPTIVE=1 KHS_THREADS=3 GLOBS=()
		[ "$(reproduce host)" = 'sudo KHS_THREADS=3 ./run_tests.sh -e host --disruptive --seed 7 --guard repair' ]
		[ "$(reproduce svm.2)" = 'KHS_THREADS=3 ./run_tests.sh -e svm --seed 7 --guard repair' ]
	)
}

@test "a checkout that cannot be written to: OUTPUT= and the cache are enough" {
	local headers ksft

	[ "$(id -u)" = 0 ] || skip "needs root, to mount a folder read-only"
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_resolve "$(kernel_default)"
		framework
		echo "$K_BUILD $KSFT" >"$BATS_TEST_TMPDIR/where"
	)
	read -r headers ksft <"$BATS_TEST_TMPDIR/where"
	mkdir "$BATS_TEST_TMPDIR/src" "$BATS_TEST_TMPDIR/out"
	cat >"$BATS_TEST_TMPDIR/inside" <<-EOF
		mount --bind "$TOP" "$BATS_TEST_TMPDIR/src" && mount -o remount,ro,bind "$BATS_TEST_TMPDIR/src" || exit
		cd "$BATS_TEST_TMPDIR/src" && ! touch a 2>/dev/null || exit
		make KSFT="$ksft" KDIR="$headers" OUTPUT="$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/out/x86/desc64_test" "$BATS_TEST_TMPDIR/out/kvm_host_state.ko" || exit
		TOP=\$PWD && . lab/lab.sh && echo "builds in \$BUILD"
	EOF
	unshare -m bash -e "$BATS_TEST_TMPDIR/inside" >"$BATS_TEST_TMPDIR/said"
	cat "$BATS_TEST_TMPDIR/said"
	"$BATS_TEST_TMPDIR/out/x86/desc64_test" >/dev/null
	"$BATS_TEST_TMPDIR/out/x86/desc64_test" --help | grep -q '^usage: desc64_test .*--hops N'
	! "$BATS_TEST_TMPDIR/out/x86/desc64_test" --hop_s 1 2>"$BATS_TEST_TMPDIR/said.error" || false
	grep -q "^desc64_test: bad option '--hop_s'; options: --hops N" "$BATS_TEST_TMPDIR/said.error"
	[ -e "$BATS_TEST_TMPDIR/out/kvm_host_state.ko" ]
	grep -q 'builds in .*/kvm-host-state/build/[0-9]*$' "$BATS_TEST_TMPDIR/said"
}

@test "payload.sh ends what it started when nobody is left who started it" {
	local stage=$BATS_TEST_TMPDIR/stage main i

	mkdir -p "$stage/kvm_host_state" "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nsleep 771 & echo $! >left; sleep 771\n' >"$stage/run_kselftest.sh"
	printf '#!/bin/sh\n' | tee "$BATS_TEST_TMPDIR/bin/insmod" "$BATS_TEST_TMPDIR/bin/rmmod" >"$stage/kvm_host_state/host_info"
	chmod +x "$stage"/*.sh "$stage/kvm_host_state/host_info" "$BATS_TEST_TMPDIR"/bin/*
	# As lab/engine.sh does, in a process group of its own.
	cat >"$BATS_TEST_TMPDIR/main" <<-EOF
		setpriv --pdeathsig TERM "$TOP/lab/payload.sh" "$stage" a_test &
		wait
	EOF
	PATH=$BATS_TEST_TMPDIR/bin:$PATH setsid bash "$BATS_TEST_TMPDIR/main" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	main=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$stage/left" ] || break
		sleep 0.1
	done
	kill -0 "$(cat "$stage/left")"
	kill -KILL "$main"
	for ((i = 0; i < 100; i++)); do
		kill -0 "$(cat "$stage/left")" 2>/dev/null || break
		sleep 0.1
	done
	! kill -0 "$(cat "$stage/left")" 2>/dev/null || { kill "$(cat "$stage/left")" && false; }
}
