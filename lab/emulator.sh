# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Which QEMU, and whether it is known good for a kernel.

# QEMU's emulated SVM: 10 boots every kernel that was tried (40 of 40 with 4, 8
# and 16 CPUs), 7.2 boots 6.1 (8 of 8) but 6.12 only now and then (6 of 10 with
# 4 CPUs, 0 of 8 with 16: double faults, spurious #DB, jumps to 0).  What lies
# between was not tried, and a guess is no ground for a verdict on a kernel.
readonly QEMU_GOOD=10

qemu_major()
{
	"$@" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p'
}

# qemu_wrong MAJOR KERNEL: prints why the two must not be used together.
qemu_wrong()
{
	local release

	release=$(cut -d. -f1,2 <<<"$2")
	if [ "$1" -lt "$QEMU_GOOD" ] &&
	   [ "$(printf '%s\n6.1\n' "$release" | sort -V | tail -1)" != 6.1 ]; then
		echo "QEMU $1 does not emulate SVM well enough for kernel $2 (its boots fail at random); QEMU $QEMU_GOOD or newer is needed"
	fi
}

# qemu_select [KERNEL]: sets QEMU (a command).  KHS_QEMU, else one that is good for
# KERNEL's SVM, installed or from the distribution's backports.  Without KERNEL,
# as KVM runs the VM, any one that is installed.
qemu_select()
{
	local major why root=$CACHE/qemu

	QEMU=("${KHS_QEMU:-qemu-system-x86_64}")
	major=$(qemu_major "${QEMU[@]}")
	if [ -z "${1:-}" ] && [ -n "$major" ]; then
		return
	fi
	if [ -n "${KHS_QEMU:-}" ] || [ "${major:-0}" -ge "$QEMU_GOOD" ] || ! have apt-get; then
		[ -n "$major" ] || die "${QEMU[0]} does not run; install QEMU $QEMU_GOOD or newer"
		why=$(qemu_wrong "$major" "${1:-0}")
		[ -z "$why" ] || die "$why"
		return
	fi
	if ! fetched "$root" && [ -z "$major" ]; then
		die "qemu-system-x86_64 is not installed: run sudo ./run_tests.sh --setup"
	fi
	with_lock "$CACHE" qemu qemu_fetch "$major"
	QEMU=(env "QEMU_MODULE_DIR=$root/usr/lib/x86_64-linux-gnu/qemu"
		"$root/usr/bin/qemu-system-x86_64"
		-L "$root/usr/share/qemu" -L "$root/usr/share/seabios")
	[ -n "$(qemu_major "${QEMU[@]}")" ] ||
		die "the fetched QEMU does not run ($(ldd "$root/usr/bin/qemu-system-x86_64" | sed -n 's/ => not found/ is missing/p' | first_line | tr -d '\t')): run sudo ./run_tests.sh --setup"
}

qemu_fetch()
{
	if fetched "$CACHE/qemu"; then
		return
	fi
	note "QEMU $1 is installed; fetching a newer one, to be used unpacked"
	job_or_exit qemu_download
}

qemu_download()
{
	local suite version

	apt_ready
	suite=$(sed -n 's/.* \([^ ]*-backports\) .*/\1/p' "$APT_SOURCES" | first_line)
	version=$(apt_field "qemu-system-x86/$suite" Version)
	[ -n "$version" ] || die "the mirror has no qemu-system-x86 in $suite: install QEMU $QEMU_GOOD or newer, or give it as KHS_QEMU"
	apt_unpack qemu "qemu-system-x86=$version" "qemu-system-common=$version" \
		"qemu-system-data=$version" "seabios/$suite"
}
