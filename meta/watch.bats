#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The command watch.

load helper

watch()
{
	local want=$1 status=0
	shift

	"$RUN" watch -e svm -o "$BATS_TEST_TMPDIR/results" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ $status = "$want" ]
	nothing_left
}

result()
{
	jq -e "$1" "$BATS_TEST_TMPDIR/results/watch.json"
}

@test "watch: input that makes no sense" {
	refuses "watch wants a command" watch
	refuses "watch wants a command" watch --
	refuses "--each names files" watch --each '*'
	refuses "there is no folder" watch --with /nonexistent -- true
	refuses "are options of the command watch" run --no-kvm
	refuses "-- is for" list -- true
	mkdir "$BATS_TEST_TMPDIR/empty"
	refuses "one command at a time" watch true
	refuses "--no-kvm is for the lab's VM" watch -e host --no-kvm -- true
	refuses "a command is one line" watch -e svm -- sh -c $'a\nb'
}

@test "watch: a workload with VMs, and its own exit status beside the verdict" {
	mkdir "$BATS_TEST_TMPDIR/files"
	printf '#!/bin/sh\n/kselftest/kvm_host_state/smoke\nexit 3\n' >"$BATS_TEST_TMPDIR/files/b_test"
	printf '#!/bin/sh\necho "$0 in $PWD"\n' >"$BATS_TEST_TMPDIR/files/a_test"
	touch "$BATS_TEST_TMPDIR/files/c_test"
	chmod +x "$BATS_TEST_TMPDIR"/files/[ab]_test
	watch 0 --with "$BATS_TEST_TMPDIR/files" --each '*_test'
	result '.verdict == "pass" and .entries > 0 and .exits > 0 and .violations == 0 and .command_status == 3'
	result '[.engines[0].commands[] | [.name, .status]] == [["a_test", 0], ["b_test", 3]]'
	result '.engines[0].commands[0].entries == 0 and .engines[0].commands[1].entries > 0'
	grep -q 'a_test in /watch/files' "$BATS_TEST_TMPDIR/out"
	# What runs it again says what was watched.
	grep -qE "^\./run_tests.sh watch -e svm --seed [0-9]+ --guard repair --with $BATS_TEST_TMPDIR/files --each \\\\\*_test$" "$BATS_TEST_TMPDIR/results/svm/reproduce"
}

@test "watch: commands that do not behave, and one that cannot be run" {
	local dir=$BATS_TEST_TMPDIR/files name

	mkdir "$dir"
	printf '%s\n' 'printf "a\\0b\\n"; for i in 1 2 3; do echo "line $i"; done' >"$dir/nul"
	printf '%s\n' 'exec >&- 2>&-' 'sleep 3' 'exit 5' >"$dir/closes"
	printf '%s\n' 'trap "kill 0" EXIT' 'true' >"$dir/kills"
	printf '%s\n' "echo 'violation: {\"a\": 1}'" 'echo "not ok 1 forged"' 'echo "$ ls"' 'echo "Bail out!"' >"$dir/lies"
	# What it starts has another parent by the time that it enters a guest.
	printf '%s\n' '(setsid sh -c "sleep 1; /kselftest/kvm_host_state/smoke" &)' 'sleep 4' >"$dir/leaves"
	# It goes on for ever; by the next command it is gone.
	printf '%s\n' 'while :; do /kselftest/kvm_host_state/smoke; done >/dev/null &' >"$dir/remains"
	printf '%s\n' 'exec /nonexistent' >"$dir/strange; exit"
	for name in "$dir"/*; do
		sed -i '1i#!/bin/sh' "$name"
		chmod +x "$name"
	done
	watch 4 --with "$dir" --each '*'
	result '[.engines[0].commands[] | [.name, .status]] ==
		[["closes", 5], ["kills", 143], ["leaves", 0], ["lies", 0], ["nul", 0], ["remains", 0], ["strange__exit", 127]]'
	result '.verdict == "inconclusive" and .violations == 0 and .engines[0].others == 0'
	result '.engines[0].commands[2].entries > 0 and .engines[0].commands[6].entries == 0'
	grep -q '| line 3' "$BATS_TEST_TMPDIR/out"
	grep -q 'strange__exit could not be run: exit status 127' "$BATS_TEST_TMPDIR/out"
	# Not in one report so and green in another.
	grep -q '^ *not ok 7 strange__exit # inconclusive: could not be run' "$BATS_TEST_TMPDIR/out"
	[ "$(jq -r .verdict "$BATS_TEST_TMPDIR/results/results.json")" = lab-error ]
}

@test "watch: of a host that died there is what the commands said, and which one was on" {
	local dir=$BATS_TEST_TMPDIR

	printf '%s\n' '    # $ ./a_test' '    ok 1 a_test' '    # $ ./b_test' '  not ok 1 host_watch' 'not ok 1 vmx' >"$dir/results.ktap"
	echo '[]' >"$dir/violations.json"
	jq -n '{engines: [{name: "vmx", kernel: "7.3", verdict: "fail", cpus: 2, seconds: 9, errors: [], death: {class: "lockup", title: "stalls"},
		tests: [{status: "fail", reason: "host died", subtests: [{subtest: "a_test", counts: {status: 0, entries: 7}}]}]}]}' >"$dir/results.json"
	bash -euc '. "$0/lab/watch.sh"; watch_json "$1"; watch_summary "$1"' "$TOP" "$dir" >"$dir/out"
	grep -q '7 VM entries guarded, by commands that ended, 0 wrong values' "$dir/out"
	grep -q 'the last command that began: ./b_test' "$dir/out"
}

@test "watch: where no VM entry was guarded it is not green" {
	watch 4 -- sh -c 'echo "hello, $1"' - world
	result '.verdict == "inconclusive" and .entries == 0 and .command_status == 0'
	grep -q 'hello, world' "$BATS_TEST_TMPDIR/out"
}

@test "watch: a guest that takes no interrupts, on an emulator that then lets none end it" {
	local cpu

	[ -n "$(type -P bochs-bin)${KHS_BOCHS:-}" ] || skip "bochs is not installed"
	mkdir "$BATS_TEST_TMPDIR/files"
	gcc -Wall -Wextra -Werror -static -o "$BATS_TEST_TMPDIR/files/spin" "$TOP/meta/spin.c"
	watch 0 -e vmx --with "$BATS_TEST_TMPDIR/files" -- ./spin
	result '.verdict == "pass" and .entries > 0 and .command_status == 0'
	for cpu in 0 1; do
		jq -e ".engines[0].log_of_others | any(test(\"^nudge: CPU $cpu gives no sign of life\"))" "$BATS_TEST_TMPDIR/results/watch.json"
	done
}
