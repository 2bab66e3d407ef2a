# SPDX-License-Identifier: GPL-2.0-only
# JUnit XML: a suite for each test of each engine, a case for each subtest.  What
# is inconclusive, and what the lab could not do, is an error: never a pass.
include "cases";

def x: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;") | gsub("\""; "&quot;") | gsub("\n"; "&#10;");
def text: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");

def counts: "tests=\"\(length)\" failures=\"\([.[] | select(.status == "fail")] | length)\" errors=\"\([.[] | select(.status == "error")] | length)\" skipped=\"\([.[] | select(.status == "skip")] | length)\" time=\"\([.[].seconds] | add // 0 | . * 10 | round / 10)\"";

def body: {
	pass: "",
	skip: "<skipped message=\"\(.reason | x)\"/>",
	fail: "<failure message=\"\(.reason | x)\" type=\"failure\">\(.log | text)</failure>",
	error: "<error message=\"\(.reason | x)\" type=\"inconclusive\">\(.log | text)</error>"
	}[.status];

def case: "    <testcase classname=\"kvm_host_state.\(.engine | x).\(.test | x)\" name=\"\(.name // .test | x)\" time=\"\(.seconds)\">\(body)</testcase>";

def suite($p): .[0] as $c | ($p.results.engines[] | select(engine_id == $c.engine)) as $e |
	"  <testsuite name=\"\($c.engine | x).\($c.test | x)\" \(counts)\(if $e.started then " timestamp=\"\($e.started | rtrimstr("Z"))\"" else "" end)>\n" +
	"    <properties><property name=\"engine\" value=\"\($e.name | x)\"/><property name=\"kernel\" value=\"\($e.kernel // "" | x)\"/><property name=\"seed\" value=\"\($p.results.seed // "" | x)\"/></properties>\n" +
	(map(case) | join("\n")) + "\n  </testsuite>";

# A kill matrix: a bug that was killed as it must be is a pass.
def mutant_cases: ((.mutants[] | {engine: (.engine // "none"), test: "mutants", name,
		status: (if .as_expected and (.verdict == "killed" or .verdict == "equivalent") then "pass" elif .verdict == "broken" then "error" else "fail" end),
		reason: "\(.verdict)\(if .reason then ": \(.reason)" else "" end)", seconds, log: ""}),
	(.control[] | {engine, test: "mutants", name: "control", status: (if .verdict == "survived" then "pass" else "error" end),
		reason: (.reason // .verdict), seconds, log: ""}));

def mutant_suite: .[0] as $c | "  <testsuite name=\"\($c.engine | x).mutants\" \(counts)>\n\(map(case) | join("\n"))\n  </testsuite>";

. as $p | [cases] as $cases | [mutant_cases] as $mutants |
"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kvm_host_state\" \($cases + $mutants | counts)>",
($cases | group_by([.engine, .test])[] | suite($p)),
($mutants | group_by(.engine)[] | mutant_suite),
"</testsuites>"
