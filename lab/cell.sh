#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# One cell of a matrix, on whatever machine this is:
#   cell.sh ID CELL       CELL: its JSON line; leaves cells/ID in this folder
# Exit status 0: it has its verdict; 1: the lab failed, and another try may help.
set -eu

id=$1 cell=$2 status=0 start=$SECONDS
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
args=()
eval "args=($(jq -r '.args | @sh' <<<"$cell"))"
eval "$(jq -r '.env | to_entries[] | "export \(.key)=\(.value | @sh)"' <<<"$cell")"
# Cells run side by side already.
export KHS_VMS=${KHS_VMS:-1}
out=$PWD/cells/$id

rm -rf "$out"
mkdir -p "$out"
"$top/run_tests.sh" "${args[@]}" -o "$out" >"$out.log" 2>&1 || status=$?
mv "$out.log" "$out/log"
jq -n --argjson cell "$cell" --arg host "$(uname -n)" --arg status "$status" --arg seconds "$((SECONDS - start))" \
	'$cell + {host: $host, status: ($status | tonumber), seconds: ($seconds | tonumber)}' >"$out/cell.json"
case $status in
0) said=passed ;;
1) said=failed ;;
4) said='nothing ran' ;;
*) said="no verdict: $(tail -1 "$out/log")" ;;
esac
host=${PARALLEL_SSHLOGIN:-:} host=${host##* }
[ "$host" != : ] || host=$(uname -n)
printf '%s: %s, %d s on %s\n' "$id" "$said" $((SECONDS - start)) "$host"
case $status in
0 | 1 | 4) ;;
*) exit 1 ;;
esac
