# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# From what -k names to a kernel that can be booted and built for:
#   K_NAME     what the user asked for
#   K_IMAGE    the bzImage
#   K_VERSION  its `uname -r`
#   K_PACKAGE  the distribution's version, or empty
#   K_MODULES  a folder that holds its modules
#   K_BUILD    what external modules build against
#   K_CONFIG   its configuration, or empty
#   K_SOURCE   its source tree, or the package that has it (see kernel_source)

# The kernel where the bug class shows: each CPU's entry area at a random place.
kernel_default()
{
	# shellcheck disable=SC1091
	if [ "$(. /etc/os-release 2>/dev/null; echo "${ID:-}${VERSION_ID:-}")" = debian12 ]; then
		echo backports
	else
		echo stable
	fi
}

# A little-endian number in a file: FILE OFFSET BYTES.
le()
{
	od -An -v -tu"$3" -j"$2" -N"$3" "$1" 2>/dev/null | tr -d ' '
}

# bzimage_wrong FILE: prints why FILE is not a whole bzImage, if it is not
# (Documentation/arch/x86/boot.rst: boot_flag, header, setup_sects, syssize).
bzimage_wrong()
{
	local size want sects

	if [ ! -r "$1" ]; then
		echo "no permission to read it"
		return
	fi
	size=$(stat -Lc %s "$1")
	if [ "$size" = 0 ]; then
		echo "it is empty"
	elif [ "$size" -lt 1024 ] || [ "$(le "$1" 510 2)" != 43605 ] ||
	     [ "$(le "$1" 514 4)" != 1400005704 ]; then
		echo "it is no x86 bzImage (it has no boot header)"
	else
		sects=$(le "$1" 497 1)
		[ "$sects" != 0 ] || sects=4
		want=$(((sects + 1) * 512 + $(le "$1" 500 4) * 16))
		if [ "$size" -lt "$want" ]; then
			echo "it is cut short: $size of $want bytes"
		fi
	fi
}

# The release that a bzImage says it is (boot.rst: kernel_version).
bzimage_version()
{
	dd if="$1" bs=1 skip=$(($(le "$1" 526 2) + 512)) count=256 status=none | tr '\0' '\n' |
		sed -n '1s/ .*//p'
}

# kernel_resolve WHICH: sets the K_ variables, or says what is wrong.
kernel_resolve()
{
	K_NAME=$1 K_PACKAGE='' K_SOURCE='' K_CONFIG=''
	case $1 in
	stable | backports)
		kernel_distribution "$1"
		;;
	*)
		if [[ $1 =~ ^(newest|[0-9]+\.[0-9]+)$ ]]; then
			# A folder of that name is ./7.3.
			kernel_linux_source "$1"
		elif [ -d "$1" ]; then
			kernel_tree "$(realpath "$1")"
		elif [ -f "$1" ]; then
			kernel_image "$(realpath "$1")"
		else
			die "unknown kernel '$1': give stable, backports, newest, a version like 7.3, a bzImage or a kernel tree"
		fi
		;;
	esac
}

kernel_distribution()
{
	with_lock "$CACHE" kernel kernel_fetch "$1"
	kernel_root "$CACHE/kernel-$1"
	K_PACKAGE=$(cat "$CACHE/kernel-$1/package")
	K_SOURCE=package:$1
}

# modules_under ROOT: where K_VERSION's modules are.  Debian's packages hold them
# in lib/ up to 12, in usr/lib/ from 13 on; on a system one is a link to the other.
modules_under()
{
	if [ -d "$1/lib/modules/$K_VERSION" ]; then
		echo "$1/lib/modules/$K_VERSION"
	else
		echo "$1/usr/lib/modules/$K_VERSION"
	fi
}

