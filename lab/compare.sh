# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command compare: what NEW has that OLD had not, and the other way round.

command_compare()
{
	[ ${#NAMES[@]} = 2 ] || die "compare wants two results folders: compare OLD NEW"
	compare_model "${NAMES[0]}" >"$SCRATCH/old"
	compare_model "${NAMES[1]}" >"$SCRATCH/new"
	[ "$(jq '.mutants | length > 0' "$SCRATCH/old")" = "$(jq '.mutants | length > 0' "$SCRATCH/new")" ] ||
		die "one of these is a kill matrix, the other a run: they do not compare"
	jq -s -f "$TOP/lab/compare.jq" "$SCRATCH/old" "$SCRATCH/new" >"$SCRATCH/differences" ||
		die "these results cannot be compared: were they made by this version?"
	# Two that say nothing do not differ either.
	if ! jq -se 'all(.[]; (.mutants | length > 0) or any(.results.engines[].tests[]; .status == "pass" or .status == "fail"))' "$SCRATCH/old" "$SCRATCH/new" >/dev/null &&
	   jq -e 'all(.[]; .worse | not)' "$SCRATCH/differences" >/dev/null; then
		note "nothing was compared: in one of the two no test passed or failed"
		JUDGED=1
		return $NOTHING
	fi
	jq -r '
		group_by(.kind) as $kinds |
		($kinds[][] | "\(.kind): \(.what)"),
		(if any(.[]; .worse) then "worse: " elif length > 0 then "no worse: " else "no difference" end) +
		($kinds | map("\(.[0].kind) \(length)") | join(", "))' "$SCRATCH/differences"
	JUDGED=1
	! jq -e 'any(.[]; .worse)' "$SCRATCH/differences" >/dev/null || return $FAIL
}

# compare_model DIR: the same that the report is made of.
compare_model()
{
	local dir=$1 file

	[ -d "$dir" ] || die "there is no folder $dir"
	[ -e "$dir/results.json" ] || [ -e "$dir/mutants.json" ] || die "$dir holds no results (results.json or mutants.json)"
	# A report does without what it cannot read.
	while IFS= read -r file; do
		jq -e 'type == "array"' "$file" >/dev/null 2>&1 || die "$file cannot be read: was the run cut short?"
	done < <(find "$dir/" -name violations.json)
	mkdir -p "$SCRATCH/model"
	report_model "$dir" "$SCRATCH/model" 2>"$SCRATCH/error" || die "the results in $dir cannot be read: $(first_line <"$SCRATCH/error")"
}
