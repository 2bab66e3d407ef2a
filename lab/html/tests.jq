# SPDX-License-Identifier: GPL-2.0-only
# Tests by engine by kernel, and what each subtest counted.
include "text";

def names: [.engines[].tests[].name] | reduce .[] as $n ([]; if index([$n]) then . else . + [$n] end);

def test_cell:
	if . == null then "<td class=\"none\">-</td>" else
	"<td>\(.status | pill(.))<span class=\"sub\">\(.seconds) s\(if .hops > 0 then ", \(.hops | plural("hop"))" else "" end)</span></td>" end;

def tests_table: . as $r |
	[names[] as $n |
	 [$r.engines[] | [.tests[] | select(.name == $n)][0]] as $row |
	 ([$row[] | select(.) | .status] | unique | length > 1) as $odd |
	 "<tr\(if $odd then " class=\"odd\"" else "" end)><th>\($n | h)\(if $odd then "<span class=\"sub\">the engines disagree</span>" else "" end)</th>\($row | map(test_cell) | add)</tr>"] |
	"<div class=\"wide\"><table class=\"tests\"><thead><tr><th>test</th>\($r.engines | map("<th>\(called | h)<span class=\"sub\">\(.kernel // "?" | h)</span></th>") | add // "")</tr></thead><tbody>\(add // "")</tbody></table></div>";

# What each engine looked at.
def covered:
	[["verdict", (.engines[] | .verdict)],
	 ["kernel", (.engines[] | .kernel)],
	 ["emulator", (.engines[] | .emulator // "-")],
	 ["CPUs", (.engines[] | .cpus)],
	 ["NUMA nodes", (.engines[] | .numa_nodes)],
	 ["verified hops", (.engines[] | [.tests[].hops] | add // 0)],
	 ["of these to another node", (.engines[] | .cross_node)],
	 ["VM entries guarded", (.engines[] | .entries_guarded)],
	 ["ordered CPU pairs hopped", (.engines[] | "\(.cpu_pairs_covered | grouped) of \(.cpu_pairs | grouped)")],
	 ["CPUs with bit 31 of their TSS base set", (.engines[] | .bit31_cpus // "not looked at")],
	 ["boots thrown away for want of bit 31", (.engines[] | .boots_without_bit31)],
	 ["wall time, s", (.engines[] | .seconds)],
	 ["started", (.engines[] | .started)]] |
	map(map("<td>\(if type == "number" and . == floor then grouped else tostring end | h)</td>"));

def coverage: . as $r | covered | table([""] + [$r.engines[] | called]);

# Each subtest with its result and what it counted, folded away.
def subtest_rows($e): . as $t |
	((.results // []) as $r | .subtests as $s | ([$r[].name] + [$s[].subtest] | reduce .[] as $n ([]; if index([$n]) then . else . + [$n] end))[] | . as $n |
	 {n: $n, r: ([$r[] | select(.name == $n)][0] // {}), counts: [$s[] | select(.subtest == $n) | .counts | to_entries | map("\(.key) \(.value | if type == "number" then grouped else . end)") | join(", ")] | join("; ")}) |
	"<tr>\([($e | called), $t.name, .n] | map(cell) | add)<td>\(.r.status // "" | pill(.))</td>\([.r.seconds, ([.r.reason // "", .counts] | map(select(. != "")) | join(" - "))] | map(cell) | add)</tr>";

def subtests_table:
	[.engines[] as $e | $e.tests[] | subtest_rows($e)] |
	if length == 0 then "" else "<details><summary>Each subtest, and what it counted (\(length))</summary><div class=\"wide\"><table><thead><tr>\(["engine", "test", "subtest", "result", "seconds", "counts"] | map("<th>\(.)</th>") | add)</tr></thead><tbody>\(add)</tbody></table></div></details>" end;

def tests_section:
	if (.engines | length) == 0 then empty else
	"\(tests_table)\(coverage)\(subtests_table)" | section("tests"; "Tests") end;
