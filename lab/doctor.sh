# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command doctor: what this machine can run, what it cannot, and why.

command_doctor()
{
	local engine why which missing version

	echo "engines"
	for engine in $ALL_ENGINES; do
		why=$(engine_reason "$engine")
		case $why in
		'') echo "  $engine: usable" ;;
		'not known yet'*) echo "  $engine: $why" ;;
		*) echo "  $engine: not usable: $why" ;;
		esac
	done
	echo "kernels"
	for which in stable backports; do
		if fetched "$CACHE/kernel-$which"; then
			echo "  $which: $(cat "$CACHE/kernel-$which/package"), in the cache"
		else
			echo "  $which: not fetched yet"
		fi
	done
	for which in "$CACHE"/linux-*/package; do
		[ ! -e "$which" ] || echo "  $(basename "${which%/package}" | sed 's/^linux-//'): linux-source $(cat "$which"), in the cache"
	done
	echo "emulators"
	if have qemu-system-x86_64; then
		version=$(qemu_major qemu-system-x86_64)
		echo "  QEMU $version installed$([ "${version:-0}" -ge "$QEMU_GOOD" ] || echo "; for kernels after 6.1 a newer one is fetched")"
	fi
	if fetched "$CACHE/qemu"; then
		echo "  QEMU $(qemu_major env "QEMU_MODULE_DIR=$CACHE/qemu/usr/lib/x86_64-linux-gnu/qemu" "$CACHE/qemu/usr/bin/qemu-system-x86_64"), in the cache"
	fi
	if have bochs-bin; then
		version=$(bochs_version bochs-bin)
		echo "  Bochs $version installed"
	fi
	for which in bochs-built bochs; do
		if fetched "$CACHE/$which"; then
			echo "  Bochs $BOCHS_GOOD, in the cache: $(bochs_origin $which)$([ "$which" != bochs ] || ! fetched "$CACHE/bochs-built" || echo '; only for its BIOS, where none is installed')"
		elif [ -s "$CACHE/$which.missing" ]; then
			echo "  Bochs $BOCHS_GOOD, $(bochs_origin $which): could not be had: $(cat "$CACHE/$which.missing")"
		fi
	done
	echo "packages"
	if have dpkg-query; then
		missing=$(packages_missing | tr '\n' ' ')
		if [ -n "$missing" ]; then
			echo "  missing: $missing(sudo ./run_tests.sh --setup)"
		else
			echo "  all there"
		fi
	else
		echo "  this is not Debian: --setup says what to install by which name; give -k a bzImage or a built kernel tree, and KSFT a kernel source's tools/testing/selftests"
	fi
	echo "cache"
	echo "  $CACHE ($(du -sh "$CACHE" 2>/dev/null | cut -f1 || echo empty))"
}
