# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Engine host: this machine, its running kernel and its /dev/kvm.

# Prints why this host's KVM cannot run the suite's guests; empty if it can.
host_kvm_reason()
{
	local smoke=$BUILD/host/x86/smoke

	if [ ! -e /dev/kvm ]; then
		echo "there is no /dev/kvm"
	elif [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo "no permission for /dev/kvm (run as root, or join the group kvm)"
	elif ! have gcc || ! have make; then
		echo "gcc or make is not installed, so the smoke VM cannot be built"
	elif [ -z "$(framework_here)" ]; then
		echo "not known yet: whether a guest runs here is tried with the kselftest framework, which lab/kselftest.sh fetches (or KSFT=DIR: a kernel source's tools/testing/selftests)"
	else
		(with_lock "$BUILD" host smoke_build) >/dev/null 2>&1 || true
		if [ ! -x "$smoke" ]; then
			echo "the smoke VM could not be built (see $BUILD/host.log)"
		else
			{ timeout 20 "$smoke" || echo "the smoke VM ended with status $? (124: hung for 20 s)"; } |
				sed '/^usable$/d' | first_line
		fi
	fi
}

# The smoke VM decides about engines host and kvm, where there may be any.
framework_for_smoke()
{
	[ ! -e /dev/kvm ] || framework
}

smoke_build()
{
	KSFT=$(framework_here)
	mkdir -p "$BUILD/host"
	make -C "$TOP" KSFT="$KSFT" OUTPUT="$BUILD/host" KDIR= \
		"$BUILD/host/x86/smoke" >"$BUILD/host.log" 2>&1
}

host_reason()
{
	local why

	why=$(host_kvm_reason)
	if [ -n "$why" ]; then
		echo "$why"
	elif [ "$(id -u)" != 0 ]; then
		echo "root is needed to load the observer module"
	elif [ ! -e "/lib/modules/$(uname -r)/build/Makefile" ]; then
		echo "the headers of the running kernel are not installed (/lib/modules/$(uname -r)/build)"
	elif [ ! -e /dev/kvm_host_state ]; then
		host_lockdown_reason ""
	fi
}

# host_lockdown_reason ROOT (empty: this machine): why this kernel does not load the module that we
# build, which nobody signs.
host_lockdown_reason()
{
	local level

	level=$(sed -n 's/.*\[\(.*\)\].*/\1/p' "$1/sys/kernel/security/lockdown" 2>/dev/null) || true
	if [ "${level:-none}" != none ]; then
		echo "the kernel is locked down ($level; Secure Boot does that): it does not load the observer module, which is not signed"
	elif [ "$(cat "$1/sys/module/module/parameters/sig_enforce" 2>/dev/null)" = Y ]; then
		echo "the kernel loads signed modules only (module.sig_enforce), and the observer module is not signed"
	elif [ "$(cat "$1/proc/sys/kernel/modules_disabled" 2>/dev/null)" = 1 ]; then
		echo "the kernel loads no modules any more (kernel.modules_disabled)"
	fi
}

# host_own: this run is the only one of ours on this machine until it ends; says
# what will be done to it.
host_own()
{
	local lock=$HOST_LOCK fd

	[ -e "$lock" ] || : >>"$lock" || die "cannot make $lock"
	exec {fd}<"$lock" || die "cannot read $lock"
	if ! flock -n "$fd"; then
		note "host: waiting for another run on this machine to end"
		job_or_exit flock "$fd"
	fi
	note "host: this machine, kernel $(uname -r): guests will run on each of its CPUs that is allowed; while they do the module kvm_host_state is loaded; each test leaves two lines in the kernel's log"
	if [ -n "${DISRUPTIVE:-}" ]; then
		note "host: --disruptive: CPUs go offline and come back, SysRq asks for every CPU's backtrace (some 2,500 lines in the kernel's log), real-time tasks run, KVM's modules are unloaded and loaded again"
	else
		note "host: what would disturb others is skipped: CPUs that go offline, SysRq, real-time tasks, KVM's modules unloaded (--disruptive allows it)"
	fi
}
HOST_LOCK=/run/kvm_host_state.lock

host_setup()
{
	VENDOR=host
	BOOT_LIMIT=60 SILENCE_LIMIT=0 TEST_LIMIT=${KHS_TEST_LIMIT:-1800}
	DEFAULT_HOPS=10000
	# Nobody boots this machine again for another layout.
	BIT31_WANTED=
}

# An oops that leaves the tests green is a failure here too: what the kernel
# says from now on is the console.
host_command()
{
	echo "kvm_host_state: init" >"$2/console.log"
	setpriv --pdeathsig KILL dmesg --follow-new >>"$2/console.log" 2>&1 &
	DMESG=$!
	[ -x "$B_STAGE/payload.sh" ] || LAB_ERRORS+=("nothing can be executed in ${TMPDIR:-/tmp}: set TMPDIR to another folder")
	# payload.sh puts back what it changed; this is for when it cannot.
	cat /sys/devices/system/cpu/online >"$SCRATCH/host-cpus"
	EMU=(env "KHS_HOPS=$HOPS" "KHS_SEED=$SEED" "KHS_GUARD=$GUARD" KHS_INCONCLUSIVE=1 ${DISRUPTIVE:+KHS_DISRUPTIVE=1}
		${WATCH_DIR:+"KHS_WATCH=$WATCH_DIR"} ${WATCH_ALL:+KHS_WATCH_ALL=1}
		"$B_STAGE/payload.sh" "$B_STAGE" "${TESTS[@]}")
}

host_fault()
{
	:
}

# host_log_end BOOT: had we seen a warning of the kernel's?
host_log_end()
{
	if ! kill "$DMESG" 2>/dev/null; then
		LAB_ERRORS+=("the kernel's log could not be followed: $(tail -1 "$1/console.log")")
	fi
}

# Whatever way we left: the module that we loaded is gone, every CPU that was online
# is so again.
host_restore()
{
	local try

	# A test that was just killed may still be on its way out.
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ -e "$SCRATCH/host-module" ] && [ -e /dev/kvm_host_state ] || break
		! rmmod kvm_host_state 2>/dev/null || break
		[ "$try" = 10 ] || sleep 0.5
	done
	if [ -e "$SCRATCH/host-cpus" ]; then
		cpus_online "$(cat "$SCRATCH/host-cpus")"
	fi
}

# cpus_online LIST: as in /sys/devices/system/cpu/online, 0-3,5.
cpus_online()
{
	local range cpu

	for range in ${1//,/ }; do
		for ((cpu = ${range%-*}; cpu <= ${range#*-}; cpu++)); do
			if [ "$(cat "/sys/devices/system/cpu/cpu$cpu/online" 2>/dev/null)" = 0 ]; then
				echo 1 >"/sys/devices/system/cpu/cpu$cpu/online" || true
			fi
		done
	done
}
