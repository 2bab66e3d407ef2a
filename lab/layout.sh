# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Where the kernel puts the CPUs' TSSs: since 6.2 at random, so that in some boots no
# base has bit 31 set, and half of the bug class could not show.

# layout_choose ENGINE BOOT: sets ENTROPY, a word for the kernel's command line.  It stirs
# that into its random pool: without, an emulator whose clock and RDRAND are its own
# places the TSSs at the same addresses boot after boot.
layout_choose()
{
	ENTROPY=khs.boot=$SEED.$1.$2 LAYOUT_KEY=
}

# layout_recall TEXT KERNEL: for an emulator that does the same each time.  With the
# same KERNEL, and the same TEXT on how it is booted, the word decides the layout: one
# that gave a CPU bit 31 is used again.  Of several rounds the others get new ones.
layout_recall()
{
	local known

	[ "${ROUND:-1}" = 1 ] || return 0
	LAYOUT_KEY=$({ echo "$1" && sha256sum <"$2"; } | sha256sum | cut -c1-32)
	known=$({ sed -n "s/^$LAYOUT_KEY //p" "$CACHE/layouts" 2>/dev/null || true; } | tail -1)
	# shellcheck disable=SC2154 # engine_vm's: how often it was in vain
	if [ -n "$known" ] && [ "$again" = 0 ]; then
		ENTROPY=$known LAYOUT_KEY=
	fi
}

# layout_remember: if this boot has a CPU with bit 31.  Two runs that do so at the same
# moment may lose one of theirs, which costs a boot.
layout_remember()
{
	local file=$CACHE/layouts

	case $LAYOUT_KEY,$BOOT_FACTS in
	?*,*bit31_cpus=[1-9]*) ;;
	*) return 0 ;;
	esac
	{
		tail -n 199 "$file" || true
		echo "$LAYOUT_KEY $ENTROPY"
	} >"$file.$BASHPID" 2>/dev/null && mv "$file.$BASHPID" "$file"
	LAYOUT_KEY=
}

# bit31_missing: no CPU of this boot has bit 31 of its TSS base set, though this kernel
# places them at random.  A new boot may differ.
bit31_missing()
{
	[ -n "${BIT31_WANTED-1}" ] || return 1
	case $BOOT_FACTS in
	*bit31_cpus=0*) ;;
	*) return 1 ;;
	esac
	[ "$again" -lt 6 ] && [ "$(printf '%s\n6.2\n' "$K_VERSION" | sort -V | first_line)" = 6.2 ]
}
