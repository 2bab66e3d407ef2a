# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command mutants: plant one bug after the other in KVM, run the tests that
# must tell, and print the kill matrix.

mutant_files()
{
	find "$1" -maxdepth 1 -type f \( -name '*.cocci' -o -name '*.sed' -o -name '*.ed' \) | sort
}

mutant_name()
{
	local name=${1##*/}

	printf '%s\n' "${name%.*}"
}

# mutant_field FILE FIELD: the values of its "// FIELD: value" header lines.
mutant_field()
{
	sed -n -e '/^\(\/\/\|#\|[[:space:]]*$\)/!q' -e "s,^\(//\|#\) *$2: *,,p" "$1"
}

# mutant_expects FILE: TEST FIELD DIAGNOSIS lines, with or without commas.
mutant_expects()
{
	mutant_field "$1" expect | tr -s ', \t' ' ' | sed '/^\(none\|survived\) *$/d'
}

# What is wrong with a mutant's header, if anything.
mutant_header_fault()
{
	local test

	case $(mutant_field "$1" engine | first_line) in
	vmx | svm | both) ;;
	'') echo "it has no line '// engine:' (vmx, svm or both)" ;;
	*) echo "its engine is none of vmx, svm and both" ;;
	esac
	for test in $(mutant_expects "$1" | cut -d' ' -f1); do
		test_names | grep -xF -e "$test" >/dev/null || echo "it expects '$test', which is no test"
	done
}

# Which engines a mutant is for, of those that were asked for; none: cannot tell.
mutant_engines()
{
	local want engine

	if [ -n "$(mutant_header_fault "$1")" ]; then
		echo none
		return
	fi
	want=$(mutant_field "$1" engine | first_line)
	case $want in
	both) want='svm vmx' ;;
	esac
	for engine in "${ENGINE_LIST[@]}"; do
		case " $want " in
		*" ${engine%-bochs} "*) printf '%s\n' "$engine" ;;
		esac
	done
}

# All of them can tell, if nobody says which.
mutant_tests()
{
	local tests

	tests=$(mutant_expects "$1" | cut -d' ' -f1 | sort -u)
	if [ -n "$ALL_TESTS" ] || [ -z "$tests" ]; then
		test_names
	else
		printf '%s\n' "$tests"
	fi
}

# Sets MUTANTS to the files of the bugs that were asked for.
mutants_resolve()
{
	local from=${FROM:-$TOP/mutants} name file found

	[ -d "$from" ] || die "there is no folder $from"
	MUTANTS=()
	if [ ${#NAMES[@]} = 0 ]; then
		while IFS= read -r file; do
			MUTANTS+=("$file")
		done < <(mutant_files "$from")
		[ ${#MUTANTS[@]} -gt 0 ] || die "$from holds no planted bugs (.cocci, .sed or .ed files)"
	fi
	for name in ${NAMES[@]+"${NAMES[@]}"}; do
		found=
		for file in "$from/$name".cocci "$from/$name".sed "$from/$name".ed; do
			[ -f "$file" ] || continue
			found=1
			case " ${MUTANTS[*]-} " in
			*" $file "*) ;;
			*) MUTANTS+=("$file") ;;
			esac
		done
		[ -n "$found" ] || die "no planted bug is named '$name': $([ "$from" = "$TOP/mutants" ] && echo "./run_tests.sh list has their names" || ls -m "$from")"
	done
	# What became of one stands under its name.
	found=$({ echo control && for file in "${MUTANTS[@]}"; do mutant_name "$file"; done; } | sort | uniq -d | first_line)
	[ "$found" != control ] || die "no planted bug can be named 'control': that is what runs without one"
	[ -z "$found" ] || die "$from holds two planted bugs that are named '$found'"
}

command_mutants()
{
	local engine

	output_check
	mutants_resolve
	case $ENGINES in
	auto) ENGINES=svm,vmx ;;
	*host*) die "a planted bug is for an emulated engine, never for this machine's own kernel" ;;
	esac
	engines_resolve "$ENGINES"
	have spatch || die "spatch (coccinelle) is not installed: run sudo ./run_tests.sh --setup"
	kernel_for_engines
	kernel_source
	build_for_kernel
	mutants_run
	mutants_report
}

