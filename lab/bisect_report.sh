# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a bisection, or one step of git's own, says in the end.

# bisect_end VERDICT WHY: bisect.json, the table, and what the run leaves.
bisect_end()
{
	local verdict=$1 why=$2 out=$SCRATCH/out confidence=0 good=()

	mkdir -p "$out"
	mapfile -t good < <(jq -r 'select(.answer == "good" and .same_as == null) | .runs' "$J_DIR/answers")
	[ "${PARENT_RUNS:-0}" = 0 ] || good+=("$PARENT_RUNS")
	if [ "$verdict" = found ]; then
		confidence=$(odds_confidence "$RATE" ${good[@]+"${good[@]}"})
		own_git show --stat --format=medium "$FOUND" >"$out/culprit.txt"
	fi
	[ ! -e "$J_DIR/log" ] || cp "$J_DIR/log" "$out/bisect.log"
	while read -r commit; do
		jq -nc --arg c "$commit" --arg s "$(subject "$commit")" '{($c): $s}'
	done < <(jq -r .commit "$J_DIR/answers"; [ -z "$FOUND" ] || printf '%s\n' "$FOUND") | jq -s 'add // {}' >"$SCRATCH/subjects"
	jq -s --arg verdict "$verdict" --arg why "$why" --arg first "$FOUND" --arg reverse "$OPT_REVERSE" \
		--arg good "$GOOD_END" --arg bad "$BAD_END" --arg column "$COLUMN" --arg unit "$J_UNIT" \
		--arg confidence "$confidence" --arg rate "${RATE:-0}" --argjson revert "${REVERT:-null}" \
		--argjson kills "${BAD_KILLS:-0}" --argjson runs "${BAD_RUNS:-0}" --arg need "${NEED:-0}" \
		--arg culprit "${PROOF_CULPRIT:-}" --arg parent "${PROOF_PARENT:-}" --argjson seconds $((SECONDS - BEGUN)) \
		--argjson target "$TARGET" --slurpfile subjects "$SCRATCH/subjects" "$SIGNATURE_JQ"'
		def some: if . == "" then null else . end;
		{verdict: $verdict, first_bad: ($first | some), subject: $subjects[0][$first],
		 signature: (if $target == "any" then null else [$target[] | text] | join("; ") end), signatures: $target,
		 reason: ($why | some), reverse: ($reverse != ""), column: $column,
		 good_end: $good, bad_end: $bad, good_checked: ($verdict == "found"), bad_checked: ($kills > 0), kills: $kills, runs: $runs, unit: $unit,
		 kill_rate: ($rate | tonumber), runs_for_good: ($need | tonumber),
		 proof: {culprit: ($culprit | some), parent: ($parent | some)},
		 revert_fixes: $revert, confidence: ($confidence | tonumber), seconds: $seconds,
		 steps: [.[] | {commit, subject: $subjects[0][.commit], answer, runs, kills, seconds, why, same_as}]}' \
		"$J_DIR/answers" >"$out/bisect.json"
	bisect_summary "$out/bisect.json" | tee "$out/summary.txt"
	output_publish "$out"
	printf 'results: %s\n' "$OUT"
	JUDGED=1
	[ "$verdict" != lab-error ] || exit $LAB
	# The next bisection of the same range asks anew.
	rm -rf "$J_DIR"
	[ "$verdict" = found ] || exit $BISECT_CANNOT
}

bisect_summary()
{
	jq -r '(["commit", "answer", "runs", "kills", "seconds", "subject"] | @tsv),
		(.steps[] | [.commit[:12], .answer, .runs, .kills, .seconds,
			"\(.subject // "")"[:50] + (if .why and .why != "" then " (\(.why))" else "" end)] | @tsv)' "$1" |
		column -t -s $'\t' | sed 's/ *$//'
	jq -r '"",
		(if .verdict == "found" then
			"\(.first_bad) is the first \(if .reverse then "good" else "bad" end) commit", "    \(.subject)"
		 else "\(if .verdict == "lab-error" then "the lab" else "not found" end): \(.reason)" end),
		(if .signature then "signature: \(.signature) (on \(.column), in \(.kills) of \(.runs) \(.unit)s of the bad end)" else empty end),
		(if .verdict == "found" then
			"proof: the culprit shows it in \(.proof.culprit // "?") \(.unit)s, its parent in \(.proof.parent // "?")\(
			if .revert_fixes == true then if .reverse then "; without the commit it is back" else "; taking the commit back mends the bad end" end
			elif .revert_fixes == false then "; BUT taking the commit back changes nothing: there is more than one"
			else "; the commit does not revert on top" end)",
			"confidence: \(.confidence * 10000 | round / 100) % (no commit passed for good by chance; \(.runs_for_good) clean \(.unit)s make one good)"
		 else empty end),
		"\(.steps | length) steps, \([.steps[].runs] | add // 0) runs, \(.seconds) s"' "$1"
}

# bisect_log_end WORDS LOG: an end of the bisection that is on, if one is.  In whatever
# way it was started, the log's comments name the ends first.
bisect_log_end()
{
	[ ! -e "$2" ] || sed -n "s/^# \\($1\\): \\[\\([0-9a-f]*\\)\\].*/\\2/p" "$2" | first_line
}

# One step of `git bisect run`: what is checked out is judged.  The ends are those
# that `git bisect` was started with, and what they show is learned only once.  Outside
# of a bisection there are none: whatever fails is bad.
bisect_step()
{
	local commit log good

	commit=$(series_snapshot) || exit $LAB
	log=$(user_git rev-parse --path-format=absolute --git-path BISECT_LOG)
	BAD=$(bisect_log_end 'bad\|new' "$log")
	good=$(bisect_log_end 'good\|old' "$log")
	bisect_state "${BAD:-$commit}" "$good"
	if [ -n "$BAD" ]; then
		STEPS=$(user_git rev-list --count "$BAD" ${good:+"^$good"})
		STEPS=$(awk -v n="$STEPS" 'BEGIN { while (2 ^ s < n) s++; print s + 0 }')
		BAD_END=$BAD
		[ -z "$OPT_REVERSE" ] || { BAD_END=$good && good=$BAD; }
		bisect_measure "$BAD_END" || bisect_answer skip "the bad end, $(short "$BAD_END"), does not show it: $WHY"
		bisect_need
		if [ -n "$good" ] && [ "$good" != "$commit" ]; then
			bisect_good_end "$good"
			[ "$ANSWER" = good ] || bisect_answer skip "the good end, $(short "$good"), is not good: $WHY"
		fi
	else
		target_tests
		NEED=${OPT_TRIES:-1} RATE=1
	fi
	judge "$commit" "$NEED"
	bisect_answer "$ANSWER" "$WHY"
}

bisect_answer()
{
	JUDGED=1
	printf '%s: %s%s\n' "$(short "$commit")" "$1" "${2:+: $2}"
	case $(bisect_word "$1") in
	good) exit 0 ;;
	bad) exit 1 ;;
	*) exit $BISECT_CANNOT ;;
	esac
}
