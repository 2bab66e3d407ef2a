#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Rebuild KVM's modules alone, optionally with one planted bug.
#
#	kvm_build.sh SOURCE_TREE HEADERS_DIR OUT_DIR [MUTANT_FILE]
#
# SOURCE_TREE  a kernel source tree; only KVM's own files are read
# HEADERS_DIR  what /lib/modules/VERSION/build points to: the headers package
#              of the kernel that will load the modules, or its build tree
# OUT_DIR      gets kvm.ko, kvm-amd.ko and kvm-intel.ko, stripped
# MUTANT_FILE  .cocci (Coccinelle), .sed or .ed; its first comment lines say
#              what it is (see mutants/README.md)
#
# Exit status: 0 built; 2 no verdict, something is missing here; 3 the bug did
# not apply; 4 it applied and the build failed; 5 it is equivalent in this
# version.  Each but 0 prints one line that says why.
#
# KVM_BUILD_CACHE (default: ~/.cache/kvm-host-state/kvm) holds one built copy
# for each content of the sources; a mutant compiles only what it changed, once:
# its modules are kept there too, for the other engine and the next matrix.
# JOBS is the number of parallel jobs (default: one for each CPU).

set -eu
# A pattern like *.[ch] must mean the same whatever the caller's locale.
export LC_ALL=C

say()  { printf 'kvm_build: %s\n' "$*" >&2; }
fail() { local status=$1; shift; say "$*"; exit "$status"; }

if [ $# -lt 3 ] || [ $# -gt 4 ]; then
	fail 2 'usage: kvm_build.sh SOURCE_TREE HEADERS_DIR OUT_DIR [MUTANT_FILE]'
fi

[ -r "$1/virt/kvm/Makefile.kvm" ] || fail 2 "no KVM sources in $1"
[ -r "$2/Module.symvers" ] || fail 2 "no Module.symvers in $2: not a headers or build directory"
source=$(cd -- "$1" && pwd)
headers=$(cd -- "$2" && pwd)
mkdir -p -- "$3" || fail 2 "cannot create $3"
out=$(cd -- "$3" && pwd)
mutant=${4-}
cache=${KVM_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-host-state/kvm}
mkdir -p -- "$cache" || fail 2 "cannot create $cache"
cache=$(cd -- "$cache" && pwd)
# make gets these as words of its command line and cannot quote blanks in them
case $cache$headers in
*[[:space:]]*) fail 2 'a path with a blank in it cannot be built in' ;;
esac
jobs=${JOBS:-$(nproc)}

for tool in make gcc objcopy sha256sum flock; do
	command -v "$tool" >/dev/null || fail 2 "$tool is not installed"
done

kernel_release()
{
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
		"$headers/include/generated/utsrelease.h"
}

# The value of a "// key: value" or "# key: value" line in the mutant's header.
header()
{
	sed -n -e '/^\(\/\/\|#\)/!q' -e "s,^\(//\|#\) *$1: *,,p" "$mutant"
}

# kvm_files TREE: the sources, without what a build left among them.
kvm_files()
{
	# KVM's traces are found relative to include/trace, where define_trace.h is
	(
		cd "$1"
		find arch/x86/kvm virt/kvm include/trace -type f \
			\( -name '*.[chS]' -o -name 'Makefile*' -o -name Kconfig \) \
			! -name '*.mod.c' ! -name 'kvm-asm-offsets.h'
	) | sort
}

# Everything that decides what a build gives: sources, configuration, exports,
# compiler, and this recipe.
cache_key()
{
	{
		(cd "$source" && kvm_files . | tr '\n' '\0' | xargs -0 sha256sum)
		sha256sum <"$headers/Module.symvers"
		sha256sum <"$headers/include/config/auto.conf"
		printf '%s\n' "$headers"
		gcc --version
		declare -f kvm_files build make_pristine rename_tree
	} | sha256sum | cut -c1-20
}

# Copies share nothing with the cache: spatch and ed write in place.
copy_tree()
{
	cp -a --reflink=auto -- "$1" "$2"
}

