# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command check: the project's own tests (meta/*.bats), then the suite on
# every engine that this machine has.

command_check()
{
	local dir=$SCRATCH/out status=0 passed=0 failed=0 skipped=0 name why

	output_check
	have bats || die "bats is not installed: run sudo ./run_tests.sh --setup"
	mkdir -p "$dir"
	tests_resolve
	ENGINE_LIST=()
	for name in svm vmx host; do
		why=$(engine_reason "$name")
		if [ -n "$why" ]; then
			note "engine $name: skipped: $why"
			skipped=$((skipped + 1))
		elif [ "$name" != host ]; then
			ENGINE_LIST+=("$name")
		fi
	done
	[ ${#ENGINE_LIST[@]} -gt 0 ] || die "no emulated engine can run here: see ./run_tests.sh doctor"
	kernel_for_engines
	build_for_kernel

	note "the project's own tests"
	job check_meta "$dir"
	counts "$(grep -c '^ok .*# skip' "$dir/meta.tap" || true)" \
		"$(grep -c '^not ok' "$dir/meta.tap" || true)" \
		"$(grep -c '^ok' "$dir/meta.tap" || true)"
	if [ "$JOB_STATUS" != 0 ] && [ $failed = 0 ]; then
		die "bats did not get through (status $JOB_STATUS)"
	fi

	note "the suite"
	run_suite "$dir"
	sed 's/^/# /; s/ *$//' "$dir/summary.txt"
	name='[.engines[].tests[] | select(.status == $s)] | length'
	counts "$(jq --arg s skip "$name" "$dir/results.json")" \
		"$(jq '[.engines[].tests[] | select(.status != "skip" and .status != "pass")] | length' "$dir/results.json")" \
		"$(jq --arg s pass "$name" "$dir/results.json")" apart
	[ "$(jq -r .verdict "$dir/results.json")" = pass ] || status=1
	output_publish "$dir"
	if [ $status != 0 ] && [ $failed = 0 ]; then
		failed=1
	fi
	printf '# results: %s\n%d passed, %d failed, %d skipped\n' "$OUT" "$passed" "$failed" "$skipped"
	if [ $failed != 0 ]; then
		return $FAIL
	fi
}

# counts SKIPPED FAILED OK [apart]: bats counts what it skipped as ok too.
counts()
{
	skipped=$((skipped + $1))
	failed=$((failed + $2))
	passed=$((passed + $3))
	[ -n "${4:-}" ] || passed=$((passed - $1))
}

check_meta()
{
	# The runs that the meta tests start are for themselves.
	env -u KHS_HOPS KHS_CACHE="$CACHE" bats --tap --jobs "$(nproc)" "$TOP/meta" 2>&1 | tee "$1/meta.tap"
}
