# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The commands run and list.

# What of the environment a run depends on.
readonly RUN_SETTINGS='KHS_CPUS KHS_NODES KHS_MEMORYLESS_NODE KHS_THREADS KHS_VMS KHS_VMX_CPUS KHS_VMX_MODEL KHS_APPEND KHS_QEMU KHS_BOCHS KHS_BOOT_LIMIT KHS_SILENCE_LIMIT KHS_TEST_LIMIT'
readonly ALL_ENGINES='host kvm svm vmx svm-bochs'

# engine_reason ENGINE: why it cannot run here; empty if it can.
engine_reason()
{
	"$1_reason" | first_line
}

# engines_check LIST: is that an engine or several?
engines_check()
{
	local engine

	case $1 in
	*[!a-z,-]*) die "unknown engine '$1': ${ALL_ENGINES// /, } or auto" ;;
	esac
	for engine in ${1//,/ }; do
		case " $ALL_ENGINES auto " in
		*" $engine "*) [ "$engine" != auto ] || [ "$1" = auto ] || die "engine auto stands alone: it means host, or else svm,vmx" ;;
		*) die "unknown engine '$engine': ${ALL_ENGINES// /, } or auto" ;;
		esac
	done
	[ -n "${1//[, ]/}" ] || die "-e wants an engine: ${ALL_ENGINES// /, } or auto"
}

# Sets ENGINE_LIST from -e.
engines_resolve()
{
	local engine why

	engines_check "$1"
	ENGINE_LIST=()
	# A kernel that was named is another than the one that runs.
	[ "$1" != auto ] || [ -z "$KERNEL" ] || set -- svm,vmx
	case $1 in
	*auto* | *host* | *kvm*) framework_for_smoke ;;
	esac
	if [ "$1" = auto ]; then
		why=$(engine_reason host)
		if [ -z "$why" ]; then
			ENGINE_LIST=(host)
			return
		fi
		note "host: not used: $why"
		set -- svm,vmx
	fi
	for engine in ${1//,/ }; do
		why=$(engine_reason "$engine")
		[ -z "$why" ] || die "engine $engine cannot run: $why"
		case " ${ENGINE_LIST[*]-} " in
		*" $engine "*) ;;
		*) ENGINE_LIST+=("$engine") ;;
		esac
	done
}

# Sets TEST_LIST from -t.
tests_resolve()
{
	local test glob found

	TEST_LIST=()
	for glob in ${GLOBS[@]+"${GLOBS[@]}"}; do
		found=
		for test in $(test_names); do
			# shellcheck disable=SC2254 # it is a glob
			case $test in
			$glob) found=1 ;;
			esac
		done
		[ -n "$found" ] || die "no test matches '$glob': $(test_names | tr '\n' ' ')"
	done
	for test in $(test_names); do
		for glob in "${GLOBS[@]-*}"; do
			# shellcheck disable=SC2254
			case $test in
			$glob) TEST_LIST+=("$test") && break ;;
			esac
		done
	done
}

# The kernel of this run: for engine host it is the one that runs.
kernel_for_engines()
{
	local engine why

	if [ "${ENGINE_LIST[*]}" = host ]; then
		[ -z "$KERNEL" ] || die "-k has no meaning for engine host, which tests the running kernel"
		K_NAME=running K_VERSION=$(uname -r) K_PACKAGE='' K_SOURCE='' K_CONFIG=''
		K_BUILD=/lib/modules/$K_VERSION/build
	else
		case " ${ENGINE_LIST[*]} " in
		*' host '*) die "engine host runs another kernel than the rest: give it a run of its own" ;;
		esac
		kernel_resolve "${KERNEL:-$(kernel_default)}"
		for engine in "${ENGINE_LIST[@]}"; do
			case $engine in
			svm | svm-bochs) why=$(kernel_kvm_reason amd) ;;
			vmx) why=$(kernel_kvm_reason intel) ;;
			esac
			[ -z "${why:-}" ] || die "engine $engine cannot run: $why"
			# It may have to be built, which takes longer than a test.
			case $engine in
			vmx | svm-bochs) bochs_select ;;
			esac
		done
	fi
}

