# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A matrix as a list of cells, each a command line of its own that any machine
# can run, again and alone; its results side by side, and put together.

# Whether run or mutants is to go cell by cell.
cells_wanted()
{
	[ -n "$CELLS$SHARD$HOSTS" ] || [ "$PARTS" -gt 1 ] || [ "${KERNEL/,/}" != "$KERNEL" ]
}

command_cells()
{
	local all=$SCRATCH/all.jsonl fleet=$SCRATCH/fleet

	output_check
	mkdir -p "$fleet/cells"
	cells_list >"$all"
	[ -s "$all" ] || die "there is nothing to do for engine $ENGINES"
	if [ -n "$CELLS" ]; then
		cells_shard <"$all"
		JUDGED=1
		return $PASS
	fi
	have parallel || die "GNU parallel is not installed: run sudo ./run_tests.sh --setup"
	cells_shard <"$all" | jq -r '[.cell, tojson] | join("\t")' >"$fleet/todo"
	[ -s "$fleet/todo" ] || die "shard $SHARD is empty: there are $(wc -l <"$all") cells"
	cp "$all" "$fleet/cells.jsonl"
	job cells_run "$fleet"
	# What has no result is told, by name, when they are put together.
	cut -f1 "$fleet/todo" >"$SCRATCH/wanted"
	cells_merge "$SCRATCH/out" "$SCRATCH/wanted" "$fleet"
	cells_publish "$SCRATCH/out"
}

# The I-th of N parts of the lines on stdin; neighbours go to different parts.
cells_shard()
{
	if [ -n "$SHARD" ]; then
		awk -v i="${SHARD%/*}" -v n="${SHARD#*/}" 'NR % n == i % n'
	else
		cat
	fi
}

