# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One VM: boot, read what comes, judge, and go on with the remaining tests on a fresh
# boot when the host died.

# engine_vm ENGINE DIR VM FIRST TEST...: the VM-th of VMS, in which FIRST + 1 is the
# first test's number.  DIR then has VM_FILES, ktap, and the files of each boot.
engine_vm()
{
	local engine=$1 dir=$2 boot=$(($3 - ${VMS:-1})) first=$4 again=0 ended emu_status fault death at begun console
	shift 4

	# Several jobs may run the same engine at once.
	E_SCRATCH=$SCRATCH/$engine.$BASHPID
	TESTS=("$@")
	: >"$dir/deaths.jsonl"
	: >"$dir/others"
	ktap_begin "$dir" "$first"
	last_read
	while [ ${#TESTS[@]} -gt 0 ]; do
		boot=$((boot + ${VMS:-1}))
		at=$(seconds_since "$E_START") begun=$EPOCHREALTIME
		engine_boot "$engine" "$dir" "$boot"
		printf '{"boot":%d,"at":%s,"seconds":%s,"ended":"%s"}\n' "$boot" "$at" "$(seconds_since "$begun")" "$ended" >>"$dir/boots.jsonl"
		if [ "$ended" = bit31 ]; then
			again=$((again + 1))
			continue
		fi
		fault=$("${engine}_fault" "$E_SCRATCH-$boot" "$ended" "$emu_status")
		if [ -z "$fault" ] && [ "$ended" = exit ] && [ "$emu_status" -gt 128 ]; then
			fault="emulator: ended by SIG$(kill -l "$emu_status")"
		fi
		# With the console's log, all that the triage goes by.
		printf '%s\t%s\n' "$ended" "$fault" >"$dir/end$BOOT_TAG"
		console=$dir/console$BOOT_TAG.log
		if [ "$engine" = host ]; then
			host_log_ours "$console" "$dir/others" "$@" >"$E_SCRATCH-ours"
			console=$E_SCRATCH-ours
		elif [ -n "$NUDGE" ]; then
			tr -d '\r' <"$console" | sed -n 's/^\[[^]]*\] \(nudge: CPU .*\)/\1/p' | sort | uniq -c |
				sed -E 's/^ *([0-9]+) (.*)/\2, \1 times/' >>"$dir/others"
		fi
		death=$(triage "$console" "$ended" "$fault" "$STATE")
		if [ -n "$death" ]; then
			engine_death "$death"
		fi
		tests_left "$dir"
		if [ "$engine" = host ]; then
			# There is no fresh boot of this machine itself.
			host_log_end "$E_SCRATCH-$boot"
			break
		fi
		[ "$STATE" != stuck ] || break
	done
	ktap_end
}

# engine_boot ENGINE DIR NUMBER: one boot; sets `ended` and `emu_status`.
engine_boot()
{
	local engine=$1 dir=$2 boot=$E_SCRATCH-$3 emu fd mercy=KILL

	BOOT_TAG=
	[ "$3" = 1 ] || BOOT_TAG=-$3
	mkdir -p "$boot"
	: >"$boot/serial.ktap"
	: >"$boot/console.log"
	: >"$boot/emulator.out"
	if [ "$VENDOR" != host ]; then
		{
			echo "KHS_HOPS=$HOPS KHS_SEED=$SEED KHS_GUARD=$GUARD"
			[ -z "${WATCH_DIR:-}" ] || echo "export KHS_WATCH=/watch ${WATCH_ALL:+KHS_WATCH_ALL=1}"
			[ -z "${NO_KVM:-}" ] || echo 'NO_KVM=1'
			[ -z "$NUDGE" ] || echo 'NUDGE=/watch/nudge.ko'
			[ -z "${KHS_THREADS:-}" ] || echo "export KHS_THREADS=$KHS_THREADS"
			# Nobody else lives in there.
			echo "export KHS_DISRUPTIVE=1"
			[ "${RUNS_A_BOOT:-1}" = 1 ] || echo "export KHS_RUNS=$RUNS_A_BOOT"
			echo "KVM_INTEL_ARGS='$INTEL_ARGS$(params_of kvm_intel)' KVM_AMD_ARGS='$AMD_ARGS$(params_of kvm_amd)' KVM_ARGS='$(params_of kvm)'"
		} >"$boot/conf"
		engine_says "$dir" "preparing"
		initramfs "$boot.initrd" "$VENDOR" "$boot/conf" "${TESTS[@]}"
	fi
	layout_choose "$E_NAME" "$3"
	"${engine}_command" "$dir" "$boot" "$boot.initrd"
	printf '%q ' "${EMU[@]}" >"$dir/command$BOOT_TAG"
	[ ! -e "$boot/bochsrc" ] || cp "$boot/bochsrc" "$dir/bochsrc$BOOT_TAG"
	STATE=boot BOOT_FACTS=
	# A job's end ends its process group; should we be killed outright, the
	# emulator dies with us all the same, and on the host payload.sh puts back
	# what it changed.
	[ "$VENDOR" != host ] || mercy=TERM
	# Appended: on the host, who opens /dev/stdout anew writes to the end too.
	setpriv --pdeathsig $mercy "${EMU[@]}" </dev/null >>"$boot/emulator.out" 2>&1 &
	emu=$!
	if [ "$VENDOR" = host ]; then
		exec {fd}<"$boot/emulator.out"
	else
		exec {fd}<"$boot/serial.ktap"
	fi
	engine_follow "$fd" "$emu" "$boot" "$dir"
	exec {fd}<&-
	[ "$ended" = exit ] || kill_tree "$emu"
	emu_status=0
	wait "$emu" 2>/dev/null || emu_status=$?
	cp "$boot/console.log" "$dir/console$BOOT_TAG.log" || die "cannot write to $dir: $(df -h --output=avail "$dir" | tail -1) free"
	cat "$boot/emulator.out" "$boot/emulator.log" >"$dir/emulator$BOOT_TAG.log" 2>/dev/null || true
	rm -f "$boot.initrd" "$boot.iso.iso"
}

# engine_orphaned PID: nobody waits for this run any more, nobody will clean up.
engine_orphaned()
{
	# On the host it ends what is of our process group.
	trap '' TERM
	kill -TERM "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
	host_restore
	rm -rf "$SCRATCH"
	exit $LAB
}

# On the host a test would go on without the shell that started it.
kill_tree()
{
	local child

	for child in $(ps -o pid= --ppid "$1"); do
		kill_tree "$child"
	done
	kill -KILL "$1" 2>/dev/null || true
}

# engine_follow FD PID BOOT DIR: reads until the end, whatever kind of end.  The
# emulator needs the CPU: nothing is forked here more than once a second.
engine_follow()
{
	local fd=$1 emu=$2 boot=$3 dir=$4 line='' part begun=$SECONDS heard=$SECONDS news=$SECONDS said=-1
	local console deadly half='' fatal='' alive=1 now=$SECONDS gone

	ended=
	deadly=$(triage_deadly)
	# On a real host it may be somebody else's: its end is told by its silence.
	[ "$VENDOR" != host ] || deadly='a^'
	exec {console}<"$boot/console.log"
	while [ -z "$ended" ]; do
		# A machine that slept, or a clock that was set, is no silence.
		gone=$((SECONDS - now))
		now=$SECONDS
		if [ $gone -lt 0 ] || [ $gone -gt 10 ]; then
			begun=$((begun + gone)) heard=$((heard + gone)) news=$((news + gone))
			[ -z "$fatal" ] || fatal=$((fatal + gone))
		fi
		if IFS= read -r part <&"$fd"; then
			line+=$part
			heard=$SECONDS
			# init says that one whatever the tests do.
			[ "${line%$'\r'}" = 'KHS alive' ] || news=$SECONDS
			ktap_line "$line"
			line=
			[ "$STATE" != init ] || layout_remember
			if [ "$STATE" = end ]; then
				ended=end
			elif [ "$STATE" = init ] && bit31_missing; then
				ended=bit31
			fi
			continue
		fi
		line+=$part
		if [ "$alive" = 0 ]; then
			ended="exit"
			break
		fi
		kill -0 "$emu" 2>/dev/null || alive=0
		kill -0 $$ 2>/dev/null || engine_orphaned "$emu"
		if [ "$STATE" = boot ]; then
			[ $((SECONDS - begun)) -lt "$BOOT_LIMIT" ] || ended=boot
		elif [ "$SILENCE_LIMIT" != 0 ] && [ $((SECONDS - heard)) -ge "$SILENCE_LIMIT" ]; then
			ended=silence
		elif [ $((SECONDS - news)) -ge "$TEST_LIMIT" ]; then
			ended=overtime
		fi
		# After an oops the rest of the host gets time to say how it
		# goes on, but not for ever.
		while IFS= read -r part <&"$console"; do
			if [ -z "$fatal" ] && [[ $half$part =~ $deadly ]]; then
				fatal=$SECONDS
			fi
			half=
		done
		half+=$part
		if [ -n "$fatal" ] && [ $((SECONDS - fatal)) -ge "$DEATH_GRACE" ]; then
			ended='silence'
		fi
		if [ $SECONDS != "$said" ]; then
			said=$SECONDS
			engine_says "$dir" "$(engine_progress "$begun")"
		fi
		[ "$alive" = 0 ] || sleep 0.2
	done
	exec {console}<&-
	if [ "$ended" = end ]; then
		# Let it power off: the console's last lines come with that.
		for ((line = 0; line < 25; line++)); do
			kill -0 "$emu" 2>/dev/null || break
			sleep 0.2
		done
	fi
}
DEATH_GRACE=90

# engine_death "CLASS<tab>TITLE<tab>TEST<tab>CPU": one test pays for it.
engine_death()
{
	local class title test cpu text lab=false

	IFS=$'\t' read -r class title test cpu <<<"$1"
	# A console that lost its last lines may not know.
	[ "$test" != - ] || test=${T_NAME:--}
	case $class in
	warn) text="the kernel warned: $title" ;;
	*) text="host died: $class: $title" ;;
	esac
	if triage_is_lab "$class"; then
		lab=true
		text="the lab failed: $class: $title"
	fi
	jq -nc --arg class "$class" --arg title "$title" --arg test "$test" --arg cpu "$cpu" \
		--argjson lab $lab --arg boot "${boot:-1}" \
		'{class: $class, title: $title, test: (if $test == "-" then null else $test end),
		  cpu: ($cpu | tonumber? // null), boot: ($boot | tonumber), lab: $lab}' >>"$K_DIR/deaths.jsonl"
	ktap_out "  # $text"
	if [ $lab = true ]; then
		LAB_ERRORS+=("$class: $title")
		if [ -n "$T_NAME" ]; then
			test_record inconclusive "$text"
		elif [ "$test" != - ]; then
			# Killed, say for want of memory: no word on the kernel.
			test_amend "$test" inconclusive "$text" 'select((.status == "fail" and (.reason | test("^(exit=|TIMEOUT)"))) or (.reason | test("^killed by")))'
		fi
	elif [ -n "$T_NAME" ]; then
		test_record fail "$text"
	elif [ "$test" != - ]; then
		# The test had ended: its green is not to be trusted.
		test_amend "$test" fail "$text" .
	fi
}

# test_amend NAME STATUS REASON WHICH: what was recorded of a test was not true.
test_amend()
{
	jq -c --arg name "$1" --arg status "$2" --arg reason "$3" \
		"if .name == \$name and ([$4] != []) then .status = \$status | .reason = \$reason else . end" \
		"$K_DIR/tests.jsonl" >"$K_DIR/tests.new"
	mv "$K_DIR/tests.new" "$K_DIR/tests.jsonl"
}

# Sets TESTS to those that have not run; STATE=stuck if this boot ran none.
tests_left()
{
	local before=${#TESTS[@]} left

	left=$(jq -nr --slurpfile ran "$1/tests.jsonl" '$ARGS.positional - [$ran[].name] | .[]' --args "${TESTS[@]}")
	TESTS=()
	[ -z "$left" ] || mapfile -t TESTS <<<"$left"
	if [ ${#TESTS[@]} -gt 0 ] && { [ ${#TESTS[@]} = "$before" ] || [ "$ended" = end ] || [ ${#LAB_ERRORS[@]} -gt 0 ]; }; then
		[ ${#LAB_ERRORS[@]} -gt 0 ] || [ -s "$1/deaths.jsonl" ] || LAB_ERRORS+=("the run ended without running ${TESTS[*]}")
		STATE=stuck
	fi
}
