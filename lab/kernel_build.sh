# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A kernel from a source tree: out of tree, in the cache, from tinyconfig with the
# files config and lab/small.config on top.  The tree stays as it is, and a change
# in it compiles only what it touches.

# kernel_build TREE: sets the K_ variables to the kernel of TREE as it is now.
# K_BROKEN is what the compiler said first where TREE does not build, else empty:
# that is a word on the tree.  Whatever else goes wrong is the lab's, and ends us.
# shellcheck disable=SC2034 # for who builds a series
kernel_build()
{
	K_BROKEN='' K_SOURCE=$1
	K_BUILD=$CACHE/build/$(kernel_build_name "$1")
	with_lock "$K_BUILD" build kernel_build_locked
	K_IMAGE=$K_BUILD/arch/x86/boot/bzImage
	K_MODULES=$K_BUILD K_CONFIG=$K_BUILD/.config K_PACKAGE=''
	[ -n "$K_BROKEN" ] || K_VERSION=$(cat "$K_BUILD/include/config/kernel.release")
}

# Each path has a build folder of its own, for make goes by the files' times.
kernel_build_name()
{
	printf '%s-%s\n' "$(basename "${1%/linux}")" "$(printf '%s' "$1" | sha256sum | cut -c1-8)"
}

kernel_build_locked()
{
	local tool log=$K_BUILD/khs.log built=$K_BUILD/khs.package package=''

	# What came from a package stays as it is, which make needs ten seconds to see.
	case $K_SOURCE in
	"$CACHE"/linux-*/linux)
		package=$(cat "${K_SOURCE%linux}package" "$TOP/config" "$TOP/lab/small.config" <(gcc --version) | sha256sum)
		[ "$package" != "$(cat "$built" 2>/dev/null)" ] || return 0
		;;
	esac
	rm -f "$built"
	for tool in make gcc ld flex bison bc perl; do
		have "$tool" || die "$tool is not installed, and $K_SOURCE has to be built: run sudo ./run_tests.sh --setup"
	done
	[ ! -e "$K_SOURCE/.config" ] ||
		die "$K_SOURCE has a .config, but no whole kernel: run make there, or make mrproper for the lab to build it elsewhere"
	job kernel_configure
	case $JOB_STATUS in
	0) ;;
	"$REFUSED")
		kernel_broken "$K_BUILD/khs.config.log"
		return
		;;
	*) exit "$LAB" ;;
	esac
	if [ ! -e "$K_BUILD/arch/x86/boot/bzImage" ]; then
		note "building ${K_SOURCE/#$CACHE\//} in $K_BUILD: about $((700 / $(nproc))) s, once"
	fi
	progress "building $K_SOURCE"
	job kernel_make "$log" bzImage modules
	progress_clear
	if [ "$JOB_STATUS" != 0 ]; then
		kernel_broken "$log"
	elif [ -n "$package" ]; then
		printf '%s\n' "$package" >"$built"
	fi
}

# kernel_broken LOG: sets K_BROKEN.  What kills the compiler is no word on the tree.
kernel_broken()
{
	K_BROKEN=$(kernel_build_error "$1" "$K_SOURCE")
	if grep -qE 'No space left on device|Cannot allocate memory|(Killed|Terminated)( signal| *$)|Input/output error' "$1"; then
		die "the build of $K_SOURCE was cut short ($K_BROKEN): the whole log is $1"
	fi
}

# kernel_make LOG TARGET...  With ccache where that is installed: by its folder of
# links, so that the command lines, which kbuild compares, are the same without.
kernel_make()
{
	local log=$1 dir path=$PATH
	shift

	for dir in /usr/lib/ccache /usr/lib64/ccache; do
		[ ! -d "$dir" ] || path=$dir:$PATH
	done
	env -u MAKEFLAGS -u MFLAGS -u KBUILD_OUTPUT PATH="$path" CCACHE_DIR="${CCACHE_DIR:-$CACHE/ccache}" \
		CCACHE_BASEDIR="$K_SOURCE" CCACHE_NOHASHDIR=1 KBUILD_BUILD_TIMESTAMP=0 \
		make -C "$K_SOURCE" O="$K_BUILD" ARCH=x86_64 LOCALVERSION= -j"$(nproc)" "$@" >"$log" 2>&1
}

