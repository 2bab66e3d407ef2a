# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# --setup: the distribution's packages that this project needs.  The kernels,
# their sources and newer emulators are not among them: these are fetched into the
# cache, unpacked.

readonly PACKAGES='bash bc binutils bison bsdextrautils busybox ca-certificates ccache cpio flex g++ gcc git
	jq kmod libc6-dev libelf-dev libnuma-dev make perl procps rsync socat util-linux xz-utils
	qemu-system-x86 seabios
	bochs bochsbios vgabios isolinux syslinux-common xorriso
	bats coccinelle e2fsprogs libclang-19-dev mmdebstrap openssh-client parallel patch python3 shellcheck sparse'

packages_missing()
{
	local package

	for package in $PACKAGES; do
		# busybox and busybox-static exclude each other; either serves.
		! [ "$package" = busybox ] || ! have busybox || continue
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' ||
			echo "$package"
	done
}

setup()
{
	local missing

	have apt-get || setup_elsewhere
	missing=$(packages_missing)
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "--setup installs packages and needs root: sudo ./run_tests.sh --setup (missing: $(tr '\n' ' ' <<<"$missing"))"
	note "installing: $(tr '\n' ' ' <<<"$missing")"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	setup_install $missing
	# What could not be had for want of them.
	rm -f "$CACHE"/bochs*.missing
}

# Where the package manager is another one: what it calls what is needed, for the
# user to install.
setup_elsewhere()
{
	local manager all='gcc make binutils rsync jq kmod util-linux' svm='busybox cpio socat'

	for manager in dnf zypper pacman none; do
		! have $manager || break
	done
	case $manager in
	dnf)
		all="sudo dnf install $all procps-ng numactl-devel kernel-devel-$(uname -r)"
		svm="$svm qemu-system-x86-core"
		;;
	zypper)
		# kernel-source has the kselftest framework, in /usr/src/linux.
		all="sudo zypper install $all procps libnuma-devel kernel-default-devel kernel-source"
		svm="$svm qemu-x86"
		;;
	pacman)
		all="sudo pacman -S $all procps-ng numactl linux-headers"
		svm="$svm qemu-system-x86"
		;;
	none)
		die "--setup knows apt-get, and the names for dnf, zypper and pacman; install by your system's: gcc, make, rsync, jq, kmod, the running kernel's headers, for engine svm also QEMU, busybox, cpio and socat"
		;;
	esac
	die "--setup installs with apt-get only; here install by hand: $all, for engine svm also: $svm; the kselftest framework comes from a kernel source: KSFT=DIR/tools/testing/selftests"
}

setup_install()
{
	job apt-get -qq update
	job setup_apt_get install "$@"
	[ "$JOB_STATUS" = 0 ] || die "the packages could not be installed: $(grep -m1 '^E:' "$SCRATCH/apt.log" || tail -1 "$SCRATCH/apt.log")"
}

setup_apt_get()
{
	apt-get -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >"$SCRATCH/apt.log" 2>&1
}
