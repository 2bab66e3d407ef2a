#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# folder.sh TREE DIR: from a built kvm-unit-tests TREE a DIR for `run_tests.sh watch
# --with`: its x86 tests, this machine's QEMU and the firmware that it boots them with.
set -eu

[ $# = 2 ] || { echo "usage: $0 TREE DIR" >&2; exit 2; }
qemu=$(command -v qemu-system-x86_64) || { echo "$0: qemu-system-x86_64 is not installed" >&2; exit 2; }
[ -e "$1/x86/dummy.flat" ] || { echo "$0: $1 is not built: ./configure && make in there" >&2; exit 2; }
mkdir -p "$2"
cp "$1"/x86/*.flat "$2/"
chmod +x "$2"/*.flat
cp "$qemu" "$2/qemu"
cp "$(dirname "$0")/run" "$2/"
for file in bios-256k.bin linuxboot.bin linuxboot_dma.bin multiboot.bin multiboot_dma.bin kvmvapic.bin; do
	for dir in /usr/share/seabios /usr/share/qemu; do
		[ ! -e "$dir/$file" ] || cp -L "$dir/$file" "$2/"
	done
done
# The others have an older or a newer name in one QEMU or the other.
[ -e "$2/bios-256k.bin" ] || { echo "$0: there is no bios-256k.bin (SeaBIOS)" >&2; exit 2; }
