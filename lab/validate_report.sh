# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What validate says: the table, validate.json, the Tested-by text, b4's JSON.

# One patch, of validate.json, in a line; its findings below.
validate_line()
{
	jq -r '
		def mark: if .skipped then .skipped elif .build == "fail" then "does not build: \(.error)"
			elif any(.tests[]; .change == "broken") then "BREAKS"
			elif any(.tests[]; .change == null) then "no verdict"
			elif any(.tests[]; .change == "fixed") then "fixes"
			elif .unchanged_kvm then "KVM unchanged"
			elif .tests == [] then "built" else "same" end;
		"\(.commit[:12]) \(.subject[:56]): build \(.build), \(mark)",
		(.warnings[] | "    new warning: " + .),
		(.tests[] | select(.change != "same") |
			"    \(.change // "no verdict"): \(.test) on \(.engine): \(.before) -> \(.after)\(if .signature then ": " + .signature else "" end)")'
}

# What no run has covered, one a line: it is as much of the result as the rest.
validate_not_tested()
{
	local column all=" ${COLUMNS_ALL[*]} "

	case $all in
	*' svm'* | *' kvm'*) ;;
	*) echo "AMD: no engine for it in this run" ;;
	esac
	case $all in
	*' vmx'* | *' kvm'*) ;;
	*) echo "Intel: no engine for it in this run" ;;
	esac
	case $all in
	*' kvm '*) ;;
	*) echo "hardware: the CPUs are emulated" ;;
	esac
	[ -z "$MISFIT" ] || echo "what comes after \"$MISFIT\", which does not apply"
	if [ "$J_TYPE" != test ]; then
		echo "the tests: only --type $J_TYPE was asked for"
	elif [ ${#TEST_LIST[@]} -lt "$(test_names | wc -l)" ]; then
		echo "other tests than ${TEST_LIST[*]}: left out with -t"
	fi
	jq -r --arg columns "$all" '
		select(any(.files[]; startswith("arch/x86/kvm/mmu/"))) |
		(if $columns | contains("kvm_intel.ept=0") then empty else "shadow paging on Intel (--params kvm_intel.ept=0), which \(.commit[:12]) may touch" end),
		(if $columns | contains("kvm_amd.npt=0") then empty else "shadow paging on AMD (--params kvm_amd.npt=0), which \(.commit[:12]) may touch" end)' "$V_DIR/patches"
	jq -r 'select(.skipped) | "\(.commit[:12]): \(.skipped)"' "$V_DIR/patches"
	jq -r 'select(.build == "fail") | "\(.commit[:12]): it does not build"' "$V_DIR/patches"
	jq -r '.files[]' "$V_DIR/patches" | sort -u | grep '\.[chS]$' | grep -vxFf "$S_DIR/sources" |
		sed 's/$/: the lab'"'"'s kernel is not made from it/' || true
	jq -r '.files[] | select(endswith(".rst")) | "\(.): make htmldocs"' "$V_DIR/patches" | sort -u
	jq -r '.tests[] | select(.before == "skip" and .after == "skip") | "\(.test) on \(.engine): skipped"' "$V_DIR/patches" | sort -u
	echo "KVM selftests and kvm-unit-tests: they are not part of this suite"
}

validate_end()
{
	local out=$V_DIR verdict

	[ -e "$out/patches" ] || : >"$out/patches"
	validate_not_tested | awk '!seen[$0]++' >"$SCRATCH/not_tested"
	jq -s --arg base "$BASE" --arg subject "$(subject "$BASE")" --arg misfit "$MISFIT" --arg why "$MISFIT_WHY" \
		--arg kernel "${K_VERSION:-}" --arg seconds $((SECONDS - BEGUN)) --arg type "$J_TYPE" \
		--rawfile not_tested "$SCRATCH/not_tested" '
		def broken: any(.[]; .build == "fail" or .build == "warn" or any(.tests[]; .change == "broken"));
		{verdict: (if $misfit != "" or broken then "fail"
			elif any(.[].tests[]; .change == null) then "lab-error"
			elif $type == "build" or any(.[].tests[]; .after == "pass") then "pass"
			else "skip" end),
		 kernel_base: $base, kernel: $kernel, base_subject: $subject, seconds: ($seconds | tonumber),
		 misfit: (if $misfit == "" then null else {subject: $misfit, reason: $why} end),
		 patches: ., not_tested: ($not_tested | split("\n") | map(select(. != "")))}' "$out/patches" >"$out/validate.json"
	rm -f "$out/patches"
	verdict=$(jq -r .verdict "$out/validate.json")
	validate_counts >"$SCRATCH/counts"
	[ "$verdict" != pass ] || [ "$J_TYPE" != test ] || validate_tested_by >"$out/tested-by.txt"
	{
		jq -c '.patches[]' "$out/validate.json" | while IFS= read -r patch; do validate_line <<<"$patch"; done
		[ -z "$MISFIT" ] || printf 'does not apply: %s: %s\n' "$MISFIT" "$MISFIT_WHY"
		jq -r '.patches[] | select(.checkpatch != []) | "checkpatch, \(.commit[:12]):", (.checkpatch[] | "    " + .)' "$out/validate.json"
		sed 's/^/ran after the last patch: /' "$SCRATCH/counts"
		echo "not tested:"
		sed 's/^/    /' "$SCRATCH/not_tested"
		[ ! -e "$out/tested-by.txt" ] || { echo && cat "$out/tested-by.txt"; }
		echo
		echo "verdict: $verdict"
	} >"$out/summary.txt"
	find "$out/runs" -name 'boot-*' -type d -exec sh -c 'rm -f "$1"/kernel.config "$1"/tests.jsonl' - {} \; 2>/dev/null || true
	output_publish "$out"
	JUDGED=1
	if [ -n "$OPT_B4" ]; then
		validate_b4 "$out/validate.json"
	else
		cat "$out/summary.txt"
		printf 'results: %s\n' "$OUT"
	fi
	case $verdict in
	pass) return $PASS ;;
	fail) return $FAIL ;;
	skip) return $NOTHING ;;
	*) return $LAB ;;
	esac
}

