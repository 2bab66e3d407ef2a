# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Fetches distribution packages into the cache and unpacks them there: without
# root, and without touching the system's own packages or lists.

apt_private()
{
	local tool=$1
	shift

	"$tool" -o "Dir::State::Lists=$CACHE/apt/$APT_LISTS" \
		-o "Dir::Cache=$CACHE/apt/cache" \
		-o "Dir::Etc::SourceList=$APT_SOURCES" \
		-o "Dir::Etc::SourceParts=$APT_PARTS" \
		-o APT::Sandbox::User= -o Acquire::Retries=3 \
		-o Acquire::http::Timeout=20 "$@"
}

# Learns the mirror from apt's own configuration and adds the backports suite.
apt_update()
{
	local targets code

	have apt-get || die "apt-get is not here: this is not Debian; give -k a bzImage or a built kernel tree"
	mkdir -p "$CACHE/apt/lists/partial" "$CACHE/apt/cache/archives/partial"
	note "reading the package lists of the configured mirror"
	APT_LISTS=lists APT_SOURCES=/etc/apt/sources.list APT_PARTS=/etc/apt/sources.list.d
	apt_private apt-get -qq update >"$CACHE/apt/update.log" 2>&1 || true
	# shellcheck disable=SC2016 # apt expands these
	targets=$(apt_private apt-get indextargets \
		--format '$(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u)
	[ -n "$targets" ] ||
		die "no package list could be fetched ($(grep -m1 '^[EW]:' "$CACHE/apt/update.log" || echo 'no Debian mirror is configured')); connect to the network, or give -k a bzImage or a built kernel tree"
	APT_SOURCES=$CACHE/apt/sources.list APT_PARTS=/dev/null
	{
		awk '{ print "deb " $1 " " $2 " " $3 }' <<<"$targets"
		awk '$3 == "main" && $2 !~ /-/ { print "deb " $1 " " $2 "-backports main" }' <<<"$targets"
	} | sort -u >"$APT_SOURCES"
	code=0
	apt_private apt-get -qq update >"$CACHE/apt/update.log" 2>&1 || code=$?
	if [ $code != 0 ] || grep -q '^E:' "$CACHE/apt/update.log"; then
		die "the package lists could not be fetched: $(grep -m1 '^[EW]:' "$CACHE/apt/update.log" || echo apt-get update failed)"
	fi
	touch "$CACHE/apt/updated"
}

# The lists are read once an hour, and only by a run that has to download.
apt_ready()
{
	APT_SOURCES=$CACHE/apt/sources.list APT_PARTS=/dev/null APT_LISTS=lists
	if [ -z "$(find "$CACHE/apt/updated" -mmin -60 2>/dev/null)" ]; then
		apt_update
	fi
}

# What the configured release is too old for (a newer kernel's source, a newer
# emulator) comes from later suites of the same mirror, with Debian's own keys.
# Their lists are kept apart: in the others a package of the system's release
# must stay the newest.  A suite that the mirror lacks is left out.
apt_newer()
{
	local mirror suite updated=$CACHE/apt/newer.updated

	APT_SOURCES=$CACHE/apt/sources.list APT_PARTS=/dev/null APT_LISTS=lists
	[ -s "$APT_SOURCES" ] || apt_update
	# shellcheck disable=SC2016
	mirror=$(apt_private apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(SUITE)' \
		'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sed -n 's/ main [^ ]*$//p' | first_line)
	[ -n "$mirror" ] || die "no Debian mirror is configured: see $APT_SOURCES"
	APT_SOURCES=$CACHE/apt/newer.list APT_LISTS=newer
	if [ -n "$(find "$updated" -mmin -60 2>/dev/null)" ]; then
		return
	fi
	note "reading the package lists of the mirror's later suites"
	mkdir -p "$CACHE/apt/newer/partial" "$CACHE/apt/cache/archives/partial"
	for suite in $NEWER_SUITES; do
		printf 'deb [signed-by=%s] %s %s main\n' "$DEBIAN_KEYS" "$mirror" "$suite"
	done >"$APT_SOURCES"
	apt_private apt-get -qq update >"$CACHE/apt/newer.log" 2>&1 || true
	# What apt could not read, or not verify, it has no list of.
	[ -n "$(apt_private apt-get indextargets 'Created-By: Packages' --format x)" ] ||
		die "no later suite of the mirror could be read: $(grep -m1 '^[EW]:' "$CACHE/apt/newer.log" || echo "see $CACHE/apt/newer.log")"
	touch "$updated"
}
readonly NEWER_SUITES='trixie trixie-backports sid'
readonly DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_versions PACKAGE: VERSION SUITE lines, the newest first.
apt_versions()
{
	{ apt_private apt-cache madison "$1" 2>/dev/null || true; } |
		sed -n 's/^ *[^ ]* | *\([^ ]*\) | [^ ]* \([^ /]*\).*Packages$/\1 \2/p'
}

# apt_field PACKAGE[/SUITE] FIELD: of the version that apt would take.
apt_field()
{
	{ apt_private apt-cache show --no-all-versions "$1" 2>/dev/null || true; } |
		sed -n "s/^$2: //p" | first_line
}

# apt_depends PACKAGE[/SUITE]: the names of what it depends on.
apt_depends()
{
	apt_field "$1" Depends | tr ',' '\n' | sed 's/^ *//; s/ .*//'
}

# apt_source SUITE PACKAGE=VERSION: the upstream tar of a source package into the
# working folder, from what apt_newer has.
apt_source()
{
	local suite=$1 list=$CACHE/apt/source.list
	shift

	mkdir -p "$CACHE/apt/source/partial"
	sed -n "/ $suite main\$/s/^deb /deb-src /p" "$APT_SOURCES" >"$list"
	APT_SOURCES=$list APT_LISTS=source
	note "downloading the source of $*"
	{ apt_private apt-get -qq update && apt_private apt-get -qq --download-only --tar-only source "$@"; } >"$CACHE/apt/source.log" 2>&1 ||
		die "the download failed: $(grep -m1 '^E:' "$CACHE/apt/source.log" || echo "see $CACHE/apt/source.log")"
}

# fetched DIR: was it unpacked whole, and is it still as it was then?
fetched()
{
	[ -e "$1.files" ] && (cd "$1" 2>/dev/null && find . -type f -printf '%s %p\n' | sort | cmp -s - "../${1##*/}.files")
}

# apt_unpack NAME PACKAGE[=VERSION]...: unpacks them together into $CACHE/NAME.
# It appears there only when whole.
apt_unpack()
{
	local name=$1 dir tmp
	shift

	dir=$CACHE/$name
	tmp=$dir.$$
	rm -rf "$dir" "$dir.files" "$dir".[0-9]*
	mkdir -p "$tmp/debs"
	note "downloading $*"
	(cd "$tmp/debs" && apt_private apt-get -qq download "$@") >"$CACHE/apt/download.log" 2>&1 || {
		rm -rf "$tmp"
		die "the download failed: $(grep -m1 '^E:' "$CACHE/apt/download.log" || echo "see $CACHE/apt/download.log")"
	}
	mkdir "$tmp/root"
	for deb in "$tmp"/debs/*.deb; do
		dpkg -x "$deb" "$tmp/root" || {
			rm -rf "$tmp"
			die "cannot unpack ${deb##*/} into $CACHE: is the disk full? ($(df -h --output=avail "$CACHE" | tail -1) free)"
		}
	done
	"${APT_FIX:-:}" "$tmp/root" "$dir"
	(cd "$tmp/root" && find . -type f -printf '%s %p\n' | sort) >"$tmp/files"
	mv "$tmp/root" "$dir"
	mv "$tmp/files" "$dir.files"
	rm -rf "$tmp"
}
