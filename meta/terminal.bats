#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a person at a terminal sees, and nobody in a pipe: progress, colours; and
# that list, the manual page and completion say what --help says.

load helper
bats_require_minimum_version 1.5.0

progress()
{
	cat >"$BATS_TEST_TMPDIR/progress.sh" <<-'EOF'
		. "$TOP/lab/lab.sh"
		mkdir "$SCRATCH/svm"
		ktap_begin "$SCRATCH/svm"
		TESTS=(a_test b_test)
		declare -A LAST=([boot]=5 [a_test]=30 [b_test]=400)
		test_begin a_test
		engine_says "$SCRATCH/svm" "$(engine_progress 0)"
		E_NAME=vmx engine_says "$SCRATCH/vmx" preparing
		run_progress svm vmx
		progress_clear
		coloured 'not ok 1 x'
	EOF
	export TOP TERM=xterm
}

@test "a terminal has a line for each engine, with the time that is left" {
	progress
	command -v script >/dev/null || skip "script is not installed"
	env -u NO_COLOR script -qec "bash -eu $BATS_TEST_TMPDIR/progress.sh" /dev/null >"$BATS_TEST_TMPDIR/out"
	cat -v "$BATS_TEST_TMPDIR/out"
	grep -q 'svm: a_test [01] s, 30 s last time, about 4\(30\|29\) s left' "$BATS_TEST_TMPDIR/out"
	grep -q 'vmx: preparing' "$BATS_TEST_TMPDIR/out"
	# As many lines up as it went down, and cleared from there.
	grep -q $'\033\\[2A' "$BATS_TEST_TMPDIR/out"
	grep -q $'\033\\[31mnot ok 1 x' "$BATS_TEST_TMPDIR/out"
	NO_COLOR=1 script -qec "bash -eu $BATS_TEST_TMPDIR/progress.sh" /dev/null >"$BATS_TEST_TMPDIR/out"
	run ! grep $'\033\\[3[0-9]m' "$BATS_TEST_TMPDIR/out"
}

@test "a pipe has none of it" {
	progress
	bash -eu "$BATS_TEST_TMPDIR/progress.sh" >"$BATS_TEST_TMPDIR/out" 2>&1
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = 'not ok 1 x' ]
}

@test "the manual page has each command and option of --help" {
	local word n=0

	"$RUN" --man >"$BATS_TEST_TMPDIR/man.1"
	for word in $("$RUN" --help | grep -oE -- '^( {2}[a-z]+| {2}-[a-z], --[a-z0-9-]+| {6}--[a-z0-9-]+)' | tr -d ,); do
		grep -E "^\.B .*$(sed 's/-/\\\\-/g' <<<"$word")( |,|\$)" "$BATS_TEST_TMPDIR/man.1" || { echo "no $word"; false; }
		n=$((n + 1))
	done
	[ $n -gt 20 ]
	if command -v groff >/dev/null; then
		[ -z "$(groff -man -ww -Tutf8 "$BATS_TEST_TMPDIR/man.1" 2>&1 >/dev/null)" ]
	fi
}

complete()
{
	COMP_WORDS=("$RUN" "$@") COMP_CWORD=$#
	_kvm_host_state
	echo "${COMPREPLY[*]}"
}

@test "completion knows commands, options, tests, engines and planted bugs" {
	# shellcheck source=lab/completion.bash
	. <(sed '/^complete /d' "$TOP/lab/completion.bash")
	[ "$(complete mut)" = mutants ]
	[ "$(complete --sha)" = --shard ]
	[ "$(complete -e vm)" = vmx ]
	[ "$(complete -t host_nm)" = host_nmi_test ]
	[ "$(complete mutants vmx-tr-cpu)" = vmx-tr-cpu0 ]
}

@test "list --json has what list has" {
	"$RUN" list >"$BATS_TEST_TMPDIR/list"
	"$RUN" list --json | jq -r '.[] | [.name, .kind, .about] | join("\t")' | diff - "$BATS_TEST_TMPDIR/list"
}
