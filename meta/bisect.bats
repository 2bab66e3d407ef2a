#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# bisect: its answers, its arithmetic and its manners, with stubs for kernels.

load series

# A dozen commits; number 7 brings the bug.
history()
{
	commit base bug=0 once=0 kvm=1
	git -C "$TREE" tag good
	commit one
	commit two boot=no
	commit three
	commit four kvm=2
	commit five build=fail
	commit six kvm=3
	commit culprit "$1"
	git -C "$TREE" tag culprit
	commit eight kvm=5
	commit nine "oops=BUG: kernel NULL pointer dereference, address: 0000000000000010"
	commit ten
	commit eleven kvm=7
	git -C "$TREE" tag bad
}

culprit()
{
	git -C "$TREE" rev-parse culprit
}

@test "the first bad commit, with its proof; the user's tree is as it was" {
	local before

	history bug=100
	echo dirty >>"$TREE/arch/x86/kvm/x86.c"
	git -C "$TREE" stash -q
	echo dirtier >>"$TREE/arch/x86/kvm/x86.c"
	echo new >"$TREE/untracked"
	before=$(fingerprint)
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT"
	[ "$before" = "$(fingerprint)" ]
	jq -e --arg c "$(culprit)" '.verdict == "found" and .first_bad == $c and .subject == "culprit" and
		.signature == "host_tr_test/hop_between_runs HOST_TR_BASE stale" and
		.revert_fixes and .confidence > 0.95' "$OUT/bisect.json"
	grep -q 'first bad commit' "$OUT/summary.txt"
	# The log replays in the user's own tree.
	git -C "$TREE" checkout -q -f main
	git -C "$TREE" bisect replay "$OUT/bisect.log" | grep "$(culprit) is the first bad commit"
}

@test "without -t the tests are those that the bad end fails, on the engine where it does" {
	history bug=100
	khs 0 bisect good..bad -o "$OUT"
	jq -e --arg c "$(culprit)" '.first_bad == $c' "$OUT/bisect.json"
	# The first boot runs all, the rest the one that tells.
	[ "$(grep -c '^ran.*desc64_test' "$STUB_LOG")" = 1 ]
}

@test "a bug that shows in one of three runs" {
	history bug=33
	for seed in 1 2; do
		khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT" --seed $seed
		jq -e --arg c "$(culprit)" '.first_bad == $c and .unit == "run" and .runs_for_good >= 8' "$OUT/bisect.json"
	done
}

@test "a bug that a boot decides: the runs in one boot are no more than one" {
	history once=50
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT" --seed 1
	jq -e --arg c "$(culprit)" '.first_bad == $c and .unit == "boot" and .runs_for_good >= 5' "$OUT/bisect.json"
	[ "$(grep -c '^ran.* 1 vmx' "$STUB_LOG")" -gt 20 ]
}

@test "one step of git bisect run: 0, 1, 125, and 128 where the lab is down" {
	history bug=100
	git -C "$TREE" checkout -q culprit~1
	# Outside of a bisection there is no signature: whatever fails is bad.
	khs 0 bisect -e vmx -t host_tr_test
	git -C "$TREE" checkout -q culprit
	khs 1 bisect -e vmx -t host_tr_test
	git -C "$TREE" checkout -q culprit~1
	git -C "$TREE" bisect start bad good >/dev/null
	git -C "$TREE" checkout -q culprit~1
	khs 0 bisect -e vmx -t host_tr_test
	git -C "$TREE" checkout -q culprit
	khs 1 bisect -e vmx -t host_tr_test
	git -C "$TREE" checkout -q culprit~2
	khs 125 bisect -e vmx -t host_tr_test
	grep -q 'does not build' "$BATS_TEST_TMPDIR/stdout"
	git -C "$TREE" checkout -q culprit~5
	khs 125 bisect -e vmx -t host_tr_test
	grep -q 'the lab is all right' "$BATS_TEST_TMPDIR/stdout"
	git -C "$TREE" checkout -q culprit~3
	touch "$STUB_LOG.down"
	khs 128 bisect -e vmx -t host_tr_test
	# What is wrong with the command is no verdict on the commit either.
	khs 128 bisect --no-such-option
	khs 128 bisect -t no_such_test
	rm "$STUB_LOG.down"
	git -C "$TREE" bisect reset >/dev/null 2>&1
	git -C "$TREE" bisect start bad good >/dev/null
	(cd "$TREE" && git bisect run "$RUN" bisect -e vmx -t host_tr_test) | tee "$BATS_TEST_TMPDIR/run"
	grep "$(culprit) is the first bad commit" "$BATS_TEST_TMPDIR/run"
}

