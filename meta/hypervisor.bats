#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# examples/hypervisor on the emulated VMX, under the command watch: right, and with
# each of its planted bugs.

load helper

# build PLANT, or "right": sets DIR, a folder with the module and its user-space part.
build()
{
	local kdir HV=$BATS_TEST_TMPDIR/hv

	command -v bochs-bin >/dev/null || skip "bochs is not installed"
	# shellcheck source=lab/lab.sh
	kdir=$(. "$TOP/lab/lab.sh" && kernel_resolve "$(kernel_default)" && echo "$K_BUILD")
	mkdir "$HV"
	cp -r "$TOP/module" "$TOP/include" "$TOP/examples" "$HV/"
	{
		make -C "$kdir" M="$HV/module" CONFIG_DEBUG_INFO_BTF_MODULES= modules
		make -C "$HV/examples/hypervisor" KDIR="$kdir" PLANT="${1#right}"
	} >"$BATS_TEST_TMPDIR/build.log" 2>&1 || {
		tail -20 "$BATS_TEST_TMPDIR/build.log"
		return 1
	}
	DIR=$BATS_TEST_TMPDIR/files
	mkdir "$DIR"
	cp "$HV/examples/hypervisor/"{hypervisor_example.ko,hop,run.sh} "$DIR/"
}

# watch STATUS HOPS OPTION...
watch()
{
	local want=$1 hops=$2 status=0
	shift 2

	# Of 4 CPUs one has bit 31 of its TSS base set, nearly always.
	KHS_VMX_CPUS=4 "$RUN" watch -e vmx --no-kvm --with "$DIR" -o "$BATS_TEST_TMPDIR/results" "$@" -- ./run.sh "$hops" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ $status = "$want" ]
	nothing_left
}

result()
{
	jq -e "$1" "$BATS_TEST_TMPDIR/results/${2:-watch}.json"
}

@test "hypervisor: right, it hops 1,000 times and all is green" {
	build right
	watch 0 1000
	result '.verdict == "pass" and .hops >= 1000 and .violations == 0 and .command_status == 0'
}

@test "hypervisor: right, and the guard off: nothing was looked at, so never green" {
	build right
	watch 4 1000 --guard off
	result '.verdict == "inconclusive" and .entries == 0 and .command_status == 0 and .engines[0].death == null'
}

# named FIELD DIAGNOSIS: by field, CPU and diagnosis, before the launch; the host lives.
named()
{
	result '.verdict == "fail" and .command_status == 0 and .engines[0].death == null'
	result "any(.[]; .field == \"$1\" and (.diagnosis | startswith(\"$2\")) and .observer == \"entry guard\")" violations
}

# dies: without the guard, and the triage says how.
dies()
{
	watch 1 200 --guard off
	result '.engines[0].death.class != null'
}

@test "hypervisor: the old expression is named before the launch" {
	build old-base
	watch 1 200
	named HOST_TR_BASE sign-extended
}

@test "hypervisor: no rewrite after a migration is named before the launch" {
	build no-rewrite
	watch 1 200
	named HOST_TR_BASE stale
}

@test "hypervisor: cpu 0's values for all are named before the launch" {
	build cpu0
	watch 1 200
	named HOST_TR_BASE stale
}

@test "hypervisor: the old expression, without the guard, is the host's death" {
	build old-base
	dies
}

@test "hypervisor: no rewrite, without the guard, is the host's death" {
	build no-rewrite
	dies
}
