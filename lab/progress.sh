# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a terminal shows while the engines run: a line for each, that goes away
# again.  In a pipe there is nothing of it.

# progress LINE...: in place of the lines before.
progress()
{
	local line text=''

	[ -t 2 ] || return 0
	# A line that wrapped would be two, and stay.
	for line; do
		text+=${line:0:$((${COLUMNS:-80} - 1))}$'\n'
	done
	# Back to the first of them: whoever prints next clears what is below.
	printf '\r\033[J%s\033[%dA' "$text" $# >&2
}

progress_clear()
{
	if [ -t 2 ]; then
		printf '\r\033[J' >&2
	fi
}

# coloured LINE: on a terminal; NO_COLOR, set to anything, means none.
coloured()
{
	if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ] || [ "${TERM:-dumb}" = dumb ]; then
		printf '%s\n' "$1"
		return
	fi
	case $1 in
	*'not ok '*'# inconclusive'*) printf '\033[33m%s\033[m\n' "$1" ;;
	*'not ok '* | *'verdict: fail') printf '\033[31m%s\033[m\n' "$1" ;;
	*'# SKIP'*) printf '\033[2m%s\033[m\n' "$1" ;;
	*'verdict: pass') printf '\033[32m%s\033[m\n' "$1" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# What engine_run says of itself, for the process that has the terminal.
engine_says()
{
	printf '%s\n' "$2" >"$SCRATCH/progress.$E_NAME$([ "$E_NAME" = "${1##*/}" ] || echo "+${1##*/}")" || true
}

# run_progress NAME...: what each engine says.
run_progress()
{
	local name file lines=()

	[ -t 2 ] || return 0
	for name; do
		[ -n "$(compgen -G "$SCRATCH/progress.$name*")" ] || lines+=("$name: ")
		for file in "$SCRATCH/progress.$name" "$SCRATCH/progress.$name+"*; do
			[ ! -e "$file" ] || lines+=("$name: $(<"$file")")
		done
	done
	progress "${lines[@]}"
}

# engine_progress BEGUN: of this boot.
engine_progress()
{
	local passed what last left

	case $STATE in
	boot | init) what=boot passed=$((SECONDS - $1)) ;;
	test) what=$T_NAME passed=$((SECONDS - T_SECONDS)) ;;
	*) what='' passed=0 ;;
	esac
	last=${LAST[${what:-none}]:-}
	last=${last:+, $last s last time}
	left=$(time_left "${what:-none}" "$passed")
	if [ -n "$what" ]; then
		echo "$what $passed s$last$left"
	else
		echo "between tests$left"
	fi
}

# time_left WHAT PASSED: from how long each of what is to come took last time.
# Nothing is said where one has never run.
time_left()
{
	local test sum=0 left=${LAST[$1]:-0}

	left=$((left - $2))
	[ $left -le 0 ] || sum=$left
	for test in "${TESTS[@]}"; do
		case $T_DONE in
		*" $test "*) continue ;;
		esac
		[ "$test" != "$1" ] || continue
		[ -n "${LAST[$test]:-}" ] || return 0
		sum=$((sum + LAST[$test]))
	done
	echo ", about $sum s left"
}

# How long each test took last time.
remember_seconds()
{
	local file=$BUILD/seconds.$E_NAME new=$SCRATCH/seconds.$E_NAME lock

	exec {lock}>"$new.lock"
	flock "$lock"
	{
		grep -v "^$1 " "$file" 2>/dev/null || true
		echo "$1 $2"
	} >"$new" && mv "$new" "$file" 2>/dev/null || true
	exec {lock}>&-
}

# Sets LAST from it, in whole seconds.
last_read()
{
	local test seconds

	declare -gA LAST=()
	while read -r test seconds; do
		LAST[$test]=$((${seconds%%.*} + 1))
	done <"$BUILD/seconds.$E_NAME" || true
} 2>/dev/null
