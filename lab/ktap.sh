# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Reads what the kselftest runner prints in the VM, line by line while it runs,
# and turns it into nested KTAP and one JSON object a test.
#
# The runner prefixes a test's own lines with "# ", which are subtests here:
#   # selftests: kvm_host_state: host_tr_test       a test begins
#   # ok 1 hop_between_runs                         its subtest
#   ok 1 selftests: kvm_host_state: host_tr_test    it ended

# ktap_begin DIR FIRST: DIR/ktap, DIR/tests.jsonl and DIR/violations.jsonl grow.  FIRST
# is the number of tests before these, E_NAME the engine and E_START when it began.
ktap_begin()
{
	K_DIR=$1
	T_NUMBER=${2:-0}
	E_NAME=${E_NAME:-${1##*/}} E_START=${E_START:-$EPOCHREALTIME}
	T_DONE=' '
	T_NAME=
	FACTS=
	LAB_ERRORS=()
	STATE=boot
	: >"$K_DIR/tests.jsonl"
	: >"$K_DIR/violations.jsonl"
	: >"$K_DIR/pairs"
	: >"$K_DIR/boots.jsonl"
}

# What is known of it all, beside what each test left.
ktap_end()
{
	printf '%s\n' "$FACTS" >"$K_DIR/facts"
	printf '%s\n' ${LAB_ERRORS[@]+"${LAB_ERRORS[@]}"} >"$K_DIR/errors"
}

ktap_out()
{
	printf '%s\n' "$1" >>"$K_DIR/ktap"
}

ktap_line()
{
	# A word of a command line has 128 KiB at most, and a reason becomes one.
	local line=${1:0:16384}

	line=${line%$'\r'}
	case $line in
	'KHS boot') STATE=init ;;
	'KHS alive') ;;
	'KHS end')
		[ -z "$T_NAME" ] || test_record inconclusive 'its end was not seen'
		STATE=end
		;;
	'KHS facts '*) FACTS=${line#KHS facts } BOOT_FACTS=$FACTS ;;
	# Who loaded the module is who removes it, should the payload be killed.
	'KHS loaded') [ "${VENDOR:-}" != host ] || touch "$SCRATCH/host-module" ;;
	'KHS unloaded') rm -f "$SCRATCH/host-module" ;;
	'KHS error '*) LAB_ERRORS+=("${line#KHS error }") ;;
	'# selftests: kvm_host_state: '*) test_begin "${line##*: }" ;;
	'ok '*' selftests: kvm_host_state: '*) test_end pass "${line#*kvm_host_state: }" ;;
	'not ok '*' selftests: kvm_host_state: '*) test_end fail "${line#*kvm_host_state: }" ;;
	'# '* | '#')
		line=${line#\#}
		[ -z "$T_NAME" ] || test_line "${line# }"
		;;
	'TAP version '* | '1..'* | '') ;;
	*)
		# Not ours: a message of insmod, the shell, a library.
		ktap_out "  # $line"
		;;
	esac
}

test_begin()
{
	[ -z "$T_NAME" ] || test_record inconclusive 'its end was not seen'
	T_NAME=$1
	[ "$STATE" != init ] || remember_seconds boot "$((SECONDS - ${begun:-SECONDS}))"
	T_START=$EPOCHREALTIME T_SECONDS=$SECONDS
	T_AT=$(seconds_since "$E_START")
	T_COUNTS=() T_RESULTS=() T_BAD='' T_ODD='' T_SKIP='' T_OK=0 T_PLAN='' T_WRONG=''
	STATE='test'
}

