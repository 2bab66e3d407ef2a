# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Engine host: this machine, its running kernel and its /dev/kvm.

# Prints why this host's KVM cannot run the suite's guests; empty if it can.
host_kvm_reason()
{
	local smoke=$TOP/build/host/x86/smoke

	if [ ! -e /dev/kvm ]; then
		echo "there is no /dev/kvm"
	elif [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo "no permission for /dev/kvm (run as root, or join the group kvm)"
	elif ! have gcc || ! have make; then
		echo "gcc or make is not installed, so the smoke VM cannot be built"
	elif [ ! -e "$TOP/build/kselftest/tools/testing/selftests/lib.mk" ]; then
		echo "not known yet: the smoke VM is built with the kselftest framework, which the first run fetches"
	else
		(with_lock "$TOP/build" host smoke_build) >/dev/null 2>&1 || true
		if [ ! -x "$smoke" ]; then
			echo "the smoke VM could not be built (see $TOP/build/host.log)"
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
	KSFT=$TOP/build/kselftest/tools/testing/selftests
	mkdir -p "$TOP/build/host"
	make -C "$TOP" KSFT="$KSFT" OUTPUT="$TOP/build/host" KDIR= \
		"$TOP/build/host/x86/smoke" >"$TOP/build/host.log" 2>&1
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
	fi
}

host_setup()
{
	VENDOR=host
	BOOT_LIMIT=60 SILENCE_LIMIT=0 TEST_LIMIT=1800
	DEFAULT_HOPS=10000
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
	[ -e /dev/kvm_host_state ] || touch "$SCRATCH/host-module"
	EMU=(env "KHS_HOPS=$HOPS" "KHS_SEED=$SEED" "KHS_GUARD=$GUARD"
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

# Whatever way we left: no module loaded, every CPU online as before.
host_restore()
{
	if [ -e "$SCRATCH/host-module" ] && [ -e /dev/kvm_host_state ]; then
		rmmod kvm_host_state 2>/dev/null || true
	fi
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
