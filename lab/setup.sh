# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# --setup: the distribution's packages that this project needs.  The kernels and
# a newer QEMU are not among them: these are fetched into the cache, unpacked.

readonly PACKAGES='bash bc binutils bison bsdextrautils busybox ca-certificates ccache cpio flex gcc
	jq kmod libc6-dev libelf-dev libnuma-dev make perl procps rsync socat util-linux xz-utils
	qemu-system-x86 seabios
	bochs bochsbios vgabios isolinux syslinux-common xorriso
	bats coccinelle libclang-19-dev openssh-client parallel python3 shellcheck sparse'

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

	have apt-get || die "--setup knows apt-get only; install these with your package manager, by its names: $(tr -s ' \n\t' ' ' <<<"$PACKAGES")"
	missing=$(packages_missing)
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "--setup installs packages and needs root: sudo ./run_tests.sh --setup (missing: $(tr '\n' ' ' <<<"$missing"))"
	note "installing: $(tr '\n' ' ' <<<"$missing")"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	setup_install $missing
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
