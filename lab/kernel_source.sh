# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# -k newest, -k 7.3: the kernel of a linux-source package, of any suite of the
# mirror, built like any other tree.

# kernel_linux_source newest|VERSION: sets the K_ variables.
kernel_linux_source()
{
	local version

	with_lock "$CACHE" linux-source linux_source_fetch "$1"
	version=$(cat "$CACHE/linux-$LINUX_SOURCE/package")
	kernel_tree "$CACHE/linux-$LINUX_SOURCE/linux"
	K_PACKAGE=$version
}

# Sets LINUX_SOURCE: $CACHE/linux-$LINUX_SOURCE is there then.  A version that is there
# is not asked for again; which is the newest is asked once a day.
linux_source_fetch()
{
	local answer=$CACHE/apt/linux-source-$1

	LINUX_SOURCE=$1
	if [ "$1" = newest ]; then
		if [ -z "$(find "$answer" -mtime -1 2>/dev/null)" ]; then
			job linux_source_find newest
			[ "$JOB_STATUS" = 0 ] || [ -s "$answer" ] || exit $LAB
		fi
		LINUX_SOURCE=$(cut -d' ' -f1 "$answer")
	fi
	fetched "$CACHE/linux-$LINUX_SOURCE" || job_or_exit linux_source_download "$LINUX_SOURCE"
}

# linux_source_find newest|VERSION: leaves "NAME VERSION", and apt with the lists
# that have it: later suites first.
linux_source_find()
{
	local lists name version

	for lists in apt_newer apt_ready; do
		"$lists"
		name=$(apt_private apt-cache search --names-only '^linux-source-[0-9.]+$' |
			sed -n 's/^linux-source-\([^ ]*\) .*/\1/p' | sort -V |
			{ [ "$1" = newest ] && tail -1 || grep -xF -e "$1"; }) || continue
		version=$(apt_versions "linux-source-$name" | first_line | cut -d' ' -f1)
		printf '%s %s\n' "$name" "$version" >"$CACHE/apt/linux-source-$1"
		return
	done
	die "the mirror has no linux-source-$1: -k takes a kernel tree too"
}

linux_source_download()
{
	local name version

	linux_source_find "$1"
	read -r name version <"$CACHE/apt/linux-source-$1"
	PACKAGE=$version APT_FIX=linux_source_extract apt_unpack "linux-$name" "linux-source-$name=$version"
}

linux_source_extract()
{
	note "unpacking $(cd "$1/usr/src" && echo *.tar.xz)"
	mkdir "$1/linux"
	tar -xf "$1"/usr/src/linux-source-*.tar.xz -C "$1/linux" --strip-components=1 ||
		die "cannot unpack the source: is the disk full? ($(df -h --output=avail "$CACHE" | tail -1) free)"
	rm -r "${1:?}/usr"
	printf '%s\n' "$PACKAGE" >"$1/package"
}