# kbuild compares whole command lines, which name the directory.  A moved tree
# must say its new name in them, with the times left alone, or all is rebuilt.
# rename_tree TREE FROM TO: in TREE, put TO wherever FROM stands.
rename_tree()
{
	local tree=$1 from=$2 to=$3 stamp=$1.stamp file

	: >"$stamp"
	find "$tree" -type f \( -name '.*.cmd' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name modules.order -o -name Module.symvers \
		-o -name '*Makefile*' \) -print0 |
	while IFS= read -r -d '' file; do
		touch -r "$file" "$stamp"
		sed -i "s,$from/,$to/,g" "$file"
		touch -r "$stamp" "$file"
	done
	rm -f -- "$stamp"
}

# build TREE LOG [make arguments]: -g0 since the result is stripped anyway.
build()
{
	local tree=$1 log=$2

	shift 2
	# In the background, so that a signal does not have to wait for it.
	env -u MAKEFLAGS -u MFLAGS make -j"$jobs" -C "$headers" \
		M="$tree/arch/x86/kvm" KCFLAGS=-g0 \
		CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_KVM_WERROR= \
		CONFIG_MODULE_SIG_ALL= \
		"$@" modules >"$log" 2>&1 </dev/null &
	child=$!
	wait "$child" || return 1
	child=
}

# first_error LOG TREE: what the compiler said first, without the scratch path.
first_error()
{
	{ grep -m1 -E '(error|Error [0-9]|ERROR|undefined)' "$1" || tail -n 1 "$1"; } |
		sed "s,$2/,,g"
}

# What spatch, sed or ed said, on one line.
plant_error()
{
	grep . "$work/plant.log" | head -n 3 | tr -s '[:space:]' ' '
}

# once DEST COMMAND...: runs COMMAND unless there is a DEST, which it makes.  Of two
# at once the second waits, then finds it.
once()
{
	local dest=$1
	shift

	if [ ! -d "$dest" ]; then
		exec 9>"$dest.lock"
		flock 9
		[ -d "$dest" ] || "$@" "$dest"
		exec 9>&-
	fi
	touch -- "$dest"
}

# make_pristine DEST: an unchanged, built copy, put in place in one step.
make_pristine()
{
	local dest=$1 tree=$work/pristine

	# what nobody used for two weeks, and what a kill -9 left behind
	find "$cache" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf -- {} +

	mkdir "$tree"
	(cd "$source" && kvm_files . | tr '\n' '\0' |
		xargs -0 cp --parents -p -t "$tree")
	# The two lines that lead back to the (headers') source tree.
	sed -i -e "s,\$(srctree)/arch/x86/kvm,$tree/arch/x86/kvm -I $tree/include/trace," \
		-e "s,\$(srctree)/virt/kvm/Makefile.kvm,$tree/virt/kvm/Makefile.kvm," \
		"$tree/arch/x86/kvm/Makefile"
	if ! build "$tree" "$work/build.log"; then
		cp "$work/build.log" "$out/build.log"
		fail 2 "the unchanged KVM does not build: $(first_error "$work/build.log" "$tree")"
	fi
	rename_tree "$tree" "$tree" "$dest"
	mv -T -- "$tree" "$dest"
}

