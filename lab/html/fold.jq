# SPDX-License-Identifier: GPL-2.0-only
# Cells that ran parts of the tests, of one engine on one kernel, as one engine.
# Where several ran the same test, each is a run of its own.

def disjoint: [.[].tests[].name] | length == (unique | length);

def pair_sum: map(.pair_hops // []) | add | group_by(.from) |
	map(.[0] + {to: (reduce (.[].to | to_entries[]) as $p ({}; .[$p.key] += $p.value))});

def one: .[0] + {
	verdict: (map(.verdict) as $v | [("fail", "lab-error", "pass", "skip") | select([.] | inside($v))][0]),
	tests: map(.tests) | add, errors: map(.errors // []) | add, others: map(.others // []) | add | unique, deaths: map(.deaths // []) | add, death: map(.death | select(.)) | .[0],
	seconds: (map(.seconds) | add * 10 | round / 10), entries_guarded: map(.entries_guarded) | add, cross_node: map(.cross_node) | add,
	cpu_pairs: map(.cpu_pairs) | max, cpu_pairs_covered: map(.cpu_pairs_covered) | max, bit31_cpus: map(.bit31_cpus) | max,
	boots_without_bit31: map(.boots_without_bit31) | add, pair_hops: pair_sum, started: map(.started) | min} |
	if length > 0 then .dir = .name else . end;

def fold: group_by([.name, .kernel]) | map(if length > 1 and disjoint then [one] else . end) | add // [];
