# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command check: the project's own tests (meta/*.bats), then the suite on
# every engine that this machine has.

command_check()
{
	local dir=$SCRATCH/out status=$PASS passed=0 failed=0 skipped=0 name why here=()

	output_check
	# A warning is a failure here, and nobody else's business.
	export WERROR=1
	have bats || die "bats is not installed: run sudo ./run_tests.sh --setup"
	mkdir -p "$dir"
	tests_resolve
	engines_check "$ENGINES"
	framework_for_smoke
	for name in svm vmx kvm host; do
		case ",$ENGINES," in
		,auto, | *",$name,"*) ;;
		*) continue ;;
		esac
		why=$(engine_reason "$name")
		if [ -n "$why" ]; then
			note "engine $name: skipped: $why"
			skipped=$((skipped + 1))
		else
			here+=("$name")
		fi
	done
	[ ${#here[@]} -gt 0 ] || die "none of svm, vmx, kvm and host is asked for and can run here: see ./run_tests.sh doctor"

	note "the project's own tests"
	# Built now, or else they would, side by side, and wait for each other.
	ENGINE_LIST=(svm)
	kernel_for_engines
	build_for_kernel
	job check_meta "$dir"
	counts "$(grep -c '^ok .*# skip' "$dir/meta.tap" || true)" \
		"$(grep -c '^not ok' "$dir/meta.tap" || true)" \
		"$(grep -c '^ok' "$dir/meta.tap" || true)"
	if [ "$JOB_STATUS" != 0 ] && [ $failed = 0 ]; then
		die "bats did not get through (status $JOB_STATUS)"
	fi

	note "the suite"
	# The host runs another kernel than the rest.
	ENGINE_LIST=()
	for name in "${here[@]}"; do
		[ "$name" = host ] || ENGINE_LIST+=("$name")
	done
	[ ${#ENGINE_LIST[@]} = 0 ] || check_suite "$dir"
	if [ "${here[-1]}" = host ]; then
		ENGINE_LIST=(host) KERNEL=
		check_suite "$dir/host"
	fi
	output_publish "$dir"
	if [ $failed != 0 ] && [ $status = $PASS ]; then
		status=$FAIL
	fi
	printf '# results: %s\n%d passed, %d failed, %d skipped\n' "$OUT" "$passed" "$failed" "$skipped"
	JUDGED=1
	return $status
}

# check_suite DIR: a failure is one, whatever the lab had trouble with besides.
check_suite()
{
	local name='[.engines[].tests[] | select(.status == $s)] | length' now=0

	kernel_for_engines
	build_for_kernel
	run_suite "$1"
	sed 's/^/# /; s/ *$//' "$1/summary.txt"
	counts "$(jq --arg s skip "$name" "$1/results.json")" \
		"$(jq '[.engines[].tests[] | select(.status != "skip" and .status != "pass")] | length' "$1/results.json")" \
		"$(jq --arg s pass "$name" "$1/results.json")" apart
	verdict_status "$1" || now=$?
	if [ $now != $PASS ] && [ $status != $FAIL ]; then
		status=$now
	fi
	# Say, an oops with all tests green.
	if [ $now != $PASS ] && [ $failed = 0 ]; then
		failed=1
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
	env -u KHS_HOPS KHS_CACHE="$CACHE" TMPDIR="$SCRATCH" bats --tap --jobs "$(nproc)" "$TOP/meta" 2>&1 | tee "$1/meta.tap"
}