# One line of the test's own output.
test_line()
{
	local line=$1

	case $line in
	'ok '[0-9]* | 'not ok '[0-9]*) T_RESULTS+=("$EPOCHREALTIME $line") ;;
	esac
	case $line in
	'TAP version '*) line='KTAP version 1' ;;
	'count: '*) T_COUNTS+=("${line#count: }") ;;
	'# count: '*) T_COUNTS+=("${line#\# count: }") ;;
	'# pairs: '*)
		# For the report: too many numbers for somebody who reads along.
		printf '%s\n' "${line#\# pairs: }" >>"$K_DIR/pairs"
		return
		;;
	'# violation: {'*'}')
		T_WRONG=1
		printf '%s\n' "${line#\# violation: }" >>"$K_DIR/violations.jsonl"
		;;
	'# violation: '*) T_ODD=${T_ODD:-a line that tells a wrong value is torn} ;;
	'not ok '*'# inconclusive: '*) T_ODD=${T_ODD:-${line#*\# inconclusive: }} ;;
	'not ok '*) T_BAD=${T_BAD:-$(reason_of "$line")} ;;
	# For plain kselftest, which has no such thing, it is a skip.
	'ok '*'# SKIP inconclusive: '*) T_ODD=${T_ODD:-${line#*\# SKIP inconclusive: }} ;;
	'ok '*'# SKIP'*)
		T_SKIP=${T_SKIP:-${line#*\# SKIP}}
		T_SKIP=${T_SKIP# }
		;;
	'ok '*) T_OK=$((T_OK + 1)) ;;
	'1..'[1-9]*) T_PLAN=${line#1..} ;;
	'1..0 # SKIP'*)
		T_SKIP=${line#*SKIP}
		T_SKIP=${T_SKIP# }
		;;
	'Bail out!'*) T_BAD=${T_BAD:-${line#Bail out! }} ;;
	esac
	ktap_out "    $line"
}

# "not ok 3 name # why" and "not ok 3 name": why, or else the name.
reason_of()
{
	local text=${1#not ok * }

	case $text in
	*' # '*) printf '%s\n' "${text%% \# *}: ${text#* \# }" ;;
	*) printf '%s\n' "$text" ;;
	esac
}

# test_end pass|fail "NAME[ # directive]"
test_end()
{
	local status=$1 directive='' reason=''

	case $2 in
	*' # '*) directive=${2#* \# } ;;
	esac
	if [ -n "$T_NAME" ] && [ "$T_NAME" != "${2%% *}" ]; then
		test_record inconclusive 'its end was not seen'
	fi
	[ -n "$T_NAME" ] || test_begin "${2%% *}"
	if [ "$status" = pass ]; then
		case $directive in
		SKIP*)
			status=skip reason=${T_SKIP:-no reason given}
			[ -z "$T_ODD" ] || status=inconclusive reason=$T_ODD
			;;
		*)
			# A test that printed `not ok` did not pass, whatever its
			# exit status says; one that verified nothing did not either.
			if [ -n "$T_BAD$T_ODD" ]; then
				status=fail
			elif [ -n "$T_WRONG" ]; then
				status=fail reason=$WRONG_UNSAID
			elif [ "$T_OK" = 0 ]; then
				status=inconclusive reason='no subtest passed'
			elif [ -n "$T_PLAN" ] && [ "$T_PLAN" != ${#T_RESULTS[@]} ]; then
				status=inconclusive reason="${#T_RESULTS[@]} of $T_PLAN subtests were heard of"
			fi
			;;
		esac
	fi
	if [ "$status" = fail ] && [ -z "$reason" ]; then
		if [ -n "$T_BAD" ]; then
			reason=$T_BAD
		elif [ -n "$T_ODD" ]; then
			status=inconclusive reason=$T_ODD
		else
			reason=$directive
			case $directive in
			exit=129 | exit=130 | exit=137 | exit=143)
				# No test ends so by itself, nor by what a kernel
				# does to a process that faults.
				reason="killed by SIG$(kill -l $((${directive#exit=} - 128))) from outside"
				status=inconclusive
				LAB_ERRORS+=("$T_NAME was $reason")
				;;
			esac
		fi
	fi
	test_record "$status" "$reason"
}

readonly WRONG_UNSAID='a wrong value, and no subtest failed: see violations.json'

# test_record STATUS REASON: the test that runs has ended in this way.
test_record()
{
	local status=$1 reason=$2 result='ok' tail='' boot=${BOOT_TAG:-}

	boot=${boot#-}

	# What it had found wrong is wrong, whatever became of it, or of the lab, then.
	case $status in
	inconclusive | skip)
		if [ -n "$T_BAD" ]; then
			status=fail reason=$T_BAD
		elif [ -n "$T_WRONG" ]; then
			status=fail reason=$WRONG_UNSAID
		fi
		;;
	esac
	T_NUMBER=$((T_NUMBER + 1))
	case $status in
	pass) ;;
	skip) tail=" # SKIP $reason" ;;
	inconclusive) result='not ok' tail=" # inconclusive: $reason" ;;
	*) result='not ok' tail=" # $reason" ;;
	esac
	ktap_out "  $result $T_NUMBER $T_NAME$tail"
	# The guard counts over the whole test what the subtests count as well.
	printf '%s\n' ${T_COUNTS[@]+"${T_COUNTS[@]}"} | jq -Rnc --arg name "$T_NAME" \
		--arg start "$T_START" --rawfile results <(printf '%s\n' ${T_RESULTS[@]+"${T_RESULTS[@]}"}) \
		--arg status "$status" --arg reason "$reason" --argjson boot "${boot:-1}" \
		--arg at "$T_AT" --arg seconds "$(seconds_since "$T_START")" '
		[inputs | select(length > 0) | split(" ") |
			{subtest: .[0], counts: (.[1:] |
			map(split("=") | select(length == 2) |
			{(.[0]): (.[1] | tonumber? // .)}) | add // {})}] as $c |
		# "not ok 3 NAME # inconclusive: REASON" and its like.
		def result: capture("^(?<at>[0-9.]+) (?<ok>ok|not ok) [0-9]+ -? ?(?<name>[^ ]+)( # (?<word>SKIP inconclusive:|SKIP|inconclusive:)? ?(?<reason>.*))?$") |
			{at: (.at | tonumber), name, status: (if .word == "SKIP" then "skip" elif .word then "inconclusive"
				elif .ok == "ok" then "pass" else "fail" end), reason: (.reason // "")};
		{name: $name, status: $status, boot: $boot, at: ($at | tonumber), seconds: ($seconds | tonumber),
		 hops: ([$c[] | select(.subtest != "entry_guard") | .counts.hops // 0] | add // 0), reason: $reason,
		 subtests: $c, results: [foreach ($results | split("\n")[] | result) as $r ({at: ($start | tonumber)};
			{at: $r.at, out: ($r + {seconds: ([($r.at - .at) * 10 | round / 10, 0] | max)} | del(.at))}; .out)]}' >>"$K_DIR/tests.jsonl"
	remember_seconds "$T_NAME" "$(seconds_since "$T_START")"
	T_DONE+="$T_NAME "
	T_NAME=
	STATE=between
}

# Seconds with one decimal since a value of EPOCHREALTIME.
seconds_since()
{
	local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))

	# The clock may have been set.
	[ $us -ge 0 ] || us=0
	printf '%d.%d\n' $((us / 1000000)) $((us / 100000 % 10))
}