# One job a bug and engine, as many at once as there are cores.  What an
# interrupted run had finished is kept, and not done again; M_WORK are the folders
# of what this run was asked for.
mutants_run()
{
	local file engine work=() i=0 begun=$SECONDS state lock

	state=$BUILD/mutants/$(mutants_key)
	mkdir -p "$state"
	exec {lock}>"$state.lock"
	flock -n "$lock" || die "another run plants these bugs for this kernel already: wait for its end, or use another clone"
	M_DIR=$state M_WORK=()
	with_lock "$CACHE" kvm job_or_exit mutants_pristine
	for file in "${MUTANTS[@]}"; do
		for engine in $(mutant_engines "$file"); do
			# Each engine's control first, where it has anything to do.
			case "$engine ${work[*]-} " in
			"none "* | *" control:$engine: "*) ;;
			*) work+=("control:$engine:") ;;
			esac
			work+=("$(mutant_name "$file"):$engine:$file")
		done
	done
	if [ -n "$CELL" ]; then
		# NAME.ENGINE, of a matrix that runs cell by cell.
		mapfile -t work < <(printf '%s\n' "${work[@]}" | awk -F: -v cell="$CELL" '$1 "." $2 == cell')
		[ ${#work[@]} -gt 0 ] || die "there is no cell $CELL"
	fi
	[ ${#work[@]} -gt 0 ] || die "none of these bugs is for engine ${ENGINE_LIST[*]}"
	for item in "${work[@]}"; do
		IFS=: read -r name engine file <<<"$item"
		i=$((i + 1))
		M_WORK+=("$state/$name.$engine")
		# The control is for what is asked for now; what is broken may be mended.
		if [ "$name" = control ] || [ "$(jq -r .verdict "$state/$name.$engine/mutant.json" 2>/dev/null)" = broken ]; then
			rm -rf "$state/$name.$engine"
		elif [ -s "$state/$name.$engine/mutant.json" ]; then
			note "$name on $engine: kept from the run before"
			continue
		fi
		pool_start mutants_say "$name" mutant_job "$name" "$engine" "$file" "$state/$name.$engine"
	done
	pool_wait mutants_say 0
	progress_clear
	for item in "${work[@]}"; do
		IFS=: read -r name engine file <<<"$item"
		[ -s "$state/$name.$engine/mutant.json" ] ||
			die "$name on $engine did not finish: $(cat "$state/$name.$engine/run/lab.log" 2>/dev/null | tail -1)"
	done
}

# How far mutants_run() is.
mutants_say()
{
	local left=

	if [ "$i" -gt 2 ]; then
		left=", about $(((${#work[@]} - i + 1) * (SECONDS - begun) / (i - 1) + 1)) s left"
	fi
	progress "$i of ${#work[@]}, ${#POOL[@]} running, $((SECONDS - begun)) s$left"
}

# What a finished result depends on: the suite, the kernel, the options, the bugs.
mutants_key()
{
	{
		printf '%s\n' "$K_VERSION" "$K_PACKAGE" "${ENGINE_LIST[*]}" "$ALL_TESTS" "$CELL"
		suite_key
		# A tree's own KVM may have been mended since.
		[ -n "$K_PACKAGE" ] || find "$K_IMAGE" "$K_SOURCE/arch/x86/kvm" "$K_SOURCE/virt/kvm" -type f -printf '%p %s %T@\n' | sort
		cat "${MUTANTS[@]}"
	} | sha256sum | cut -c1-16
}

mutants_pristine()
{
	progress "building KVM's modules for $K_VERSION from source"
	KVM_BUILD_CACHE=$CACHE/kvm "$TOP/lab/kvm_build.sh" "$K_SOURCE" "$K_BUILD" "$M_DIR/pristine" >"$M_DIR/pristine.log" 2>&1 ||
		die "KVM's modules do not build from $K_SOURCE: $(tail -1 "$M_DIR/pristine.log")"
}

# mutant_job NAME ENGINE FILE DIR: leaves DIR/mutant.json.  Without FILE it is
# the control: the unchanged source, which every named test must pass.
mutant_job()
{
	local name=$1 engine=$2 file=$3 dir=$4 status=0 start=$EPOCHREALTIME tests

	rm -rf "$dir"
	mkdir -p "$dir/run"
	if [ "$engine" = none ]; then
		mutant_verdict broken "$(mutant_header_fault "$file" | first_line)"
		return
	elif [ -n "$file" ]; then
		# Two jobs: where both engines have the bug, one of them waits for the other.
		KVM_BUILD_CACHE=$CACHE/kvm JOBS=2 "$TOP/lab/kvm_build.sh" "$K_SOURCE" "$K_BUILD" \
			"$dir/ko" "$file" >"$dir/build.log" 2>&1 || status=$?
		tests=$(mutant_tests "$file")
	else
		tests=$(for file in "${MUTANTS[@]}"; do
			! mutant_engines "$file" | grep -x "$engine" >/dev/null || mutant_tests "$file"
		done | sort -u)
		file=
		mkdir "$dir/ko"
		cp "$M_DIR/pristine"/*.ko "$dir/ko/"
	fi
	case $status in
	0) ;;
	5)
		mutant_verdict equivalent "$(tail -1 "$dir/build.log")"
		return
		;;
	*)
		mutant_verdict broken "$(tail -1 "$dir/build.log")"
		return
		;;
	esac
	# A new boot for the sake of bit 31 only where the bug needs it.
	BIT31_WANTED=$([ -z "$file" ] || mutant_field "$file" needs | grep -x bit31 || true)
	# shellcheck disable=SC2086
	KVM_OVERRIDE=$dir/ko engine_run "$engine" "$dir/run" $tests 2>"$dir/run/lab.log"
	rm -rf "$dir/ko"
	jq -Rn '[inputs | fromjson? // empty]' "$dir/run/violations.jsonl" >"$dir/run/violations.json"
	mutant_judge
}

# mutant_verdict VERDICT REASON [BY FIELD DIAGNOSIS ALIVE AS_EXPECTED]
mutant_verdict()
{
	jq -n --arg name "$name" --arg engine "$engine" --arg verdict "$1" --arg reason "$2" \
		--arg by "${3:-}" --arg field "${4:-}" --arg diagnosis "${5:-}" \
		--arg alive "${6:-null}" --arg expected "${7:-true}" \
		--arg seconds "$(seconds_since "$start")" \
		--arg kernel "${K_VERSION:-}" --arg title "$([ ! -e "$file" ] || mutant_field "$file" title | first_line)" \
		'def some: if . == "" then null else . end;
		{name: $name, title: ($title | some), engine: (if $engine == "none" then null else $engine end), kernel: ($kernel | some), verdict: $verdict, by: ($by | some),
		 field: ($field | some), diagnosis: ($diagnosis | some),
		 host_alive: ($alive | fromjson), seconds: ($seconds | tonumber),
		 as_expected: ($expected | fromjson), reason: ($reason | some)}' >"$dir/mutant.new"
	mv "$dir/mutant.new" "$dir/mutant.json"
}

# What a run with a planted bug proved.
mutant_judge()
{
	local run=$dir/run/engine.json verdict failed test field diagnosis hit by='' f='' d='' alive=true expected=true

	# A test that has no VM of its own has nothing guarded, which is no verdict for
	# a kernel; but what it compared is what it was asked for here.
	verdict=$(jq -r 'if .verdict == "skip" and (.tests | length > 0 and all(.status == "pass" and
		all(.subtests[]; .subtest != "entry_guard"))) then "pass" else .verdict end' "$run")
	failed=$(jq -r '[.tests[] | select(.status == "fail") | .name] | join(",")' "$run")
	if jq -e '.death != null and .death.class != "warn"' "$run" >/dev/null; then
		alive=false
	fi
	case $verdict in
	pass)
		mutant_verdict survived '' '' '' '' "$alive" "$([ -n "$file" ] && echo false || echo true)"
		return
		;;
	fail) ;;
	*)
		mutant_verdict broken "no verdict: $(jq -r '(.errors + [.tests[] | select(.status != "pass") | "\(.name): \(.reason)"])[0] // .verdict' "$run")" '' '' '' "$alive" false
		return
		;;
	esac
	# Who said it, other than the host by dying?
	while read -r test field diagnosis; do
		hit=$(jq -r --arg t "$test" --arg f "$field" --arg d "$diagnosis" '
			[.[] | select(.test == $t and ($f == "" or .field == $f) and
				($d == "" or (.diagnosis | startswith($d))))][0] //
			[.[] | select(.test == $t)][0] // {} |
			"\(.field // "")\t\(.diagnosis // "")"' "$dir/run/violations.json")
		if ! grep -q "\b$test\b" <<<"${failed//,/ }" ||
		   { [ -n "$field" ] && [ "${hit%%$'\t'*}" != "$field" ]; } ||
		   { [ -n "$diagnosis" ] && [[ ${hit#*$'\t'} != "$diagnosis"* ]]; }; then
			expected=false
		fi
		if [ -z "$f" ]; then
			f=${hit%%$'\t'*} d=${hit#*$'\t'}
		fi
	done < <(mutant_expects "${file:-/dev/null}")
	if [ -z "$f" ]; then
		IFS=$'\t' read -r f d < <(jq -r '.[0] // {} | "\(.field // "")\t\(.diagnosis // "")"' "$dir/run/violations.json")
	fi
	by=$(jq -r '[.tests[] | select(.status == "fail") | select(.reason | startswith("host died") | not) | .name] | join(",")' "$run")
	if [ -z "$by" ] && [ "$(jq length "$dir/run/violations.json")" = 0 ]; then
		mutant_verdict died "$(jq -r '.death | "\(.class): \(.title)"' "$run")" "$failed" '' '' "$alive" false
	else
		mutant_verdict killed "$(jq -r '[.tests[] | select(.status == "fail") | .reason][0]' "$run")" \
			"${by:-$failed}" "$f" "$d" "$alive" "$expected"
	fi
}

mutants_report()
{
	local out=$SCRATCH/out status=0

	mkdir -p "$out"
	cp -r "${M_WORK[@]}" "$out/"
	jq -s 'map(select(.name != "control"))' "${M_WORK[@]/%//mutant.json}" >"$out/mutants.json"
	jq -s 'map(select(.name == "control"))' "${M_WORK[@]/%//mutant.json}" >"$out/control.json"
	mutants_summary "$out" | tee "$out/summary.txt"
	reports "$out"
	output_publish "$out"
	printf 'results: %s\n' "$OUT"
	rm -rf "$M_DIR" "$M_DIR.lock"
	JUDGED=1
	mutants_status "$out" || status=$?
	return $status
}

# mutants_summary DIR: of DIR/mutants.json and control.json.
mutants_summary()
{
	jq -r '(["bug", "engine", "verdict", "by", "field", "diagnosis", "host", "seconds"] | @tsv),
		(.[] | [.name, .engine // "-", .verdict + (if .as_expected then "" else " (!)" end),
		.by // "-", .field // "-", (.diagnosis // "-" | split(":")[0]),
		(if .host_alive == null then "-" elif .host_alive then "alive" else "died" end),
		.seconds] | @tsv)' "$1/mutants.json" | column -t -s $'\t'
	echo
	jq -r '.[] | select(.as_expected | not) | "\(.name) on \(.engine): \(.verdict), not as it must be: \(.reason // "no test failed")"' "$1/mutants.json"
	jq -r '.[] | select(.verdict == "equivalent" or .verdict == "broken") | "\(.name) on \(.engine // "any engine"): \(.verdict): \(.reason)"' "$1/mutants.json"
	jq -r '.[] | "control on \(.engine), nothing planted: \(if .verdict == "survived" then "green" else "NOT GREEN: \(.reason)" end)"' "$1/control.json"
	jq -r '[.[] | .verdict] | group_by(.) | map("\(length) \(.[0])") | join(", ")' "$1/mutants.json"
}

# mutants_status DIR: the exit status that they are worth.
mutants_status()
{
	local status=0

	if jq -e 'any(.[]; .verdict != "survived")' "$1/control.json" >/dev/null; then
		status=$LAB
	elif jq -e 'any(.[]; .verdict == "survived" or .verdict == "died" or (.verdict == "killed" and (.as_expected | not)))' "$1/mutants.json" >/dev/null; then
		status=$FAIL
	elif jq -e 'any(.[]; .verdict == "broken")' "$1/mutants.json" >/dev/null; then
		status=$LAB
	elif jq -e 'length > 0 and all(.[]; .verdict != "killed")' "$1/mutants.json" >/dev/null; then
		status=$NOTHING
	fi
	return $status
}