# What ran on the newest kernel that was tested, a column a line.
validate_counts()
{
	local i dir

	for ((i = 0; i < ${#COLUMNS_ALL[@]}; i++)); do
		dir=$V_DIR/runs/${V_IDS[$i]}/$(column_name "${COLUMNS_ALL[$i]}")
		[ -s "$dir/runs" ] || continue
		cat "$dir"/boot-*/engine.json | jq -sr --arg column "${COLUMNS_ALL[$i]}" '
			def sum(f): map(f // 0) | add;
			"\($column): kernel \(.[0].kernel), \(.[0].cpus // "?") CPUs: \([.[].tests[]? | select(.status == "pass")] | length) of \([.[].tests[]?] | length) test runs passed, \(length) boots, \(sum([.tests[]?.hops] | add)) verified hops, \(sum(.entries_guarded)) VM entries guarded"'
	done
}

# Only of a run that was conclusive; whose it is, git knows.
validate_tested_by()
{
	printf 'Tested-by: %s <%s>\n' "$(user_git config user.name || echo "YOUR NAME")" "$(user_git config user.email || echo "YOUR ADDRESS")"
	printf '\nEach patch on top of %s ("%s"), with KVM host-state selftests:\n' "$(short "$BASE")" "$(subject "$BASE")"
	sed 's/^/  /' "$SCRATCH/counts"
	echo "Not tested:"
	sed 's/^/  /' "$SCRATCH/not_tested"
}

# An array of {tool, status, summary}, as `b4 review` takes it from a check command.
validate_b4()
{
	jq '[
		(if .misfit then {tool: "khs-apply", status: "fail", summary: "does not apply: \(.misfit.reason)"} else empty end),
		(.patches[] |
			{tool: "khs-build", status: {ok: "pass", warn: "warn", fail: "fail"}[.build],
			 summary: (if .build == "fail" then .error elif .build == "warn" then .warnings[0] else "builds, with no new warning" end)},
			{tool: "khs-checkpatch", status: (if any(.checkpatch[]; test("ERROR:")) then "fail" elif .checkpatch == [] then "pass" else "warn" end),
			 summary: (if .checkpatch == [] then "nothing found" else "\(.checkpatch | length): \(.checkpatch[0])" end)},
			(if .unchanged_kvm then {tool: "khs-tests", status: "pass", summary: "KVM is unchanged: not run"} else empty end),
			(.tests | group_by(.engine)[] |
				{tool: "khs-tests-\(.[0].engine)",
				 status: (if any(.[]; .change == "broken") then "fail" elif any(.[]; .change == null or .change == "flaky") then "warn" else "pass" end),
				 summary: ([.[] | select(.change != "same") | "\(.change // "no verdict"): \(.test)\(if .signature then ": " + .signature else "" end)"] |
					if . == [] then "the same before and after" else join("; ") end)}))]' "$1"
}
