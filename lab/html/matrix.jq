# SPDX-License-Identifier: GPL-2.0-only
# The kill matrix: which test saw which planted bug.
include "text";

def good: .as_expected and (.verdict == "killed" or .verdict == "equivalent");

def matrix_row($kernels): good as $good | .verdict as $verdict | "<tr><th>\(.name | h)\(if .title then "<span class=\"sub\">\(.title | h)</span>" else "" end)</th><td>\(.engine // "-" | h)\(if $kernels > 1 then "<span class=\"sub\">\(.kernel // "?" | h)</span>" else "" end)</td>" +
	"<td>\((if .as_expected then .verdict else "\(.verdict), not as it must be" end) | pill(if $good then "pass" elif $verdict == "broken" then "lab-error" else "fail" end))</td>" +
	([.by // "-" | gsub(","; ", ")] + [.field // "-", (.diagnosis // "-" | split(":")[0]), (if .host_alive == null then "-" elif .host_alive then "alive" else "died" end), .seconds] | map(cell) | add) + "</tr>" +
	(if good or (.reason | not) then "" else "<tr class=\"why\"><td colspan=\"8\">\(.reason | h)</td></tr>" end);

def matrix_section($control):
	if length == 0 then empty else
	("<p>\([.[].verdict] | group_by(.) | map("\(length) \(.[0])") | join(", ")). " +
	 ([$control[] | "The control on \(.engine), nothing planted: \(if .verdict == "survived" then "green" else "<strong>not green</strong>: \(.reason // "" | h)" end) in \(.seconds | seconds)."] | join(" ")) + "</p>" +
	 "<div class=\"wide\"><table class=\"matrix\"><thead><tr>\(["planted bug", "engine", "verdict", "by", "field", "diagnosis", "host", "seconds"] | map("<th>\(.)</th>") | add)</tr></thead><tbody>\((map(.kernel) | unique | length) as $kernels | map(matrix_row($kernels)) | add)</tbody></table></div>") |
	section("matrix"; "Kill matrix") end;
