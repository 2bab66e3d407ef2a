#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Puts the kselftest framework (lib.mk, kselftest.h, runner.sh, ...) of a kernel
# source into DIR: it is the kernel's, not ours to copy into the repository.
#   kselftest.sh [DIR [SOURCE_TREE]]
# Without DIR it goes to where make looks for it; without SOURCE_TREE it comes from
# the distribution's linux-source package.
set -eu -o pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$TOP/build/kselftest/tools/testing/selftests}

if [ -n "${2:-}" ]; then
	K_SOURCE=$2
else
	# shellcheck source=lab/lab.sh
	. "$TOP/lab/lab.sh"
	kernel_resolve "$(kernel_default)"
	kernel_source
fi
from=$K_SOURCE/tools/testing/selftests
if [ ! -e "$from/lib.mk" ] || [ ! -e "$from/kselftest/runner.sh" ]; then
	echo "kselftest.sh: $K_SOURCE has no kselftest framework" >&2
	exit 2
fi
mkdir -p "${dir%/*}"
tmp=$(mktemp -d "$dir.XXXXXX")
cp -r "$from/lib.mk" "$from/kselftest" "$from"/kselftest*.h "$from/run_kselftest.sh" "$tmp"
chmod 755 "$tmp"
rm -rf "$dir"
mv "$tmp" "$dir"
