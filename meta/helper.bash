# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the meta tests: the tree under test, and what a run leaves behind.

TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
RUN=$TOP/run_tests.sh

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR
}

# Nothing of a run may be left: no process that works in its scratch folder, and
# not the folder.
nothing_left()
{
	local left

	left=$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'kvm_host_state.*')
	if [ -n "$left" ]; then
		echo "left behind: $left"
		return 1
	fi
	left=$(grep -lz "$BATS_TEST_TMPDIR/kvm_host_state" /proc/[0-9]*/cmdline 2>/dev/null || true)
	if [ -n "$left" ]; then
		echo "still running: $left"
		return 1
	fi
}

# refuses TEXT ARG...: status 2, one line on stderr that has TEXT, nothing left.
refuses()
{
	local text=$1 status=0
	shift

	"$RUN" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	[ $status = 2 ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	[ "$(grep -c '^run_tests.sh: ' "$BATS_TEST_TMPDIR/err")" = 1 ]
	grep -qF -- "$text" "$BATS_TEST_TMPDIR/err"
	nothing_left
}