# Where the results will go; they are put there only when they are complete.
output_check()
{
	OUT=${OPT_OUT:-$TOP/results/$(date +%Y%m%d-%H%M%S)}
	while [ -z "$OPT_OUT" ] && [ -e "$OUT" ]; do
		OUT=$OUT.2
	done
	if [ -e "$OUT" ] && [ -z "$(find -H "$OUT" -maxdepth 1 -regex '.*/\(results\|mutants\|lint\|watch\|validate\|bisect\)\.json')" ] && [ -n "$(ls -A "$OUT" 2>&1)" ]; then
		die "$OUT exists and holds no results of ours: give -o a new or an empty folder"
	fi
	OUT_MADE=
	if [ ! -d "$OUT" ]; then
		mkdir -p "$OUT" 2>"$SCRATCH/error" || die "cannot make the output folder $OUT: $(sed 's/.*: //' "$SCRATCH/error")$([ -n "$OPT_OUT" ] || echo '; give another with -o')"
		OUT_MADE=1
	fi
	if ! { head -c 4194304 /dev/zero >"$OUT/.space"; } 2>/dev/null; then
		rm -f "$OUT/.space"
		output_undo
		die "cannot write to the output folder $OUT: $(df -h --output=avail "$OUT" 2>/dev/null | tail -1 | tr -d ' ') free"
	fi
	rm -f "$OUT/.space"
	output_undo
}

output_undo()
{
	[ -z "$OUT_MADE" ] || rmdir "$OUT" 2>/dev/null || true
	[ -n "$OPT_OUT" ] || rmdir "$TOP/results" 2>/dev/null || true
}

# Moves the finished results to where the user wants them.
output_publish()
{
	if [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ]; then
		chown -R -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$1"
	fi
	# Another run may have begun in the same second, and have ended before.
	if [ -z "$OPT_OUT" ]; then
		mkdir -p "$TOP/results" 2>/dev/null || true
		until mkdir "$OUT" 2>/dev/null || [ ! -e "$OUT" ]; do
			OUT=$OUT.2
		done
	fi
	# Of an earlier run into this folder, whatever it was: no part of it may stand
	# beside what is new.
	(cd "$OUT" 2>/dev/null && { [ ! -e cells.jsonl ] || rm -rf cells cells.jsonl; } && rm -f results.json results.ktap violations.json summary.txt report.html junit.xml kcidb.json mutants.json \
		control.json lint.json fix.patch watch.json validate.json tested-by.txt bisect.json bisect.log) || true
	mkdir -p "$OUT" && cp -r --preserve=ownership "$1/." "$OUT/" 2>"$SCRATCH/error" || {
		rm -f "$OUT/results.json"
		die "cannot write the results to $OUT: $(tail -1 "$SCRATCH/error" | sed 's/.*: //')"
	}
	if [ -z "$OPT_OUT" ]; then
		ln -sfn "${OUT##*/}" "$TOP/results/latest"
	fi
}

# run_round DIR NAME...: the engines side by side, streamed one after the other.
# A NAME is an engine, with ".2" and so on for repetitions.
run_round()
{
	local dir=$1 name pid fd line pids=() i=0
	shift

	vms_choose $# ${#TEST_LIST[@]}
	for name in "$@"; do
		mkdir -p "$dir/$name"
		: >"$dir/$name/ktap"
		column_use "$name"
		job_start engine_run "${name%%[.:]*}" "$dir/$name" "${TEST_LIST[@]}" 2>"$dir/$name/lab.log"
		pids+=("$JOB")
	done
	for name in "$@"; do
		ENGINE_NUMBER=$((ENGINE_NUMBER + 1))
		pid=${pids[$i]}
		i=$((i + 1))
		exec {fd}<"$dir/$name/ktap"
		while :; do
			if IFS= read -r line <&"$fd"; then
				progress_clear
				coloured "$line"
				continue
			fi
			kill -0 "$pid" 2>/dev/null || break
			run_progress "$@"
			sleep 0.2
		done
		while IFS= read -r line <&"$fd"; do
			coloured "$line"
		done
		exec {fd}<&-
		job_wait "$pid"
		progress_clear
		if [ ! -s "$dir/$name/engine.json" ]; then
			cat "$dir/$name/lab.log" >&2
			die "engine ${name%%[.:]*} did not finish (status $JOB_STATUS)"
		fi
		case $(jq -r .verdict "$dir/$name/engine.json") in
		pass) line="ok $ENGINE_NUMBER $name" ;;
		skip) line="ok $ENGINE_NUMBER $name # SKIP $(jq -r .nothing "$dir/$name/engine.json")" ;;
		*) line="not ok $ENGINE_NUMBER $name" ;;
		esac
		printf '%s\n' "$line"
		{
			cat "$dir/$name/ktap"
			printf '%s\n' "$line"
		} >>"$dir/results.ktap"
		rm -f "$dir/$name/ktap"
		[ -s "$dir/$name/lab.log" ] || rm -f "$dir/$name/lab.log"
	done
}

