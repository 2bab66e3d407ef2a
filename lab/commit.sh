# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One commit of a series: built, and known by the content of what was built.
#
# Of ktest's options on builds, MIN_CONFIG is lab/small.config, and BUILD_NOCLEAN is
# always so: kbuild knows what to compile anew.

# commit_build COMMIT: sets BUILDS to ok or fail, and BUILD_WHY to the first error;
# the K_ variables then name the kernel.  If COMMIT changes no source of what was
# built last, that stands for it: BUILT is the commit that was really built.
commit_build()
{
	local commit=$1

	BUILDS=ok BUILD_WHY=''
	K_SOURCE=$S_TREE K_BUILD=$CACHE/build/$(kernel_build_name "$S_TREE")
	BUILT=$(cat "$S_DIR/built" 2>/dev/null || true)
	if [ -z "$BUILT" ] || [ ! -e "$K_BUILD/arch/x86/boot/bzImage" ] || commit_differs "$BUILT" "$commit"; then
		# An interrupted build is a build of nothing.
		rm -f "$S_DIR/built"
		BUILT=$commit
		checkout "$commit"
		kernel_build "$S_TREE"
		if [ -n "$K_BROKEN" ]; then
			BUILDS=fail BUILD_WHY=$K_BROKEN
			return
		fi
		job commit_sources
		[ "$JOB_STATUS" = 0 ] || die "cannot read what kbuild left in $K_BUILD"
		printf '%s\n' "$commit" >"$S_DIR/built"
	fi
	K_NAME=$S_REPO K_PACKAGE='' K_IMAGE=$K_BUILD/arch/x86/boot/bzImage K_MODULES=$K_BUILD
	K_CONFIG=$K_BUILD/.config K_VERSION=$(cat "$K_BUILD/include/config/kernel.release")
}

# Every file of the source that something was made from, by kbuild's own lists.
# They name it by whichever path leads there.
commit_sources()
{
	local up

	up=$(realpath --relative-to="$K_BUILD" "$S_TREE")
	find "$K_BUILD" -name '.*.cmd' ! -path '*/khs*' -print0 | xargs -0 cat "$K_BUILD/include/config/auto.conf.cmd" |
		tr -s ' \t\\()"' '\n' | sed -n -e "s,^$S_TREE/,,p" -e "s,^$up/,,p" | sort -u >"$S_DIR/sources"
	[ -s "$S_DIR/sources" ]
}

# commit_differs BUILT COMMIT: could a build of COMMIT give anything else?  A
# source of what was built has changed, or something that decides what is built;
# and a new header may come before an old one.
commit_differs()
{
	local other='^(Documentation|LICENSES|samples|tools/testing|arch/[^/]+)/'

	[ "$1" != "$2" ] || return 1
	[ -s "$S_DIR/sources" ] || return 0
	own_git diff --name-only --no-renames "$1" "$2" -- >"$SCRATCH/changed"
	! grep -xFf "$S_DIR/sources" "$SCRATCH/changed" >/dev/null || return 0
	own_git diff --name-only --no-renames --diff-filter=AD "$1" "$2" -- include arch/x86/include >"$SCRATCH/headers"
	[ ! -s "$SCRATCH/headers" ] || return 0
	{ grep '^arch/x86/' "$SCRATCH/changed" || true; grep -vE "$other" "$SCRATCH/changed" || true; } |
		grep -E '(^|/)(Makefile|Kbuild|Kconfig)[^/]*$|^(scripts|tools/(build|lib|include|arch|objtool))/|\.(lds|S|tbl|awk)$' >/dev/null
}

# commit_identity ENGINE: one word for all that decides how KVM and its host
# behave there: KVM's modules, the core of the kernel, the configuration.
commit_identity()
{
	local other=intel

	case $1 in
	vmx*) other=amd ;;
	esac
	commit_objects
	grep -v -e '^#' -e "/kvm-$other\.ko\$" "$S_DIR/objects" | sha256sum | cut -c1-16
}

# commit_kvm: the same of KVM's own modules.
commit_kvm()
{
	commit_objects
	grep '\.ko$' "$S_DIR/objects" | sha256sum | cut -c1-16
}

commit_objects()
{
	[ "$(first_line <"$S_DIR/objects" 2>/dev/null)" != "# $BUILT" ] || return 0
	job objects_digest
	[ "$JOB_STATUS" = 0 ] || die "cannot read the objects in $K_BUILD"
}

