#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A matrix cell by cell: parts, machines, and what is tried again.  What a cell
# runs is a stand-in, as the emulators are none of this test's business.

load helper
bats_require_minimum_version 1.5.0

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR
	T=$BATS_TEST_TMPDIR/tree
	mkdir -p "$T/meta"
	cp -r "$TOP/lab" "$TOP/x86" "$TOP/mutants" "$T/"
	cp "$TOP/run_tests.sh" "$T/front.sh"
	# STATUS of a test: 0, or what the stand-in is to end with, once or always.
	cat >"$T/run_tests.sh" <<-'EOF'
		#!/bin/bash
		while [ $# -gt 0 ]; do
			case $1 in
			-o) out=$2 ;;
			-t) test=$2 ;;
			-e) engine=$2 ;;
			-k) kernel=$2 ;;
			esac
			shift
		done
		top=$(dirname "$0")
		status=0
		for plan in "$test" "$engine" "${kernel:+$(basename "$(dirname "$kernel")")}"; do
			[ ! -f "PLAN/$plan" ] || status=$(cat "PLAN/$plan")
		done
		version=$(cat PLAN/version 2>/dev/null || echo "1.${#kernel}")
		case $status in
		once) rm "PLAN/$test" && status=2 ;;
		slow) sleep 3 && status=0 ;;
		slower) exec sleep 300.0125 ;;
		esac
		echo "$test" >>PLAN/ran
		verdict=(pass fail lab-error '' skip)
		jq -n --arg k "$version" --arg v "${verdict[$status]}" --arg t "$test" --arg e "$engine" '
			{verdict: $v, seed: 1, guard: "repair", engines: [{name: $e, dir: $e, kernel: $k, verdict: $v,
			cpu_pairs: 2, cpu_pairs_covered: 2, cross_node: 0, entries_guarded: 1, boots_without_bit31: 0, errors: [], others: [], seconds: 1,
			tests: [{name: $t, status: (if $v == "lab-error" then "inconclusive" else $v end), seconds: 1, hops: 1, reason: "", subtests: []}]}]}' >"$out/results.json"
		echo '[]' >"$out/violations.json"
		exit "$status"
	EOF
	sed -i "s,PLAN,$BATS_TEST_TMPDIR/plan,g" "$T/run_tests.sh"
	chmod +x "$T/run_tests.sh"
	mkdir "$BATS_TEST_TMPDIR/plan"
	command -v parallel >/dev/null || skip "GNU parallel is not installed"
}

matrix()
{
	"$T/front.sh" -e svm,vmx -t 'host_*' --parts 4 -o "$BATS_TEST_TMPDIR/$1" "${@:2}"
}

@test "each cell is a command line of its own" {
	matrix out --cells >"$BATS_TEST_TMPDIR/cells"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/cells")" = 8 ]
	[ "$(jq -r .cell "$BATS_TEST_TMPDIR/cells" | sort -u | wc -l)" = 8 ]
	# Together they are all tests of all engines.
	[ "$(jq -r '.args | join(" ")' "$BATS_TEST_TMPDIR/cells" | grep -o -- '-t [a-z_]*' | wc -l)" = $((2 * $(ls "$TOP"/x86/host_*_test.c | wc -l))) ]
	# With --shard it is the part.
	for i in 1 2 3; do
		matrix out --cells --shard $i/3
	done | sort | cmp - <(sort "$BATS_TEST_TMPDIR/cells")
	[ ! -e "$BATS_TEST_TMPDIR/plan/ran" ]
}