# run_suite DIR: runs TEST_LIST on ENGINE_LIST, REPEAT times; DIR is complete then.
run_suite()
{
	local dir=$1 engine i names dirs=()

	mkdir -p "$dir"
	[ "${ENGINE_LIST[*]}" != host ] || host_own
	ENGINE_NUMBER=0
	params_columns
	progress_clear
	case $COMMAND in
	run | watch) KTAP_OPEN=1 ;;
	esac
	printf 'KTAP version 1\n1..%d\n' $((${#COLUMNS_ALL[@]} * REPEAT)) | tee "$dir/results.ktap"
	for ((ROUND = 1; ROUND <= REPEAT; ROUND++)); do
		names=()
		for engine in "${COLUMNS_ALL[@]}"; do
			names+=("$(column_name "$engine")$([ "$ROUND" = 1 ] || echo ".$ROUND")")
		done
		# Side by side as many as there are engines.
		for ((i = 0; i < ${#names[@]}; i += ${#ENGINE_LIST[@]})); do
			run_round "$dir" "${names[@]:$i:${#ENGINE_LIST[@]}}"
		done
		for engine in "${names[@]}"; do
			dirs+=("$dir/$engine")
			printf '%s\n' "$K_VERSION $K_PACKAGE" >"$dir/$engine/kernel"
			[ ! -e "$K_CONFIG" ] || cp "$K_CONFIG" "$dir/$engine/kernel.config"
			printf '%s\n' "$SEED" >"$dir/$engine/seed"
			reproduce "$engine" >"$dir/$engine/reproduce"
		done
	done
	KTAP_OPEN=
	results_json "$dir" "${dirs[@]}"
	summary "$dir" >"$dir/summary.txt"
	reports "$dir"
}

reproduce()
{
	local glob name kernel=$KERNEL

	# Before the variables: sudo passes on only what it is given.
	[ "${1%%.*}" != host ] || printf 'sudo '
	for name in $RUN_SETTINGS; do
		[ -z "${!name:-}" ] || printf '%s=%q ' "$name" "${!name}"
	done
	[ -z "$KSFT_GIVEN" ] || printf 'KSFT=%q ' "$(realpath "$KSFT_GIVEN")"
	[ ! -e "$kernel" ] || kernel=$(realpath "$kernel")
	column_use "$1"
	# shellcheck disable=SC2086
	printf './run_tests.sh%s -e %s%s' "$([ "$COMMAND" != watch ] || echo ' watch')" "${1%%[.:]*}" "${ENGINE_PARAMS:+$(printf ' --params %s' $ENGINE_PARAMS)}"
	[ "${1%%[.:]*}" != host ] || printf '%s' "${DISRUPTIVE:+ --disruptive}"
	[ -z "$kernel" ] || printf ' -k %q' "$kernel"
	printf ' --seed %s%s --guard %s' "$SEED" "${OPT_HOPS:+ --hops $OPT_HOPS}" "$GUARD"
	for glob in ${GLOBS[@]+"${GLOBS[@]}"}; do
		printf ' -t %q' "$glob"
	done
	[ "$COMMAND" != watch ] || watch_arguments
	printf '\n'
}

command_run()
{
	output_check
	tests_resolve
	engines_resolve "$ENGINES"
	kernel_for_engines
	build_for_kernel
	run_suite "$SCRATCH/out"
	sed 's/^/# /; s/ *$//' "$SCRATCH/out/summary.txt"
	output_publish "$SCRATCH/out"
	printf '# results: %s\n' "$OUT"
	# By what is ours: the folder may be somebody else's by now.
	verdict_status "$SCRATCH/out"
}

command_list()
{
	local test engine why file

	for test in $(test_names); do
		printf '%s\ttest\t%s\n' "$test" "$(test_title "$test")"
	done
	for engine in $ALL_ENGINES; do
		why=$(engine_reason "$engine")
		printf '%s\tengine\t%s\n' "$engine" "${why:-usable}"
	done
	mutant_files "$TOP/mutants" | while IFS= read -r file; do
		printf '%s\tplanted bug\t%s\n' "$(mutant_name "$file")" "$(mutant_field "$file" title)"
	done
}
