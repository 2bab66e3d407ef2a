# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command bisect: the first bad commit of a range, proved; or without a range
# one step of `git bisect run`.
#
# ktest's options on bisecting, and what they are here: BISECT_TYPE --type,
# BISECT_GOOD and _BAD the range, BISECT_FILES what stands after it, BISECT_REVERSE
# --reverse, BISECT_REPLAY --replay, BISECT_TRIES --tries (else as many as the kill
# rate asks for).  BISECT_CHECK and BISECT_SKIP are always on.  BISECT_START and
# BISECT_MANUAL: `git bisect` in one's own tree, and `run_tests.sh bisect` for each
# step.  BISECT_RET_*: the tests are ours, and so are their words.  CONFIG_BISECT_*:
# one configuration only, lab/small.config.

# Runs on the bad end to begin with, to learn how often the bug shows; half of them
# if it shows each time.
readonly BISECT_RUNS=20
# What git bisect takes for "skip".
readonly BISECT_CANNOT=125

command_bisect()
{
	[ ${#NAMES[@]} -le 1 ] || die "one range, and paths after --; see --help"
	series_begin
	SKIPS=()
	for name in ${OPT_SKIP[@]+"${OPT_SKIP[@]}"}; do
		SKIPS+=("$(series_commit "$name")") || exit $LAB
	done
	if [ ${#NAMES[@]} = 0 ]; then
		bisect_step
	else
		bisect_range
	fi
}

# With --reverse the bug was there and has gone: old is bad, new is good.
bisect_word()
{
	case $1$OPT_REVERSE in
	bad | good1) echo bad ;;
	good | bad1) echo good ;;
	*) echo skip ;;
	esac
}

bisect_range()
{
	local all count

	BAD='' FOUND='' WHY_NOT='' BEGUN=$SECONDS
	series_range "${NAMES[0]}" ${PATHS[@]+"${PATHS[@]}"}
	all=$(user_git rev-list --count "$BASE..$TIP" -- ${PATHS[@]+"${PATHS[@]}"})
	[ "$all" -gt 0 ] || die "there is nothing in ${NAMES[0]}: GOOD..BAD, the older end first"
	STEPS_ALL=$all
	STEPS=$(awk -v n="$all" 'BEGIN { while (2 ^ s < n) s++; print s + 0 }')
	BAD_END=$TIP GOOD_END=$BASE
	if [ -n "$OPT_REVERSE" ]; then
		BAD_END=$BASE GOOD_END=$TIP
	fi
	bisect_state "$BASE" "$TIP" ${PATHS[@]+"${PATHS[@]}"}
	note "$all commits, about $STEPS steps; first the two ends"
	if [ -n "$OPT_REPLAY" ]; then
		bisect_replay
	fi
	if ! bisect_measure "$BAD_END"; then
		bisect_end not-found "the bad end, $(short "$BAD_END"), does not show it: $WHY"
		return
	fi
	bisect_need
	note "the bad end: $(target_text)"
	note "it shows in $BAD_KILLS of $BAD_RUNS ${J_UNIT}s: $NEED clean ${J_UNIT}s make a commit good"
	bisect_good_end "$GOOD_END"
	case $ANSWER in
	bad) bisect_end not-found "the good end, $(short "$GOOD_END"), shows it too: $WHY" && return ;;
	skip) bisect_end not-found "the good end, $(short "$GOOD_END"), cannot be judged: $WHY" && return ;;
	esac
	note "the good end: $RUNS clean ${J_UNIT}s"
	count=0
	while bisect_search "$TIP"; do
		bisect_prove && break
		# The parent shows it: it had passed for good by chance.
		count=$((count + 1))
		[ $count -lt 4 ] || { WHY_NOT="the parent of what was found shows it too, again and again" FOUND='' && break; }
		note "the parent shows it too: going on from there, with twice as many runs"
		NEED=$((NEED * 2))
	done
	if [ -n "$FOUND" ]; then
		bisect_end found ''
	else
		bisect_end not-found "$WHY_NOT"
	fi
}

target_text()
{
	jq -r "$SIGNATURE_JQ"'if . == "any" then "any failure" else [.[] | text] | join("; ") end' <<<"$TARGET"
}

# What a log of git bisect says is taken as it stands.
bisect_replay()
{
	local word name commit

	while read -r word name commit; do
		[ "$word" = git ] && [ "$name" = bisect ] || continue
		read -r word name <<<"$commit"
		case $word in
		good | bad | skip) ;;
		*) continue ;;
		esac
		commit=$(series_commit "$name") || exit $LAB
		[ "$commit" != "$BASE" ] && [ "$commit" != "$TIP" ] || continue
		[ -n "$OPT_REVERSE" ] && [ "$word" != skip ] && word=$(bisect_word "$word")
		judge_answer "$commit" '' "$word" replayed '' 1000000 0 0
	done <"$OPT_REPLAY"
}

