# SPDX-License-Identifier: GPL-2.0-only
# Words, numbers and escaping, for every part of the page.

def h: tostring | @html;

# 1234567 -> 1,234,567
def grouped: tostring | explode | reverse | [_nwise(3)] | map(reverse | implode) | reverse | join(",");

def seconds: "\(. * 10 | round / 10) s";

def plural($n; $one): "\($n | grouped) \($one)\(if $n == 1 then "" else "s" end)";
def plural($one): plural(.; $one);

# ["a","b","c"] -> "a, b and c"
def listed: if length < 2 then (.[0] // "") else "\(.[:-1] | join(", ")) and \(.[-1])" end;

def pill($class): "<span class=\"pill \($class | h)\">\(. | h)</span>";

def section($id; $title): "<section id=\"\($id)\"><h2>\($title | h)</h2>\(.)</section>";

# A table's text; numbers to the right.
def cell: if type == "number" then "<td class=\"n\">\(if . == floor then grouped else tostring end)</td>" else "<td>\(. // "" | h)</td>" end;

def table($head): "<div class=\"wide\"><table><thead><tr>\($head | map("<th>\(h)</th>") | add)</tr></thead><tbody>\(map("<tr>\(add)</tr>") | add // "")</tbody></table></div>";

# An engine's name where several runs of it stand side by side.
def called: if .dir and .dir != .name then "\(.name) (\(.dir))" else .name end;
