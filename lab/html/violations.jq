# SPDX-License-Identifier: GPL-2.0-only
# Each wrong value in words, what it was above what it had to be, and the bits.
include "text";

def bits: {"0":"0000","1":"0001","2":"0010","3":"0011","4":"0100","5":"0101","6":"0110","7":"0111",
	"8":"1000","9":"1001","a":"1010","b":"1011","c":"1100","d":"1101","e":"1110","f":"1111"}[.];

# "0x67" -> 8 or 16 digits, the same for both values.
def digits($n): ltrimstr("0x") | ascii_downcase | ("0" * ($n - length) // "") + .;
def width: map(length - 2) | max | if . <= 8 then 8 else 16 end;

# Both strings' places, those that differ marked in what .[0] shows.
def marked($a; $b): [range(0; $a | length) as $i | $a[$i:$i + 1] as $c |
	if $c == $b[$i:$i + 1] then $c else "<mark>\($c)</mark>" end] | add | gsub("</mark><mark>"; "");

# The bytes that differ, bit by bit.
def bytes($got; $want): ($got | length) as $n |
	[range(0; $n; 2) as $i | ($got[$i:$i + 2]) as $g | ($want[$i:$i + 2]) as $w | select($g != $w) |
	 ([$g[0:1], $g[1:2]] | map(bits) | add) as $gb | ([$w[0:1], $w[1:2]] | map(bits) | add) as $wb |
	 (($n - $i) * 4 - 1) as $top |
	 "<span class=\"byte\"><small>bits \($top)..\($top - 7)</small><code>\(marked($gb; $wb))</code><code>\(marked($wb; $gb))</code></span>"] | add // "";

def value: [.got, .want] as $v | ($v | width) as $n | ($v | map(digits($n))) as [$got, $want] |
	"<div class=\"value\"><div class=\"hex\"><span>got</span><code>0x\(marked($got; $want))</code><span>want</span><code>0x\(marked($want; $got))</code></div><div class=\"bytes\">\(bytes($got; $want))</div></div>";

def meaning: {
	"sign-extended": "Bits 63..32 are all ones and the low half is right: an address was put together in a signed 32-bit type.",
	"stale": "It is the right value of another CPU: what was right where the vCPU came from was not rewritten when it moved.",
	"truncated": "The high half is gone.",
	"zero": "Nothing was written at all.",
	"direct-map": "It is the same memory by its writable address in the direct map.",
	"off-by": "It is right but for a small distance.",
	"guest": "It is what the guest programmed: the guest's value was left on the host.",
	"unknown": "It is no value that the suite knows."
	}[. // "" | split(":")[0] | ltrimstr("the ") | split("'")[0]] // "";

def called_wrong: . // "unknown" | {"unknown": "wrong", "off-by": "off by a distance", "direct-map": "in the direct map", "guest": "the guest's"}[.] // .;

def where: "on cpu \(.cpu)\(if .from_cpu == null or .from_cpu < 0 then "" elif .from_cpu == .cpu then ", where the vCPU had run before" else ", to which the vCPU came from cpu \(.from_cpu)" end), \(.count | plural("time")), seen by \(.observer) in \(.test)\(if .subtest then ", \(.subtest)" else "" end)";

# Those of one engine, field and diagnosis, whichever tests saw them: the first two
# values in full.
def card: .[0] as $v | (group_by([.got, .want]) | map(sort_by(-.count)) | sort_by(-(map(.count) | add))) as $values |
	"<article><h3>\($v.field | h) is \($v.diagnosis | called_wrong | h)</h3><p class=\"sub\">\($v.engine | h), in \(map(.test) | unique | listed | h)</p><p>\($v.diagnosis | meaning | h)</p>" +
	([$values[:2][] | "\(.[0] | value)<ul>\([.[:4][] | "<li>\(where | h)</li>"] | add)\(if length > 4 then "<li>and so on: all are below</li>" else "" end)</ul>"] | add) +
	(if length > 2 then "<details><summary>All \(length) of them</summary>\([.[] | [.test, (.subtest // ""), .cpu, .from_cpu, .got, .want, .count, .observer] | map(cell)] | table(["test", "subtest", "cpu", "from", "got", "want", "times", "observer"]))</details>" else "" end) +
	"</article>";

def violations_section:
	if length == 0 then empty else
	(group_by([.engine, .field, .diagnosis]) | map(card) | add) | section("violations"; "Wrong values") end;
