#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The source itself: shellcheck, checkpatch, SPDX lines, and the module's build
# for both distribution kernels under W=1 and sparse.

load helper
bats_require_minimum_version 1.5.0

# Each file by itself: one that sources others which are named too is read with
# all of them, which takes minutes in place of seconds.
@test "shellcheck" {
	cd "$TOP"
	printf '%s\n' run_tests.sh lab/*.sh lab/init .ci/run meta/*.bats meta/helper.bash |
		xargs -n 1 -P "$(nproc)" shellcheck --severity=warning
}

@test "every source file has its licence" {
	cd "$TOP"
	[ -z "$(grep -L 'SPDX-License-Identifier: GPL-2.0-only' Makefile run_tests.sh \
		include/*.h include/x86/*.h lib/*/*.c lib/*/x86/* x86/*.c module/*.[ch] \
		module/Kbuild lab/*.sh lab/lint/*.[ch] lab/lint/*.py lab/lint/Makefile lab/nudge/* meta/*.c examples/*/*.[chS] examples/*/Kbuild examples/*/Makefile examples/*/*.sh lab/init meta/*.bats meta/lint/*)" ]
}

# The cached source of a distribution kernel that has FILE.
cached_source()
{
	local dir

	for dir in "${KHS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-host-state}"/source-*/linux; do
		if [ -e "$dir/$1" ]; then
			echo "$dir"
			return
		fi
	done
}

@test "checkpatch --strict" {
	local source

	source=$(cached_source scripts/checkpatch.pl)
	[ -n "$source" ] || skip "no kernel source is in the cache"
	# From elsewhere: in a git tree it leaves a file of its own behind.
	cd "$BATS_TEST_TMPDIR"
	# Lists of names as macros, and the kernel's attribute macros that user
	# space has to define for itself.
	perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary \
		--ignore COMPLEX_MACRO,MACRO_ARG_REUSE,MACRO_WITH_FLOW_CONTROL,PREFER_DEFINED_ATTRIBUTE_MACRO \
		-f "$TOP"/include/*.h "$TOP"/include/x86/*.h "$TOP"/lib/*/*.c \
		"$TOP"/lib/*/x86/* "$TOP"/x86/*.c "$TOP"/module/*.[ch] "$TOP"/meta/die/*.c "$TOP"/meta/*.c "$TOP"/lab/nudge/*.c \
		"$TOP"/examples/*/*.[ch]
	# libclang's own names.
	perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary \
		--ignore CAMELCASE -f "$TOP"/lab/lint/*.[ch]
}

# Functions of a module that move strings, but for those that no VM entry or exit calls.
movers_of_strings()
{
	objdump -dr --no-show-raw-insn "$1" |
		awk '/^[0-9a-f]+ </ { f = $2 } /%es:\(%rdi\)|R_X86_64_PLT32\tmem(cpy|move|set)/ { print f }' |
		grep -vE '^<(hs_get_guard|hs_read|hs_ioctl|hs_guard_reset|hs_records_clear)>:'
}

@test "the module builds clean under W=1 and sparse, and is safe where an exit left DF set" {
	local build n=0

	have() { command -v "$1" >/dev/null; }
	have sparse || skip "sparse is not installed"
	for build in "${KHS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-host-state}"/kernel-*/usr/src/linux-headers-*[!n]; do
		[ -e "$build/Module.symvers" ] || continue
		rm -rf "$BATS_TEST_TMPDIR/src"
		mkdir "$BATS_TEST_TMPDIR/src"
		cp -r "$TOP/module" "$TOP/include" "$BATS_TEST_TMPDIR/src/"
		make -C "$build" M="$BATS_TEST_TMPDIR/src/module" W=1 C=2 \
			CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$BATS_TEST_TMPDIR/log" 2>&1
		run ! grep -E 'warning:|error:' "$BATS_TEST_TMPDIR/log"
		run ! movers_of_strings "$BATS_TEST_TMPDIR/src/module/kvm_host_state.ko"
		n=$((n + 1))
	done
	[ $n -gt 0 ] || skip "no kernel headers are in the cache"
}

@test "README's table of state is the source's" {
	local table=$BATS_TEST_TMPDIR/host_state_table

	cd "$TOP"
	{
		echo '#include "host_state_table.h"'
		echo '#define ROW(state, vmcs, vmx, svm, why) row: state vmcs vmx svm why'
		echo 'HOST_STATE_TABLE(ROW)'
	} | gcc -E -P -Iinclude - | sed 's/ *row: */\n/g' |
		sed -n 's/^"\([^"]*\)" "\([^"]*\)" "\([^"]*\)" "\([^"]*\)" "\([^"]*\)".*/| `\1` | \2 | \3 | \4 | \5 |/p' >"$table"
	[ "$(wc -l <"$table")" -gt 50 ]
	diff <(sed -n '/^| state | VMCS/,/^$/p' README.md | sed '1,2d;/^$/d') "$table"
}

@test "the project speaks of itself alone" {
	cd "$TOP"
	run ! git grep -nE 'deb\.debian|https?://(deb|registry)\.' -- ':!meta/style.bats' ':!COPYING'
	run ! git grep -nF "$TOP/"
}
