# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A range of commits, or a mailed series, in a checkout of our own.
#   S_DIR      the folder in the cache for this repository: git/, tree/
#   S_TREE     the checkout
#   COMMITS    the commits of the range, oldest first; BASE is what they stand on
#
# The user's repository is only read.  Not even `git worktree` is used: it leaves
# an entry in there if we get killed.  Ours is a repository of its own that looks
# up the user's objects; it stays in the cache with what was built, so that the
# next run compiles only what differs.

# What validate and bisect have in common.
series_begin()
{
	output_check
	case $J_TYPE in
	build | boot | test) ;;
	*) die "unknown type '$J_TYPE': build, boot or test" ;;
	esac
	tests_resolve
	series_engines
	series_open "${KERNEL:-.}"
}

# series_open [FOLDER]: the repository that FOLDER, or the current one, is in.
series_open()
{
	local from=${1:-.} objects format var

	have git || die "git is not installed: run sudo ./run_tests.sh --setup"
	# Of a hook, or of another git that calls us.
	for var in $(git rev-parse --local-env-vars); do
		unset "$var"
	done
	from=$(realpath -e "$from" 2>/dev/null) || die "there is no folder ${1:-.}"
	S_REPO=$(git -c safe.directory='*' -C "$from" rev-parse --show-toplevel 2>/dev/null) ||
		die "$from is not in a git repository: give a kernel's git tree with -k, or call from inside of one"
	[ -d "$S_REPO/arch/x86/kvm" ] || die "$S_REPO is not a kernel tree: cd to one, or give it as -k TREE"
	objects=$(user_git rev-parse --path-format=absolute --git-path objects)
	format=$(user_git rev-parse --show-object-format)
	S_DIR=$CACHE/series/$(sha256sum <<<"$S_REPO" | cut -c1-12)
	S_TREE=$S_DIR/tree
	mkdir -p "$S_TREE" 2>/dev/null || die "cannot write to $CACHE; set KHS_CACHE to a folder of yours"
	exec {S_LOCK}>"$S_DIR/lock"
	flock -n "$S_LOCK" || die "another run is at work on $S_REPO: wait for its end"
	[ -e "$S_DIR/git/HEAD" ] || git init -q --bare --object-format="$format" "$S_DIR/git"
	printf '%s\n' "$objects" >"$S_DIR/git/objects/info/alternates"
	! user_git rev-parse --is-shallow-repository | grep -q true ||
		cp "$(user_git rev-parse --path-format=absolute --git-path shallow)" "$S_DIR/git/shallow"
	# What a killed run may have left; the lock says that nobody is at it.
	rm -f "$S_DIR/git"/*.lock
	printf '%s\n' "$S_REPO" >"$S_DIR/repository"
}

# Sets ENGINE_LIST and COLUMNS_ALL.  By default both vendors; where one cannot run,
# that is part of the result.
series_engines()
{
	local engine why here=()

	case $ENGINES in
	auto)
		for engine in svm vmx; do
			why=$(engine_reason "$engine")
			if [ -z "$why" ]; then
				here+=("$engine")
			else
				note "$engine: not used: $why"
			fi
		done
		[ ${#here[@]} -gt 0 ] || die "no engine can run here: see ./run_tests.sh doctor"
		ENGINES=$(IFS=, && echo "${here[*]}")
		;;
	*host*) die "engine host runs this machine's kernel: commits need an emulated one" ;;
	esac
	engines_resolve "$ENGINES"
	params_columns
}

# git on the user's repository; it does not even refresh the index.
user_git()
{
	GIT_OPTIONAL_LOCKS=0 git -c safe.directory='*' -C "$S_REPO" "$@"
}

# git on our own.
own_git()
{
	GIT_COMMITTER_NAME=kvm-host-state GIT_COMMITTER_EMAIL=kvm-host-state@localhost \
	GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-kvm-host-state} GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-kvm-host-state@localhost} \
	GIT_DIR=$S_DIR/git GIT_WORK_TREE=$S_TREE \
		git -c core.hooksPath=/dev/null -c gc.auto=0 -c advice.detachedHead=false \
		-c commit.gpgSign=false -c core.bare=false -C "$S_TREE" "$@"
}

# series_commit NAME: the full name of a commit that the user names.
series_commit()
{
	user_git rev-parse --verify --quiet --end-of-options "$1^{commit}" ||
		die "$S_REPO knows no commit '$1'"
}

# series_range RANGE [PATH...]: sets BASE, TIP and COMMITS.  A..B as everywhere,
# A means A..HEAD as for format-patch; A...B leaves out what A has already, as
# `git cherry` does.
series_range()
{
	local range=$1 left right cherry=()
	shift

	case $range in
	*...*) left=${range%%...*} right=${range#*...} cherry=(--cherry-pick) ;;
	*..*) left=${range%%..*} right=${range#*..} ;;
	*) left=$range right=HEAD ;;
	esac
	BASE=$(series_commit "${left:-HEAD}") || exit $LAB
	TIP=$(series_commit "${right:-HEAD}") || exit $LAB
	if [ ${#cherry[@]} -gt 0 ]; then
		mapfile -t COMMITS < <(user_git rev-list --reverse --topo-order --no-merges --right-only "${cherry[@]}" "$BASE...$TIP" -- "$@")
		BASE=$(user_git merge-base "$BASE" "$TIP") || die "$left and $right have no history in common"
	else
		mapfile -t COMMITS < <(user_git rev-list --reverse --topo-order --no-merges "$BASE..$TIP" -- "$@")
	fi
}

# series_mails FILE...: applies mails or patches (an mbox, files of format-patch)
# to the commit that they name as their base, else to HEAD.  Sets BASE, COMMITS
# and, where one does not apply, MISFIT to its subject and MISFIT_WHY.
series_mails()
{
	local file mail n=0 base

	MISFIT='' MISFIT_WHY='' COMMITS=()
	rm -rf "$SCRATCH/mails"
	mkdir -p "$SCRATCH/mails"
	for file in "$@"; do
		n=$((n + 1))
		mkdir "$SCRATCH/mails/$(printf %04d $n)"
		git mailsplit -b -o"$SCRATCH/mails/$(printf %04d $n)" "$file" >/dev/null 2>&1 || true
		# A bare diff is no mail, but can be put into one.
		if ! grep -qsE '^(From|Subject): ' "$SCRATCH/mails/$(printf %04d $n)/0001"; then
			mkdir -p "$SCRATCH/mails/$(printf %04d $n)"
			{ printf 'From: nobody <nobody@localhost>\nSubject: [PATCH] %s\n\n' "${file##*/}" && cat "$file"; } \
				>"$SCRATCH/mails/$(printf %04d $n)/0001"
		fi
	done
	base=$(cat "$SCRATCH"/mails/*/* | sed -n 's/^base-commit: \([0-9a-f]*\).*/\1/p' | first_line)
	if [ -z "$base" ] || ! user_git cat-file -e "$base^{commit}" 2>/dev/null; then
		[ -z "$base" ] || note "their base-commit $base is not in $S_REPO: applied to its HEAD"
		base=HEAD
	fi
	BASE=$(series_commit "$base") || exit $LAB
	checkout "$BASE"
	for mail in "$SCRATCH"/mails/*/*; do
		git mailinfo "$SCRATCH/message" "$SCRATCH/patch" <"$mail" >"$SCRATCH/info" 2>/dev/null || true
		# A cover letter has no patch in it.
		grep -q '^diff --git \|^--- ' "$SCRATCH/patch" || continue
		if ! own_git am -q -3 "$mail" >"$SCRATCH/am" 2>&1; then
			MISFIT=$(sed -n 's/^Subject: //p' "$SCRATCH/info" | first_line)
			MISFIT_WHY=$({ grep -m1 '^error: patch failed' "$SCRATCH/am" || grep -m1 '^\(error\|fatal\|CONFLICT\)' "$SCRATCH/am" || tail -1 "$SCRATCH/am"; } | sed 's/^error: //')
			own_git am --abort >/dev/null 2>&1 || own_git reset -q --hard
			series_applied || break
			return
		fi
		COMMITS+=("$(own_git rev-parse HEAD)")
	done
	TIP=$(own_git rev-parse HEAD)
}

# b4 review has the series on its branch already when it pipes in one of the mails.
series_applied()
{
	local id commit

	[ ${#COMMITS[@]} = 0 ] || return 1
	id=$(git patch-id --stable <"$SCRATCH/patch" | cut -d' ' -f1)
	commit=$(user_git log -p -n 100 --no-merges --format='commit %H' HEAD | git patch-id --stable | sed -n "s/^$id //p" | first_line)
	[ -n "$commit" ] || return 1
	MISFIT='' MISFIT_WHY='' COMMITS=("$commit") TIP=$commit
	BASE=$(series_commit "$commit^") || exit $LAB
}

# What the user's checkout holds now, changes and all, as a commit of our own:
# what `git bisect run` wants to know of may have a patch on top.
series_snapshot()
{
	local tree head

	head=$(series_commit HEAD) || exit $LAB
	cp "$(user_git rev-parse --path-format=absolute --git-path index)" "$SCRATCH/index"
	tree=$(
		export GIT_INDEX_FILE=$SCRATCH/index GIT_OBJECT_DIRECTORY=$S_DIR/git/objects
		GIT_ALTERNATE_OBJECT_DIRECTORIES=$(user_git rev-parse --path-format=absolute --git-path objects)
		export GIT_ALTERNATE_OBJECT_DIRECTORIES
		user_git add -u && user_git write-tree
	) || die "cannot tell what $S_REPO holds: is it in the middle of a merge?"
	if [ "$tree" = "$(user_git rev-parse "$head^{tree}")" ]; then
		printf '%s\n' "$head"
	else
		own_git commit-tree -p "$head" -m "$(user_git log -1 --format=%s "$head"), with changes" "$tree"
	fi
}

checkout()
{
	job checkout_now "$1"
	[ "$JOB_STATUS" = 0 ] || die "cannot check out $1: $(tail -1 "$SCRATCH/checkout")"
}

checkout_now()
{
	own_git am --abort >/dev/null 2>&1 || true
	own_git checkout -q -f --detach "$1" >"$SCRATCH/checkout" 2>&1
}

subject()
{
	own_git log -1 --format=%s "$1"
}

short()
{
	printf '%.12s' "$1"
}
