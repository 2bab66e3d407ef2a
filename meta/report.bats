#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is made of a results folder, for people and for programs.  meta/results
# holds three recorded ones, cut short, and a matrix by hand with each verdict.

load helper
bats_require_minimum_version 1.5.0

# The system's own, which has the distribution's modules.
PATH=/usr/bin:$PATH

setup_file()
{
	local name

	export TMPDIR=$BATS_FILE_TMPDIR
	for name in "$TOP"/meta/results/*; do
		made "${name##*/}"
	done
}

# made NAME [FILTER]: a recorded folder with its reports made anew, of changed
# results where there is a filter.
made()
{
	DIR=$BATS_FILE_TMPDIR/$1
	if [ -n "${2:-}" ]; then
		DIR=$BATS_TEST_TMPDIR/$1
	elif [ -e "$DIR" ]; then
		return 0
	fi
	rm -rf "$DIR"
	cp -r "$TOP/meta/results/$1" "$DIR"
	jq "${2:-.}" "$TOP/meta/results/$1/results.json" >"$DIR/results.json" 2>/dev/null || rm -f "$DIR/results.json"
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		reports_write "$DIR"
	)
}

@test "the page is well formed, and has each number that the results have" {
	local name file

	command -v python3 >/dev/null || skip "python3 is not installed"
	for name in "$TOP"/meta/results/*; do
		made "${name##*/}"
		for file in results.json mutants.json control.json; do
			[ ! -e "$DIR/$file" ] || python3 "$TOP/meta/on_page.py" "$DIR/report.html" "$DIR/$file"
		done
		# By itself: nothing from elsewhere, and no script.
		run ! grep -nE '<script|<img|https?://|url\(|@import' "$DIR/report.html"
	done
	# The check can fail: a number that is nowhere.
	made green
	jq '.engines[0].entries_guarded = 987654321' "$DIR/results.json" >"$BATS_TEST_TMPDIR/wrong.json"
	run ! python3 "$TOP/meta/on_page.py" "$DIR/report.html" "$BATS_TEST_TMPDIR/wrong.json"
}

@test "the page says what was wrong, with the bits that differ and the line that told" {
	made violations
	grep -q 'HOST_TR_BASE is sign-extended' "$DIR/report.html"
	grep -q '>got</span><code>0xfffff<mark>fff</mark>' "$DIR/report.html"
	made death
	grep -q 'triple fault' "$DIR/report.html"
	grep -q '<mark>[^<]*exception with no resolution' "$DIR/report.html"
}

@test "a browser has nothing to complain of" {
	local chromium name ended

	chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "there is no chromium"
	for name in "$TOP"/meta/results/*; do
		made "${name##*/}"
		ended=0
		# TMPDIR: it puts a socket there, whose name must not get long.
		HOME=$BATS_TEST_TMPDIR TMPDIR=/tmp timeout 300 "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$BATS_TEST_TMPDIR/profile.${name##*/}" --enable-logging=stderr --v=0 \
			--dump-dom "file://$DIR/report.html" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/log" || ended=$?
		[ $ended != 124 ] || skip "chromium was not ready in 300 s"
		[ $ended = 0 ]
		grep -q '<h1>' "$BATS_TEST_TMPDIR/dom"
		run ! grep 'CONSOLE' "$BATS_TEST_TMPDIR/log"
	done
}

# cases: of junit.xml, one a line: class.name and what it is.
cases()
{
	python3 - "$DIR/junit.xml" <<-'EOF'
		import sys, xml.etree.ElementTree as tree
		for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
		    kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
		    float(case.get("time"))
		    print(case.get("classname") + "." + case.get("name"), (kinds + ["pass"])[0])
	EOF
}

@test "JUnit has each test once, also of a host that died; inconclusive is an error" {
	local name test engine

	for name in green violations death; do
		made "$name"
		cases >"$BATS_TEST_TMPDIR/cases"
		[ -z "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/cases" | sort | uniq -d)" ]
		while read -r engine test; do
			grep -q "^kvm_host_state\.$engine\.$test\." "$BATS_TEST_TMPDIR/cases"
		done < <(jq -r '.engines[] as $e | $e.tests[] | "\($e.dir) \(.name)"' "$DIR/results.json")
	done
	grep -q 'host_tr_test failure' "$BATS_TEST_TMPDIR/cases"
	made green '.engines[0].tests[0] |= (.status = "inconclusive" | .results[0].status = "inconclusive")'
	[ "$(cases | grep -c ' error$')" = 1 ]
	# Nothing that looks at the host: never green.
	made green '.verdict = "skip" | .engines[0] |= (.verdict = "skip" | .nothing = "no test that looks at the host passed")'
	cases | grep -q '\.lab\.verdict error$'
}

@test "JUnit, read by another program" {
	command -v junitparser >/dev/null || python3 -c 'import junitparser' 2>/dev/null || skip "python3-junitparser is not installed"
	made death
	python3 - "$DIR/junit.xml" <<-'EOF'
		import sys, junitparser
		xml = junitparser.JUnitXml.fromfile(sys.argv[1])
		xml.update_statistics()
		assert xml.failures >= 1 and xml.tests >= 3, (xml.tests, xml.failures)
	EOF
}

