# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command lint: the bug class in C source.  lab/lint/ has the program itself,
# on libclang, and what finds out how each file is compiled.

# A checkout is nobody's place for compiled Python.
export PYTHONDONTWRITEBYTECODE=1

# lint_kernel PATH: the kernel tree that PATH is in, if it is in one.
lint_kernel()
{
	local dir

	dir=$(realpath -- "$1")
	while [ "$dir" != / ]; do
		if [ -e "$dir/MAINTAINERS" ] && [ -e "$dir/Kbuild" ] && [ -e "$dir/include/linux/kernel.h" ]; then
			printf '%s\n' "$dir"
			return
		fi
		dir=$(dirname "$dir")
	done
}

# Sets LINT_OUTPUTS: where the generated headers of each PATH's kernel tree are:
# in the tree, or such as a configuration with everything in it has, in the cache.
lint_kernel_outputs()
{
	local path kernel out

	LINT_OUTPUTS=()
	for path in "$@"; do
		kernel=$(lint_kernel "$path")
		if [ -z "$kernel" ] || [ -e "$kernel/include/generated/autoconf.h" ]; then
			continue
		fi
		out=$CACHE/lint-$(basename "$kernel")-$(printf '%s' "$kernel" | cksum | cut -d' ' -f1)
		if [ ! -e "$out/complete" ]; then
			note "$kernel is not configured: making its headers in $out (once)"
			mkdir -p "$out"
			with_lock "$CACHE" lint job lint_configure "$kernel" "$out"
		fi
		LINT_OUTPUTS+=("--output=$kernel=$out")
	done
}

# Not all has to succeed: a file that lacks a header is listed in the end.
lint_configure()
{
	local file

	{
		make -s -C "$1" "O=$2" allyesconfig &&
			make -s -k -C "$1" "O=$2" -j"$(nproc)" prepare0 headers
	} >"$2/log" 2>&1 || note "not all of them could be made: see $2/log"
	# Those that the build would copy.
	while IFS= read -r file; do
		install -D -m 644 "$1/$file" "$2/${file%_shipped}"
	done < <(cd "$1" && find drivers arch/x86 -name '*.h_shipped')
	touch "$2/complete"
}

lint_build()
{
	build_run "$BUILD/lint/log" make -s -C "$TOP/lab/lint" OUTPUT="$BUILD/lint"
}

# lint_units FILE [--headers] RESULTS PATH...: how each file is compiled.
lint_units()
{
	local out=$1
	shift

	python3 "$TOP/lab/lint/units.py" ${LINT_OUTPUTS[@]+"${LINT_OUTPUTS[@]}"} "$@" >"$out"
}

# lint_parse UNITS RESULTS PATH...: side by side, a few files to each process.
lint_parse()
{
	local units=$1 results=$2
	shift 2

	parallel --will-cite --quote --pipe -N 4 -j "$(nproc)" "$BUILD/lint/lint" "$@" <"$units" >>"$results" 2>"$SCRATCH/lint.log" || true
}

command_lint()
{
	local dir=$SCRATCH/out path paths=() status=0 tool

	[ ${#NAMES[@]} -gt 0 ] || usage_error "lint wants a file or a folder; see --help"
	for path in "${NAMES[@]}"; do
		[ -r "$path" ] || die "lint: $path: $([ -e "$path" ] && echo "no permission to read it" || echo "there is no such file")"
		paths+=("$(realpath -- "$path")")
	done
	output_check
	for tool in make gcc python3 parallel; do
		have "$tool" || die "$tool is not installed: run sudo ./run_tests.sh --setup"
	done
	[ -n "$(find /usr/lib/llvm-*/include/clang-c /usr/include/clang-c -name Index.h 2>/dev/null)" ] ||
		die "libclang (17 or newer) is not installed: run sudo ./run_tests.sh --setup"
	mkdir -p "$dir" "$BUILD/lint"
	with_lock "$BUILD" lint job_or_exit lint_build
	lint_kernel_outputs "${paths[@]}"
	: >"$dir/results"
	job_or_exit lint_units "$dir/units" "$dir/results" "${paths[@]}"
	progress "lint: $(wc -l <"$dir/units") files"
	job lint_parse "$dir/units" "$dir/results" "${paths[@]}"
	lint_headers "${paths[@]}"
	progress_clear
	python3 "$TOP/lab/lint/report.py" "$dir/units" "$dir/results" "$dir/lint.json" "$dir/fix.patch" $FIX "${paths[@]}" || status=$?
	rm "$dir/units" "$dir/results"
	output_publish "$dir"
	note "results: $OUT"
	[ "$status" = 0 ] || [ "$status" = $FAIL ] || [ "$status" = $NOTHING ] || die "lint: the report failed"
	JUDGED=1
	return "$status"
}

# A header that no file includes is read by itself.
lint_headers()
{
	job_or_exit lint_units "$dir/headers" --headers "$dir/results" "$@"
	job lint_parse "$dir/headers" "$dir/results" "$@"
	cat "$dir/headers" >>"$dir/units"
	rm "$dir/headers"
}
