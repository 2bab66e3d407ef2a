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
	if [ -n "$loaded" ] && rmmod kvm_host_state; then
		echo "KHS unloaded"
	fi
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

if [ ! -e /dev/kvm_host_state ]; then
	if insmod ./kvm_host_state.ko; then
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
tests=
for t in "$@"; do
	tests="$tests -t kvm_host_state:$t"
done
# Several times, where one boot is to tell how often a bug shows.
runs=${KHS_RUNS:-1}
while :; do
	# shellcheck disable=SC2086
	./run_kselftest.sh $tests
	runs=$((runs - 1))
	[ "$runs" -gt 0 ] || break
	export KHS_SEED=$((${KHS_SEED:-0} + 1))
done
if [ -n "$observed" ] && [ ! -e /dev/kvm_host_state ]; then
	echo "KHS error the module kvm_host_state went away in the middle of the run"
fi
echo "KHS end"