@test "the ends are verified: a bad end that is not, a good end that is not" {
	history bug=100
	khs 125 bisect good..culprit~1 -e vmx -t host_tr_test -o "$OUT"
	jq -e '.verdict == "not-found" and (.reason | contains("the bad end"))' "$OUT/bisect.json"
	khs 125 bisect culprit..bad -e vmx -t host_tr_test -o "$OUT"
	jq -e '.verdict == "not-found" and (.reason | contains("the good end"))' "$OUT/bisect.json"
	touch "$STUB_LOG.down"
	khs 128 bisect good..bad -e vmx -t host_tr_test -o "$OUT"
	jq -e '.verdict == "lab-error" and .first_bad == null' "$OUT/bisect.json"
	rm "$STUB_LOG.down"
	khs 128 bisect bad..bad
	grep -q 'there is nothing in' "$BATS_TEST_TMPDIR/stderr"
	khs 128 bisect nobody..bad
}

@test "the same objects have their answer, and what cannot be told is no answer" {
	local n

	commit base bug=0 once=0
	git -C "$TREE" tag good
	for n in one two three four five; do
		commit $n
	done
	commit culprit bug=100
	git -C "$TREE" tag culprit
	for n in seven eight nine ten eleven; do
		commit $n
	done
	git -C "$TREE" tag bad
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT"
	jq -e --arg c "$(culprit)" '.first_bad == $c and ([.steps[] | select(.same_as)] | length > 2)' "$OUT/bisect.json"
	# One commit of each kind ran, and the proof.
	[ "$(grep '^ran' "$STUB_LOG" | cut -d' ' -f2 | sort -u | wc -l)" -le 5 ]
}

@test "interrupted, it goes on where it was" {
	local pid i

	history bug=100
	cd "$TREE"
	STUB_SLEEP=0.5 setsid "$RUN" bisect good..bad -e vmx -t host_tr_test -o "$OUT" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		[ "$(cat "$KHS_CACHE"/series/*/bisect-*/answers 2>/dev/null | wc -l)" -lt 3 ] || break
		sleep 0.1
	done
	kill -INT "$pid"
	i=0
	wait "$pid" || i=$?
	[ $i = 130 ]
	nothing_left
	[ ! -e "$OUT" ]
	i=$(cat "$KHS_CACHE"/series/*/bisect-*/answers | wc -l)
	[ "$i" -ge 3 ]
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT"
	grep -q "$i answers" "$BATS_TEST_TMPDIR/stderr"
	jq -e --arg c "$(culprit)" '.first_bad == $c' "$OUT/bisect.json"
}

@test "a log of git bisect is replayed: its answers are not asked for again" {
	local before

	history bug=100
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT"
	cp "$OUT/bisect.log" "$BATS_TEST_TMPDIR/log"
	before=$(grep -c '^ran' "$STUB_LOG")
	rm -rf "$KHS_CACHE/series"
	: >"$STUB_LOG"
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT" --replay "$BATS_TEST_TMPDIR/log"
	jq -e --arg c "$(culprit)" '.first_bad == $c and any(.steps[]; .why == "replayed")' "$OUT/bisect.json"
	[ "$(grep -c '^ran' "$STUB_LOG")" -lt "$before" ]
	khs 128 bisect good..bad --replay "$BATS_TEST_TMPDIR/no-such-log"
	grep -q 'cannot read' "$BATS_TEST_TMPDIR/stderr"
}

@test "reversed, of a type, with a signature, with commits left out" {
	history bug=100
	commit mended bug=0
	git -C "$TREE" tag mended
	commit after kvm=9
	khs 0 bisect bad..main --reverse -e vmx -t host_tr_test -o "$OUT"
	jq -e --arg c "$(git -C "$TREE" rev-parse mended)" '.first_bad == $c and .reverse and .revert_fixes' "$OUT/bisect.json"
	khs 0 bisect good..culprit~2 --type build -o "$OUT"
	jq -e '.subject == "five"' "$OUT/bisect.json"
	khs 0 bisect good~0..culprit~5 --type boot -e vmx -o "$OUT"
	jq -e '.subject == "two"' "$OUT/bisect.json"
	khs 0 bisect culprit..bad~2 -e vmx --signature 'oops: BUG: kernel NULL pointer' -t host_tr_test -o "$OUT"
	jq -e '.subject == "nine"' "$OUT/bisect.json"
	khs 125 bisect good..bad --skip culprit -e vmx -t host_tr_test -o "$OUT"
	jq -e '.reason | contains("could not be judged")' "$OUT/bisect.json"
	khs 0 bisect good..bad -e vmx -t host_tr_test -o "$OUT" -- state
	jq -e --arg c "$(culprit)" '.first_bad == $c' "$OUT/bisect.json"
}