# The image, modules and headers that a package left under ROOT.
kernel_root()
{
	local image

	for image in "$1"/boot/vmlinuz-*; do
		K_IMAGE=$image
	done
	K_VERSION=${K_IMAGE##*/vmlinuz-}
	K_MODULES=$(modules_under "$1")
	K_CONFIG=$1/boot/config-$K_VERSION
	K_BUILD=$1/usr/src/linux-headers-$K_VERSION
}

kernel_fetch()
{
	local name=kernel-$1

	if fetched "$CACHE/$name"; then
		return
	fi
	if [ -e "$CACHE/$name" ]; then
		note "the cached kernel in $CACHE/$name is damaged: fetching it again"
	fi
	job_or_exit kernel_download "$1"
}

kernel_download()
{
	local suite='' image headers version common kbuild part parts=()

	apt_ready
	if [ "$1" = backports ]; then
		suite=/$(sed -n 's/.* \([^ ]*-backports\) .*/\1/p' "$APT_SOURCES" | first_line)
	fi
	image=$(apt_depends "linux-image-cloud-amd64$suite" | grep -m1 '^linux-image-[0-9]') || true
	headers=$(apt_depends "linux-headers-cloud-amd64$suite" | grep -m1 '^linux-headers-[0-9]') || true
	version=$(apt_field "linux-image-cloud-amd64$suite" Version)
	[ -n "$image" ] || die "the mirror has no linux-image-cloud-amd64 in ${suite#/}; try -k stable, or give a bzImage or a built kernel tree"

	if [ "$(cat "$CACHE/kernel-$1/package" 2>/dev/null)" = "$version" ] && fetched "$CACHE/kernel-$1"; then
		return
	fi
	common=$(apt_private apt-cache depends "$headers=$version" | sed -n 's/.*Depends: \(linux-headers-.*-common\).*/\1/p' | first_line)
	kbuild=$(apt_private apt-cache depends "$headers=$version" | sed -n 's/.*Depends: \(linux-kbuild-.*\)/\1/p' | first_line)
	# From 7.x on an image is made of several packages.
	for part in $(apt_depends "$image=$version" | grep -E '^linux-(base|binary|modules)-[0-9]'); do
		parts+=("$part=$version")
	done
	PACKAGE=$version APT_FIX=kernel_relocate \
		apt_unpack "kernel-$1" "$image=$version" "$headers=$version" \
		"$common=$version" "$kbuild=$version" ${parts[@]+"${parts[@]}"}
}

# Headers name the common part by its absolute path: they live elsewhere here.  And from
# 7.x on image and configuration are beside the modules: here they are where they were.
kernel_relocate()
{
	local image version

	for image in "$1"/usr/lib/modules/*/vmlinuz; do
		[ -e "$image" ] || continue
		version=$(basename "${image%/vmlinuz}")
		mkdir -p "$1/boot"
		mv "$image" "$1/boot/vmlinuz-$version"
		mv "${image%vmlinuz}config" "$1/boot/config-$version"
	done
	sed -i "s#/usr/src/#$2/usr/src/#" "$1"/usr/src/linux-headers-*/Makefile
	printf '%s\n' "$PACKAGE" >"$1/package"
}

kernel_image()
{
	local why root

	why=$(bzimage_wrong "$1")
	[ -z "$why" ] || die "$1 cannot be booted: $why"
	case $1 in
	*/arch/x86/boot/bzImage)
		kernel_tree "${1%/arch/x86/boot/bzImage}"
		return
		;;
	esac
	K_IMAGE=$1
	K_VERSION=$(bzimage_version "$1")
	for root in "${1%/*}/.." "${1%/*}" ''; do
		K_MODULES=$(modules_under "$root")
		[ ! -d "$K_MODULES" ] || break
	done
	[ -d "$K_MODULES" ] ||
		die "no modules for $1 (release $K_VERSION): put them at ${1%/*}/lib/modules/$K_VERSION (make modules_install INSTALL_MOD_PATH=${1%/*}), or give the built kernel tree"
	K_BUILD=$K_MODULES/build
	if [ ! -e "$K_BUILD/Makefile" ]; then
		K_BUILD=$root/usr/src/linux-headers-$K_VERSION
	fi
	[ -e "$K_BUILD/Makefile" ] ||
		die "no headers for $1 (release $K_VERSION): $K_MODULES/build leads nowhere; unpack its headers package, or give the built kernel tree"
	if [ -e "$K_BUILD/.config" ]; then
		K_CONFIG=$K_BUILD/.config
	fi
	[ ! -e "$K_BUILD/kernel/sched/core.c" ] || K_SOURCE=$K_BUILD
}

