# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Does this commit show that signature?  bisect asks it of one commit after the
# other, and so does one step of `git bisect run`.
#   J_DIR     what is known so far: it outlives an interrupted run
#   TARGET    the signatures that count as bad, a JSON array; or "any"
#   J_TESTS   the tests that can show them
#   COLUMN    the engine, and module parameters after it: "vmx kvm_intel.ept=0"
#
# A run is one execution of these tests.  A boot has several, for it is the boot
# that costs.
readonly J_BOOT_RUNS=4

# commit_stage: the tests, and the module for the kernel that commit_build made.
# Status 1 if they do not build for it: an old kernel, say.
commit_stage()
{
	[ "${STAGED:-}" != "$BUILT" ] || return 0
	build_prepare
	with_lock "$BUILD" build job build_all
	B_STAGE=$SCRATCH/stage
	[ "$JOB_STATUS" = 0 ] || return 1
	STAGED=$BUILT
}

# commit_run DIR COUNT TEST...: one boot with COUNT runs, or to the host's death.
commit_run()
{
	local dir=$1 engine=${COLUMN%% *}
	RUNS_A_BOOT=$2
	shift 2

	rm -rf "$dir"
	mkdir -p "$dir"
	: >"$dir/ktap"
	# An emulator may be deterministic: with the same seed it is the same run.
	SEED=$(((SEED + 1) % 4294967296))
	column_use "$(column_name "$COLUMN")"
	job_start engine_run "$engine" "$dir" "$@" 2>"$dir/lab.log"
	while [ -z "${J_QUIET:-}" ] && kill -0 "$JOB" 2>/dev/null; do
		progress "${J_WHERE:-}$(cat "$SCRATCH/progress.${dir##*/}" 2>/dev/null)"
		sleep 0.3
	done
	job_wait "$JOB"
	progress_clear
	[ -s "$dir/engine.json" ] ||
		printf '  # the lab failed: engine %s: %s\n' "$engine" "$(tail -1 "$dir/lab.log")" >>"$dir/ktap"
	rm -f "$dir"/command* "$dir"/bochsrc*
}

# judge_count DIR: sets KILLS, CLEAN, OTHER, LABS and BOOTS, WHY to what was seen
# first, and PAIRS to "KILLS RUNS" of each boot.  With J_UNIT=boot a boot is one run,
# and bad if any of its runs was.
judge_count()
{
	touch "$1/runs"
	signature_judge "$TARGET" ${J_TESTS[@]+"${J_TESTS[@]}"} <"$1/runs" >"$SCRATCH/judged"
	{ read -r KILLS CLEAN OTHER LABS BOOTS && IFS= read -r WHY && mapfile -t PAIRS; } < <(
		jq -sr --arg unit "$J_UNIT" '
			def rank: {kill: 0, other: 1, lab: 2, clean: 3}[.];
			def n($r): map(select(.result == $r)) | length;
			group_by(.boot) as $boots |
			(if $unit == "boot" then $boots | map(min_by(.result | rank)) else . end) |
			"\(n("kill")) \(n("clean")) \(n("other")) \(n("lab")) \($boots | length)",
			(min_by(.result | rank).why // ""),
			($boots[] | "\(n("kill")) \(length - n("lab"))")' "$SCRATCH/judged")
}

# judge COMMIT NEED [again]: sets ANSWER to bad, good or skip, with WHY, KILLS and
# RUNS; exits if the lab is broken.  "again" asks anew what was answered before.
judge()
{
	local commit=$1 need=$2 again=${3:-} start=$SECONDS identity='' same=''

	ANSWER='' WHY='' RUNS=0 KILLS=0 CLEAN=0
	J_SEEN=$J_DIR/commits${again:+-again}/$commit
	if [ -z "$again" ] && judge_known "$commit" "$need"; then
		return
	fi
	mkdir -p "$J_SEEN"
	case " ${SKIPS[*]-} " in
	*" $commit "*) ANSWER=skip WHY="left out with --skip" ;;
	esac
	if [ -z "$ANSWER" ]; then
		J_WHERE="${J_PLACE:-}$(short "$commit") "
		progress "${J_WHERE}building"
		commit_build "$commit"
		judge_build
	fi
	if [ -z "$ANSWER" ]; then
		identity=$(commit_identity "${COLUMN%% *}") || exit $LAB
		same=$([ -n "$again" ] || judge_same "$identity" "$need")
		if [ -n "$same" ]; then
			IFS=$'\t' read -r ANSWER KILLS RUNS same <<<"$same"
			WHY="the same objects as $(short "$same")"
		elif ! commit_stage; then
			ANSWER=skip WHY="the observer module does not build for it: see $B_DIR/module.log"
		else
			judge_run "$need"
		fi
	fi
	[ -n "$again" ] || judge_answer "$commit" "$identity" "$ANSWER" "$WHY" "$same" "$RUNS" "$KILLS" $((SECONDS - start))
}

# judge_answer COMMIT IDENTITY ANSWER WHY SAME_AS RUNS KILLS SECONDS
judge_answer()
{
	jq -nc --arg commit "$1" --arg identity "$2" --arg answer "$3" --arg why "$4" --arg same "$5" \
		--argjson runs "$6" --argjson kills "$7" --argjson seconds "$8" \
		'{commit: $commit, answer: $answer, runs: $runs, kills: $kills, seconds: $seconds, why: $why,
		  identity: $identity, same_as: (if $same == "" then null else $same end)}' >>"$J_DIR/answers"
}

# What --type asks for decides what a build says.
judge_build()
{
	case $J_TYPE.$BUILDS in
	build.fail) ANSWER=bad WHY=$BUILD_WHY RUNS=1 KILLS=1 ;;
	build.ok) ANSWER=good RUNS=1 CLEAN=1 ;;
	*.fail) ANSWER=skip WHY="does not build: $BUILD_WHY" ;;
	esac
}