# bisect_search TIP: git's own bisection, in our repository.  Sets FOUND; status 1
# if there is no one commit to be named.
bisect_search()
{
	local next left said=$SCRATCH/bisect.said

	FOUND=
	own_git bisect reset >/dev/null 2>&1 || true
	own_git rev-parse -q --verify HEAD >/dev/null || own_git update-ref --no-deref HEAD "$BASE"
	own_git bisect start --no-checkout "$1" "$BASE" -- ${PATHS[@]+"${PATHS[@]}"} >"$said" 2>&1 ||
		die "git bisect: $(tail -1 "$said")"
	while :; do
		if grep -q ' is the first bad commit$' "$said"; then
			FOUND=$(sed -n 's/ is the first bad commit$//p' "$said" | first_line)
			break
		elif grep -q "only 'skip'ped commits left" "$said"; then
			CANDIDATES=$(sed -n 's/^\([0-9a-f]\{40,\}\)$/\1/p' "$said" | tr '\n' ' ')
			WHY_NOT="the first bad commit is one of those that could not be judged, or the one after them: $(for next in $CANDIDATES; do short "$next"; echo; done | tr '\n' ' ')"
			break
		fi
		next=$(own_git rev-parse -q --verify BISECT_HEAD) || die "git bisect: $(tail -1 "$said")"
		left=$(own_git rev-list --count refs/bisect/bad --not --glob='refs/bisect/good-*' -- ${PATHS[@]+"${PATHS[@]}"})
		J_PLACE="$left left, $(bisect_time_left "$left")"
		judge "$next" "$NEED"
		note "$(printf '%-4s %s %s%s' "$ANSWER" "$(short "$next")" "$(subject "$next" | cut -c1-60)" "${WHY:+ ($WHY)}")"
		own_git bisect "$(bisect_word "$ANSWER")" "$next" >"$said" 2>&1 || true
	done
	own_git bisect log | sed "s/^git bisect start '--no-checkout'/git bisect start/" >"$J_DIR/log"
	[ -n "$FOUND" ]
}

# By what the steps so far took.
bisect_time_left()
{
	jq -sr --argjson left "$1" '[.[] | select(.seconds > 0) | .seconds] |
		if length > 1 then "about \((add / length) * (($left + 1) | log2 | ceil) | floor) s to go; " else "" end' "$J_DIR/answers"
}

# The culprit again, its parent again, and the bad end without it.  Status 1 if the
# parent shows it.
bisect_prove()
{
	local parent=$FOUND^ commit

	PROOF_CULPRIT='' PROOF_PARENT='' REVERT=null
	J_PLACE="proof: "
	parent=$(own_git rev-parse -q --verify "$FOUND^") || return 0
	bisect_again "$FOUND" "$([ -n "$OPT_REVERSE" ] && echo good || echo bad)"
	PROOF_CULPRIT="$KILLS of $RUNS"
	note "the culprit again: shows in $KILLS of $RUNS ${J_UNIT}s"
	commit=$parent
	bisect_again "$commit" "$([ -n "$OPT_REVERSE" ] && echo bad || echo good)"
	PROOF_PARENT="$KILLS of $RUNS"
	note "its parent again: $([ "$ANSWER" = skip ] && echo "cannot be judged: $WHY" || echo "shows in $KILLS of $RUNS ${J_UNIT}s")"
	PARENT_RUNS=$CLEAN
	if [ "$ANSWER" = bad ] && [ -z "$OPT_REVERSE" ]; then
		judge_answer "$parent" '' bad "at the proof" '' "$RUNS" "$KILLS" 0
		rm -rf "$J_DIR/commits-again"
		return 1
	fi
	if commit=$(bisect_revert); then
		bisect_again "$commit" "$([ -n "$OPT_REVERSE" ] && echo bad || echo good)"
		case $(bisect_word "$ANSWER") in
		good) REVERT=true ;;
		bad) REVERT=false ;;
		esac
		note "the newest without it: $([ "$ANSWER" = skip ] && echo "cannot be judged: $WHY" || echo "shows in $KILLS of $RUNS ${J_UNIT}s")"
	else
		note "it does not revert on top of the newest"
	fi
}

# bisect_again COMMIT EXPECTED: fresh runs.  Where the bug must show, it has three
# times as long for it.
bisect_again()
{
	judge "$1" $((NEED * ($([ "$2" = bad ] && echo 3 || echo 1)))) again
}

# The bad end with the culprit taken back, as a commit of our own.
bisect_revert()
{
	local merge=()

	[ "$FOUND" != "$TIP" ] || { own_git rev-parse "$FOUND^" && return; }
	! own_git rev-parse -q --verify "$FOUND^2" >/dev/null || merge=(-m 1)
	checkout "$TIP"
	if own_git revert --no-edit ${merge[@]+"${merge[@]}"} "$FOUND" >"$SCRATCH/revert" 2>&1; then
		own_git rev-parse HEAD
	else
		own_git revert --abort >/dev/null 2>&1 || own_git reset -q --hard
		return 1
	fi
}