objects_digest()
{
	cd "$K_BUILD" || return 1
	{
		echo "# $BUILT"
		{
			echo .config
			find arch/x86 kernel mm virt lib -name '*.o' ! -name '*.mod.o' ! -path '*/boot/*' \
				! -path '*/tools/*' ! -path '*/kvm/*' | sort
			find arch/x86/kvm -name '*.ko' | sort
		} | "$TOP/lab/objects.pl"
	} >"$S_DIR/objects.new" && mv "$S_DIR/objects.new" "$S_DIR/objects"
}

# commit_checkpatch COMMIT: one finding a line.
commit_checkpatch()
{
	own_git format-patch -1 --stdout "$1" >"$SCRATCH/mail"
	(cd "$SCRATCH" && perl "$S_TREE/scripts/checkpatch.pl" --root="$S_TREE" -q --terse --no-summary --mailback - <"$SCRATCH/mail" 2>&1) |
		sed 's/^-://' || true
}

# commit_warnings BEFORE COMMIT FILES: the compiler's warnings under W=1 that COMMIT
# brings, one a line.  In a build folder of their own, for W=1 is another command
# line; only the objects that FILES (a list) concern, once before and once after.
commit_warnings()
{
	local build=$K_BUILD-w1 objects

	mapfile -t objects < <(commit_affected "$3")
	[ ${#objects[@]} -gt 0 ] || return 0
	mkdir -p "$build"
	job commit_compile "$1" "$build" "$SCRATCH/w1.before" "${objects[@]}"
	job commit_compile "$2" "$build" "$SCRATCH/w1.after" "${objects[@]}"
	# Lines move: a warning is its file and its words, and so many of them.
	awk '!/: warning: / { next }
		{ key = $0; sub(/:[0-9]+(:[0-9]+)?: warning:/, ": warning:", key) }
		FILENAME == ARGV[1] { known[key]++; next }
		++seen[key] > known[key]' "$SCRATCH/w1.before" "$SCRATCH/w1.after"
}

# The objects that were made from one of the files in this list: of a header that
# everybody includes only KVM's, and what stands beside it.
commit_affected()
{
	local list=$1 file

	for file in $(grep '\.c$' "$list"); do
		# A new one is no source of anything yet.
		! { grep -qxF "$file" "$S_DIR/sources" || { [ ! -e "$S_TREE/$file" ] && [ -d "$K_BUILD/${file%/*}" ]; }; } ||
			printf '%s\n' "${file%.c}.o"
	done
	for file in $(grep '\.h$' "$list" | grep -xFf "$S_DIR/sources"); do
		grep -rlF --include='.*.o.cmd' -e "/$file " "$K_BUILD/arch/x86/kvm" "$K_BUILD/virt/kvm" "$K_BUILD/${file%/*}" 2>/dev/null |
			sed -e "s,^$K_BUILD/,," -e 's,/\.\([^/]*\)\.cmd$,/\1,'
	done | sort -u
}

# commit_compile COMMIT FOLDER LOG OBJECT...: W=1, and no warning is an error.
commit_compile()
{
	local commit=$1 build=$2 log=$3 object
	shift 3

	: >"$log"
	checkout_now "$commit"
	cmp -s "$K_BUILD/.config" "$build/.config" || cp "$K_BUILD/.config" "$build/.config"
	(cd "$build" && rm -f "$@")
	for object in "$@"; do
		shift
		# A file that is new, or gone, has no other side.
		[ -e "$S_TREE/${object%.o}.c" ] || continue
		case $object in
		# KVM's Makefile builds what is in virt/kvm too.
		arch/x86/kvm/* | virt/kvm/*) object=arch/x86/kvm/ ;;
		esac
		case " $* " in
		*" $object "*) ;;
		*) set -- "$@" "$object" ;;
		esac
	done
	[ $# -gt 0 ] || return 0
	K_BUILD=$build kernel_make "$log" -k W=1 CONFIG_KVM_WERROR= CONFIG_WERROR= "$@" || true
	sed -i "s,$S_TREE/,,g; s,^\(\.\./\)*tree/,,; s,^\(\.\./\)*[^ ]*/tree/,," "$log"
}
