# SPDX-License-Identifier: GPL-2.0-only
# KernelCI's database, I/O schema v5.0: what was tested, each result, and the
# wrong values as issues.  An issue is a signature (field and diagnosis, or a
# death's class), so that the next run's incident meets the same one.
include "cases";

def path: gsub("[^A-Za-z0-9_.-]"; "_");
def id($origin): "\($origin):\(. | gsub("[^A-Za-z0-9_.:-]"; "_"))";
def excerpt: if length > 16384 then .[-16384:] else . end;
def without_null: with_entries(select(.value != null and .value != ""));
def kcidb_status: {pass: "PASS", fail: "FAIL", skip: "SKIP", error: "ERROR"}[.];

def issue($origin; $what): {id: ($what | id($origin)), version: 1, origin: $origin, comment: $what, culprit: {code: true, tool: false, harness: false}};

. as $p | (.results.started // .results.engines[0].started) as $started |
([.results.engines[] | {key: engine_id, value: .}] | from_entries) as $engines |
def checkout_id: "\(.kernel // "unknown")-\($p.results.kernel_commit // $p.results.kernel_package // "")" | id($origin);
[cases | . + {id: ("\($run).\(.engine).\(.test)\(if .name then "." + .name else "" end)" | id($origin))}] as $cases |
([.violations[] | . as $v | {what: "\(.field) \(.diagnosis)", cases: [$cases[] | select(.engine == $v.engine and .test == $v.test and .status == "fail" and (.name == null or .name == $v.subtest)) | .id][:1]}] +
[.results.engines[] | engine_id as $id | (.deaths // [.death // empty])[] | select(.lab | not) | . as $d |
 {what: (if .class == "warn" then "kernel warning" else "host death, \(.class)" end), cases: [$cases[] | select(.engine == $id and .test == ($d.test // "host") and .name == null) | .id][:1]}]) as $found |
{version: {major: 5, minor: 0},
 checkouts: [.results.engines[] | {id: checkout_id, origin: $origin, git_commit_hash: ($p.results.kernel_commit | if . == "" then null else . end),
	comment: "Linux \(.kernel // "?")\(if ($p.results.kernel_package // "") != "" then ", distribution package \($p.results.kernel_package)" else "" end)",
	start_time: .started, valid: true} | without_null] | unique_by(.id),
 builds: [.results.engines[] | {id: checkout_id, checkout_id: checkout_id, origin: $origin, architecture: "x86_64", status: "PASS", start_time: .started} | without_null] | unique_by(.id),
 tests: [$cases[] | $engines[.engine] as $e |
	{id, build_id: ($e | checkout_id), origin: $origin,
	 path: ("kvm_host_state.\(.test)\(if .name then "." + .name else "" end)" | path),
	 environment: {comment: "engine \($e.name), \($e.cpus // "?") CPUs on \($e.numa_nodes // "?") nodes", misc: {engine: $e.name, seed: $p.results.seed, guard: $p.results.guard}},
	 comment: .reason, status: (.status | kcidb_status), start_time: $e.started, duration: .seconds, log_excerpt: (.log | excerpt)} | without_null],
 issues: [$found[].what | issue($origin; .)] | unique_by(.id),
 incidents: [$found[] | .what as $what | .cases[] | {id: "\($origin):\(ltrimstr("\($origin):")).\($what | gsub("[^A-Za-z0-9_.-]"; "_"))", origin: $origin,
	issue_id: ($what | id($origin)), issue_version: 1, test_id: ., present: true}] | unique_by(.id)}
