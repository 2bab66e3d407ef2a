# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Which Bochs: one that is built here, else the distribution's.

# 3.0 is twice as fast as 2.7, and its newer CPUs have PKU, CET, SPEC_CTRL,
# XSAVES, posted interrupts and the preemption timer.  3.1 takes a #GP early in the
# boot of 7.3; what lies between was not tried.
readonly BOCHS_GOOD=3.0 BOCHS_BAD=3.1

bochs_version()
{
	{ "$@" --help cpu 2>/dev/null || true; } | sed -n 's/.*Bochs x86 Emulator \([0-9.]*\).*/\1/p'
}

# bochs_select: sets BOCHS (a command), BOCHS_VERSION, BOCHS_SHARE, where its BIOS is,
# and BOCHS_DEBUGGER, if it has one.
bochs_select()
{
	bochs_choose
	# Once a second Bochs' handler of SIGALRM logs how fast it is, and takes the log's
	# lock: a signal amid a line of the log, and Bochs waits for itself for ever.
	BOCHS=(env --block-signal=ALRM "${BOCHS[@]}")
	BOCHS_DEBUGGER=$({ "${BOCHS[@]}" --help 2>&1 || true; } | sed -n 's/^ *-rc .*/1/p')
}

# KHS_BOCHS, else the one that is built here, else the good one, installed or
# fetched, else what there is.
bochs_choose()
{
	local root=$CACHE/bochs lib why

	BOCHS=("${KHS_BOCHS:-bochs-bin}") BOCHS_SHARE=/usr/share/bochs
	BOCHS_VERSION=$(bochs_version "${BOCHS[@]}")
	if [ -n "${KHS_BOCHS:-}" ]; then
		[ -n "$BOCHS_VERSION" ] || die "KHS_BOCHS: $KHS_BOCHS does not run"
		return
	fi
	with_lock "$CACHE" bochs bochs_get
	if fetched "$root-built"; then
		BOCHS=("$root-built/bochs")
		BOCHS_VERSION=$(bochs_version "${BOCHS[@]}")
		[ -n "$BOCHS_VERSION" ] || die "the Bochs that was built does not run any more: remove $root-built, or give one as KHS_BOCHS"
		[ -e $BOCHS_SHARE/BIOS-bochs-latest ] || BOCHS_SHARE=$root/usr/share/bochs
		return
	fi
	[ "$BOCHS_VERSION" != $BOCHS_GOOD ] || return 0
	if fetched "$root"; then
		lib=$root/usr/lib/x86_64-linux-gnu
		BOCHS=(env "LTDL_LIBRARY_PATH=$lib/bochs/plugins" "$lib/ld-linux-x86-64.so.2"
			--library-path "$lib" "$root/usr/bin/bochs-bin")
		BOCHS_SHARE=$root/usr/share/bochs
		BOCHS_VERSION=$(bochs_version "${BOCHS[@]}")
		[ -n "$BOCHS_VERSION" ] || die "the fetched Bochs does not run: remove $root, or give one as KHS_BOCHS"
		return
	fi
	why=$(cat "$CACHE/bochs.missing" 2>/dev/null || true)
	case $BOCHS_VERSION in
	'') die "Bochs is not installed, and Bochs $BOCHS_GOOD could not be fetched: ${why:-this is not Debian}" ;;
	"$BOCHS_BAD") die "Bochs $BOCHS_BAD does not boot Linux 7.3, and Bochs $BOCHS_GOOD could not be fetched: ${why:-this is not Debian}; give one as KHS_BOCHS" ;;
	*) note "Bochs $BOCHS_VERSION is used, for Bochs $BOCHS_GOOD could not be fetched: ${why:-this is not Debian}" ;;
	esac
}

# Into the cache: the built one, and the distribution's if there is none, or no BIOS.
bochs_get()
{
	have apt-get || return 0
	bochs_obtain bochs-built "building Bochs $BOCHS_GOOD from the distribution's source, once: a minute or two" bochs_build
	if [ ! -e $BOCHS_SHARE/BIOS-bochs-latest ] || { [ "$BOCHS_VERSION" != $BOCHS_GOOD ] && ! fetched "$CACHE/bochs-built"; }; then
		bochs_obtain bochs "fetching Bochs $BOCHS_GOOD, to be used unpacked" bochs_download
	fi
}