@test "KCIDB: what refers to something finds it, and an excerpt is short enough" {
	for name in green violations death; do
		made "$name"
		jq -e '
			([.tests[].id] | length == (unique | length)) and
			([.tests[].build_id] - [.builds[].id] == []) and ([.builds[].checkout_id] - [.checkouts[].id] == []) and
			([.incidents[].issue_id] - [.issues[].id] == []) and ([.incidents[].test_id] - [.tests[].id] == []) and
			all(.tests[]; (.log_excerpt // "" | length) <= 16384)' "$DIR/kcidb.json"
	done
	jq -e '.issues | length > 0' "$DIR/kcidb.json"
	python3 -c 'import kcidb_io' 2>/dev/null || skip "kcidb_io is not installed: the schema is unchecked"
	python3 -c 'import json, sys, kcidb_io; kcidb_io.schema.V5_0.validate(json.load(open(sys.argv[1])))' "$DIR/kcidb.json"
}

@test "LAVA and tmt: each test of each engine, and no pass for what has no verdict" {
	for name in green violations death; do
		made "$name"
		jq -r -L "$TOP/lab/ci" -f "$TOP/lab/ci/lava.jq" "$DIR/results.json" >"$BATS_TEST_TMPDIR/lava"
		sh -n "$BATS_TEST_TMPDIR/lava"
		[ "$(grep -c '^lava-test-set start' "$BATS_TEST_TMPDIR/lava")" = "$(jq '.engines | length' "$DIR/results.json")" ]
		jq -L "$TOP/lab/ci" -f "$TOP/lab/ci/tmt.jq" "$DIR/results.json" >"$BATS_TEST_TMPDIR/tmt"
		jq -e 'length > 0 and all(.[]; (.name | startswith("/")) and (.duration | test("^[0-9]+:[0-9]{2}:[0-9]{2}$")))' "$BATS_TEST_TMPDIR/tmt"
	done
	grep -q 'host_tr_test --result fail' "$BATS_TEST_TMPDIR/lava"
	jq '.engines[0].tests |= map(.status = "inconclusive" | .results = [])' "$DIR/results.json" >"$BATS_TEST_TMPDIR/odd"
	jq -r -L "$TOP/lab/ci" -f "$TOP/lab/ci/lava.jq" "$BATS_TEST_TMPDIR/odd" >"$BATS_TEST_TMPDIR/lava"
	run ! grep -- '--result pass' "$BATS_TEST_TMPDIR/lava"
	python3 -c 'import lava_common, yaml' 2>/dev/null || skip "lava-common is not installed: the job is unchecked"
	python3 -c 'import sys, yaml; from lava_common.schemas import validate; validate(yaml.safe_load(open(sys.argv[1])))' "$TOP/examples/ci/lava.yaml"
}

# compares STATUS OLD NEW [TEXT...]: each of the texts is said.
compares()
{
	local status=0 text

	"$RUN" compare "$TOP/meta/results/$2" "$TOP/meta/results/$3" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ $status = "$1" ]
	for text in "${@:4}"; do
		grep -qF -- "$text" "$BATS_TEST_TMPDIR/out"
	done
}

@test "compare: new, gone and changed failures, lost coverage, bad input" {
	compares 0 green green 'no difference'
	compares 1 green violations 'new failure: vmx host_tr_test' 'HOST_TR_BASE sign-extended'
	compares 0 violations violations 'no difference'
	compares 1 violations death 'changed signature: vmx host_tr_test: now death: triple fault'
	compares 2 green matrix 'do not compare'
	compares 2 green nowhere 'there is no folder'
	compares 0 matrix matrix 'no difference'
	cp -r "$TOP/meta/results/green" "$BATS_TEST_TMPDIR/less"
	jq '.engines[0].tests[0].status = "skip" | .engines[0].tests[0].reason = "why" | .engines[0].cpu_pairs_covered -= 1' \
		"$TOP/meta/results/green/results.json" >"$BATS_TEST_TMPDIR/less/results.json"
	run -1 "$RUN" compare "$TOP/meta/results/green" "$BATS_TEST_TMPDIR/less"
	[ "$(grep -c '^lost coverage: ' <<<"$output")" = 2 ]
	# What no test pays for.
	jq '.verdict = "lab-error" | .engines[0].errors = ["the module went away"]' "$TOP/meta/results/green/results.json" >"$BATS_TEST_TMPDIR/less/results.json"
	run -1 "$RUN" compare "$TOP/meta/results/green" "$BATS_TEST_TMPDIR/less"
	[[ $output == *"lost coverage: the whole: lab-error, pass before: the module went away"* ]]
	# Nothing is like nothing.
	jq '.verdict = "lab-error" | .engines[].tests[].status = "inconclusive"' "$TOP/meta/results/green/results.json" >"$BATS_TEST_TMPDIR/less/results.json"
	run -4 "$RUN" compare "$BATS_TEST_TMPDIR/less" "$BATS_TEST_TMPDIR/less"
	echo '{"engines": []}' >"$BATS_TEST_TMPDIR/less/results.json"
	run -4 "$RUN" compare "$BATS_TEST_TMPDIR/less" "$BATS_TEST_TMPDIR/less"
	echo '{' >"$BATS_TEST_TMPDIR/less/results.json"
	run -2 "$RUN" compare "$TOP/meta/results/green" "$BATS_TEST_TMPDIR/less"
	cp -r "$TOP/meta/results/violations" "$BATS_TEST_TMPDIR/torn"
	head -c 300 "$TOP/meta/results/violations/vmx/violations.json" >"$BATS_TEST_TMPDIR/torn/vmx/violations.json"
	run -2 "$RUN" compare "$TOP/meta/results/violations" "$BATS_TEST_TMPDIR/torn"
}
