# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Everything that the lab is made of.  TOP is the folder of run_tests.sh.

# Whoever sources this: a pipe that broke is no success.
set -o pipefail

. "$TOP/lab/common.sh"
. "$TOP/lab/progress.sh"
. "$TOP/lab/apt.sh"
. "$TOP/lab/kernel.sh"
. "$TOP/lab/kernel_build.sh"
. "$TOP/lab/kernel_source.sh"
. "$TOP/lab/emulator.sh"
. "$TOP/lab/bochs.sh"
. "$TOP/lab/build.sh"
. "$TOP/lab/initramfs.sh"
. "$TOP/lab/engine_svm.sh"
. "$TOP/lab/engine_bochs.sh"
. "$TOP/lab/engine_host.sh"
. "$TOP/lab/host_log.sh"
. "$TOP/lab/ktap.sh"
. "$TOP/lab/triage.sh"
. "$TOP/lab/params.sh"
. "$TOP/lab/layout.sh"
. "$TOP/lab/engine.sh"
. "$TOP/lab/vms.sh"
. "$TOP/lab/report.sh"
. "$TOP/lab/reports.sh"
. "$TOP/lab/compare.sh"
. "$TOP/lab/run.sh"
. "$TOP/lab/setup.sh"
. "$TOP/lab/doctor.sh"
. "$TOP/lab/mutants.sh"
. "$TOP/lab/cells.sh"
. "$TOP/lab/check.sh"
. "$TOP/lab/lint.sh"
. "$TOP/lab/series.sh"
. "$TOP/lab/commit.sh"
. "$TOP/lab/signature.sh"
. "$TOP/lab/odds.sh"
. "$TOP/lab/judge.sh"
. "$TOP/lab/bisect_ends.sh"
. "$TOP/lab/bisect_report.sh"
. "$TOP/lab/bisect.sh"
. "$TOP/lab/validate.sh"
. "$TOP/lab/validate_report.sh"
. "$TOP/lab/watch.sh"

CACHE=${KHS_CACHE:-${XDG_CACHE_HOME:-$(user_home)/.cache}/kvm-host-state}
# Beside the source, or where a checkout cannot be written to, in the cache.
BUILD=$TOP/build
[ -w "$TOP" ] || BUILD=$CACHE/build/$(cksum <<<"$TOP" | cut -d' ' -f1)
KSFT_GIVEN=${KSFT:-}
OUT='' KTAP_OPEN=
umask 022
export LC_ALL=C

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/kvm_host_state.XXXXXX") ||
	die "cannot make a folder for temporary files in ${TMPDIR:-/tmp}"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
