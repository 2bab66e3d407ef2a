# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# report.html, junit.xml and kcidb.json, made from nothing but a results folder.

# reports DIR: for others to read.  The verdict stands without them.
reports()
{
	job reports_write "$1"
	[ "$JOB_STATUS" = 0 ] || note "report.html, junit.xml and kcidb.json could not be written"
}

# DIR/report.html, junit.xml and kcidb.json, from results.json or mutants.json in
# there.
reports_write()
{
	local dir=$1 tmp=$SCRATCH/reports.$BASHPID run

	mkdir -p "$tmp"
	report_model "$dir" "$tmp" >"$tmp/model.json"
	# shellcheck disable=SC2016
	jq -r -L "$TOP/lab/html" --rawfile css "$TOP/lab/html/style.css" \
		'include "page"; page($css)' "$tmp/model.json" >"$tmp/report.html"
	jq -r -L "$TOP/lab/ci" -f "$TOP/lab/ci/junit.jq" "$tmp/model.json" >"$tmp/junit.xml"
	mv "$tmp/report.html" "$tmp/junit.xml" "$dir/"
	# A kill matrix is about the suite, not about a kernel.
	if [ -e "$dir/results.json" ]; then
		run=$(sha256sum <"$dir/results.json" | cut -c1-16)
		jq -L "$TOP/lab/ci" --arg origin "${KHS_ORIGIN:-kvm_host_state}" --arg run "$run" \
			-f "$TOP/lab/ci/kcidb.jq" "$tmp/model.json" >"$tmp/kcidb.json"
		mv "$tmp/kcidb.json" "$dir/"
	fi
	rm -rf "$tmp"
}

# report_model DIR TMP: all that the page shows, as one object.
report_model()
{
	local dir=$1 tmp=$2 engine

	: >"$tmp/violations" && : >"$tmp/consoles" && : >"$tmp/reproduce"
	while IFS= read -r engine; do
		[ -d "$dir/$engine" ] || continue
		jq -c --arg engine "$engine" '.[] | . + {engine: $engine}' "$dir/$engine/violations.json" >>"$tmp/violations" 2>/dev/null || true
		cat "$dir/$engine/reproduce" >>"$tmp/reproduce" 2>/dev/null || true
		report_consoles "$dir/$engine" "$engine" >>"$tmp/consoles"
	done < <(report_engines "$dir" -r '.engines[] | .dir // .name')
	report_engines "$dir" -c . | jq -c --slurpfile violations "$tmp/violations" --slurpfile consoles "$tmp/consoles" \
		--rawfile reproduce "$tmp/reproduce" --arg all "$ALL_ENGINES" \
		--slurpfile mutants <(cat "$dir/mutants.json" 2>/dev/null || echo '[]') \
		--slurpfile control <(cat "$dir/control.json" 2>/dev/null || echo '[]') '
		{results: ., violations: $violations, consoles: $consoles, engines: ($all | split(" ")),
		 reproduce: [$reproduce | split("\n")[] | select(length > 0)],
		 mutants: $mutants[0], control: $control[0]}'
}

# report_engines DIR OPTION FILTER: of results.json; a kill matrix has none, and
# what it is worth as a whole follows from its verdicts.
report_engines()
{
	if [ -e "$1/results.json" ]; then
		jq "$2" "$3" "$1/results.json"
	else
		jq --slurpfile control "$1/control.json" '
			{verdict: (if any($control[0][]; .verdict != "survived") then "lab-error"
			 elif any(.[]; .verdict == "survived" or .verdict == "died" or (.as_expected | not)) then "fail"
			 elif any(.[]; .verdict == "broken") then "lab-error"
			 elif any(.[]; .verdict == "killed") then "pass" else "skip" end),
			 engines: []}' "$1/mutants.json" | jq "$2" "$3"
	fi
}

# report_consoles DIR NAME: for each death an object with the console's end and
# the line that told.
report_consoles()
{
	local dir=$1 name=$2 boot cpu title tag log told

	jq -r '(.deaths // [.death // empty])[] | "\(.boot // 1)\t\(.cpu // "-")\t\(.class): \(.title)"' "$dir/engine.json" 2>/dev/null |
	while IFS=$'\t' read -r boot cpu title; do
		tag=
		[ "$boot" = 1 ] || tag=-$boot
		log=$dir/console$tag.log
		[ -e "$log" ] || continue
		told=$(triage_console "$log")
		console_lines "$log" "${told##*$'\t'}" |
			jq -sc --arg engine "$name" --arg boot "$boot" --arg title "$title" --arg cpu "$cpu" \
				--arg emulator "$(console_emulator "$dir/emulator$tag.log")" '
				{engine: $engine, boot: ($boot | tonumber), title: $title, cpu: ($cpu | tonumber? // null), lines: .,
				 emulator: (if $emulator == "" then null else $emulator end)}'
	done
}

# What the emulator said of a CPU's end, if it was the one that did.
console_emulator()
{
	grep -aE 'Triple fault|exception with no resolution' "$1" 2>/dev/null | first_line | report_text
}

# console_lines LOG TOLD: the lines around the one that told and the last ones,
# as objects; a gap is said.
console_lines()
{
	awk -v told="${2:-0}" '
		{ line[NR] = $0 }
		END {
			from = NR - 30
			for (i = 1; i <= NR; i++) {
				if (i > from || (told && i >= told - 8 && i <= told + 24)) {
					if (i > last + 1 && last)
						printf "0 [... %d lines ...]\n", i - last - 1
					printf "%d %s\n", (i == told + 0), line[i]
					last = i
				}
			}
		}' "$1" | report_text | jq -Rc '{told: startswith("1 "), text: .[2:]}'
}

# No control characters: a console may hold anything, XML may not.
report_text()
{
	tr -d '\000-\010\013-\037\177' | iconv -c -f UTF-8 -t UTF-8
}
