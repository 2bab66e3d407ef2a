# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What went wrong, in words that two kernels can be compared by: never a count,
# never an address.  A signature is a JSON object:
#   {"test", "subtest", "field", "diagnosis"}   what the suite saw
#   {"class", "title", "test"}                  how the host died, or warned
# As text: "host_tr_test/hop_between_runs HOST_TR_BASE stale", "oops: BUG: ...".

# plain: a title without what differs from one boot, or one line number, to the next.
# text:  a signature for a person.
# like(T): is this signature what T asks for?  What T leaves out may be anything;
#        of a title T has the beginning.
# shellcheck disable=SC2034 # used by who runs jq
SIGNATURE_JQ='
	def plain: gsub("0x[0-9a-fA-F]+"; "X") | gsub("\\b[0-9a-f]{8,16}\\b"; "X") | gsub("[0-9]+"; "N");
	def text: if .class then .class + (if .title == "" then "" else ": " + .title end)
		else .test + (if .subtest then "/" + .subtest else "" end) +
			(if .field then " " + .field else "" end) +
			(if .diagnosis then " " + .diagnosis else "" end) end;
	def like($t): . as $s |
		if $t.class then .class == $t.class and ((.title // "") | startswith($t.title // ""))
		else .class == null and all("test", "subtest", "field", "diagnosis";
			. as $k | $t[$k] == null or $t[$k] == $s[$k]) end;
	def likes($ts): . as $s | any($ts[]; . as $t | $s | like($t));
'

# signature_parse TEXT: what a person wrote, as a JSON array.
signature_parse()
{
	jq -Rnc --arg text "$1" "$SIGNATURE_JQ"'
		def some: if . == "" or . == null then null else . end;
		($text | capture("^(?<class>[a-z -]+): (?<title>.*)$") // null) as $death |
		if $text == "build" or $text == "boot" then [{class: $text, title: ""}]
		elif $death then [{class: $death.class, title: ($death.title | plain), test: null}]
		else ($text | split(" ")) as $w | ($w[0] | split("/")) as $n |
			[{test: ($n[0] | some), subtest: ($n[1] | some), field: ($w[1] | some), diagnosis: ($w[2] | some)}]
		end'
}

# signature_runs DIR: what engine_run left there, one JSON line for each time that
# the tests ran: {"tests": {NAME: STATUS}, "signatures": [...], "lab": why or null}.
# A VM may have run them several times over (RUNS_A_BOOT).
signature_runs()
{
	jq -Rnc --arg at "$(signature_places "$1")" "$SIGNATURE_JQ"'
		def death($s): ($s | capture("^host died: (?<class>[^:]+): (?<title>.*)$") //
				($s | capture("^the kernel warned: (?<title>.*)$") + {class: "warn"})) |
			# Whether the other CPUs got stuck too is a matter of time.
			if .class == "zombie" then .class = "oops" else . end |
			.title |= plain + (if $at != "" then " " + $at else "" end);
		def close($t): .ended += [{name: $t.name, status: $t.status,
				signatures: ([$t.signatures[]] | unique)}] | .now = [];
		reduce inputs as $line ({ended: [], now: [], lab: null, dead: null};
			if $line | startswith("    # violation: ") then
				(try ($line[17:] | fromjson | {test, subtest, field, diagnosis}) catch null) as $v |
				if $v then .now += [$v] else . end
			elif $line | test("^    not ok [0-9]+ ") then
				($line | capture("^    not ok [0-9]+ (?<name>[^ ]+)( # (?<why>.*))?$")) as $s |
				if ($s.why // "" | startswith("inconclusive: ")) or any(.now[]; .subtest == $s.name) then .
				else .now += [{test: null, subtest: $s.name, field: null, diagnosis: null}] end
			elif $line | test("^  # (host died|the kernel warned): ") then
				.dead = death($line[4:])
			elif $line | startswith("  # the lab failed: ") then
				.lab = $line[20:]
			elif $line | test("^  (not )?ok [0-9]+ ") then
				($line | capture("^  (?<not>not )?ok [0-9]+ (?<name>[^ ]+)( # (?<why>.*))?$")) as $t |
				($t.why // "") as $why |
				(if $t.not == null then (if $why | startswith("SKIP") then "skip" else "pass" end)
				 elif ($why | startswith("inconclusive: ")) then "inconclusive" else "fail" end) as $status |
				(if .dead then [.dead + {test: $t.name}] else [] end +
				 [.now[] | .test = $t.name]) as $signatures |
				.dead = null |
				close({name: $t.name, status: $status, signatures:
					(if $status == "fail" and ($signatures == []) then
						[{test: $t.name, subtest: null, field: null, diagnosis: null}]
					 else $signatures end)})
			else . end) |
		# A host that died after the test had ended: its green is not to be trusted.
		(if .dead and (.ended | length > 0) then
			.dead as $dead | .ended[-1] |= (.status = "fail" | .signatures += [$dead + {test: .name}])
		 else . end) |
		.lab as $lab | (if .ended == [] then .dead else null end) as $early |
		(reduce .ended[] as $t ({seen: {}, runs: []};
			(.seen[$t.name] // 0) as $i | .seen[$t.name] = $i + 1 |
			.runs[$i] |= ((. // {tests: {}, signatures: [], lab: null}) |
				.tests[$t.name] = $t.status | .signatures += $t.signatures)) | .runs) as $runs |
		# Before any test: of a boot that said nothing at all the lab has to tell.
		(if $early then [{tests: {}, signatures: [$early + {test: null}], lab: null}]
		 elif $lab == null and $runs == [] then [{tests: {}, signatures: [], lab: "nothing was run"}]
		 elif $lab == null then $runs
		 elif ($runs | length > 0) and any($runs[-1].tests[]; . == "inconclusive") then $runs[:-1] + [$runs[-1] | .lab = $lab]
		 else $runs + [{tests: {}, signatures: [], lab: $lab}] end) | .[]' "$1/ktap"
}

# Where the kernel was when it died: the title of an oops seldom tells.
signature_places()
{
	cat "$1"/console*.log 2>/dev/null | tr -d '\r' |
		sed -n 's/.*RIP: [0-9a-f]*:\([a-zA-Z_][a-zA-Z0-9_.]*\)+0x.*/at \1/p' | first_line
}

# signature_judge TARGET TEST...: reads signature_runs' lines, adds to each
# "result" and "why":
#   kill   it shows a signature of TARGET (a JSON array; "any": whatever fails)
#   clean  the tests that could show it ran, and did not; nor anything fatal
#   lab    no word on the kernel: the lab failed, or the machine was too busy
#   other  it fails in another way, or could not look: no answer
signature_judge()
{
	local target=$1
	shift

	# shellcheck disable=SC2016 # jq's variables
	jq -c --argjson target "$target" "$SIGNATURE_JQ"'
		$ARGS.positional as $need | .tests as $tests |
		[.signatures[] | select($target == "any" or likes($target))] as $hits |
		[$need[] | $tests[.] // "missing"] as $status |
		. + (
			if $hits != [] then {result: "kill", why: ($hits[0] | text)}
			elif .lab then {result: "lab", why: .lab}
			# A death, or an assertion, may have come before what is looked for.
			elif any(.signatures[]; if .class then .class != "warn" else .field == null end) then
				{result: "other", why: (.signatures[0] | text)}
			elif any($status[]; . == "missing") then {result: "lab", why: "not every test came to its end"}
			elif any($status[]; . == "inconclusive") or ($need == [] and any($tests[]; . == "inconclusive")) then {result: "lab", why: "a test verified too little"}
			elif any($status[]; . == "pass" or . == "fail") or ($need == [] and any($tests[]; . == "pass" or . == "fail")) then
				{result: "clean", why: null}
			else {result: "other", why: "skipped: nothing that could show it ran"} end)' --args "$@"
}
