# SPDX-License-Identifier: GPL-2.0-only
# Input: what report_model makes of a results folder.  Each thing that was
# asked for is one case, be it that it never ran: {engine, test, name or null
# for the test as a whole, status, reason, seconds, log}.

def status_of_death: if .lab then "error" else "fail" end;

# No two engines' runs share a folder; a kernel's name tells cells apart.
def engine_id: .dir // .name;

def console($p; $engine; $boot): [$p.consoles[] | select(.engine == $engine and .boot == $boot) |
	(.emulator // empty), (.lines[] | .text)] | join("\n");

def wrong($p; $engine; $test; $subtest):
	[$p.violations[] | select(.engine == $engine and .test == $test and ($subtest == null or .subtest == $subtest)) |
	 "cpu \(.cpu) from cpu \(.from_cpu): \(.field)\n  got  \(.got)\n  want \(.want)\n  \(.diagnosis), \(.count) times, seen by \(.observer)"] | join("\n");

def case_status: {pass: "pass", fail: "fail", skip: "skip"}[.] // "error";

def cases: . as $p | .results.engines[] | . as $e | engine_id as $id |
	((.deaths // [.death // empty])) as $deaths |
	(.tests[] | . as $t |
	 [$deaths[] | select(.test == $t.name)][0] as $death |
	 ((.results // [])[] | {engine: $id, test: $t.name, name, status: (.status | case_status), reason, seconds: (.seconds // 0),
		log: (if .status == "fail" then wrong($p; $id; $t.name; .name) else "" end)}),
	 # What the subtests do not say: that there were none, that the host died.
	 (if any((.results // [])[]; .status == $t.status) and ($death | not) then empty else
	  {engine: $id, test: .name, name: null, status: (.status | case_status), reason, seconds: ([.seconds - ([(.results // [])[].seconds // 0] | add // 0), 0] | max * 10 | round / 10),
	   log: (if $death then console($p; $id; $death.boot // 1) elif .status == "fail" then wrong($p; $id; .name; null) else "" end)} end)),
	($deaths[] | select(.test == null) | {engine: $id, test: "host", name: null, status: status_of_death, reason: "\(.class): \(.title)", seconds: 0, log: console($p; $id; .boot // 1)}),
	((.errors // []) | to_entries[] | {engine: $id, test: "lab", name: "error_\(.key + 1)", status: "error", reason: .value, seconds: 0, log: ""}),
	# Each test passed, and none said anything of the kernel.
	(if .verdict == "skip" and .nothing then {engine: $id, test: "lab", name: "verdict", status: "error", reason: .nothing, seconds: 0, log: ""} else empty end),
	(if (.tests | length) == 0 then {engine: $id, test: "lab", name: null, status: "error", reason: "nothing ran", seconds: 0, log: ""} else empty end);
