# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command watch: anybody's workload with the entry guard on, on this host or in
# the lab's VM.  x86/host_watch.c runs there in place of the tests.

# watch_commands DIR: NAME<tab>COMMAND lines of what shall run.  One word is a line
# for the shell; of several each stays what it is.
watch_commands()
{
	local file name command=${NAMES[*]}

	[ ${#NAMES[@]} -lt 2 ] || command=$(jq -rn '$ARGS.positional | @sh' --args -- "${NAMES[@]}")
	if [ -z "$EACH" ]; then
		name=${NAMES[0]##*/}
		printf '%s\t%s\n' "$(watch_name "$name")" "$command"
		return
	fi
	find -L "$1" -type f -perm /111 ! -name $'*\n*' | sort | while IFS= read -r file; do
		file=${file#"$1"/}
		# shellcheck disable=SC2254 # it is a glob
		case ${file##*/} in
		$EACH) printf '%s\t%s%s\n' "$(watch_name "$file")" "${command:+$command }" "$(jq -rn '$f | @sh' --arg f "./$file")" ;;
		esac
	done | awk -F '\t' -v OFS='\t' '{ n = ++seen[$1]; if (n > 1) $1 = $1 "-" n; print }'
}

# watch_name FILE: what it is called in the results, where a name is one word, and not
# that of the guard's own subtest.
watch_name()
{
	local name=${1//[!A-Za-z0-9_.\/-]/_}

	name=${name//\//_}
	name=${name: -$((${#name} < 80 ? ${#name} : 80))}
	[ "$name" != entry_guard ] || name=_$name
	printf '%s\n' "$name"
}

# watch_tasks FILE: what the kernel calls the tasks of these commands, 15 characters at
# most: a regular expression.  Not a shell's or a wrapper's name, which is anybody's.
watch_tasks()
{
	cut -f2- "$1" | sed "s/['\"]//g" | awk '{ print $1; for (i = 2; i <= NF; i++) if ($i ~ "/") print $i }' |
		sed -e 's,.*/,,' -e '/^\(sh\|bash\|dash\|env\|timeout\|nice\|sudo\|\)$/d' |
		cut -c1-15 | sed 's/[^A-Za-z0-9_-]/./g' | sort -u | paste -sd '|'
}

# What of the command line says what is watched, to be typed again.
watch_arguments()
{
	[ -z "$WITH" ] || printf ' --with %q' "$(realpath "$WITH")"
	[ -z "$EACH" ] || printf ' --each %q' "$EACH"
	printf '%s%s' "${WATCH_ALL:+ --all}" "${NO_KVM:+ --no-kvm}"
	[ ${#NAMES[@]} = 0 ] || printf ' --%s' "$(printf ' %q' "${NAMES[@]}")"
}

# Makes WATCH_DIR: what runs, where; in a VM with all that it needs.
watch_prepare()
{
	local where=$PWD copy

	[[ "${NAMES[*]}$WITH" != *$'\n'* ]] || die "watch: a command is one line: put it into a script"
	WATCH_DIR=$SCRATCH/watch
	mkdir -p "$WATCH_DIR"
	if [ -n "$WITH" ]; then
		where=$(realpath "$WITH")
	fi
	if [ "${ENGINE_LIST[*]}" != host ]; then
		copy=$WATCH_DIR/files
		mkdir -p "$copy"
		[ -z "$WITH" ] || cp -rL "$WITH/." "$copy/" || die "watch: $WITH cannot be copied"
		where=/watch/files
	fi
	printf '%s\n' "$where" >"$WATCH_DIR/cwd"
	watch_commands "${copy:-$where}" >"$WATCH_DIR/commands"
	[ -s "$WATCH_DIR/commands" ] || die "watch: no executable file in $WITH matches '$EACH'"
	if [ -n "${copy:-}" ]; then
		watch_strip "$copy"
		case " ${ENGINE_LIST[*]} " in
		*' vmx '* | *' svm-bochs '*) with_lock "$BUILD" build job_or_exit nudge_build ;;
		esac
	fi
}

# Symbols are for a debugger: the emulator's BIOS loads them slowly.  An executable that
# has none may have something behind its end, which strip would cut off.
watch_strip()
{
	find "$1" -type f -perm /111 ! -name '*.ko' | while IFS= read -r file; do
		! readelf -SW "$file" 2>/dev/null | grep ' \.debug_info ' >/dev/null || strip --strip-debug "$file" || true
	done
}

# The staged kselftest tree runs host_watch alone, for as long as it takes.
watch_stage()
{
	echo 'timeout=0' >"$B_STAGE/kvm_host_state/settings"
	TEST_LIST=(host_watch)
}

# watch_json DIR: DIR/watch.json, from results.json and violations.json.  Of a host that
# died there are no totals: then the commands' own are what is known.
watch_json()
{
	jq --slurpfile violations "$1/violations.json" \
		--rawfile begun <(grep -E '^( *# \$ |(not )?ok )' "$1/results.ktap") '
		# The command that had not ended when its engine did.
		def unfinished($engine; $ended):
			reduce ($begun | split("\n")[]) as $line ({nr: 0};
				if $line | test("^ *# \\$ ") then .last = ($line | sub("^ *# \\$ "; "")) | .nr += 1
				elif $line | test("^(not )?ok [0-9]+ \($engine)( |$)") then .of_engine = {last, nr}
				elif $line | test("^(not )?ok ") then {nr: 0, of_engine}
				else . end) | .of_engine | if .nr > $ended then .last else null end;
		[.engines[] | . as $e |
		 [.tests[].subtests[] | select(.subtest == "entry_guard").counts] as $guard |
		 ([$e.tests[].subtests[] | select(.subtest != "entry_guard" and (.counts | has("status")))]) as $commands |
		 ([($guard[], if $guard == [] then $commands[].counts else empty end) | .entries // 0] | add // 0) as $entries |
		 ([$commands[] | select(.counts | .entries == 0 and (.status == 126 or .status == 127))]) as $not_run |
		 {engine: $e.name, kernel: $e.kernel,
		  verdict: (if $e.verdict == "fail" then "fail"
			elif $e.errors != [] then "lab-error"
			elif $entries == 0 or $not_run != [] then "inconclusive"
			elif $e.verdict == "pass" then "pass"
			else "lab-error" end),
		  reason: ([($e.errors + [$not_run[] | "\(.subtest) could not be run: exit status \(.counts.status)"] +
			[$e.tests[] | select(.status != "pass") | .reason])[]] | .[0]),
		  command_status: ([$commands[].counts.status] | max),
		  entries: $entries, exits: ([$guard[] | .exits // 0] | add),
		  hops: ([$guard[] | .hops // 0] | add), cpus: $e.cpus,
		  others: ([$guard[] | .others // 0] | add), log_of_others: $e.others,
		  violations: (if $guard == [] then [$violations[0][].count] else [$guard[] | .wrong // 0] end | add // 0),
		  death: $e.death, seconds: $e.seconds,
		  died_in: (if $e.death then unfinished($e.name; $commands | length) else null end),
		  commands: [$commands[] | . as $c | {name: .subtest, status: .counts.status, entries: .counts.entries,
			violations: [$violations[0][] | select(.subtest? == $c.subtest)] }]}] as $all |
		(if any($all[]; .verdict == "fail") then "fail"
		 elif any($all[]; .verdict == "lab-error") then "lab-error"
		 elif any($all[]; .verdict == "inconclusive") then "inconclusive"
		 else "pass" end) as $verdict |
		{verdict: $verdict, command_status: ([$all[].command_status] | max),
		 entries: ([$all[].entries] | add), exits: ([$all[].exits] | add), hops: ([$all[].hops] | add),
		 cpus: ([$all[].cpus] | max), violations: ([$all[].violations] | add), engines: $all}
		' "$1/results.json" >"$1/watch.json"
}

watch_summary()
{
	jq -r '.engines[] |
		"\(.engine): \(.verdict)\(if .verdict == "pass" then "" else ": \(.reason // "no VM entry was guarded")" end)",
		(if .exits then "  \(.entries) VM entries and \(.exits) exits guarded, \(.hops) hops on \(.cpus // "?") CPUs, \(.violations) wrong values, \(.seconds) s"
		 else "  \(.entries) VM entries guarded, by commands that ended, \(.violations) wrong values, \(.seconds) s" end),
		(if (.others // 0) > 0 then "  \(.others) VM entries of other processes were not looked at (--all does)" else empty end),
		(.log_of_others // [] | .[] | "  in the kernel log, no finding: \(.)"),
		(.commands[] | "  \(.name): exit status \(.status), \(.entries) VM entries, \([.violations[].count] | add // 0) wrong values",
			(.violations[] | "    cpu \(.cpu) \(.field) \(.got), want \(.want): \(.diagnosis)")),
		(if .death then "  \(.death.class): \(.death.title)" else empty end),
		(if .died_in then "  the last command that began: \(.died_in)" else empty end)' "$1/watch.json"
}

command_watch()
{
	local dir=$SCRATCH/out

	[ ${#NAMES[@]} -gt 0 ] || [ -n "$EACH" ] || usage_error "watch wants a command: watch [OPTIONS] -- COMMAND..."
	[ -z "$EACH" ] || [ -n "$WITH" ] || usage_error "--each names files of the folder that --with gives"
	[ -z "$WITH" ] || [ -d "$WITH" ] || die "watch: there is no folder $WITH"
	output_check
	if [ -n "$NO_KVM" ]; then
		case ,$ENGINES, in
		,auto,) ENGINES=svm,vmx ;;
		*,host,*) die "watch: --no-kvm is for the lab's VM: give -e svm or -e vmx" ;;
		esac
	fi
	engines_resolve "$ENGINES"
	kernel_for_engines
	build_for_kernel
	watch_prepare
	watch_stage
	run_suite "$dir"
	watch_json "$dir"
	watch_summary "$dir" | tee "$dir/summary.txt" | sed 's/^/# /'
	output_publish "$dir"
	printf '# results: %s\n' "$OUT"
	JUDGED=1
	case $(jq -r .verdict "$dir/watch.json") in
	pass) return $PASS ;;
	fail) return $FAIL ;;
	inconclusive) return $NOTHING ;;
	*) return $LAB ;;
	esac
}
