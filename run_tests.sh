#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The front door: boots a kernel under an engine, runs the suite in it, judges.
set -eu -o pipefail

# A shell starts its background jobs with SIGINT ignored, and what bash finds
# ignored it cannot trap: Ctrl-C must end us however we were started.
if [ $((0x$(sed -n 's/^SigIgn:\t//p' /proc/self/status) & 2)) != 0 ]; then
	exec env --default-signal=INT "$BASH" "${BASH_SOURCE[0]}" "$@"
fi

# What somebody may have set for other shells than this one.
unset POSIXLY_CORRECT CDPATH
set +f +C

TOP=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)

# To `git bisect run` 2 is a verdict, and only from 128 on it stops.  What follows
# -- is the command of watch, whatever its words are.
LAB_STATUS=2
words=" $* "
case ${words%% -- *} in
*' bisect '* | *' bisect') LAB_STATUS=128 ;;
esac

usage()
{
	cat <<EOF
usage: run_tests.sh [OPTIONS] [COMMAND]

commands
  run             build what is missing, run the tests on each engine, print a
                  verdict (the default)
  list            tests, engines and planted bugs, one a line, tab-separated
  doctor          what this machine can run, what it cannot, and why
  check           the project's own tests
  mutants [NAME...] [--from FOLDER] [--all-tests]
                  plant each bug, require its verdict, print the kill matrix;
                  --from: the bugs of another folder; --all-tests: run all tests
                  on each, not only the one that it names
  compare OLD NEW
                  two results folders: failures that are new, gone or changed,
                  lost coverage, slower tests; status 1 if anything is worse
  merge DIR...    put together the folders that --shard made; a cell that none
                  of them has is named, with status 2
  watch [--with DIR] [--each GLOB] [--all] [--no-kvm] -- COMMAND...
                  run anybody's workload with the entry guard on: in DIR, which
                  the lab's VM gets with the libraries of what is in it; --each
                  runs every executable there that matches (after COMMAND, if
                  there is one); --all looks at everybody's VMs; --no-kvm is for
                  a hypervisor of your own, in the lab's VM
  lint [--fix] PATH...
                  find the bug class in C source; --fix prints a patch
  validate RANGE|MBOX|PATCH...
                  a patch series, patch by patch: fixed, broken, unchanged, and
                  what was not tested
  bisect RANGE [-- PATH...]
                  the first bad commit, proved; without RANGE one step of
                  \`git bisect run\`

options
  -e, --engine LIST   host, kvm, svm, vmx, svm-bochs, or auto: host where it can
                      run the suite, else svm,vmx; of mutants, validate and
                      bisect svm,vmx                          (default: auto)
  -k, --kernel WHICH  stable, backports (distribution kernels), newest or 7.3 (a
                      linux-source package, built), a bzImage, or a kernel tree,
                      built or not      (default: backports on Debian 12, else stable)
  -t, --test GLOB     only the tests whose names match; may be repeated
  -o, --output DIR    where the results go        (default: results/<time>)
  -n, --repeat N      the whole run N times, each on a fresh boot
      --seed N        of the order of hops        (default: another each run)
      --hops N        hops of a test, between runs and during a run
      --guard MODE    off, report, or repair      (default: repair)
      --disruptive    on engine host: also what disturbs the rest of the machine
                      (CPUs go offline, SysRq, real-time tasks, KVM's modules are
                      unloaded and loaded again)
      --params M.P=A,B
                      module parameters, every combination:
                      kvm_intel.ept=0,1; may be repeated
      --cells         print the matrix of run or mutants, one JSON line a cell:
                      kernels (-k A,B) by engines by parts of the tests, or
                      planted bugs; "args" runs a cell alone, on any machine
      --parts N       the tests of run in N parts            (default: 1)
      --shard I/N     run the I-th of N parts of the cells; merge does the rest
      --hosts FILE    run the cells on these machines, by ssh: an sshloginfile of
                      GNU parallel.  A cell is tried again where the lab failed,
                      never where a test did
      --setup         first install what is missing, with the distribution's
                      package manager (needs root)
      --json          of list: an array of objects
      --man           this as a manual page: ./run_tests.sh --man | man -l -
  -h, --help

options of validate and bisect
  -k, --kernel TREE   the git tree                   (default: the current one)
      --type WHAT     how far to go, or what is bad: build, boot or test
      --skip COMMIT   leave it out; may be repeated

options of validate
      --ignore-warnings COMMIT
                      its new warnings are known; may be repeated
      --b4            a mail on stdin, a JSON array on stdout: for b4 review

options of bisect
      --signature S   what is bad, in place of what the bad end shows:
                      "TEST[/SUBTEST] [FIELD [DIAGNOSIS]]" or "CLASS: TITLE"
      --reverse       the range begins bad: find the commit that mended it
      --tries N       clean runs that make a commit good (default: by how often
                      the bad end shows it)
      --replay FILE   answers from a log of git bisect

exit status: 0 all passed, 1 something failed, 2 the lab or the set-up failed
(no verdict on the kernel), 4 nothing ran, or nothing that looks at the host; of
bisect: 0 good, or found, 1 bad, 125 cannot tell, 128 and above the lab failed
EOF
}

usage_error()
{
	printf 'run_tests.sh: %s\n' "$*" >&2
	exit $LAB_STATUS
}

# number OPTION VALUE MIN MAX
number()
{
	case $2 in
	'' | *[!0-9]*) usage_error "$1 wants a whole number, not '$2'" ;;
	esac
	if [ ${#2} -gt 10 ] || [ "$((10#$2))" -lt "$3" ] || [ "$((10#$2))" -gt "$4" ]; then
		usage_error "$1 wants a number from $3 to $4, not '$2'"
	fi
}

readonly COMMANDS='run list doctor check mutants compare merge lint watch validate bisect'
COMMAND='' ENGINES=auto KERNEL='' GLOBS=() OPT_OUT='' REPEAT=1 VMS=1 SEED='' OPT_HOPS='' GUARD=repair
SETUP='' DISRUPTIVE=${KHS_DISRUPTIVE:-} FROM='' ALL_TESTS='' FIX='' WITH='' EACH='' WATCH_ALL='' NO_KVM='' NAMES=() CELLS='' SHARD='' HOSTS='' PARTS=1 CELL='' PASSED=() JSON=''
PATHS=() PARAMS=() J_TYPE=test OPT_SIGNATURE='' OPT_REVERSE='' OPT_TRIES='' OPT_SKIP=() OPT_QUIET=() OPT_REPLAY='' OPT_B4=''

case $TOP in
*[!A-Za-z0-9_./+@,=~-]*) usage_error "make cannot build in '$TOP': give this checkout a path of letters, digits and _ . / + @ , = ~ - only" ;;
esac

# As the tests read it.
[ "$DISRUPTIVE" != 0 ] || DISRUPTIVE=

# The value of an option, as "-o value", "--opt value" or "--opt=value".
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		opt=${1%%=*} value=${1#*=}
		shift
		set -- "$opt" "$value" "$@"
		;;
	esac
	case $1 in
	-e | --engine | -k | --kernel | -t | --test | -o | --output | -n | --repeat | --seed | --hops | --guard | --from | --shard | --hosts | --parts | --cell | \
		--params | --type | --signature | --tries | --skip | --replay | --ignore-warnings | --with | --each)
		[ -n "${2:-}" ] || usage_error "$1 wants a value; see --help"
		case $1 in
		-e | --engine) ENGINES=$2 ;;
		-k | --kernel) KERNEL=$2 ;;
		-t | --test) GLOBS+=("$2") ;;
		-o | --output) OPT_OUT=$2 ;;
		-n | --repeat) number "$1" "$2" 1 10000 && REPEAT=$((10#$2)) ;;
		--seed) number "$1" "$2" 0 4294967295 && SEED=$((10#$2)) ;;
		--hops) number "$1" "$2" 1 1000000000 && OPT_HOPS=$((10#$2)) ;;
		--guard) GUARD=$2 ;;
		--from) FROM=$2 ;;
		--params) PARAMS+=("$2") ;;
		--type) J_TYPE=$2 ;;
		--signature) OPT_SIGNATURE=$2 ;;
		--tries) number "$1" "$2" 1 100000 && OPT_TRIES=$((10#$2)) ;;
		--skip) OPT_SKIP+=("$2") ;;
		--ignore-warnings) OPT_QUIET+=("$2") ;;
		--replay) OPT_REPLAY=$2 ;;
		--with) WITH=$2 ;;
		--each) EACH=$2 ;;
		--shard) SHARD=$2 ;;
		--hosts) HOSTS=$2 ;;
		--parts) number "$1" "$2" 1 1000 && PARTS=$((10#$2)) ;;
		--cell) CELL=$2 ;;
		esac
		# What each cell of a matrix is run with, too.
		case $1 in
		-e | --engine | -k | --kernel | -t | --test | -o | --output | --shard | --hosts | --parts | --cell) ;;
		*) PASSED+=("$1" "$2") ;;
		esac
		shift 2
		;;
	--setup) SETUP=1 && shift ;;
	--disruptive) DISRUPTIVE=1 && PASSED+=("$1") && shift ;;
	--all-tests) ALL_TESTS=1 && PASSED+=("$1") && shift ;;
	--fix) FIX=--fix && shift ;;
	--all) WATCH_ALL=1 && shift ;;
	--no-kvm) NO_KVM=1 && shift ;;
	--cells) CELLS=1 && shift ;;
	--json) JSON=1 && shift ;;
	--man)
		. "$TOP/lab/man.sh"
		man_page || exit $LAB_STATUS
		exit 0
		;;
	--reverse) OPT_REVERSE=1 && shift ;;
	--b4) OPT_B4=1 && shift ;;
	-)
		[ "$COMMAND" = validate ] || usage_error "unknown option '-'; see --help"
		NAMES+=(-)
		shift
		;;
	--)
		shift
		case $COMMAND in
		bisect) PATHS=("$@") ;;
		watch) NAMES=("$@") ;;
		*) usage_error "-- is for bisect RANGE -- PATH... and watch -- COMMAND..." ;;
		esac
		break
		;;
	-h | --help)
		usage || exit $LAB_STATUS
		exit 0
		;;
	-*) usage_error "unknown option '$1'; see --help" ;;
	*)
		case " $COMMAND " in
		'  ')
			case " $COMMANDS " in
			*" $1 "*) COMMAND=$1 ;;
			*) usage_error "unknown command '$1': ${COMMANDS// /, }" ;;
			esac
			;;
		' mutants ' | ' compare ' | ' merge ' | ' lint ' | ' bisect ' | ' validate ') NAMES+=("$1") ;;
		*) usage_error "one command at a time: $COMMAND or $1?" ;;
		esac
		shift
		;;
	esac
done
COMMAND=${COMMAND:-run}
[ "$COMMAND" = bisect ] || LAB_STATUS=2
case $GUARD in
off | report | repair) ;;
*) usage_error "unknown guard mode '$GUARD': off, report or repair" ;;
esac
[ -z "$WITH$EACH$WATCH_ALL$NO_KVM" ] || [ "$COMMAND" = watch ] || usage_error "--with, --each, --all and --no-kvm are options of the command watch"
[ -z "$OPT_SIGNATURE$OPT_TRIES$OPT_REVERSE$OPT_REPLAY" ] || [ "$COMMAND" = bisect ] || usage_error "--signature, --tries, --reverse and --replay are options of the command bisect"
[ -z "$OPT_REPLAY" ] || [ -r "$OPT_REPLAY" ] || usage_error "--replay: cannot read $OPT_REPLAY"
[ -z "$OPT_B4${OPT_QUIET[*]-}" ] || [ "$COMMAND" = validate ] || usage_error "--b4 and --ignore-warnings are options of the command validate"
case $COMMAND in
validate | bisect) ;;
watch) [ ${#GLOBS[@]} = 0 ] || usage_error "watch runs your command, none of the tests: it takes no -t" ;;
mutants) [ ${#GLOBS[@]} = 0 ] || usage_error "mutants runs the test that each bug names: it takes no -t (--all-tests runs all)" ;;
list | doctor | compare | merge | lint)
	if [ "$ENGINES" != auto ] || [ -n "$KERNEL$OPT_HOPS${GLOBS[*]-}" ]; then
		usage_error "$COMMAND runs no test: it takes no -e, -k, -t or --hops"
	fi
	;;
esac
case $COMMAND$J_TYPE in
validate* | bisect* | *test) ;;
*) usage_error "--type is an option of the commands validate and bisect" ;;
esac
[ -z "$FIX" ] || [ "$COMMAND" = lint ] || usage_error "--fix is an option of the command lint"
[ -z "$FROM$ALL_TESTS" ] || [ "$COMMAND" = mutants ] || usage_error "--from and --all-tests are options of the command mutants"
[ -z "$JSON" ] || [ "$COMMAND" = list ] || usage_error "--json is an option of the command list"
[ -z "$CELL" ] || [ "$COMMAND" = mutants ] || usage_error "--cell is an option of the command mutants"
if [ -n "$CELLS$SHARD$HOSTS" ] || [ "$PARTS" != 1 ]; then
	case $COMMAND in
	run | mutants) ;;
	*) usage_error "--cells, --shard, --hosts and --parts are options of the commands run and mutants" ;;
	esac
fi
if [ -n "$SHARD" ]; then
	case $SHARD in
	*/*/* | /* | */) usage_error "--shard wants I/N, the I-th of N parts, not '$SHARD'" ;;
	*/*) number --shard "${SHARD#*/}" 1 10000 && number --shard "${SHARD%/*}" 1 "$((10#${SHARD#*/}))" ;;
	*) usage_error "--shard wants I/N, the I-th of N parts, not '$SHARD'" ;;
	esac
fi
if [ -n "$HOSTS" ]; then
	[ -r "$HOSTS" ] || usage_error "--hosts: there is no file $HOSTS"
	grep -q '^[^#]' "$HOSTS" || usage_error "--hosts: $HOSTS names no machine"
	HOSTS=$(realpath "$HOSTS")
fi
while read -r name min max; do
	[ -z "${!name:-}" ] || number "$name" "${!name}" "$min" "$max"
done <<EOF
KHS_CPUS 1 255
KHS_NODES 1 8
KHS_MEMORYLESS_NODE 0 $([ "${KHS_NODES:-}" = 1 ] && echo 0 || echo 1)
KHS_THREADS 1 64
KHS_VMX_CPUS 1 8
KHS_VMS 1 16
KHS_BOOT_LIMIT 1 86400
KHS_SILENCE_LIMIT 1 86400
KHS_TEST_LIMIT 1 86400
EOF
SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}

# shellcheck source=lab/lab.sh
. "$TOP/lab/lab.sh"
PARAMS_WRONG=$(params_check ${PARAMS[@]+"${PARAMS[@]}"})
[ -z "$PARAMS_WRONG" ] || usage_error "$PARAMS_WRONG"

if [ -n "$SETUP" ]; then
	setup
fi

case $COMMAND in
run | mutants)
	if cells_wanted; then
		command_cells
	else
		"command_$COMMAND"
	fi
	;;
list)
	if [ -n "$JSON" ]; then
		command_list | jq -Rn '[inputs | split("\t") | {name: .[0], kind: .[1], about: .[2]}]'
	else
		command_list
	fi
	;;
doctor) command_doctor ;;
check) command_check ;;
compare) command_compare ;;
merge) command_merge ;;
lint) command_lint ;;
validate) command_validate ;;
bisect) command_bisect ;;
watch) command_watch ;;
esac
