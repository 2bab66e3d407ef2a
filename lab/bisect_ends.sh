# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is bisected: the bug as its bad end shows it, and how often; and that the
# good end does not.

# bisect_state WORD...: J_DIR for this very question.  What decides an answer is
# part of the question: the ends, the options, the suite.
bisect_state()
{
	local key

	key=$({
		printf '%s\n' "$@" "${COLUMNS_ALL[@]}" "${TEST_LIST[@]}" "$OPT_SIGNATURE" "$J_TYPE" "$OPT_REVERSE" "$OPT_TRIES"
		suite_key
	} | sha256sum | cut -c1-16)
	find "$S_DIR" -maxdepth 1 -name 'bisect-*' -mtime +14 -exec rm -rf {} +
	J_DIR=$S_DIR/bisect-$key
	mkdir -p "$J_DIR/commits"
	touch "$J_DIR/answers"
	J_UNIT=$(cat "$J_DIR/unit" 2>/dev/null || echo run)
	COLUMN=$(cat "$J_DIR/column" 2>/dev/null || echo "${COLUMNS_ALL[0]}")
	TARGET=$(cat "$J_DIR/target" 2>/dev/null || signature_given)
	J_TESTS=("${TEST_LIST[@]}")
	[ ${#NAMES[@]} = 0 ] || [ ! -s "$J_DIR/answers" ] || note "going on with what an interrupted run had found: $(wc -l <"$J_DIR/answers") answers"
}

signature_given()
{
	if [ "$J_TYPE" != test ]; then
		signature_parse "$J_TYPE"
	elif [ -n "$OPT_SIGNATURE" ]; then
		signature_parse "$OPT_SIGNATURE"
	else
		echo '"any"'
	fi
}

# Only the tests that can show it; of a death any of them.
target_tests()
{
	local names

	case $J_TYPE in
	build) J_TESTS=() ;;
	boot) J_TESTS=(desc64_test) ;;
	*)
		mapfile -t names < <(jq -r 'if . == "any" then empty else [.[].test // empty] | unique[] end' <<<"$TARGET")
		[ ${#names[@]} = 0 ] || J_TESTS=("${names[@]}")
		;;
	esac
	# A new boot for the sake of bit 31 only where the bug needs it.
	BIT31_WANTED=$(jq -r 'if . == "any" or any(.[]; .diagnosis == "sign-extended") then 1 else "" end' <<<"$TARGET")
}

# bisect_measure COMMIT: the bug on the bad end: its signature, how often it shows,
# in which column.  Status 1, and WHY, if it does not show at all.
bisect_measure()
{
	local commit=$1 runs=0 start=$SECONDS n found=''

	if [ -s "$J_DIR/rate" ]; then
		read -r BAD_KILLS BAD_RUNS RATE <"$J_DIR/rate"
		target_tests
		return
	fi
	commit_build "$commit"
	judge_build
	if [ "$J_TYPE" = build ] || [ "$BUILDS" = fail ]; then
		[ "$ANSWER" = bad ] || { WHY=${WHY:-it builds} && return 1; }
		BAD_KILLS=1 BAD_RUNS=1 RATE=1
		echo "1 1 1" >"$J_DIR/rate"
		return
	fi
	commit_stage || die "the observer module does not build for $(short "$commit"): see $B_DIR/module.log"
	for COLUMN in "${COLUMNS_ALL[@]}"; do
		J_SEEN=$J_DIR/commits/$commit.$(column_name "$COLUMN")
		mkdir -p "$J_SEEN"
		J_UNIT=run TARGET=$(signature_given)
		J_TESTS=("${TEST_LIST[@]}")
		target_tests
		while :; do
			judge_count "$J_SEEN"
			n=$((KILLS + CLEAN + OTHER))
			if [ "$KILLS" -gt 0 ] && [ "$TARGET" = '"any"' ]; then
				# From here on only the tests that it shows in.
				TARGET=$(bisect_target "$J_SEEN")
				target_tests
				continue
			fi
			[ "$J_UNIT" = boot ] || J_UNIT=$(odds_unit ${PAIRS[@]+"${PAIRS[@]}"})
			if [ "$J_UNIT" = boot ]; then
				judge_count "$J_SEEN"
				n=$((KILLS + CLEAN + OTHER))
			fi
			[ "$n" -lt $BISECT_RUNS ] || break
			{ [ "$KILLS" = "$n" ] && [ "$n" -ge $((BISECT_RUNS / 2)) ] && [ $BOOTS -ge 2 ]; } && break
			[ "$LABS" -lt 4 ] || [ "$LABS" -lt "$n" ] || judge_lab_failed "the lab failed on the bad end, $(short "$commit"): $WHY"
			runs=$((BISECT_RUNS - n))
			[ "$n" != 0 ] || runs=1
			[ $runs -le $J_BOOT_RUNS ] || runs=$J_BOOT_RUNS
			[ "$J_UNIT" != boot ] || runs=1
			J_WHERE="the bad end, run $((n + 1)) of $BISECT_RUNS, $KILLS show it: "
			judge_boot "$J_SEEN" "$runs"
		done
		if [ "$KILLS" -gt 0 ]; then
			found=1
			break
		fi
	done
	[ -n "$found" ] || { WHY=${WHY:-$n runs, and none fails} && return 1; }
	[ "$TARGET" = '"any"' ] || [ -n "$OPT_SIGNATURE" ] || TARGET=$(bisect_target "$J_SEEN")
	BAD_KILLS=$KILLS BAD_RUNS=$n
	RATE=$(odds_rate "$KILLS" "$n")
	printf '%s\n' "$TARGET" >"$J_DIR/target"
	printf '%s\n' "$COLUMN" >"$J_DIR/column"
	printf '%s\n' "$J_UNIT" >"$J_DIR/unit"
	target_tests
	judge_answer "$commit" "$(commit_identity "${COLUMN%% *}")" bad "$(target_text)" '' "$n" "$KILLS" $((SECONDS - start))
	echo "$KILLS $n $RATE" >"$J_DIR/rate"
}

# Every signature that the bad end showed, of the tests that failed first.
bisect_target()
{
	jq -sc '[.[].signatures[]] | unique' "$1/runs"
}

# The good end must be good.  What it shows as well is not what is looked for.
bisect_good_end()
{
	local commit=$1

	while :; do
		judge "$commit" "$NEED"
		[ "$ANSWER" = bad ] && [ "$J_TYPE" = test ] && [ -z "$OPT_SIGNATURE" ] || return 0
		TARGET=$(jq -c --slurpfile runs "$J_DIR/commits/$commit/runs" \
			'. - [$runs[].signatures[]]' <<<"$TARGET")
		[ "$TARGET" != '[]' ] || return 0
		printf '%s\n' "$TARGET" >"$J_DIR/target"
		# How often does the rest show?
		judge_count "$J_DIR/commits/$BAD_END.$(column_name "$COLUMN")"
		[ "$KILLS" -gt 0 ] || { ANSWER=bad && return 0; }
		BAD_KILLS=$KILLS BAD_RUNS=$((KILLS + CLEAN + OTHER)) RATE=$(odds_rate "$KILLS" $((KILLS + CLEAN + OTHER)))
		echo "$BAD_KILLS $BAD_RUNS $RATE" >"$J_DIR/rate"
		target_tests
		bisect_need
		rm -f "$J_DIR/answers"
	done
}

# Sets NEED: so many clean runs are good.
bisect_need()
{
	NEED=${OPT_TRIES:-$(odds_runs "$RATE" "$STEPS")}
}
