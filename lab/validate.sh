# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command validate: a series, patch by patch.  Does each build, with which new
# warnings; what did it mend, what did it break, compared by signature; and what was
# not tested.
#
# ktest's options on patch checks, and what they are here: PATCHCHECK_TYPE --type,
# PATCHCHECK_START and _END the range, PATCHCHECK_CHERRY the range A...B,
# PATCHCHECK_SKIP --skip, IGNORE_WARNINGS --ignore-warnings.

# No side runs more often than that for the sake of one test.
readonly VALIDATE_RUNS=20

command_validate()
{
	local name

	series_begin
	V_DIR=$SCRATCH/out J_DIR=$SCRATCH/judge BEGUN=$SECONDS
	mkdir -p "$V_DIR" "$J_DIR"
	MISFIT='' MISFIT_WHY=''
	validate_series
	SKIPS=() QUIET=()
	for name in ${OPT_SKIP[@]+"${OPT_SKIP[@]}"}; do
		SKIPS+=("$(validate_commit "$name")")
	done
	for name in ${OPT_QUIET[@]+"${OPT_QUIET[@]}"}; do
		QUIET+=("$(validate_commit "$name")")
	done
	case $J_TYPE in
	build) J_TESTS=() ;;
	boot) J_TESTS=(desc64_test) ;;
	*) J_TESTS=("${TEST_LIST[@]}") ;;
	esac
	validate_all
	validate_end
}