# plant TREE: apply the bug; the names of the changed files go to $work/changed.
plant()
{
	local tree=$1 file before where
	local -a files=()

	while IFS= read -r file; do
		[ -z "$file" ] || files+=("$file")
	done < <(header file | tr -s '[:space:],' '\n')
	where=${files[*]}
	if [ ${#files[@]} -eq 0 ]; then
		where="KVM's sources"
		while IFS= read -r file; do
			files+=("$file")
		done < <(kvm_files "$tree" | grep '^[av].*\.[ch]$')
	fi

	: >"$work/changed"
	: >"$work/plant.log"
	for file in "${files[@]}"; do
		[ -f "$tree/$file" ] || continue
		before=$work/before
		cp -p -- "$tree/$file" "$before"
		case $mutant in
		*.cocci)
			spatch --sp-file "$mutant" --very-quiet --no-show-diff \
				--no-includes --in-place "$tree/$file" \
				>>"$work/plant.log" 2>&1 ||
			fail 3 "spatch: $(plant_error)" ;;
		*.sed)
			sed -i -f "$mutant" "$tree/$file" 2>>"$work/plant.log" ||
			fail 3 "sed: $(plant_error)" ;;
		*.ed)
			grep -v '^#' "$mutant" | ed -s "$tree/$file" \
				>>"$work/plant.log" 2>&1 ||
			fail 3 "ed: $(plant_error)" ;;
		*)
			fail 2 "$mutant: not a .cocci, .sed or .ed file" ;;
		esac
		if cmp -s "$before" "$tree/$file"; then
			# sed writes even what it leaves alone
			cp -p -- "$before" "$tree/$file"
		else
			printf '%s\n' "$file" >>"$work/changed"
			diff -u --label "a/$file" --label "b/$file" \
				"$before" "$tree/$file" >>"$work/planted.diff" || :
		fi
	done
	[ -s "$work/changed" ] || fail 3 "$(basename "$mutant"): nothing in $where matched"
}

# make_planted DEST: the modules with the bug in them, and what was planted.
make_planted()
{
	local dest=$1 tree=$work/tree only=()

	copy_tree "$pristine" "$tree"
	plant "$tree"
	rename_tree "$tree" "$pristine" "$tree"
	# The vendor that the bug does not concern keeps its pristine module.
	if ! grep -qv "^arch/x86/kvm/vmx/" "$work/changed"; then
		only=(CONFIG_KVM_AMD=)
	elif ! grep -qv "^arch/x86/kvm/svm/" "$work/changed"; then
		only=(CONFIG_KVM_INTEL=)
	fi
	build "$tree" "$work/build.log" ${only[@]+"${only[@]}"} || {
		cp "$work/build.log" "$out/build.log"
		fail 4 "$(first_error "$work/build.log" "$tree")"
	}
	mkdir "$work/planted"
	cp "$work/planted.diff" "$work/planted/"
	strip_modules "$tree" "$work/planted"
	mv -T -- "$work/planted" "$dest"
}

# strip_modules TREE DIR
strip_modules()
{
	local ko

	for ko in kvm kvm-amd kvm-intel; do
		# a kernel without one vendor's module is no error
		[ -f "$1/arch/x86/kvm/$ko.ko" ] || continue
		objcopy --strip-debug -R .BTF "$1/arch/x86/kvm/$ko.ko" "$2/.$ko.ko.$$"
		mv -f -- "$2/.$ko.ko.$$" "$2/$ko.ko"
	done
}

release=$(kernel_release)
version=$(printf '%s\n' "$release" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')
[ -n "$version" ] || fail 2 "cannot tell the kernel version of $headers"

if [ -n "$mutant" ]; then
	[ -r "$mutant" ] || fail 2 "cannot read $mutant"
	mutant=$(cd -- "$(dirname -- "$mutant")" && pwd)/$(basename -- "$mutant")
	while read -r which reason; do
		[ "$which" != "$version" ] || fail 5 "equivalent in $which: $reason"
	done < <(header equivalent)
	case $mutant in
	*.cocci) command -v spatch >/dev/null || fail 2 'spatch (coccinelle) is not installed' ;;
	*.ed) command -v ed >/dev/null || fail 2 'ed is not installed' ;;
	esac
fi

work=$(mktemp -d "$cache/work.XXXXXXXX")
child=
cleanup()
{
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null || :
		wait "$child" || :
	fi
	rm -rf -- "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

pristine=$cache/$version-$(cache_key)
once "$pristine" make_pristine
if [ -z "$mutant" ]; then
	strip_modules "$pristine" "$out"
	exit 0
fi
planted=$pristine-$({ printf '%s\n' "${mutant##*.}"; cat "$mutant"; declare -f plant make_planted strip_modules; } | sha256sum | cut -c1-12)
once "$planted" make_planted
cp -- "$planted"/* "$out/"
