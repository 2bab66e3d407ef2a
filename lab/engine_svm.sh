# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Engines svm (QEMU emulates AMD-V) and kvm (QEMU on this host's nested KVM).

svm_reason()
{
	have qemu-system-x86_64 || [ -n "${KHS_QEMU:-}" ] || fetched "$CACHE/qemu" ||
		echo "qemu-system-x86_64 is not installed: run sudo ./run_tests.sh --setup"
}

svm_setup()
{
	VENDOR=amd
	CPUS=${KHS_CPUS:-4} NODES=${KHS_NODES:-2}
	# Init starts at 4 to 7 s; the limits allow for a machine that is ten
	# times as slow, as it may be when others use it too.
	# TEST_LIMIT: the runner's own is 600 s, but a task may be beyond SIGKILL.
	# One emulator thread runs all CPUs in turn: 72 boot in a minute.
	BOOT_LIMIT=${KHS_BOOT_LIMIT:-$((90 + 10 * CPUS))} SILENCE_LIMIT=${KHS_SILENCE_LIMIT:-$((90 + 5 * CPUS))} TEST_LIMIT=${KHS_TEST_LIMIT:-700}
	DEFAULT_HOPS=600
	MODULES_WITHOUT=
	qemu_select ${1-"$K_VERSION"}
	EMULATOR="QEMU $(qemu_major "${QEMU[@]}")"
	# Without MPX, as all CPUs by now: no guest can have it, and then a guest's XCR0 can be
	# the host's, where KVM has nothing to switch.
	QEMU_ACCEL=(-accel "tcg,thread=single" -cpu "max,mpx=off")
	# For speed.  tsc=reliable: Linux doubts a TSC of several sockets, this one is the same
	# for all CPUs, and the HPET in its place is slow to read.  rcu_expedited: nothing else
	# runs while a test waits for a grace period.  clearcpuid: each byte of a REP STOSB
	# takes as long here as eight by MOV.
	TCG_ARGS='tsc=reliable rcupdate.rcu_expedited=1 clearcpuid=erms,fsrm,fsrs,rep_good'
}

kvm_reason()
{
	svm_reason
	host_kvm_reason
}

kvm_setup()
{
	svm_setup ''
	! grep -q vmx /proc/cpuinfo || VENDOR=intel
	QEMU_ACCEL=(-accel kvm -cpu host)
	TCG_ARGS=
}

# The last APIC id means "all" in xAPIC mode, and QEMU's machine has no interrupt
# remapping, without which Linux does not leave that mode: 255 CPUs are the most.
# KHS_MEMORYLESS_NODE=1 leaves the last node without memory; with more nodes than
# CPUs some have no CPU.
# thread=single: with thread=multi QEMU 7.2 gave panics, lockups and wrong exits.
# watchdog_thresh, rcu_cpu_stall_timeout: the VM's clock goes on while a busy
# machine does not run the emulator; with the defaults that can look like a
# lockup of the kernel's.  no_timer_check for the same reason: with 72 CPUs to bring
# up, too few of the timer's ticks came in the time that the kernel gives them.
svm_command()
{
	local dir=$1 boot=$2 initrd=$3 node first last options
	local sockets=$NODES with_memory=$((NODES - ${KHS_MEMORYLESS_NODE:-0})) mem patience=30

	# What the kernel keeps for each CPU, and the guests of each.
	mem=$(((960 + 16 * CPUS) / with_memory))
	[ "$CPUS" -le 16 ] || patience=60
	[ $((CPUS % NODES)) = 0 ] || sockets=$CPUS
	EMU=("${QEMU[@]}" -machine q35 "${QEMU_ACCEL[@]}" -m "$((mem * with_memory))M"
		-smp "$CPUS,sockets=$sockets"
		-display none -nodefaults -no-user-config -no-reboot
		-kernel "$K_IMAGE" -initrd "$initrd"
		-append "console=ttyS0,115200 loglevel=5 panic=-1 no_timer_check watchdog_thresh=$patience rcupdate.rcu_cpu_stall_timeout=$((2 * patience)) $TCG_ARGS $ENTROPY ${KHS_APPEND:-}"
		-serial "file:$boot/console.log" -serial "file:$boot/serial.ktap"
		-monitor "unix:$boot/monitor,server=on,wait=off"
		-d cpu_reset -D "$boot/emulator.log")
	for ((node = 0; node < NODES; node++)); do
		options=nodeid=$node
		first=$((CPUS * node / NODES)) last=$((CPUS * (node + 1) / NODES - 1))
		if [ $first -le $last ]; then
			options+=,cpus=$first-$last
		fi
		if [ $node -lt $with_memory ]; then
			EMU+=(-object "memory-backend-ram,id=m$node,size=${mem}M")
			options+=,memdev=m$node
		fi
		EMU+=(-numa "node,$options")
	done
}

kvm_command()
{
	svm_command "$@"
}

# svm_fault BOOT [ENDED STATUS]: what the emulator itself says of the VM's end.
svm_fault()
{
	if grep -q '^Triple fault' "$1/emulator.log" 2>/dev/null; then
		echo "triple fault"
	elif grep -Eq 'qemu: fatal|Assertion .* failed|^ERROR:' "$1/emulator.out" 2>/dev/null; then
		echo "emulator: $(grep -Em1 'qemu: fatal|Assertion .* failed|^ERROR:' "$1/emulator.out")"
	elif grep -q '^qemu[^:]*: ' <(grep -v '^qemu[^:]*: warning: ' "$1/emulator.out" 2>/dev/null); then
		echo "emulator: $(grep -v '^qemu[^:]*: warning: ' "$1/emulator.out" | grep '^qemu' | first_line)"
	fi
}

# Only TCG logs a triple fault.  With KVM it is a reset like any other, at which
# QEMU exits with 0 (-no-reboot), and the kernel said nothing of it before.
kvm_fault()
{
	local fault

	fault=$(svm_fault "$@")
	if [ -z "$fault" ] && [ "$2" = exit ] && [ "$3" = 0 ]; then
		fault='triple fault'
	fi
	printf '%s' "$fault"
}