# From a range, from mails, or from the mail on stdin that b4 pipes in.
validate_series()
{
	local file=${NAMES[0]:-}

	if [ -n "$OPT_B4" ] || [ "$file" = - ]; then
		[ ${#NAMES[@]} = 0 ] || [ "${NAMES[*]}" = - ] || die "the mail comes on stdin: no range beside it"
		cat >"$SCRATCH/stdin"
		series_mails "$SCRATCH/stdin"
	elif [ -z "$file" ]; then
		die "validate wants a range (A..B), an mbox or patches; see --help"
	elif [ -f "$file" ] && ! user_git rev-parse -q --verify "$file" >/dev/null; then
		for file in "${NAMES[@]}"; do
			[ -r "$file" ] || die "cannot read $file"
		done
		series_mails "${NAMES[@]}"
	else
		[ ${#NAMES[@]} = 1 ] || die "one range, or patches; see --help"
		series_range "$file" ${PATHS[@]+"${PATHS[@]}"}
	fi
	[ ${#COMMITS[@]} -gt 0 ] || [ -n "$MISFIT" ] || die "there is no patch in ${NAMES[*]:-the mail}"
}

validate_commit()
{
	own_git rev-parse --verify --quiet "$1^{commit}" || series_commit "$1" || exit $LAB
}

# The base, then each patch; each result is compared with what was there before.
validate_all()
{
	local commit n=0 all=${#COMMITS[@]}

	V_WHERE="the base: "
	progress "${V_WHERE}building"
	commit_build "$BASE"
	[ "$BUILDS" = ok ] || die "the base, $(short "$BASE"), does not build: $BUILD_WHY"
	# The commit that the next one is compared with, and what it is known by.
	V_BEFORE=$BASE
	validate_identify
	: >"$V_DIR/patches"
	for commit in ${COMMITS[@]+"${COMMITS[@]}"}; do
		n=$((n + 1))
		V_WHERE="$n of $all, $(validate_time_left "$n" "$all")"
		validate_patch "$commit"
		[ -n "$OPT_B4" ] || note "$n of $all: $(validate_line <"$SCRATCH/patch.json")"
		cat "$SCRATCH/patch.json" >>"$V_DIR/patches"
	done
}

validate_time_left()
{
	[ "$1" -le 1 ] || printf 'about %d s left: ' $(((SECONDS - BEGUN) * ($2 - $1 + 1) / ($1 - 1)))
}

# Sets V_IDS: for each column, what its kernel is known by.
validate_identify()
{
	V_IDS=()
	for COLUMN in "${COLUMNS_ALL[@]}"; do
		V_IDS+=("$(commit_identity "${COLUMN%% *}")") || exit $LAB
	done
}

# validate_patch COMMIT: its object of validate.json, in SCRATCH/patch.json.
validate_patch()
{
	local commit=$1 unchanged=true build=ok why='' skipped='' ids=("${V_IDS[@]}") i

	own_git diff --name-only --no-renames "$commit^" "$commit" -- >"$SCRATCH/files"
	commit_checkpatch "$commit" >"$SCRATCH/checkpatch"
	: >"$SCRATCH/warnings"
	: >"$SCRATCH/compared"
	case " ${SKIPS[*]-} " in
	*" $commit "*) skipped="left out with --skip" ;;
	esac
	if [ -z "$skipped" ] && commit_differs "$BUILT" "$commit"; then
		# It may change KVM: the kernel of before is needed for the comparison.
		[ "$J_TYPE" = build ] || validate_keep
		case " ${QUIET[*]-} " in
		*" $commit "*) ;;
		*) commit_warnings "$V_BEFORE" "$commit" "$SCRATCH/files" >"$SCRATCH/warnings" ;;
		esac
		progress "${V_WHERE}building $(short "$commit")"
		commit_build "$commit"
		if [ "$BUILDS" = fail ]; then
			build=fail why=$BUILD_WHY unchanged=false
		else
			[ ! -s "$SCRATCH/warnings" ] || build=warn
			V_BEFORE=$commit
			validate_identify
			for ((i = 0; i < ${#V_IDS[@]}; i++)); do
				[ "${ids[$i]}" = "${V_IDS[$i]}" ] || unchanged=false
			done
			if [ $unchanged = false ] && [ "$J_TYPE" != build ]; then
				validate_compare "${ids[@]}" >"$SCRATCH/compared"
			fi
		fi
	fi
	jq -nc --arg commit "$commit" --arg subject "$(subject "$commit")" --arg build "$build" --arg why "$why" \
		--arg skipped "$skipped" --rawfile checkpatch "$SCRATCH/checkpatch" --rawfile warnings "$SCRATCH/warnings" \
		--rawfile files "$SCRATCH/files" --argjson unchanged $unchanged --slurpfile tests "$SCRATCH/compared" '
		def some: if . == "" then null else . end;
		def lines: split("\n") | map(select(. != ""));
		{commit: $commit, subject: $subject, build: $build, error: ($why | some), warnings: ($warnings | lines),
		 checkpatch: ($checkpatch | lines), unchanged_kvm: $unchanged, skipped: ($skipped | some),
		 files: ($files | lines), tests: $tests}' >"$SCRATCH/patch.json"
}

# validate_kept ID...: where the kernel of these identities is kept, if it is.
validate_kept()
{
	tr ' ' '-' <<<"$SCRATCH/kernel.$*"
}

# The kernel that stands built now, in case that its results will be wanted.
validate_keep()
{
	local kept

	kept=$(validate_kept "${V_IDS[@]}")
	[ ! -e "$kept/image" ] || return 0
	progress "${V_WHERE}building the tests for $(short "$BUILT")"
	commit_stage || die "the observer module does not build for $(short "$BUILT"): see $B_DIR/module.log"
	kernel_keep "$kept"
}

# validate_compare ID...: the kernel of now with that of before, whose identities
# these are: one object a test and column, one a line.
validate_compare()
{
	local i

	V_IDS_BEFORE=("$@") V_CHANGED=()
	validate_keep
	for ((i = 0; i < ${#COLUMNS_ALL[@]}; i++)); do
		[ "${V_IDS_BEFORE[$i]}" = "${V_IDS[$i]}" ] || V_CHANGED+=("$i")
	done
	validate_run before 1
	validate_run after 1
	# What the lab lost, or was too busy for, once more.
	validate_run before 2
	validate_run after 2
	for i in "${V_CHANGED[@]}"; do
		COLUMN=${COLUMNS_ALL[$i]}
		validate_confirm "$(validate_dir before "$i")" "$(validate_dir after "$i")"
	done
}

# validate_dir before|after NUMBER: the results of that column.
validate_dir()
{
	local ids=("${V_IDS[@]}")

	[ "$1" = after ] || ids=("${V_IDS_BEFORE[@]}")
	printf '%s/runs/%s/%s\n' "$V_DIR" "${ids[$2]}" "$(column_name "${COLUMNS_ALL[$2]}")"
}

# validate_run SIDE RUNS: the columns in V_CHANGED, side by side, as many as there
# are cores, until each has RUNS runs that say something, or was tried so often.
validate_run()
{
	local side=$1 i dir

	for i in "${V_CHANGED[@]}"; do
		dir=$(validate_dir "$side" "$i")
		mkdir -p "$dir"
		touch "$dir/runs"
		if [ "$2" = 1 ]; then
			[ ! -s "$dir/runs" ] || continue
		else
			jq -se 'any(.[]; .lab or any(.tests[]; . == "inconclusive")) and length < 2' "$dir/runs" >/dev/null || continue
		fi
		COLUMN=${COLUMNS_ALL[$i]}
		SEED=$(((SEED + 1) % 4294967296))
		pool_start validate_say "$side $(basename "$dir")" validate_boot "$side" "$dir" 1 "${J_TESTS[@]}"
	done
	pool_wait validate_say 0
}

validate_say()
{
	progress "$V_WHERE$(printf '%s, ' "${POOL[@]#* }")$((SECONDS - BEGUN)) s"
}

# validate_boot SIDE DIR COUNT TEST...: one boot more of before, or of after.
validate_boot()
{
	local dir=$2 count=$3 ids=("${V_IDS[@]}")

	[ "$1" = after ] || ids=("${V_IDS_BEFORE[@]}")
	kernel_use "$(validate_kept "${ids[@]}")"
	shift 3
	J_TESTS=("$@") J_QUIET=1
	judge_boot "$dir" "$count"
}

# validate_confirm BEFORE AFTER: what differs in one run may not in the next.  Where a
# signature is new or gone, both sides run again; the side without it as often as
# the rate on the other side asks for.
validate_confirm()
{
	local test side n need rate
	local -a differ

	mapfile -t differ < <(validate_table "$1" "$2" | jq -r 'select(.new != [] or .gone != []) | .test')
	if [ ${#differ[@]} -gt 0 ]; then
		job validate_boot before "$1" $J_BOOT_RUNS "${differ[@]}"
		job validate_boot after "$2" $J_BOOT_RUNS "${differ[@]}"
	fi
	for test in ${differ[@]+"${differ[@]}"}; do
		while read -r side n rate; do
			need=$(odds_runs "$rate" 1)
			[ "$need" -le $VALIDATE_RUNS ] || need=$VALIDATE_RUNS
			while [ "$n" -lt "$need" ]; do
				job validate_boot "$side" "$([ "$side" = before ] && echo "$1" || echo "$2")" $J_BOOT_RUNS "$test"
				n=$((n + J_BOOT_RUNS))
			done
		done < <(validate_table "$1" "$2" | jq -r --arg test "$test" 'select(.test == $test) |
			(if .new != [] then ["before", .runs_before, .hits_after, .runs_after] else empty end),
			(if .gone != [] then ["after", .runs_after, .hits_before, .runs_before] else empty end) | @tsv' |
			while read -r side n hits runs; do
				printf '%s %s %s\n' "$side" "$n" "$(odds_rate "$hits" "$runs")"
			done)
	done
	validate_table "$1" "$2" ${differ[@]+"${differ[@]}"}
}

# validate_table BEFORE AFTER [TEST...]: both sides of each test, and what changed.
# The TESTs are those that had differed: what is no difference any more was chance.
validate_table()
{
	local before=$1 after=$2
	shift 2

	jq -nc --slurpfile before "$before/runs" --slurpfile after "$after/runs" --arg engine "$(column_name "$COLUMN")" \
		--arg tests "${J_TESTS[*]}" "$SIGNATURE_JQ"'
		def side($runs; $test): [$runs[] | select(.tests[$test])] |
			{runs: (map(select(.tests[$test] == "pass" or .tests[$test] == "fail")) | length),
			 hits: (map(select(.tests[$test] == "fail")) | length),
			 status: ([.[].tests[$test]] as $s | if any($s[]; . == "fail") then "fail"
				elif any($s[]; . == "pass") then "pass" elif any($s[]; . == "skip") then "skip"
				else "inconclusive" end),
			 signatures: ([.[].signatures[] | select(.test == $test) | del(.test) + {test: $test}] | unique)};
		$ARGS.positional as $differed |
		# One that never came to its end has no result, and is no pass.
		($tests | split(" "))[] as $test |
		side($before; $test) as $b | side($after; $test) as $a |
		($a.signatures - $b.signatures) as $new | ($b.signatures - $a.signatures) as $gone |
		{engine: $engine, test: $test, before: $b.status, after: $a.status,
		 change: (
			if $b.status == "inconclusive" or $a.status == "inconclusive" then null
			elif $new != [] then "broken" elif $gone != [] then "fixed"
			elif $b.status != "skip" and $a.status == "skip" then "broken"
			elif any($differed[]; . == $test) then "flaky" else "same" end),
		 signature: ([($new + $gone)[] | text] | if . == [] then null else join("; ") end),
		 new: $new, gone: $gone, runs_before: $b.runs, runs_after: $a.runs, hits_before: $b.hits, hits_after: $a.hits}' --args "$@"
}
