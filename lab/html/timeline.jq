# SPDX-License-Identifier: GPL-2.0-only
# Boots, tests and deaths, each engine from its start.
include "text";

def bar($total): "<div class=\"bar \(.class)\" style=\"left:\(.at / $total * 100 | . * 100 | round / 100)%;width:\(.seconds / $total * 100 | . * 100 | round / 100)%\"></div>";

def row($total): "<div class=\"name\">\(.name | h)</div><div class=\"when\">\(.at | seconds) + \(.seconds | seconds)</div><div class=\"track\">\(bar($total))</div>";

def rows:
	. as $e |
	[(.boots // [])[] as $b | {name: "boot \($b.boot)\(if $b.ended == "bit31" then ", thrown away: no CPU with bit 31" else "" end)", class: "boot", at: $b.at, seconds: $b.seconds, order: 0},
	 (($e.deaths // [])[] | select(.boot == $b.boot) | {name: (if .class == "warn" then "the kernel warned" else "death: \(.class)" end), class: "death", at: ($b.at + $b.seconds), seconds: 0, order: 2})] +
	[.tests[] | select(.at) | {name, class: .status, at, seconds, order: 1}] |
	sort_by(.at, .order);

def timeline_section:
	[.engines[] | select((.boots // []) | length > 0) | ([.seconds, 1] | max) as $total |
	 "<h3>\(called | h)<span class=\"sub\">\(.seconds | seconds) in all</span></h3><div class=\"time\">\(rows | map(row($total)) | add)</div>"] |
	if length == 0 then empty else add | section("time"; "Time line") end;
