# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One engine's run, in one VM or in several side by side, each with a share of the
# tests: an emulator has one thread.  KVM has one for each vCPU, and gets one VM.

# Below this many tests a VM more costs a boot that saves nothing.
readonly VM_TESTS=8
# What one takes of memory, in KiB, and the CPUs that it may have here.
readonly VM_MEMORY=1500000 VM_CPUS=8

# vms_choose ENGINES TESTS: sets VMS, in how many each of that many engines side by
# side runs that many tests.
vms_choose()
{
	local most=$(($2 / VM_TESTS)) room

	VMS=1
	case "$COMMAND ${ENGINE_LIST[*]}" in
	watch* | *host* | *kvm*) return ;;
	esac
	room=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
	VMS=$(($(nproc) / $1))
	[ $VMS -le $((room / VM_MEMORY / $1)) ] || VMS=$((room / VM_MEMORY / $1))
	[ $VMS -le $most ] || VMS=$most
	[ $((10#${KHS_CPUS:-0})) -le $VM_CPUS ] || VMS=1
	VMS=$((10#${KHS_VMS:-$VMS}))
	[ "$VMS" -le "$2" ] || VMS=$2
	[ "$VMS" -ge 1 ] || VMS=1
	# For `reproduce`: another machine may have other cores.
	[ $most -le 1 ] || KHS_VMS=$VMS
}

# engine_run ENGINE DIR TEST...: leaves DIR/engine.json and DIR/ktap.  Runs as a job of
# its own.
engine_run()
{
	local engine=$1 dir=$2
	shift 2

	E_NAME=${dir##*/} E_START=$EPOCHREALTIME
	printf '  KTAP version 1\n  1..%d\n' $# >"$dir/ktap"
	EMULATOR='' INTEL_ARGS=nested=1 AMD_ARGS=nested=1
	NUDGE=
	"${engine}_setup"
	HOPS=${OPT_HOPS:-$DEFAULT_HOPS}
	if [ "${VMS:-1}" = 1 ]; then
		engine_vm "$engine" "$dir" 1 0 "$@"
	else
		vms_run "$engine" "$dir" "$@"
		vms_merge "$dir" "$@"
	fi
	engine_report "${ENGINE_LABEL:-$engine}" "$dir" "$E_START" "$@"
}

# vms_run ENGINE DIR TEST...: every VMS-th test in the same one, for neighbours in the
# list take about as long.  DIR/ktap gets what they say, one after the other.
vms_run()
{
	local engine=$1 dir=$2 vm i first=0 share pids=() reader
	shift 2

	for ((vm = 1; vm <= VMS; vm++)); do
		share=()
		for ((i = vm; i <= $#; i += VMS)); do
			share+=("${!i}")
		done
		mkdir "$dir/vm-$vm"
		: >"$dir/vm-$vm/ktap"
		job_start engine_vm "$engine" "$dir/vm-$vm" "$vm" "$first" "${share[@]}"
		pids+=("$JOB")
		first=$((first + ${#share[@]}))
	done
	for ((vm = 1; vm <= VMS; vm++)); do
		exec {reader}< <(exec tail -n +1 -s 0.2 -f --pid="${pids[vm - 1]}" "$dir/vm-$vm/ktap" >>"$dir/ktap")
		# It says nothing here: a timeout, or its end.
		while read -r -t 0.3 -u "$reader"; [ $? -gt 128 ]; do
			vms_lost "$dir" "${pids[@]}" || true
		done
		exec {reader}<&-
		job_wait "${pids[vm - 1]}"
	done
	vms_lost "$dir" "${pids[@]}" || true
}

# vms_lost DIR PID...: has any ended before it had all?  Then nothing comes of the rest.
vms_lost()
{
	local dir=$1 vm=0 pid
	shift

	for pid; do
		vm=$((vm + 1))
		if ! kill -0 "$pid" 2>/dev/null && [ ! -e "$dir/vm-$vm/errors" ]; then
			kill "$@" 2>/dev/null || true
			exit $LAB
		fi
	done
	return 1
}

# vms_merge DIR TEST...: as if one VM had run these tests, in this order.  No two of
# its files have one name: each boot has its number.
vms_merge()
{
	local dir=$1 file
	shift

	for file in "${VM_FILES[@]}"; do
		cat "$dir"/vm-*/"$file" >"$dir/$file"
		rm "$dir"/vm-*/"$file"
	done
	jq -sc '($ARGS.positional | to_entries | map({(.value): .key}) | add) as $place |
		sort_by($place[.name])[]' --args "$@" <"$dir/tests.jsonl" >"$dir/tests.new"
	mv "$dir/tests.new" "$dir/tests.jsonl"
	rm "$dir"/vm-*/ktap
	mv "$dir"/vm-*/* "$dir/"
	rmdir "$dir"/vm-*
}
readonly VM_FILES=(tests.jsonl violations.jsonl deaths.jsonl boots.jsonl pairs others errors facts)
