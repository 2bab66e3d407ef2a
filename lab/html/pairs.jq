# SPDX-License-Identifier: GPL-2.0-only
# From which CPU to which were hops verified: a row for each CPU that was left.
include "text";

# 0 for a gap, else 1 to 4 by how many, of the most.
def shade($max): if . == 0 then 0 elif $max <= 1 then 4 else ([(log / ($max | log) * 3 | floor), 3] | min + 1) end;

def grid: . as $rows |
	([.[].to[]] | max // 0) as $max |
	[range(0; length) as $i | $i > 0 and $rows[$i].node != $rows[$i - 1].node] as $edge |
	def edge($i; $what): if $edge[$i] then $what else "" end;
	"<div class=\"wide\"><table class=\"pairs\"><thead><tr><td></td><td></td>" +
	([$rows | group_by(.node)[] | "<th class=\"node\" colspan=\"\(length)\">node \(.[0].node)</th>"] | add) +
	"</tr><tr><td></td><th>from \\ to</th>" +
	([range(0; length) as $i | "<th class=\"\(edge($i; "left"))\">\($rows[$i].from)</th>"] | add) + "</tr></thead><tbody>" +
	([range(0; length) as $i | $rows[$i] as $r |
	  "<tr class=\"\(edge($i; "top"))\"><th class=\"node\">\(if $i == 0 or $edge[$i] then "node \($r.node)" else "" end)</th><th>\($r.from)</th>" +
	  ([range(0; $rows | length) as $j | $rows[$j].from as $to |
	    if $i == $j then "<td class=\"self \(edge($j; "left"))\"></td>"
	    else ($r.to["\($to)"] // 0) as $n | "<td class=\"s\($n | shade($max)) \(edge($j; "left"))\">\($n | grouped)</td>" end] | add) + "</tr>"] | add) +
	"</tbody></table></div>";

# Too many for numbers: squares, and the numbers folded away.
def picture: . as $rows | length as $n | ([.[].to[]] | max // 0) as $max |
	[range(0; $n) as $i | range(0; $n) as $j | select($i != $j) |
	 {i: $i, j: $j, s: ($rows[$i].to["\($rows[$j].from)"] // 0 | shade($max))}] as $cells |
	"<div class=\"wide\"><svg class=\"pairs\" viewBox=\"0 0 \($n) \($n)\" role=\"img\" aria-label=\"hops from CPU (down) to CPU (across)\">" +
	([$cells | group_by(.s)[] | "<path class=\"s\(.[0].s)\" d=\"\(map("M\(.j) \(.i)h1v1h-1z") | add)\"/>"] | add) +
	([range(1; $n) as $i | select($rows[$i].node != $rows[$i - 1].node) | "<path class=\"edge\" d=\"M\($i) 0v\($n)M0 \($i)h\($n)\"/>"] | add // "") +
	"</svg></div><details><summary>The numbers</summary>" +
	([$rows[] | "<p>from \(.from) (node \(.node)) to \([.to | to_entries[] | "\(.key): \(.value | grouped)"] | join(", "))</p>"] | add) + "</details>";

def gaps: . as $rows | [.[] as $r | $rows[] | select(.from != $r.from and ($r.to["\(.from)"] // 0) == 0) | "\($r.from) to \(.from)"];

def pairs_of($all): gaps as $gaps |
	"<p>\(if ($gaps | length) == 0 then "Every ordered pair of the \(length) CPUs was hopped." else "<strong>\($gaps | length | plural("pair")) of \(length * (length - 1) | grouped) not hopped</strong>: \($gaps[:12] | join(", "))\(if ($gaps | length) > 12 then ", ..." else "." end)" end)</p>" +
	if length > 24 then picture else grid end;

def pairs_section:
	[.engines[] | select(.pair_hops // [] | length > 1) |
	 "<h3>\(called | h)</h3>\(.cpu_pairs as $all | .pair_hops | sort_by(.node, .from) | pairs_of($all))"] |
	if length == 0 then empty else add | section("pairs"; "Which CPU pairs were hopped") end;
