# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# From what the engines left to results.json, violations.json and the table.

# engine_report ENGINE DIR START TEST...: DIR/engine.json.
engine_report()
{
	local name=$1 dir=$2 start=$3
	shift 3

	jq -n --arg name "$name" --arg kernel "$K_VERSION" --arg emulator "$EMULATOR" --argjson vms "${VMS:-1}" \
		--arg seconds "$(seconds_since "$start")" --arg guard_mode "$GUARD" \
		--arg started "$(date -u -d "@${start%[.,]*}" +%Y-%m-%dT%H:%M:%SZ)" --rawfile facts "$dir/facts" \
		--rawfile pairs "$dir/pairs" --rawfile others "$dir/others" --slurpfile boots "$dir/boots.jsonl" \
		--slurpfile tests "$dir/tests.jsonl" --slurpfile deaths "$dir/deaths.jsonl" --rawfile errors "$dir/errors" '
		def number: if . == null then null else tonumber? // null end;
		# Lines FROM@NODE TO=HOPS ...: the hops of all subtests together.
		def pair_hops($text):
			[$text | split("\n")[] | select(test("^[0-9]+@-?[0-9]+( [0-9]+=[0-9]+)*$")) | split(" ") |
			 (.[0] | split("@") | map(tonumber)) as $from |
			 {from: $from[0], node: $from[1], to: (.[1:] | map(split("=")))}] |
			group_by(.from) | map({from: .[0].from, node: .[0].node,
				to: (reduce .[].to[] as $p ({}; .[$p[0]] += ($p[1] | tonumber)))});
		def lines: split("\n") | map(select(. != ""));
		# Of several VMs what the poorest says: on how many CPUs could a bug show?
		([$facts | lines[] | [splits(" ") | split("=") | select(length == 2) | {(.[0]): .[1]}] | add // {}] |
			min_by(.bit31_cpus | number) // {}) as $facts |
		(reduce ($errors | lines)[] as $e ([]; if index([$e]) then . else . + [$e] end)) as $errors |
		# As they came, in whichever VM.
		($deaths | sort_by(.boot as $n | [$boots[] | select(.boot == $n) | .at + .seconds] | max)) as $deaths |
		($tests + [($ARGS.positional - [$tests[].name])[] | {name: ., status: "inconclusive", seconds: 0,
			hops: 0, reason: "it did not run", subtests: [], results: []}]) as $tests |
		[$tests[].subtests[] | select(.subtest != "entry_guard") | .counts] as $counts |
		[$tests[].subtests[] | select(.subtest == "entry_guard") | .counts] as $guard |
		($deaths | map(select(.lab | not))) as $dead |
		($guard | map(.entries // 0) | add // 0) as $entries |
		# Who may say "pass": only a test that looked at the host, and where the
		# guard was to look too, only if it did.  A descriptor taken apart by
		# itself, or tests that all skipped, say nothing of this kernel.
		(if any($tests[]; .status == "pass" and (.hops > 0 or any(.subtests[]; .counts.entries // 0 > 0))) | not
		 then "no test that looks at the host passed"
		 elif $guard_mode != "off" and $entries == 0
		 then "no VM entry was guarded, as the guard was told to"
		 else null end) as $nothing |
		{name: $name, emulator: (if $emulator == "" then null else $emulator end),
		 kernel: ($facts.kernel // $kernel), started: $started,
		 verdict: (
			if any($tests[]; .status == "fail") or ($dead | length > 0) then "fail"
			elif ($errors | length > 0) or any($tests[]; .status == "inconclusive") then "lab-error"
			elif $nothing then "skip"
			else "pass" end),
		 nothing: $nothing,
		 cpus: ($facts.cpus | number), numa_nodes: ($facts.nodes | number),
		 bit31_cpus: ($facts.bit31_cpus | number), fred: ($facts.fred == "1"),
		 cpu_pairs: ([$counts[].pairs_all // empty] | max // 0),
		 cpu_pairs_covered: ([$counts[].pairs // empty] | max // 0),
		 entries_guarded: $entries,
		 cross_node: ([$counts[].cross_node // 0] | add // 0),
		 pair_hops: pair_hops($pairs),
		 death: ($dead[0] // $deaths[0] // null), deaths: $deaths, vms: $vms, boots: ($boots | sort_by(.boot)),
		 others: ($others | lines | unique),
		 errors: $errors, boots_without_bit31: ([$boots[] | select(.ended == "bit31")] | length),
		 seconds: ($seconds | tonumber), tests: $tests}' --args "$@" >"$dir/engine.json"
	rm -f "$dir"/{facts,errors,pairs,others,boots.jsonl}
}

# results_json DIR ENGINE_DIR...: DIR/results.json and DIR/violations.json.
results_json()
{
	local dir=$1 engine files=()
	shift

	for engine in "$@"; do
		files+=("$engine/engine.json")
		jq -Rn '[inputs | fromjson? // empty]' "$engine/violations.jsonl" >"$engine/violations.json"
		# Two rounds of an engine have one name, and a folder each.
		jq --arg dir "${engine##*/}" '.dir = $dir' "$engine/engine.json" >"$engine/engine.new"
		mv "$engine/engine.new" "$engine/engine.json"
		rm -f "$engine/violations.jsonl" "$engine/tests.jsonl" "$engine/deaths.jsonl"
	done
	jq -s --arg seed "$SEED" --arg guard "$GUARD" --arg package "$K_PACKAGE" '
		{verdict: (
			if any(.[]; .verdict == "fail") then "fail"
			elif any(.[]; .verdict == "lab-error") then "lab-error"
			elif all(.[]; .verdict == "pass") then "pass"
			else "skip" end),
		 seed: ($seed | tonumber), guard: $guard, kernel_package: $package,
		 engines: .}' "${files[@]}" >"$dir/results.json"
	for engine in "$@"; do
		jq '.[]' "$engine/violations.json"
	done | jq -s . >"$dir/violations.json"
}

# The table: tests by engine.  A row where engines disagree is marked with "!".
summary()
{
	jq -r '
		def cell($n): (.tests[] | select(.name == $n) |
			"\(.status) \(.seconds) s") // "-";
		. as $r |
		([" ", "test"] + [$r.engines[].name] | @tsv),
		([$r.engines[].tests[].name] | reduce .[] as $n ([]; if index([$n]) then . else . + [$n] end) | .[] as $n |
			[$r.engines[] | [.tests[] | select(.name == $n) | .status][0] // empty] as $s |
			[(if ($s | unique | length) > 1 then "!" else " " end), $n] +
			[$r.engines[] | ([.tests[] | select(.name == $n) |
				"\(.status) \(.seconds) s"][0] // "-")] | @tsv)
		' "$1/results.json" | column -t -s $'\t' | sed 's/ *$//'
	jq -r '
		def group: tostring | explode | reverse | [_nwise(3)] | map(reverse | implode) | reverse | join(",");
		(if any(.engines[]; . as $e | any($e.tests[]; .status != "pass")) then "" else empty end),
		(.engines[] as $e | $e.tests[] | select(.status != "pass") |
			"\($e.name): \(.name): \(.status): \(.reason)\(if ($e.vms // 1) > 1 then " (boot \(.boot // "?"))" else "" end)"),
		(.engines[] | "",
			"\(.name): kernel \(.kernel), \(.cpus // "?") CPUs, \(.numa_nodes // "?") NUMA node\(if .numa_nodes == 1 then "" else "s" end): \(.verdict) in \(.seconds) s\(if (.vms // 1) > 1 then ", in \(.vms) VMs" else "" end)",
			"  \([.tests[].hops] | add // 0 | group) verified hops (\(.cross_node | group) to another node), \(.entries_guarded | group) VM entries guarded, \(.cpu_pairs_covered) of \(.cpu_pairs) ordered CPU pairs",
			(if .bit31_cpus == null then "  bit 31 of the TSS bases: not looked at (no observer module)"
			 elif .bit31_cpus == 0 then "  no CPU has bit 31 of its TSS base set: a sign-extended base cannot show here (\(
				if (.kernel | split("[.-]"; null) | map(tonumber? // 0) | .[0:2]) < [6, 2] then "kernels before 6.2 place the TSSs linearly and low"
				else "chance placed them so at boot, with \(.cpus) CPUs once in \(pow(2; .cpus // 1)); another boot, or more CPUs, will do" end))"
			 else "  \(.bit31_cpus) of \(.cpus) CPUs have bit 31 of their TSS base set: there a sign-extended base shows" end),
			([.tests[] | select(.status == "pass") | {name, n: [(.results // [])[] | select(.status == "skip")] | length} | select(.n > 0)] |
			 if . == [] then empty
			 else "  \(map(.n) | add | "\(.) subtest\(if . == 1 then "" else "s" end)") skipped, results.json says why: \(map("\(.n) of \(.name)") | join(", "))" end),
			(if .fred then "  a FRED host: its events take no stack from a TSS and no gate from an IDT" else empty end),
			(if .boots_without_bit31 > 0 then "  (booted again \(if .boots_without_bit31 == 1 then "once" else "\(.boots_without_bit31) times" end): no CPU had bit 31 set)" else empty end),
			(.death | if . and (.lab | not) then "  \(if .class == "warn" then "the kernel warned" else "host died: " + .class end): \(.title)\(if .test then " (during \(.test))" else "" end)" else empty end),
			(if .verdict == "skip" then "  no verdict: \(.nothing)" else empty end),
			(.others[] | "  the kernel also said, not of KVM and not of our tasks (it does not decide): \(.)"),
			(.errors[] | "  lab: \(.)")),
		"", "verdict: \(.verdict)"' "$1/results.json"
}

verdict_status()
{
	JUDGED=1
	case $(jq -r .verdict "$1/results.json") in
	pass) return $PASS ;;
	fail) return $FAIL ;;
	skip) return $NOTHING ;;
	*) return $LAB ;;
	esac
}