# kernel_build_error LOG TREE: what the compiler, the linker or modpost said first.
kernel_build_error()
{
	{
		grep -m1 -E ': (fatal )?error: |undefined reference|^ERROR: |multiple definition|^ld: |Kconfig[^ ]*:[0-9]+: ?(syntax error|unknown|invalid|error|recursive)' "$1" ||
			grep -m1 -E 'Error [0-9]+|\*\*\*' "$1" || tail -n 1 "$1"
	} | sed "s,$2/,,g"
}

# Anew only when the options or a Kconfig file changed.  Status REFUSED: the tree's
# own Kconfig files are wrong.
readonly REFUSED=3
kernel_configure()
{
	local want=$K_BUILD/khs.want release log=$K_BUILD/khs.config.log

	release=$(kernel_make "$log" -s kernelversion && tail -1 "$log") || release=
	[[ $release =~ ^[0-9]+\.[0-9]+ ]] || die "$K_SOURCE is no kernel tree: make kernelversion says $(tail -1 "$log")"
	small_config "${BASH_REMATCH[0]}" >"$want.new"
	if cmp -s "$want.new" "$want" && ! kconfig_changed; then
		return
	fi
	rm -f "$want"
	kernel_make "$log" tinyconfig || exit "$REFUSED"
	cat "$want.new" >>"$K_BUILD/.config"
	kernel_make "$log" olddefconfig || exit "$REFUSED"
	small_config_verify "$want.new"
	mv "$want.new" "$want"
}

kconfig_changed()
{
	local files

	mapfile -t files < <(sed -n 's/^[[:space:]]*\([^[:space:]]*Kconfig[^[:space:]]*\)[[:space:]]*\\*$/\1/p' \
		"$K_BUILD/include/config/auto.conf.cmd" 2>/dev/null)
	[ ${#files[@]} -gt 0 ] || return 0
	[ -n "$(cd "$K_SOURCE" && find "${files[@]}" -newer "$K_BUILD/khs.want" -print -quit 2>&1)" ]
}

# small_config VERSION: the options for a kernel VERSION, a later one of the same
# name in the place of an earlier one.
small_config()
{
	local line

	while IFS= read -r line; do
		if [[ $line =~ '# since '([0-9.]+) ]]; then
			version_le "${BASH_REMATCH[1]}" "$1" || continue
		elif [[ $line =~ '# until '([0-9.]+) ]]; then
			version_le "$1" "${BASH_REMATCH[1]}" || continue
		fi
		[[ $line == '# '* ]] || line=${line%%[[:space:]]#*}
		printf '%s\n' "${line%"${line##*[![:space:]]}"}"
	done < <(sed -n '/^CONFIG_\|^# CONFIG_.* is not set/p' "$TOP/config" "$TOP/lab/small.config") |
		awk '{ name = $0; sub(/^# /, "", name); sub(/[ =].*/, "", name)
			if (!(name in value)) order[++n] = name
			value[name] = $0 }
		     END { for (i = 1; i <= n; i++) print value[order[i]] }'
}

# version_le A B: A is not newer than B.
version_le()
{
	[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | first_line)" = "$1" ]
}

# small_config_verify WANT: nothing that was asked for may be lost.
small_config_verify()
{
	local line name lost=()

	while IFS= read -r line; do
		name=${line#\# }
		name=${name%%[ =]*}
		case $line in
		'# '*) ! grep -q "^$name=" "$K_BUILD/.config" || lost+=("$name") ;;
		*) grep -qxF -- "$line" "$K_BUILD/.config" || lost+=("$name") ;;
		esac
	done <"$1"
	[ ${#lost[@]} -gt 0 ] || return 0
	name=${lost[0]#CONFIG_}
	die "$K_SOURCE does not take ${lost[*]} (of config and lab/small.config); $name $(kconfig_needs "$name")"
}

# kconfig_needs NAME: what Kconfig says that NAME depends on.
kconfig_needs()
{
	local file

	file=$(grep -rlE "^[[:space:]]*(menu)?config $1\$" --include='Kconfig*' "$K_SOURCE" 2>/dev/null | first_line)
	if [ -z "$file" ]; then
		echo "does not exist in this version"
		return
	fi
	sed -nE "/^(menu)?config $1\$/,/^(menu)?config |^endif|^[[:space:]]*help/p" "$file" |
		sed -nE 's/^[[:space:]]+depends on (.*)/\1/p' | paste -sd '&' | sed 's/&/ \&\& /g; s/^$/nothing/; s/^/depends on /'
}
