#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What runs on the host under test, be it in an emulator or this very machine:
# load the observer, run the staged kselftest tree, unload.  Plain sh, busybox's
# too.  Lines that begin with KHS are for the lab; the rest is KTAP.
#   payload.sh STAGE TEST...
set -u

stage=$1
shift
cd "$stage" || exit 1

# A test that takes CPUs offline and gets killed, with all that it started, may
# leave them so.  What is online now is so again in the end.
online_cpus()
{
	for cpu in /sys/devices/system/cpu/cpu[0-9]*/online; do
		if grep -q 1 "$cpu" 2>/dev/null; then
			echo "$cpu"
		fi
	done
}

loaded=
online=$(online_cpus)
leave()
{
	for cpu in $online; do
		grep -q 1 "$cpu" || echo 1 >"$cpu"
	done
	[ -n "$loaded" ] && [ -e /dev/kvm_host_state ] || return
	# A test that was just ended may still be on its way out.
	for try in 1 2 3 4 5 6 7 8 9 10; do
		if rmmod kvm_host_state 2>/dev/null; then
			echo "KHS unloaded"
			return
		fi
		sleep 0.5
	done
	rmmod kvm_host_state
}

# All below us, whatever process groups they have made for themselves, as timeout does.
descendants()
{
	grep -s '^PPid:' /proc/[0-9]*/status | awk -F '[/:[:space:]]+' -v top=$$ '
		{ parent[$3] = $NF }
		END {
			for (pid in parent)
				for (p = parent[pid]; p > 1; p = parent[p])
					if (p == top) {
						print pid
						break
					}
		}'
}

# Somebody ends us, or whoever started us is gone (by kill -9, say), and nobody is
# left to put anything back.
ended()
{
	trap '' INT TERM HUP PIPE
	below=$(descendants)
	kill -TERM 0
	# shellcheck disable=SC2086 # they are several
	kill -TERM $below 2>/dev/null
	exit 130
}
trap leave EXIT
trap ended INT TERM HUP

if [ ! -e /dev/kvm_host_state ]; then
	# The first may find guests' MSRs waiting in every CPU, and say EAGAIN; a new
	# process has come from user mode, where they are gone.
	if insmod ./kvm_host_state.ko 2>/dev/null || insmod ./kvm_host_state.ko; then
		loaded=1
		echo "KHS loaded"
	else
		echo "KHS error the module kvm_host_state does not load"
	fi
fi
observed=
if [ -e /dev/kvm_host_state ]; then
	observed=1
fi
echo "KHS facts kernel=$(uname -r) $(./kvm_host_state/host_info 2>/dev/null || echo "cpus=$(nproc)")"
# The runner looks up each test that it is told of in its list, one by one, which takes
# seconds in an emulator.  Told of none it runs the list; this folder is for one run.
printf 'kvm_host_state:%s\n' "$@" >kselftest-list.txt
# A limit on the command line is one that the runner need not read from a file for each
# test, with three programs: a tenth of the suite's time on Bochs.  In the lab's VM this
# folder is for one boot.
limit=
if [ -n "${KHS_LAB:-}" ] && grep -q -e --override-timeout run_kselftest.sh; then
	limit="-o $(cut -d= -f2 kvm_host_state/settings)"
	rm kvm_host_state/settings
fi
# Several times, where one boot is to tell how often a bug shows.
runs=${KHS_RUNS:-1}
while :; do
	# A shell acts on a signal when its child has ended, but at once while it
	# waits.
	# shellcheck disable=SC2086
	./run_kselftest.sh $limit &
	wait $!
	runs=$((runs - 1))
	[ "$runs" -gt 0 ] || break
	export KHS_SEED=$((${KHS_SEED:-0} + 1))
done
if [ -n "$observed" ] && [ ! -e /dev/kvm_host_state ]; then
	echo "KHS error the module kvm_host_state went away in the middle of the run"
fi
echo "KHS end"
