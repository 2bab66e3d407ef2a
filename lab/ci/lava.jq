# SPDX-License-Identifier: GPL-2.0-only
# From results.json to LAVA's commands: a test set for each engine, a case for
# each subtest.  What is inconclusive is unknown there, never a pass.
include "cases";

# What a name may be made of there; an engine's column may be svm:kvm_amd.npt=0.
def name: gsub("[^A-Za-z0-9._-]"; "_");

{results: ., violations: [], consoles: []} | [cases] | group_by(.engine)[] |
"lava-test-set start \(.[0].engine | name)",
(.[] | "lava-test-case \("\(.test)\(if .name then "." + .name else "" end)" | name) --result \({pass: "pass", fail: "fail", skip: "skip", error: "unknown"}[.status]) --measurement \(.seconds) --units seconds"),
"lava-test-set stop"
