# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# --params M.P=A,B: module parameters, every combination of them a column.  A column
# is an engine and what its modules get: "vmx kvm_intel.ept=0 kvm.tdp_mmu=N".

# params_check OPTION...: what is wrong with one, if anything.
params_check()
{
	local param

	for param in "$@"; do
		[[ $param =~ ^(kvm|kvm_intel|kvm_amd)\.[a-zA-Z0-9_]+=[a-zA-Z0-9_-]+(,[a-zA-Z0-9_-]+)*$ ]] ||
			echo "--params wants kvm.P=A,B or kvm_intel.P=A,B or kvm_amd.P=A,B, not '$param'"
	done | first_line
}

# params_exist MODULES: those of this column, in what the VM gets.  A module ignores a
# misspelt one, and kvm built into the kernel all of them: the column would be green.
params_exist()
{
	local param module names

	for param in ${ENGINE_PARAMS:-}; do
		module=${param%%.*} param=${param#*.} param=${param%%=*}
		[ -e "$1/${module/_/-}.ko" ] ||
			die "--params: $module is no module of kernel $K_VERSION, or not loaded here: it gets no parameters"
		names=$(PATH=$PATH:/sbin:/usr/sbin modinfo -F parm "$1/${module/_/-}.ko" | sed 's/:.*//' | sort -u)
		grep -qx -e "$param" <<<"$names" ||
			die "--params: $module of kernel $K_VERSION has no parameter '$param': $(tr '\n' ' ' <<<"$names")"
	done
}

# Sets COLUMNS_ALL: each engine of ENGINE_LIST with each combination that concerns it.
params_columns()
{
	local engine param value column columns more

	COLUMNS_ALL=()
	for param in ${PARAMS[@]+"${PARAMS[@]}"}; do
		case $param/${ENGINE_LIST[*]} in
		kvm.* | kvm_amd.*/*svm* | kvm_intel.*/*vmx* | */*kvm*) ;;
		*) die "--params: no engine here loads ${param%%.*}: ${ENGINE_LIST[*]}" ;;
		esac
	done
	for engine in "${ENGINE_LIST[@]}"; do
		[ "$engine" != host ] || [ -z "${PARAMS[*]-}" ] || die "--params is for a VM: engine host's modules are loaded already"
		columns=("$engine")
		for param in ${PARAMS[@]+"${PARAMS[@]}"}; do
			case $engine.$param in
			svm*.kvm_intel.* | vmx*.kvm_amd.*) continue ;;
			esac
			more=()
			for column in "${columns[@]}"; do
				for value in $(tr ',' ' ' <<<"${param#*=}"); do
					more+=("$column ${param%%=*}=$value")
				done
			done
			columns=("${more[@]}")
		done
		COLUMNS_ALL+=("${columns[@]}")
	done
}

# column_name COLUMN: the same as one word, for a folder or a table.
column_name()
{
	tr ' ' ':' <<<"$1"
}

# column_use NAME: what the next engine_run is for; a repetition ends in ".2" or so.
column_use()
{
	local name=$1

	[[ ! $name =~ ^(.*)\.[0-9]+$ ]] || name=${BASH_REMATCH[1]}
	ENGINE_LABEL=$name
	ENGINE_PARAMS=$(tr ':' ' ' <<<"${name#"${name%%:*}"}")
}

# params_of MODULE: what it gets of ENGINE_PARAMS.
params_of()
{
	local param

	for param in ${ENGINE_PARAMS:-}; do
		[ "${param%%.*}" != "$1" ] || printf ' %s' "${param#*.}"
	done
}