# One JSON line a cell: {"cell": a name, "args": of run_tests.sh, "env"}.
cells_list()
{
	local kernel engine part bug tests name control seen=' ' base n engines

	engines_check "$ENGINES"
	[ "$ENGINES" != auto ] || ENGINES=svm,vmx
	engines=$(tr ',' '\n' <<<"$ENGINES" | awk 'NF && !seen[$0]++')
	for kernel in $(tr ',' ' ' <<<"${KERNEL:-default}"); do
		# Two trees of one name are two kernels: a cell's name is its folder's.
		base=$(basename "$kernel" | tr -c 'A-Za-z0-9._\n-' _)
		name=$base n=1
		while [[ $seen == *" $name "* ]]; do
			n=$((n + 1)) name=$base-$n
		done
		seen+="$name "
		for engine in $engines; do
			ENGINE_LIST=("$engine")
			if [ "$COMMAND" = run ]; then
				tests_resolve
				for ((part = 1; part <= PARTS; part++)); do
					mapfile -t tests < <(printf '%s\n' "${TEST_LIST[@]}" | awk -v i="$part" -v n="$PARTS" 'NR % n == i % n { print "-t\n" $0 }')
					[ ${#tests[@]} = 0 ] || cell "run.$name.$engine$([ "$PARTS" = 1 ] || echo ".${part}of$PARTS")" run "${tests[@]}"
				done
				continue
			fi
			mutants_resolve
			control=
			for bug in "${MUTANTS[@]}"; do
				[ "$(mutant_engines "$bug")" = "$engine" ] || continue
				# Each engine's control first, where it has anything to do.
				[ -n "$control" ] || cell "mutants.$name.control.$engine" mutants ${NAMES[@]+"${NAMES[@]}"} --cell "control.$engine"
				control=1
				bug=$(mutant_name "$bug")
				cell "mutants.$name.$bug.$engine" mutants "$bug" --cell "$bug.$engine"
			done
		done
	done
}

# cell NAME ARG...: its line; of the caller's loops it takes the kernel, and how it
# is called, and the engine.
cell()
{
	local cell=$1
	shift

	[ "$kernel" = default ] || set -- "$@" -k "$kernel"
	jq -nc --arg cell "$(tr -c 'A-Za-z0-9._\n-' _ <<<"$cell")" --arg kernel "$name" --arg settings "$RUN_SETTINGS" '
		{cell: $cell, kernel: $kernel, args: $ARGS.positional,
		 env: ([$settings | split(" ")[] | select($ENV[.] // "" != "") | {(.): $ENV[.]}] | add // {})}' --args -- "$@" -e "$engine" ${PASSED[@]+"${PASSED[@]}"}
}

# Runs $1/todo.  What ends without a verdict is tried again, on another machine
# if there is one; a failure never is.
cells_run()
{
	local fleet=$1 tree where=() run=$TOP/lab/cell.sh watch='' round cell line

	cd "$fleet" || return
	if [ -n "$HOSTS" ]; then
		tree=tree-$(cells_tree "$fleet")
		# Unpacked once on each machine, and built there once.  Not with --filter-hosts,
		# which takes what a login shell says for numbers: a machine that is not
		# there fails its cells, and they go to another one.
		run="mkdir -p $tree && flock $tree sh -c '[ -e $tree/unpacked ] || { tar -xf $tree.tar -C $tree && touch $tree/unpacked; }' && $tree/lab/cell.sh"
		grep -v -e '^#' -e '^[[:blank:]]*$' "$HOSTS" >machines
		cp machines hosts
		# --delay: of a machine that has gone only few cells fail before that is seen.
		where=(--sshloginfile hosts --delay 1 --workdir "${KHS_FLEET:-.cache/kvm-host-state/fleet}" --basefile "$tree.tar" --return 'cells/{1}' --cleanup)
		export PARALLEL_SSH='ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15'
		fleet_watch &
		watch=$!
	else
		where=(--jobs "$(nproc)")
	fi
	# Where a machine goes away as a cell's results come over the wire, parallel
	# counts the cell as done: what has no results is run again.
	for ((round = 1; round <= 3; round++)); do
		while IFS=$'\t' read -r cell line; do
			[ -e "cells/$cell/cell.json" ] || printf '%s\t%s\n' "$cell" "$line"
		done <todo >left
		[ -s left ] || break
		parallel --will-cite --colsep '\t' --retries 3 --joblog "joblog$round" "${where[@]}" -a left "$run" '{1}' '{2}' >&2 </dev/null || true
	done
	[ -z "$watch" ] || kill "$watch"
}

# Keeps the file hosts, which parallel reads again when it changes, to those of
# the file machines that answer: a cell that fails on a machine is never given to
# it again, so that one which is away for a minute would lose all to the others.
fleet_watch()
{
	local line

	while sleep 5; do
		while IFS= read -r line; do
			# parallel itself knows how such a line is read.
			echo "$line" >asked
			! timeout 20 parallel --will-cite --nonall --sshloginfile asked true </dev/null >/dev/null 2>&1 || echo "$line"
		done <machines >answer
		# Where none does, there is nothing to choose from.
		[ -s answer ] && ! cmp -s answer hosts || continue
		mv answer hosts
		echo "machines that answer: $(wc -l <hosts) of $(wc -l <machines)" >&2
	done
}

# This folder's sources as DIR/tree-HASH.tar; prints HASH.
cells_tree()
{
	local hash

	tar -C "$TOP" --exclude=./.git --exclude=./build --exclude=./results --sort=name --mtime=@0 \
		--owner=0 --group=0 --numeric-owner -cf "$1/tree.tar" .
	hash=$(sha256sum <"$1/tree.tar" | cut -c1-16)
	mv "$1/tree.tar" "$1/tree-$hash.tar"
	echo "$hash"
}

# The command merge.
command_merge()
{
	local dir

	[ ${#NAMES[@]} -gt 0 ] || die "merge wants the folders of the parts: merge DIR..."
	output_check
	for dir in "${NAMES[@]}"; do
		[ -e "$dir/cells.jsonl" ] || die "$dir is no part of a matrix: it has no cells.jsonl"
		[ "$(jq -r .cell "$dir/cells.jsonl" | sort)" = "$(jq -r .cell "${NAMES[0]}/cells.jsonl" | sort)" ] ||
			die "$dir and ${NAMES[0]} are parts of different matrices"
		[ "$(cells_options "$dir")" = "$(cells_options "${NAMES[0]}")" ] ||
			die "$dir and ${NAMES[0]} were run with different options"
	done
	jq -r .cell "${NAMES[0]}/cells.jsonl" >"$SCRATCH/wanted"
	cells_merge "$SCRATCH/out" "$SCRATCH/wanted" "${NAMES[@]}"
	cells_publish "$SCRATCH/out"
}

# cells_options DIR: what its cells are run with.  Where the kernel and the emulators
# lie is each machine's own.
cells_options()
{
	jq -cS '[.cell, (.args | index("-k") as $k | if $k then del(.[$k + 1]) else . end),
		(.env | del(.KHS_QEMU, .KHS_BOCHS))]' "$1/cells.jsonl" | sort
}

# cells_kernels DIR: which kernel was which, where the cells in DIR do not agree.
cells_kernels()
{
	local file

	for file in "$1"/cells/*/cell.json; do
		[ -e "$file" ] || continue
		find "${file%/*}" -maxdepth 1 \( -name results.json -o -name mutants.json -o -name control.json \) -exec cat {} + |
			jq -s --arg which "$(jq -r '.kernel // "default"' "$file")" '
				{which: $which, is: (.[] | (if type == "object" then .engines[] else .[] end) | .kernel | select(.))}'
	done | jq -rs 'group_by(.which)[] | {which: .[0].which, is: (map(.is) | unique)} |
		select(.is | length > 1) | "kernel \(.which) was \(.is | join(" and "))"' | first_line
}

# cells_merge OUT WANTED DIR...: each cell named in WANTED, from whichever DIR has
# it; one with a verdict before one without.
cells_merge()
{
	local out=$1 wanted=$2 cell dir from missing='' kernels
	shift 2

	mkdir -p "$out/cells"
	cp "$1/cells.jsonl" "$out/"
	while IFS= read -r cell; do
		from=
		for dir in "$@"; do
			[ -e "$dir/cells/$cell/results.json" ] || [ -e "$dir/cells/$cell/mutants.json" ] || continue
			if [ -z "$from" ] || [ "$(jq .status "$from/cell.json")" = $LAB ]; then
				from=$dir/cells/$cell
			fi
		done
		if [ -z "$from" ]; then
			missing+=" $cell"
			cp -r "$dir/cells/$cell/log" "$out/cells/$cell.log" 2>/dev/null || true
		else
			cp -r "$from" "$out/cells/"
		fi
	done <"$wanted"
	if [ -n "$missing" ]; then
		tail -n 3 "$out"/cells/*.log >&2 2>/dev/null || true
		die "these cells have no result:$missing"
	fi
	kernels=$(cells_kernels "$out")
	# Of no kernel it can be said that it passed; what failed has failed.
	[ -z "$kernels" ] || jq -se 'any(.[]; .status == 1)' "$out"/cells/*/cell.json >/dev/null ||
		die "the cells did not run the same kernel: $kernels"
	if [ -n "$(find "$out/cells" -mindepth 2 -maxdepth 2 -name mutants.json -print -quit)" ]; then
		jq -s 'add | sort_by(.name, .engine)' "$out"/cells/*/mutants.json >"$out/mutants.json"
		jq -s 'add | sort_by(.engine)' "$out"/cells/*/control.json >"$out/control.json"
	else
		cells_results "$out" >"$out/results.json"
		jq -s 'add // []' "$out"/cells/*/violations.json >"$out/violations.json"
	fi
}

# One results.json of all cells' in DIR; the engines keep their folders.
cells_results()
{
	local file

	for file in "$1"/cells/*/results.json; do
		jq --arg dir "cells/$(basename "$(dirname "$file")")" '.engines |= map(.dir = "\($dir)/\(.dir // .name)")' "$file"
	done | jq -s '
		{verdict: (
			if any(.[]; .verdict == "fail") then "fail"
			elif any(.[]; .verdict == "lab-error") then "lab-error"
			# In parts one may hold nothing that looks at the host, but not all.
			elif [.[].engines[]] | group_by([.name, .kernel]) | length > 0 and all(.[]; any(.[]; .verdict == "pass")) then "pass"
			else "skip" end),
		 seed: (map(.seed) | unique | if length == 1 then .[0] else null end), guard: .[0].guard,
		 kernel_package: (map(.kernel_package) | unique | if length == 1 then .[0] else "" end), engines: map(.engines[])}'
}

cells_publish()
{
	local out=$1 status=0

	if [ -e "$out/mutants.json" ]; then
		mutants_summary "$out" | tee "$out/summary.txt"
		reports "$out"
		output_publish "$out"
		printf 'results: %s\n' "$OUT"
		JUDGED=1
		mutants_status "$out" || status=$?
		return $status
	fi
	mkdir -p "$SCRATCH/folded"
	jq -L "$TOP/lab/html" 'include "fold"; .engines |= fold' "$out/results.json" >"$SCRATCH/folded/results.json"
	summary "$SCRATCH/folded" >"$out/summary.txt"
	sed 's/^/# /; s/ *$//' "$out/summary.txt"
	reports "$out"
	output_publish "$out"
	printf '# results: %s\n' "$OUT"
	verdict_status "$out"
}
