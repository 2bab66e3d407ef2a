# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How a host died, from its console (rules: the file deaths), from what its
# emulator said, and from how the run ended.

# triage CONSOLE ENDED FAULT [STATE]: prints "CLASS<tab>TITLE<tab>TEST<tab>CPU",
# or nothing for a clean end.
#   ENDED  end (the end marker came) | exit (the emulator ended without it) |
#          boot (in all the time it had) | silence (nothing came any more) |
#          overtime (user space lives, and the test does not get anywhere)
#   STATE  boot: init never started
#   FAULT  what the emulator itself said: "triple fault", "emulator: ...", ""
# The test is the one that the console's last "begins" mark before the fault
# names, and the CPU the one that the kernel names.
triage()
{
	local console=$1 ended=$2 fault=$3 found class line title='' cpu=-

	found=$(triage_console "$console")
	class=${found%%$'\t'*}
	line=${found##*$'\t'}
	if [ -n "$found" ]; then
		title=${found#*$'\t'}
		title=${title%$'\t'*}
	fi
	case $class in
	oops)
		if sed "1,${line}d" "$console" | grep -E 'soft lockup|hard LOCKUP|rcu: INFO: rcu_.*detected|csd: .*non-responsive' >/dev/null; then
			class=zombie
		fi
		;;
	panic | lockup | rootfs | memory) ;;
	*)
		# The host did not say that it died: did it?
		case ${4:-}:$ended:$fault in
		boot:*)
			class=no-boot
			title="the kernel never got as far as init${fault:+ ($fault)}"
			;;
		*:*:'triple fault')
			class='triple fault'
			title=${title:-the CPU was reset without a word}
			;;
		*:exit:emulator:*)
			class=emulator
			title=${fault#emulator: }
			;;
		*:end:*) ;;
		*:silence:*) class=hang title='no sign of life any more' ;;
		*:overtime:*) class=hang title='the test does not come to an end' ;;
		*) class=vanished title='the machine went off in the middle of the tests' ;;
		esac
		;;
	esac
	[ -n "$class" ] || return 0
	title=${title:0:4096}
	if [ -n "$line" ]; then
		cpu=$(sed -n "${line},$((line + 12))p" "$console" |
			sed -n 's/.*[^A-Za-z][Cc][Pp][Uu][:# ]*\([0-9][0-9]*\).*/\1/p' | first_line)
	fi
	printf '%s\t%s\t%s\t%s\n' "$class" "$title" \
		"$(running_test "$console" "${line:-}")" "${cpu:--}"
}

# The first class of which a rule matches, and the first line that it matches:
# CLASS<tab>what matched<tab>line number.  A warning counts only after init's
# mark: what an emulated CPU's oddities make the kernel say while it boots has
# nothing to do with KVM.
triage_console()
{
	local class hit from blank=''

	[ -s "$1" ] || return 0
	for class in $(grep -v '^#' "$TOP/lab/deaths" | cut -f1 | uniq); do
		if [ "$class" = warn ]; then
			# Of init's own mark a letter may be lost.
			from=$(grep -an 'kvm_host_state: ' "$1" | first_line | cut -d: -f1)
			[ -n "$from" ] || continue
			blank="1,${from}s/.*//"
		fi
		# No early end in this pipe: SIGPIPE would look like no hit.
		hit=$(sed "$blank" "$1" | grep -aEno -- "$(triage_rules "$class")" | tr -d '\r' | first_line) || continue
		printf '%s\t%s\t%s\n' "$class" "${hit#*:}" "${hit%%:*}"
		return 0
	done
}

# triage_rules CLASS...: one expression for all their rules.
triage_rules()
{
	local class

	for class in "$@"; do
		sed -n "s/^$class\t//p" "$TOP/lab/deaths"
	done | paste -sd '|'
}

# What a host does not survive, or not for long.
triage_deadly()
{
	triage_rules oops panic lockup
}

# running_test CONSOLE LINE: by the marks that tests leave in the kernel's log.
running_test()
{
	sed -n "1,${2:-\$}s/.*kvm_host_state: test \([a-z0-9_]*\) \(begins\|ends\).*/\1 \2/p" "$1" 2>/dev/null |
		awk '{ test = $2 == "begins" ? $1 : "-" } END { print test == "" ? "-" : test }'
}

# A dead lab is not a dead kernel.
triage_is_lab()
{
	case $1 in
	no-boot | rootfs | memory | emulator | vanished) return 0 ;;
	*) return 1 ;;
	esac
}