# A built tree, or its build folder, is taken as it is; any other is built.
kernel_tree()
{
	local why

	[ -e "$1/arch/x86/kvm" ] || die "$1 is not a kernel tree"
	K_IMAGE=$1/arch/x86/boot/bzImage
	if [ ! -e "$K_IMAGE" ]; then
		kernel_build "$1"
		[ -z "$K_BROKEN" ] || die "$1 does not build: $K_BROKEN (the whole log is $K_BUILD/khs.log)"
		return
	fi
	why=$(bzimage_wrong "$K_IMAGE")
	[ -z "$why" ] || die "$K_IMAGE cannot be booted: $why"
	[ -e "$1/.config" ] && [ -e "$1/include/config/kernel.release" ] || die "$1 has a bzImage, but neither its .config nor its release any more: run make there"
	K_VERSION=$(cat "$1/include/config/kernel.release")
	K_MODULES=$1 K_BUILD=$1 K_CONFIG=$1/.config K_SOURCE=$1
	# One that was made with O= names its source.
	if [ ! -e "$1/virt/kvm/kvm_main.c" ]; then
		K_SOURCE=$(realpath -e "$1/source" 2>/dev/null) || die "$1 is a build folder, and its source is gone: $(readlink "$1/source" || echo it names none)"
	fi
}

# kernel_kvm_reason VENDOR(amd|intel): why the kernel has no KVM for that vendor's
# engine, though its configuration promises one; empty if it has.
kernel_kvm_reason()
{
	local option=CONFIG_KVM_${1^^} value=m

	if [ -e "$K_CONFIG" ]; then
		value=$(sed -n "s/^$option=//p" "$K_CONFIG")
	fi
	case $value in
	y) ;;
	'') echo "kernel $K_VERSION is configured without $option" ;;
	*)
		if [ -z "$(kernel_module "kvm-$1")" ] && ! grep -q "/kvm-$1.ko$" "$K_MODULES/modules.builtin" 2>/dev/null; then
			echo "there is no module kvm-$1 for kernel $K_VERSION in $K_MODULES"
		fi
		;;
	esac
}

# kernel_source: makes K_SOURCE a source tree that matches the kernel exactly.
kernel_source()
{
	case $K_SOURCE in
	package:*)
		with_lock "$CACHE" kernel source_fetch "${K_SOURCE#package:}"
		K_SOURCE=$CACHE/source-${K_SOURCE#package:}/linux
		;;
	'')
		die "there is no source for $K_IMAGE: give the kernel tree that it was built from"
		;;
	esac
}

source_fetch()
{
	local dir=$CACHE/source-$1

	if fetched "$dir" && [ "$(cat "$dir/package")" = "$(cat "$CACHE/kernel-$1/package")" ]; then
		return
	fi
	job_or_exit source_download "$1"
}

source_download()
{
	local version release

	version=$(cat "$CACHE/kernel-$1/package")
	release=$(cut -d. -f1,2 <<<"$version")
	apt_ready
	PACKAGE=$version APT_FIX=source_extract \
		apt_unpack "source-$1" "linux-source-$release=$version"
}

# Of the tree only what is used: KVM itself, and the kselftest framework.
source_extract()
{
	local tar

	for tar in "$1"/usr/src/linux-source-*.tar.xz; do
		note "unpacking ${tar##*/}"
		mkdir "$1/linux"
		tar -xf "$tar" -C "$1/linux" --strip-components=1 --wildcards \
			'*/arch/x86/kvm' '*/arch/x86/include' '*/virt' '*/include' \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
			'*/scripts/const_structs.checkpatch' '*/tools/testing/kunit' \
			'*/tools/testing/selftests/lib.mk' \
			'*/tools/testing/selftests/Makefile' '*/scripts/subarch.include' \
			'*/tools/testing/selftests/kselftest*' \
			'*/tools/testing/selftests/run_kselftest.sh'
	done
	rm -r "${1:?}/usr"
	printf '%s\n' "$PACKAGE" >"$1/package"
}
