# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every part of the lab uses: messages, the exit statuses, and jobs that
# end when we end.  Sourced by run_tests.sh with `set -eu -o pipefail`.

# Exit statuses of every command but bisect: to git all from 1 to 127 mean that
# the commit is bad.
readonly PASS=0 FAIL=1 LAB=${LAB_STATUS:-2} NOTHING=4

note()
{
	printf '%s\n' "$*" >&2
}

# A problem of the lab or the set-up: no verdict on the kernel.
die()
{
	progress_clear
	printf 'run_tests.sh: %s\n' "$*" >&2
	exit $LAB
}

# The home of the person at the keyboard: under sudo too, so that what root
# fetched once serves the user's next run.
user_home()
{
	if [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ]; then
		getent passwd "$SUDO_UID" | cut -d: -f6
	elif [ -n "${HOME:-}" ]; then
		printf '%s\n' "$HOME"
	else
		getent passwd "$(id -u)" | cut -d: -f6
	fi
}

# Jobs ------------------------------------------------------------------------
#
# Whatever takes long runs as a job: a process group of its own, which the
# clean-up ends as a whole.  bash acts on a signal only between commands, but at
# once while it waits: that is why even a plain download is a job.
#
# A job's status comes in JOB_STATUS and never as a function's own status: bash
# ignores `set -e` in whatever a function called left of || does.
JOBS=()
JOB=
JOB_STATUS=0
SCRATCH=
JUDGED=

job_start()
{
	# A job's own job stays in its group, to end with it.
	[ "$BASHPID" != $$ ] || set -m
	{
		set +m
		"$@"
	} </dev/null &
	JOB=$!
	set +m
	JOBS+=("$JOB")
}

job_wait()
{
	local pid left=()

	JOB_STATUS=0
	wait "$1" 2>/dev/null || JOB_STATUS=$?
	# Its number may soon be somebody else's: end now what it left behind.
	if [ "$BASHPID" = $$ ]; then
		kill -KILL -- "-$1" 2>/dev/null || true
	fi
	for pid in ${JOBS[@]+"${JOBS[@]}"}; do
		[ "$pid" = "$1" ] || left+=("$pid")
	done
	JOBS=(${left[@]+"${left[@]}"})
}

job()
{
	job_start "$@"
	job_wait "$JOB"
}

# Jobs side by side: "PID NAME" of each that runs.
POOL=()

# pool_start SAYS NAME COMMAND...: a job beside the others, once a core is free for it.
# SAYS is called again and again while we wait: how far it all is.
pool_start()
{
	local says=$1 name=$2
	shift 2

	pool_wait "$says" $(($(nproc) - 1))
	job_start "$@"
	POOL+=("$JOB $name")
}

# pool_wait SAYS N: until no more than N of them run.
pool_wait()
{
	local item left

	while [ ${#POOL[@]} -gt "$2" ]; do
		left=()
		for item in "${POOL[@]}"; do
			if kill -0 "${item%% *}" 2>/dev/null; then
				left+=("$item")
			else
				job_wait "${item%% *}"
			fi
		done
		POOL=(${left[@]+"${left[@]}"})
		if [ ${#POOL[@]} -gt "$2" ]; then
			"$1"
			sleep 0.3
		fi
	done
}

# A job that must succeed; it has said itself what went wrong.
job_or_exit()
{
	job "$@"
	[ "$JOB_STATUS" = 0 ] || exit $LAB
}

jobs_end()
{
	local pid live try

	for pid in ${JOBS[@]+"${JOBS[@]}"}; do
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
	# A cell of a matrix is a run of its own, which has jobs to end too.
	for try in {1..40}; do
		live=0
		for pid in "${JOBS[@]}"; do
			if kill -0 -- "-$pid" 2>/dev/null; then
				live=1
			fi
		done
		[ $live = 1 ] || break
		[ "$try" = 40 ] || sleep 0.1
	done
	for pid in "${JOBS[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || true
	done
	JOBS=()
}

# The last thing to run on every way out: a normal end, die(), Ctrl-C.
clean_up()
{
	local status=$?

	# Whoever ended us without a verdict, it was no test.
	if [ -z "$JUDGED" ] && [ "$status" -lt 128 ] && [ "$status" != 0 ]; then
		status=$LAB
	fi

	trap '' INT TERM HUP
	trap - EXIT
	progress_clear
	# What reads the KTAP is not to wait for the rest of its plan.
	[ -z "$KTAP_OPEN" ] || printf 'Bail out! no verdict\n' || true
	jobs_end
	host_restore
	if [ -n "$SCRATCH" ]; then
		rm -rf "$SCRATCH"
	fi
	give_back
	[ "$status" -le 128 ] || [ -n "$JUDGED" ] || note "ended by a signal: no verdict; all is put back" || true
	exit "$status"
}

# What root made belongs to the owner of the checkout, be it by sudo or in a root
# shell, and the cache to the user who called sudo.  Another run may be at work there.
give_back()
{
	[ "$(id -u)" = 0 ] || return 0
	if [ -n "${SUDO_UID:-}" ]; then
		chown -R -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$CACHE" 2>/dev/null || true
	fi
	if [ "$(stat -c %u "$TOP")" != 0 ]; then
		chown -R -h --from=0 --reference="$TOP" "$TOP/build" "$TOP/results" 2>/dev/null || true
	fi
}

# with_lock DIR NAME COMMAND...: only one of several runs at a time; the rest
# wait.  DIR is the cache, or the build folder for what is in there.
with_lock()
{
	local dir=$1 name=$2 fd
	shift 2

	mkdir -p "$dir/lock" && { exec {fd}>"$dir/lock/$name"; } 2>/dev/null ||
		die "cannot write to $dir$([ "$dir" != "$CACHE" ] || echo '; set KHS_CACHE to a folder of yours')"
	if ! flock -n "$fd"; then
		note "waiting for another run to finish with $name"
		job_or_exit flock "$fd"
	fi
	"$@"
	exec {fd}>&-
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# The first line of stdin, without SIGPIPE for who writes it.
first_line()
{
	sed -n 1p
}