@test "two parts put together are the whole; one alone is refused by name" {
	matrix one --shard 1/2
	matrix two --shard 2/2
	matrix all --shard 1/1
	"$T/front.sh" merge "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two" -o "$BATS_TEST_TMPDIR/merged"
	for part in merged all; do
		jq -S '[.engines[] | {name, tests: [.tests[].name]}] | sort' "$BATS_TEST_TMPDIR/$part/results.json" >"$BATS_TEST_TMPDIR/$part.tests"
	done
	diff "$BATS_TEST_TMPDIR/merged.tests" "$BATS_TEST_TMPDIR/all.tests"
	[ -e "$BATS_TEST_TMPDIR/merged/report.html" ]
	run -2 "$T/front.sh" merge "$BATS_TEST_TMPDIR/one" -o "$BATS_TEST_TMPDIR/half"
	[[ $output == *"no result: run.default.svm.2of4"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/half/results.json" ]
	# A part of another matrix is none of this one.
	"$T/front.sh" -e svm -t host_tr_test -o "$BATS_TEST_TMPDIR/other" --shard 1/1
	run -2 "$T/front.sh" merge "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/other" -o "$BATS_TEST_TMPDIR/half"
	[[ $output == *"different matrices"* ]]
}

@test "two kernels of one name are two; an engine that is named twice is one" {
	mkdir "$BATS_TEST_TMPDIR"/{older,new}
	touch "$BATS_TEST_TMPDIR"/{older,new}/linux
	echo 1 >"$BATS_TEST_TMPDIR/plan/new"
	run -1 "$T/front.sh" -e svm,svm -t host_tr_test -k "$BATS_TEST_TMPDIR/older/linux,$BATS_TEST_TMPDIR/new/linux" -o "$BATS_TEST_TMPDIR/out"
	[ "$(tries host_tr_test)" = 2 ]
	jq -e '.engines | map(.verdict) | sort == ["fail", "pass"]' "$BATS_TEST_TMPDIR/out/results.json"
	echo 0 >"$BATS_TEST_TMPDIR/plan/new"
	"$T/front.sh" -e svm -t host_tr_test -k "$BATS_TEST_TMPDIR/older/linux,$BATS_TEST_TMPDIR/new/linux" -o "$BATS_TEST_TMPDIR/out"
}

@test "an engine of which no cell looked at the host: as without a matrix, no pass" {
	echo 4 >"$BATS_TEST_TMPDIR/plan/vmx"
	run -4 "$T/front.sh" -e svm,vmx -t host_tr_test --shard 1/1 -o "$BATS_TEST_TMPDIR/out"
	# One part of several may hold nothing that does.
	rm "$BATS_TEST_TMPDIR/plan/vmx"
	echo 4 >"$BATS_TEST_TMPDIR/plan/desc64_test"
	"$T/front.sh" -e svm,vmx -t host_tr_test -t desc64_test --parts 2 -o "$BATS_TEST_TMPDIR/out"
}

@test "parts of other options or of another kernel do not go together" {
	two()
	{
		"$T/front.sh" -e svm -t host_tr_test -t host_nmi_test --parts 2 "$@"
	}

	two --shard 1/2 -o "$BATS_TEST_TMPDIR/one"
	two --shard 2/2 -o "$BATS_TEST_TMPDIR/two" --guard off
	run -2 "$T/front.sh" merge "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two" -o "$BATS_TEST_TMPDIR/out"
	[[ $output == *"were run with different options"* ]]
	echo 2.0 >"$BATS_TEST_TMPDIR/plan/version"
	two --shard 2/2 -o "$BATS_TEST_TMPDIR/two"
	run -2 "$T/front.sh" merge "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two" -o "$BATS_TEST_TMPDIR/out"
	[[ $output == *"did not run the same kernel: kernel default was 1.0 and 2.0"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/out" ]
	# What failed has failed.
	echo 1 >"$BATS_TEST_TMPDIR/plan/host_nmi_test"
	for part in 1 2; do
		"$T/front.sh" -e svm -t host_tr_test -t host_nmi_test --parts 2 --shard $part/2 -o "$BATS_TEST_TMPDIR/part$part" || true
		rm "$BATS_TEST_TMPDIR/plan/version" || true
	done
	run -1 "$T/front.sh" merge "$BATS_TEST_TMPDIR/part1" "$BATS_TEST_TMPDIR/part2" -o "$BATS_TEST_TMPDIR/out"
}

@test "what an earlier matrix left in the folder is no part of the next" {
	"$T/front.sh" -e svm -t host_tr_test --shard 1/1 -o "$BATS_TEST_TMPDIR/out"
	(
		OPT_OUT=$BATS_TEST_TMPDIR/out
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		output_check
		mkdir "$SCRATCH/new"
		output_publish "$SCRATCH/new"
	)
	[ -z "$(ls "$BATS_TEST_TMPDIR/out")" ]
	run -2 "$T/front.sh" merge "$BATS_TEST_TMPDIR/out" -o "$BATS_TEST_TMPDIR/merged"
}

@test "a matrix that is cut short leaves no cell behind" {
	local pid

	echo slower >"$BATS_TEST_TMPDIR/plan/host_tr_test"
	"$T/front.sh" -e svm -t host_tr_test --shard 1/1 -o "$BATS_TEST_TMPDIR/cut" 3>&- &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		! pgrep -f 'sleep 300.0125' >/dev/null || break
		sleep 0.1
	done
	pgrep -f 'sleep 300.0125'
	kill -TERM "$pid"
	wait "$pid" || true
	for ((i = 0; i < 100; i++)); do
		pgrep -f 'sleep 300.0125' >/dev/null || break
		sleep 0.1
	done
	run ! pgrep -f 'sleep 300.0125'
	[ ! -e "$BATS_TEST_TMPDIR/cut/results.json" ]
	nothing_left
}

tries()
{
	grep -cx "$1" "$BATS_TEST_TMPDIR/plan/ran"
}

@test "a failure is not tried again, an error of the lab is" {
	echo 1 >"$BATS_TEST_TMPDIR/plan/host_tr_test"
	run -1 "$T/front.sh" -e svm -t host_tr_test --shard 1/1 -o "$BATS_TEST_TMPDIR/fail"
	[ "$(tries host_tr_test)" = 1 ]
	echo once >"$BATS_TEST_TMPDIR/plan/host_nmi_test"
	"$T/front.sh" -e svm -t host_nmi_test --shard 1/1 -o "$BATS_TEST_TMPDIR/once"
	[ "$(tries host_nmi_test)" = 2 ]
	echo 2 >"$BATS_TEST_TMPDIR/plan/host_segs_test"
	run -2 "$T/front.sh" -e svm -t host_segs_test --shard 1/1 -o "$BATS_TEST_TMPDIR/always"
	[ "$(tries host_segs_test)" = 3 ]
}

# sshd ADDRESS: one that lets in whoever has the key, and nobody from elsewhere.
sshd()
{
	cat >"$BATS_TEST_TMPDIR/sshd_$1" <<-EOF
		ListenAddress $1:$PORT
		HostKey $BATS_TEST_TMPDIR/host_key
		AuthorizedKeysFile $BATS_TEST_TMPDIR/key.pub
		PidFile $BATS_TEST_TMPDIR/sshd_$1.pid
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin prohibit-password
		MaxStartups 100
	EOF
	setsid /usr/sbin/sshd -D -e -f "$BATS_TEST_TMPDIR/sshd_$1" >>"$BATS_TEST_TMPDIR/sshd_$1.log" 2>&1 3>&- &
	disown
	# It writes that file when it listens.
	for ((i = 0; i < 300; i++)); do
		[ ! -e "$BATS_TEST_TMPDIR/sshd_$1.pid" ] || return 0
		sleep 0.1
	done
	return 1
}

# Whatever became of the test, its sshd end with it.
teardown()
{
	local file

	for file in "$BATS_TEST_TMPDIR"/sshd_*.pid; do
		[ ! -e "$file" ] || kill_all "$(cat "$file")"
	done
}

# A process and what came of it; a connection is in a session of its own.
kill_all()
{
	local child

	for child in $(pgrep -P "$1"); do
		kill_all "$child"
	done
	kill -KILL "$1" 2>/dev/null || true
}

# How many cells the log says that MACHINE ended.
ended_on()
{
	grep -c "passed, .* on $1\$" "$BATS_TEST_TMPDIR/out.log" || true
}

@test "two machines, one of which goes away in the middle and comes back" {
	local hosts=$BATS_TEST_TMPDIR/hosts gone=127.0.0.2 address pid before

	[ -x /usr/sbin/sshd ] || skip "there is no sshd"
	mkdir -p /run/sshd 2>/dev/null || true
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/key"
	PORT=$((20000 + $$ % 20000))
	echo "# two of them" >"$hosts"
	for address in 127.0.0.1 $gone; do
		sshd $address
		echo "1/ssh -p $PORT -i $BATS_TEST_TMPDIR/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR $address" >>"$hosts"
	done
	for test in "$TOP"/x86/host_*_test.c; do
		echo slow >"$BATS_TEST_TMPDIR/plan/$(basename "$test" .c)"
	done
	export KHS_FLEET=$BATS_TEST_TMPDIR/fleet
	matrix out --parts 16 --hosts "$hosts" >"$BATS_TEST_TMPDIR/out.log" 2>&1 3>&- &
	pid=$!
	# Once it has ended a cell, all that the second one is goes away.
	for ((i = 0; i < 600; i++)); do
		[ "$(ended_on $gone)" = 0 ] || break
		sleep 0.1
	done
	kill_all "$(cat "$BATS_TEST_TMPDIR/sshd_$gone.pid")"
	rm "$BATS_TEST_TMPDIR/sshd_$gone.pid"
	for ((i = 0; i < 600; i++)); do
		! grep -q "machines that answer: 1 of 2" "$BATS_TEST_TMPDIR/out.log" || break
		sleep 0.1
	done
	before=$(ended_on $gone)
	sshd $gone
	wait "$pid" || { cat "$BATS_TEST_TMPDIR/out.log"; false; }
	jq -e '[.engines[].tests[].name] | length == 32' "$BATS_TEST_TMPDIR/out/results.json"
	cat "$BATS_TEST_TMPDIR/out.log"
	# It was away, and was given its share when it was back.
	[ "$before" -lt 16 ]
	[ "$(ended_on $gone)" -gt "$before" ]
}

@test "what makes no sense is refused" {
	refuses "--shard wants I/N" --shard 2
	refuses "--shard wants a number from 1 to 2" --shard 3/2
	refuses "--shard wants a whole number" --shard a/2
	refuses "--hosts: there is no file" --hosts "$BATS_TEST_TMPDIR/nowhere"
	echo "# nobody" >"$BATS_TEST_TMPDIR/nobody"
	refuses "names no machine" --hosts "$BATS_TEST_TMPDIR/nobody"
	refuses "--cells, --shard, --hosts and --parts are options of" list --shard 1/2
	refuses "--cell is an option of the command mutants" --cell x
	refuses "--json is an option of the command list" --json
	refuses "merge wants the folders" merge
	refuses "is no part of a matrix" merge "$BATS_TEST_TMPDIR"
	refuses "compare wants two results folders" compare one
}
