# SPDX-License-Identifier: GPL-2.0-only
# The page.  Input: {results, violations, mutants, control, consoles, reproduce,
# engines: all that there are}, as reports.sh puts it together.
include "text";
include "tests";
include "violations";
include "pairs";
include "timeline";
include "matrix";
include "fold";

def said: {pass: "passed", fail: "failed", "lab-error": "no verdict", skip: "nothing ran"}[.] // .;

# One sentence that says it all.
def gist: . as $p |
	[.results.engines[].tests[]] as $t |
	[.results.engines[] | . as $e | (.deaths // [.death // empty])[] | select(.lab | not) | . + {engine: ($e | called)}] as $deaths |
	[(if ($t | length) > 0 then
		([$t[] | select(.status == "fail")] | length) as $bad |
		([$t[] | select(.status == "inconclusive")] | length) as $odd |
		([$t[] | select(.status == "skip")] | length) as $skip |
		"\($t | length | plural("test")) on \([.results.engines[] | called] | listed)" +
		(if $bad + $odd + $skip == 0 then ", all passed" else ": \([(if $bad > 0 then "\($bad) failed" else empty end), (if $odd > 0 then "\($odd) inconclusive" else empty end), (if $skip > 0 then "\($skip) skipped" else empty end)] | listed)" end) + "."
	  else empty end),
	 ($deaths[] | "\(if .class == "warn" then "The kernel warned" else "The host died" end) on \(.engine)\(if .test then " during \(.test)" else "" end): \(if .class == "warn" then .title else "\(.class): \(.title)" end)."),
	 (.violations | if length > 0 then "\(map(.count) | add | plural("wrong value")) in \(map(.field) | unique | listed)." else empty end),
	 (.mutants | if length > 0 then "\(length | plural("planted bug")): \([.[].verdict] | group_by(.) | map("\(length) \(.[0])") | listed)." +
		([.[] | select(good | not) | "\(.name) on \(.engine // "no engine")"] | if . == [] then "" else " Not as it must be: \(listed)." end) else empty end)] |
	join(" ");

def failures_section:
	[.results.engines[] | . as $e | (select(.verdict == "skip" and .nothing) | "<li><strong>\($e | called | h)</strong>, no verdict: \(.nothing | h)</li>"),
	 (.errors[]? | "<li><strong>\($e | called | h), the lab</strong>: \(h)</li>"),
	 (.tests[] | select(.status == "fail" or .status == "inconclusive") |
	  "<li>\(.status | pill(.)) <strong>\($e | called | h) \(.name | h)</strong>: \(.reason | h)</li>")] |
	if length == 0 then empty else "<ul class=\"failures\">\(add)</ul>" | section("failures"; "What failed") end;

def consoles_section:
	[.consoles[] | "<h3>\(.engine | h), boot \(.boot): \(.title | h)\(if .cpu then " (cpu \(.cpu))" else "" end)</h3>" +
	 (if .emulator then "<p>The emulator said: <code><mark>\(.emulator | h)</mark></code></p>" else "" end) +
	 "<pre class=\"console\">\([.lines[] | (if .told then "<mark>\(.text | h)</mark>" else (.text | h) end)] | join("\n"))</pre>"] |
	if length == 0 then empty else add | section("console"; "The console at the end") end;

def not_tested_section: . as $p |
	[([$p.engines[] | select([.] | inside([$p.results.engines[].name | split(":")[0]]) | not)] | if length > 0 and ($p.results.engines | length) > 0 then "Engines that this run did not use: \(listed)." else empty end),
	 (.results.engines[] | . as $e |
	  (.tests[] | select(.status == "skip") | "\($e | called): \(.name): \(.reason)"),
	  (.tests[] | .name as $t | select(.status != "skip") | (.results // [])[] | select(.status == "skip" or .status == "inconclusive") | "\($e | called): \($t): \(.name): \(.reason)"),
	  (if .cpu_pairs_covered < .cpu_pairs then "\(called): \(.cpu_pairs - .cpu_pairs_covered | grouped) of \(.cpu_pairs | grouped) ordered CPU pairs" else empty end),
	  ((.others // [])[] | "\($e | called): the kernel also said, not of KVM and not of our tasks: \(.)"),
	  (if .numa_nodes == 1 then "\(called): hops between NUMA nodes: it has one node" else empty end),
	  (if .bit31_cpus == 0 then "\(called): a sign-extended base cannot show: no CPU has bit 31 of its TSS base set" else empty end)),
	 (if .results.guard and .results.guard != "repair" then "The entry guard was set to \(.results.guard)." else empty end)] |
	if length == 0 then empty else "<ul>\(map("<li>\(h)</li>") | add)</ul>" | section("not-tested"; "Not tested") end;

def reproduce_section:
	if (.reproduce | length) == 0 then empty else
	"<pre>\(.reproduce | unique | map(h) | join("\n"))</pre>\(if .results.seed then "<p class=\"sub\">Seed \(.results.seed), guard \(.results.guard | h)\(if (.results.kernel_package // "") != "" then ", kernel package \(.results.kernel_package | h)" else "" end).</p>" else "" end)" | section("reproduce"; "To run it again") end;

def page($css):
	.results.verdict as $verdict |
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>" +
	"<meta name=\"color-scheme\" content=\"light dark\"/><link rel=\"icon\" href=\"data:,\"/><title>KVM host state: \($verdict | said)</title>\n<style>\n\($css)</style></head><body>\n" +
	"<header class=\"\($verdict | h)\"><p class=\"what\">KVM host-state selftests</p><h1>\($verdict | said)</h1><p>\(gist | h)</p></header>\n<main>\n" +
	([(.violations | violations_section), failures_section, consoles_section,
	  (.control as $c | .mutants | matrix_section($c)),
	  (.results | .engines |= fold | tests_section, pairs_section), (.results | timeline_section),
	  not_tested_section, reproduce_section] | join("\n")) +
	"\n</main></body></html>";
