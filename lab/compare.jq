# SPDX-License-Identifier: GPL-2.0-only
# Input: [old, new], each {results, violations: with .engine, mutants}.  Output:
# one object a difference, {kind, what, worse}.

# The same failure says the same, whatever the addresses, CPUs and counts.
def plain: gsub("0x[0-9a-f]+"; "0x*") | gsub("\\b[0-9]+\\b"; "*");

def worst: {fail: 4, inconclusive: 3, pass: 2, skip: 1} as $rank | max_by($rank[.]);

# The kernel is part of the name only where a folder holds several of an engine.
def engine_key($all): if ([$all[] | select(.name == .name and .kernel)] | group_by(.name) | any(.[]; map(.kernel) | unique | length > 1)) then "\(.name) \(.kernel)" else .name end;

def died: select(.class != null) | "\(if .class == "warn" then "warning" else "death: \(.class)" end): \(.title | plain)";

# [subtest or null, what], of a test that failed.
def signatures($test; $violations):
	[$violations[] | select(.test == $test.name) | [.subtest, "\(.field) \(.diagnosis)"]] as $v |
	$v + [($test.results // [])[] | select(.status == "fail") | select([.name] | inside($v | map(.[0])) | not) |
		# The guard's own count says nothing that its findings do not.
		select(.name != "entry_guard" or $v == []) | [.name, (.reason | plain)]] | unique;

# The same said of several subtests is said once.
def told: group_by(.[1]) | map("\(.[0][1])\(map(.[0] | select(.)) | if length > 0 then " in " + join(", ") else "" end)") | join("; ");

# Each test of each engine: the worst of its rounds.
def tests: . as $side |
	[.results.engines[] as $e | $e.tests[] as $t |
	 {key: "\($e | engine_key($side.results.engines)) \($t.name)", status: $t.status, seconds: $t.seconds, reason: $t.reason,
	  signatures: (signatures($t; [$side.violations[] | select(.engine == ($e.dir // $e.name))]) +
		[($e.deaths // [$e.death // empty])[] | select(.test == $t.name and (.lab | not)) | [null, died]] |
		if length == 0 and $t.status == "fail" then [[null, ($t.reason | plain)]] else unique end)}] |
	group_by(.key) |
	map({key: .[0].key, value: {status: map(.status) | worst, seconds: map(.seconds) | max,
		reason: (map(.reason) | map(select(. != "")) | .[0] // ""), signatures: (map(.signatures) | add | unique)}}) | from_entries;

# What an engine as a whole looked at.
def coverage: . as $side |
	[.results.engines[] | {key: engine_key($side.results.engines), value: {pairs: .cpu_pairs_covered, bit31: (.bit31_cpus // 0), nodes: (.numa_nodes // 0)}}] |
	group_by(.key) | map({key: .[0].key, value: {pairs: map(.value.pairs) | max, bit31: map(.value.bit31) | max, nodes: map(.value.nodes) | max}}) | from_entries;

def why: if .signatures == [] then .reason else .signatures | told end;

def compare_tests: (.[0] | tests) as $old | (.[1] | tests) as $new |
	(($old | keys) + ($new | keys) | unique)[] as $key | $old[$key] as $o | $new[$key] as $n |
	if $n == null then {kind: "lost coverage", what: "\($key): \($o.status) before, did not run now", worse: ($o.status == "pass" or $o.status == "fail")}
	elif $n.status == "fail" and ($o == null or $o.status != "fail") then
		{kind: "new failure", what: "\($key): \($n | why) (\(if $o then $o.status + " before" else "did not run before" end))", worse: true}
	elif $o == null then {kind: "new test", what: "\($key): \($n.status)", worse: false}
	elif $o.status == "fail" and $n.status == "pass" then {kind: "gone failure", what: "\($key): \($o | why)", worse: false}
	elif $o.status == "fail" and $n.status == "fail" then
		if $o.signatures == $n.signatures then empty else
		($n.signatures - $o.signatures) as $more | ($o.signatures - $n.signatures) as $less |
		{kind: "changed signature", what: "\($key): \([(if $more != [] then "now \($more | told)" else empty end), (if $less != [] then "no more \($less | told)" else empty end)] | join(", "))", worse: ($more != [])} end
	elif $n.status != $o.status and $n.status != "pass" then {kind: "lost coverage", what: "\($key): \($o.status) before, \($n.status) now: \($n.reason)", worse: true}
	elif $n.status != $o.status then {kind: "won coverage", what: "\($key): \($o.status) before, \($n.status) now", worse: false}
	elif $n.seconds > $o.seconds * 1.5 and $n.seconds > $o.seconds + 5 then {kind: "slower", what: "\($key): \($n.seconds) s, \($o.seconds) s before", worse: false}
	else empty end;

def compare_engines: (.[0] | coverage) as $old | (.[1] | coverage) as $new |
	($old | keys[]) as $key | $old[$key] as $o | $new[$key] as $n | select($n) |
	(if $n.pairs < $o.pairs then {what: "\($key): \($n.pairs) CPU pairs, \($o.pairs) before"} else empty end),
	(if $n.bit31 == 0 and $o.bit31 > 0 then {what: "\($key): no CPU has bit 31 of its TSS base set, \($o.bit31) had before"} else empty end),
	(if $n.nodes < $o.nodes then {what: "\($key): \($n.nodes) NUMA nodes, \($o.nodes) before"} else empty end) |
	. + {kind: "lost coverage", worse: true};

# Deaths and warnings that no test pays for.
def compare_deaths:
	def loose: . as $side | [.results.engines[] as $e | ($e.deaths // [$e.death // empty])[] | select(.test == null and (.lab | not)) | "\($e | engine_key($side.results.engines)): \(died)"] | unique;
	(.[0] | loose) as $old | (.[1] | loose) as $new |
	(($new - $old)[] | {kind: "new failure", what: ., worse: true}),
	(($old - $new)[] | {kind: "gone failure", what: ., worse: false});

def compare_mutants: (map(.mutants | (map(.kernel) | unique | length) as $kernels | map({key: "\(.name) on \(.engine // "no engine")\(if $kernels > 1 then ", \(.kernel)" else "" end)", value: {verdict, by, field, diagnosis, as_expected}}) | from_entries)) as [$old, $new] |
	def told: "\(.verdict)\(if .by then " by \(.by)" else "" end)\(if .field then ": \(.field) \(.diagnosis)" else "" end)";
	def good: .as_expected and (.verdict == "killed" or .verdict == "equivalent");
	(($old | keys) + ($new | keys) | unique)[] as $key | $old[$key] as $o | $new[$key] as $n |
	if $n == null then {kind: "lost coverage", what: "\($key): \($o | told) before, not planted now", worse: true}
	elif $o == null then {kind: "new bug", what: "\($key): \($n | told)", worse: ($n | good | not)}
	elif $o == $n then empty
	elif ($n | good) and ($o | good | not) then {kind: "gone failure", what: "\($key): \($n | told), \($o | told) before", worse: false}
	elif ($n | good | not) and ($o | good) then {kind: "new failure", what: "\($key): \($n | told), \($o | told) before", worse: true}
	else {kind: "changed signature", what: "\($key): \($n | told), \($o | told) before", worse: ($n | good | not)} end;

# What no test pays for: the lab's trouble, say, or that nothing was guarded.
def compare_verdicts: map(.results.verdict) as [$old, $new] |
	if $old == "pass" and $new == "fail" then {kind: "new failure", what: "the whole: \($new), \($old) before", worse: true}
	elif ($old == "pass" or $old == "fail") and ($new == "lab-error" or $new == "skip") then
		{kind: "lost coverage", what: "the whole: \($new), \($old) before\([.[1].results.engines[] | (.errors // [])[], (.nothing // empty)] | if . == [] then "" else ": " + .[0] end)", worse: true}
	else empty end;

[compare_tests, compare_engines, compare_deaths, compare_mutants] as $found |
$found + (if any($found[]; .worse) then [] else [compare_verdicts] end)
