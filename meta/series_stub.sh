# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In place of kernels: the files in a commit's folder "state" say what it would do.
# Put at the end of lab/lab.sh by the meta tests of bisect and validate.
#   build=fail   boot=no   bug=N (shows in N of 100 runs)   once=N (in N of 100
#   boots)   oops=TITLE   lab=down   kvm=WORD (the content of KVM's objects)
#   warn=TEXT (a compiler's warning)

stub()
{
	own_git show "$BUILT:state/$1" 2>/dev/null || true
}

engine_reason()
{
	[ ! -e "$STUB_LOG.no-$1" ] || echo "it is not installed"
}

commit_build()
{
	BUILT=$1 BUILDS=ok BUILD_WHY=''
	echo "built $1" >>"$STUB_LOG"
	: >"$S_DIR/sources"
	if [ "$(stub build)" = fail ]; then
		BUILDS=fail BUILD_WHY="vmx.c:1: error: expected ';'"
	fi
	[ -z "${STUB_SLEEP:-}" ] || job sleep "$STUB_SLEEP"
}

commit_identity()
{
	own_git rev-parse "$BUILT:state"
}

commit_kvm()
{
	stub kvm
}

commit_stage()
{
	STAGED=$BUILT K_IMAGE=$SCRATCH/image.$BUILT K_MODULES=$SCRATCH B_STAGE=$SCRATCH/stage K_VERSION=7.3.0
	: >"$K_IMAGE"
}

kernel_keep()
{
	mkdir -p "$1"
	: >"$1/image"
	echo "$BUILT" >"$1/built"
}

kernel_use()
{
	K_IMAGE=$1/image BUILT=$(cat "$1/built")
}

# Sets DRAWN to a number below 100: the same ones in each run of a test, for one that
# depends on luck fails without a reason (Knuth's MMIX generator, its upper bits).
draw()
{
	DRAW=$(((DRAW * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff))
	DRAWN=$(((DRAW >> 33) % 100))
}

# Instead of an emulator.  Each boot draws from its own seed.
commit_run()
{
	local dir=$1 count=$2 i test once lab boot oops bug often DRAW DRAWN
	shift 2

	echo "ran $(short "$BUILT") $count ${COLUMN} $*" >>"$STUB_LOG"
	rm -rf "$dir"
	mkdir -p "$dir"
	echo '{"tests": []}' >"$dir/engine.json"
	DRAW=$(($(wc -l <"$STUB_LOG") * 1000003 + SEED))
	draw
	draw
	once=$DRAWN
	lab=$(stub lab) boot=$(stub boot) oops=$(stub oops) bug=$(stub bug) often=$(stub once)
	{
		if [ "$lab" = down ] || [ -e "$STUB_LOG.down" ]; then
			echo "  # the lab failed: emulator: it is not there"
			return
		elif [ "$boot" = no ] && [ "$K_IMAGE" != "$J_DIR/canary/image" ]; then
			echo "  # the lab failed: no-boot: the kernel never got as far as init"
			return
		fi
		for ((i = 1; i <= count; i++)); do
			for test in "$@"; do
				draw
				if [ -n "$oops" ]; then
					echo "  # host died: oops: $oops"
					echo "  not ok 1 $test # host died: oops: $oops"
					return
				elif [ "$test" = host_tr_test ] && { [ $DRAWN -lt "${bug:-0}" ] || [ "$once" -lt "${often:-0}" ]; }; then
					echo '    # violation: {"test":"host_tr_test","subtest":"hop_between_runs","field":"HOST_TR_BASE","diagnosis":"stale"}'
					echo "    not ok 1 hop_between_runs # host_tr: cpu 0"
					echo "  not ok 1 host_tr_test # hop_between_runs: host_tr: cpu 0"
				else
					echo "    ok 1 hop_between_runs"
					echo "  ok 1 $test"
				fi
			done
		done
	} >"$dir/ktap"
}

commit_differs()
{
	[ "$(own_git rev-parse "$1:state")" != "$(own_git rev-parse "$2:state")" ]
}

commit_checkpatch()
{
	:
}

commit_warnings()
{
	local warn

	warn=$(own_git show "$2:state/warn" 2>/dev/null) || return 0
	echo "arch/x86/kvm/vmx/vmx.c:1:1: warning: $warn [-Wunused]"
}