# bochs_obtain NAME NOTE COMMAND: what could not be had is not asked for again within
# the hour.
bochs_obtain()
{
	local missing=$CACHE/$1.missing error=$SCRATCH/$1.error

	if fetched "$CACHE/$1" || [ -n "$(find "$missing" -mmin -60 2>/dev/null)" ]; then
		return
	fi
	note "$2"
	job "$3" 2>"$error"
	if [ "$JOB_STATUS" = 0 ]; then
		rm -f "$missing"
	else
		{ grep '^run_tests.sh: ' "$error" || tail -1 "$error" | grep . || echo "it ended with status $JOB_STATUS"; } |
			tail -1 | sed 's/^run_tests.sh: //' >"$missing"
		note "that failed: $(cat "$missing")"
	fi
}

# bochs_origin NAME: of that one in the cache.
bochs_origin()
{
	[ "$1" = bochs ] && echo "the distribution's, unpacked" || echo "built without its debugger"
}

# bochs_find: sets VERSION and SUITE, those of the good one on the mirror.
bochs_find()
{
	apt_newer
	read -r VERSION SUITE < <(apt_versions bochs | grep "^${BOCHS_GOOD//./[.]}\b" | first_line) ||
		die "the mirror has no bochs $BOCHS_GOOD"
}

# With the C library that it was built against, and its loader.
bochs_download()
{
	bochs_find
	apt_unpack bochs "bochs=$VERSION" "bochsbios=$VERSION" "vgabios/$SUITE" \
		"libc6/$SUITE" "libstdc++6/$SUITE" "libgcc-s1/$SUITE" "libltdl7/$SUITE"
}

# The distribution builds it with Bochs' own debugger, which looks at every
# instruction: without, the suite takes three quarters of the time.
bochs_build()
{
	local dir=$CACHE/bochs-built tmp

	have g++ && have make || die "g++ or make is not installed: run sudo ./run_tests.sh --setup"
	bochs_find
	tmp=$dir.$BASHPID
	# shellcheck disable=SC2064 # its name is known now
	trap "rm -rf '$tmp'" EXIT
	rm -rf "$dir" "$dir.files" "$dir".[0-9]*
	mkdir -p "$tmp/source" "$tmp/root"
	(cd "$tmp" && apt_source "$SUITE" "bochs=$VERSION") || exit
	tar -xf "$tmp"/bochs_*.orig.tar.?z -C "$tmp/source" --strip-components=1 ||
		die "cannot unpack Bochs' source: is the disk full? ($(df -h --output=avail "$CACHE" | tail -1) free)"
	# RDRAND has other numbers in each run, by the time of day: layout.sh.
	sed -i '/srand(time(NULL))/d' "$tmp/source/cpu/init.cc"
	# nogui: a screen that nobody sees.  not-PIE: its tables are full of functions.
	(cd "$tmp/source" && build_run "$CACHE/bochs-built.log" ./configure CXXFLAGS='-O2 -fno-pie' CFLAGS='-O2 -fno-pie' LDFLAGS=-no-pie \
		--enable-smp --enable-x86-64 --enable-cpu-level=6 --enable-all-optimizations \
		--enable-vmx=2 --enable-svm --enable-avx --enable-evex --enable-amx --enable-cet \
		--enable-uintr --enable-protection-keys --enable-x86-debugger --enable-memtype --enable-3dnow --enable-pci \
		--disable-stats --disable-large-ramfile --disable-docbook --with-nogui) || exit
	build_run "$CACHE/bochs-built.log" make -C "$tmp/source" -j"$(nproc)" bochs
	strip -o "$tmp/root/bochs" "$tmp/source/bochs"
	(cd "$tmp/root" && find . -type f -printf '%s %p\n' | sort) >"$tmp/files"
	mv "$tmp/root" "$dir"
	mv "$tmp/files" "$dir.files"
	rm -f "$CACHE/bochs-built.log"
}
