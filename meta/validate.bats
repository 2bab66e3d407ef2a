#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# validate: its table, its verdicts and its manners, with stubs for kernels.

load series
bats_require_minimum_version 1.5.0

# Three patches: the second breaks, the third repairs.
history()
{
	commit base bug=0 once=0 kvm=1
	git -C "$TREE" tag base
	commit one kvm=2
	commit two bug=100
	commit three bug=0
}

@test "broken by the second patch, mended by the third; no Tested-by; the tree as it was" {
	local before

	history
	echo dirty >>"$TREE/arch/x86/kvm/x86.c"
	before=$(fingerprint)
	khs 1 validate base.. -e svm,vmx -t host_tr_test -o "$OUT"
	[ "$before" = "$(fingerprint)" ]
	jq -e '.verdict == "fail" and [.patches[].subject] == ["one", "two", "three"] and
		[.patches[].tests[] | select(.engine == "vmx") | .change] == ["same", "broken", "fixed"] and
		.patches[1].tests[0].signature == "host_tr_test/hop_between_runs HOST_TR_BASE stale"' "$OUT/validate.json"
	run ! grep -r Tested-by "$OUT"
	grep -q 'two: build ok, BREAKS' "$OUT/summary.txt"
}

@test "an engine that is not there stands under what was not tested" {
	history
	touch "$STUB_LOG.no-vmx"
	khs 0 validate base..main~2 -t host_tr_test -o "$OUT"
	jq -e 'any(.not_tested[]; startswith("Intel")) and all(.patches[].tests[]; .engine == "svm")' "$OUT/validate.json"
}

@test "a good series has its Tested-by, and what was not tested" {
	history
	commit four kvm=5
	khs 0 validate main~1..main -e vmx -t host_tr_test -o "$OUT"
	grep -q '^Tested-by: Tester <tester@example.org>$' "$OUT/tested-by.txt"
	jq -e '.verdict == "pass" and any(.not_tested[]; startswith("AMD"))' "$OUT/validate.json"
	grep -q 'AMD: no engine for it' "$OUT/tested-by.txt"
}

@test "an inconclusive run is no verdict, and no Tested-by" {
	history
	touch "$STUB_LOG.down"
	khs 2 validate base..main~2 -e vmx -t host_tr_test -o "$OUT"
	run ! grep -r Tested-by "$OUT"
	jq -e '.verdict == "lab-error"' "$OUT/validate.json"
}

@test "what KVM is not made of is not run; a failure on both sides is the same" {
	local n

	commit base bug=100 once=0 kvm=1
	git -C "$TREE" tag base
	for ((n = 1; n <= 12; n++)); do
		echo $n >"$TREE/README"
		commit "patch $n" kvm=$((n < 7 ? 1 : 2))
	done
	# The one test fails before and after: nothing broke, and nothing passed.
	khs 4 validate base.. -e vmx -t host_tr_test -o "$OUT"
	jq -e '[.patches[] | select(.unchanged_kvm | not)] | length == 1' "$OUT/validate.json"
	jq -e '.patches[6].tests[0] | .change == "same" and .before == "fail" and .after == "fail"' "$OUT/validate.json"
}

@test "a warning that is new, a build that breaks, a range that is empty" {
	history
	commit warns warn="unused variable 'x'"
	commit breaks build=fail
	commit mends kvm=9
	khs 1 validate main~3..main -e vmx -t host_tr_test -o "$OUT"
	jq -e '[.patches[].build] == ["warn", "fail", "ok"] and (.patches[0].warnings[0] | contains("unused variable"))' "$OUT/validate.json"
	khs 0 validate main~3..main -e vmx -t host_tr_test -o "$OUT" --skip main~1 --ignore-warnings main~2
	khs 2 validate main..main -e vmx -o "$BATS_TEST_TMPDIR/none"
	grep -q 'there is no patch' "$BATS_TEST_TMPDIR/stderr"
	[ ! -e "$BATS_TEST_TMPDIR/none" ]
}

@test "mails and patches: applied to their base; one that does not apply; b4's JSON" {
	history
	git -C "$TREE" format-patch -q -o "$BATS_TEST_TMPDIR/mails" base
	git -C "$TREE" checkout -q base
	cat "$BATS_TEST_TMPDIR"/mails/* >"$BATS_TEST_TMPDIR/mbox"
	khs 1 validate "$BATS_TEST_TMPDIR/mbox" -e vmx -t host_tr_test -o "$OUT"
	jq -e '[.patches[].subject] == ["one", "two", "three"]' "$OUT/validate.json"
	khs 1 validate "$BATS_TEST_TMPDIR"/mails/0002* "$BATS_TEST_TMPDIR"/mails/0001* -e vmx -t host_tr_test -o "$OUT"
	(cd "$TREE" && "$RUN" validate --b4 -e vmx -t host_tr_test -o "$OUT" <"$BATS_TEST_TMPDIR/mails/0001-one.patch") >"$BATS_TEST_TMPDIR/json"
	jq -e 'type == "array" and all(.[]; .tool and .summary and (.status | IN("pass", "warn", "fail")))' "$BATS_TEST_TMPDIR/json"
	# b4 review checks a mail whose patch is on its branch already.
	git -C "$TREE" checkout -q main
	khs 1 validate "$BATS_TEST_TMPDIR"/mails/0002* -e vmx -t host_tr_test -o "$OUT"
	jq -e '.patches[0] | .subject == "two" and .tests[0].change == "broken"' "$OUT/validate.json"
	# On a tree that has moved on it does not apply.
	git -C "$TREE" checkout -q base
	commit conflict kvm=77
	khs 1 validate "$BATS_TEST_TMPDIR/mails/0001-one.patch" -e vmx -t host_tr_test -o "$OUT"
	jq -e '.verdict == "fail" and .misfit.subject and (.patches == [])' "$OUT/validate.json"
	[ -z "$(git -C "$TREE" status --porcelain)" ]
}

@test "module parameters: every combination is a column" {
	history
	khs 0 validate base..main~2 -t host_tr_test --params kvm_intel.ept=0,1 --params kvm.tdp_mmu=0,1 -o "$OUT"
	jq -e '[.patches[0].tests[].engine] | sort == ["svm:kvm.tdp_mmu=0", "svm:kvm.tdp_mmu=1",
		"vmx:kvm_intel.ept=0:kvm.tdp_mmu=0", "vmx:kvm_intel.ept=0:kvm.tdp_mmu=1",
		"vmx:kvm_intel.ept=1:kvm.tdp_mmu=0", "vmx:kvm_intel.ept=1:kvm.tdp_mmu=1"]' "$OUT/validate.json"
	khs 2 validate base.. --params nonsense
}