# judge_known COMMIT NEED: answered before, by this run or one that was cut short?
judge_known()
{
	local found

	found=$(jq -r --arg c "$1" --argjson need "$2" 'select(.commit == $c and (.answer != "good" or .runs >= $need)) |
		[.answer, .kills, .runs, .why] | @tsv' "$J_DIR/answers" | tail -1)
	[ -n "$found" ] || return 1
	IFS=$'\t' read -r ANSWER KILLS RUNS WHY <<<"$found"
}

# judge_same IDENTITY NEED: a good or a bad commit with the same objects.  What
# could not be told may have another reason next time: it is tried.
judge_same()
{
	jq -r --arg i "$1" --argjson need "$2" 'select(.identity == $i and .same_as == null and
		(.answer == "bad" or (.answer == "good" and .runs >= $need))) |
		[.answer, .kills, .runs, .commit] | @tsv' "$J_DIR/answers" | first_line
}

# judge_run NEED: to the first kill, or NEED clean runs.  Another failure is no
# answer: twice, or more often than clean, and the commit is left out.
judge_run()
{
	local need=$1 count

	while :; do
		judge_count "$J_SEEN"
		RUNS=$((KILLS + CLEAN))
		if [ "$KILLS" -gt 0 ]; then
			ANSWER=bad
		elif [ "$CLEAN" -ge "$need" ]; then
			ANSWER=good WHY=
		elif [ "$OTHER" -ge 2 ] && [ "$OTHER" -gt "$CLEAN" ]; then
			ANSWER=skip
		elif [ "$LABS" -ge 2 ] && [ "$LABS" -gt "$((CLEAN / 4))" ]; then
			judge_lab
		fi
		[ -z "$ANSWER" ] || break
		count=$((need - CLEAN))
		if [ "$J_UNIT" = boot ]; then
			count=1
		elif [ $count -gt $J_BOOT_RUNS ]; then
			count=$J_BOOT_RUNS
		fi
		J_WHERE="${J_PLACE:-}$(short "$BUILT") run $((CLEAN + 1)) of $need: "
		judge_boot "$J_SEEN" "$count"
		# A kernel that got as far as the tests is what the lab is tried with later.
		[ -e "$J_DIR/canary/image" ] || ! grep -v '"tests":{}' "$J_SEEN/runs" >/dev/null || kernel_keep "$J_DIR/canary"
	done
}

# judge_boot DIR COUNT: one boot more, and what it said.
judge_boot()
{
	local n boot

	n=$(($(find "$1" -maxdepth 1 -name 'boot-*' | wc -l) + 1))
	boot=$1/boot-$n
	commit_run "$boot" "$2" "${J_TESTS[@]}"
	signature_runs "$boot" | jq -c --argjson boot "$n" '.boot = $boot' >"$boot/runs"
	if [ "$J_TYPE" = boot ]; then
		judge_boots "$boot/runs"
	fi
	cat "$boot/runs" >>"$1/runs"
}

# With --type boot, only whether it boots is asked.
judge_boots()
{
	jq -c '.signatures = (if .tests == {} and ((.lab // "" | startswith("no-boot")) or .signatures != []) then
			[{class: "boot", title: "", test: null}] else [] end) |
		if .signatures != [] then .lab = null else . end' "$1" >"$1.new"
	mv "$1.new" "$1"
}

# The lab failed with this commit, again and again.  With a kernel that is known
# to boot it does not?  Then it is the commit: it cannot be judged.
judge_lab()
{
	local why=$WHY image=$K_IMAGE modules=$K_MODULES stage=$B_STAGE target=$TARGET type=$J_TYPE
	local dir=$SCRATCH/canary

	[ -e "$J_DIR/canary/image" ] || judge_lab_failed "the lab failed: $why"
	kernel_use "$J_DIR/canary"
	TARGET='[]' J_TYPE=test
	rm -rf "$dir"
	mkdir -p "$dir"
	J_WHERE="is the lab broken? "
	judge_boot "$dir" 1
	judge_count "$dir"
	[ "$LABS" = 0 ] || judge_lab_failed "the lab failed: $WHY (and so it does with a kernel that ran before)"
	K_IMAGE=$image K_MODULES=$modules B_STAGE=$stage TARGET=$target J_TYPE=$type
	ANSWER=skip WHY="$why (the lab is all right: a kernel that ran before still does)" KILLS=0
}

# judge_lab_failed WHY: no answer at all.  A bisection says how far it came; what it
# found is kept for the next one.
judge_lab_failed()
{
	[ -z "${STEPS_ALL:-}" ] || bisect_end lab-error "$1"
	die "$1"
}

# kernel_keep DIR: what boots, what it loads, and the tests for it.
kernel_keep()
{
	rm -rf "$1.new"
	mkdir -p "$1.new/modules"
	cp "$K_IMAGE" "$1.new/image"
	(cd "$K_MODULES" && { echo modules.order && find . -name '*.ko' ! -path './lib/modules/*'; } | cpio -pdm --quiet "$1.new/modules")
	cp -r "$B_STAGE" "$1.new/stage"
	rm -rf "$1"
	mv "$1.new" "$1"
}

kernel_use()
{
	K_IMAGE=$1/image K_MODULES=$1/modules B_STAGE=$1/stage
}
