# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash: `. lab/completion.bash`.  Commands and options are those
# that --help has.
_kvm_host_state()
{
	local run=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local top words command

	run=${run/#\~\//$HOME/}
	top=$(dirname "$(readlink -f "$(command -v "$run")")")
	[ -d "$top/lab" ] || return
	command=$("$run" --help | awk '/^commands/ { on = 1; next } /^[a-z]/ { on = 0 } on && /^  [a-z]/ { print $1 }')
	case $last in
	-e | --engine) words=$(sed -n "s/^readonly ALL_ENGINES='\(.*\)'/auto \1/p" "$top/lab/run.sh") ;;
	-k | --kernel) words='stable backports newest' ;;
	-t | --test) words=$(cd "$top/x86" && printf '%s\n' *_test.c | sed 's/\.c$//') ;;
	--guard) words='off report repair' ;;
	-o | --output | --from | --hosts) ;;
	*)
		case " ${COMP_WORDS[*]:1:COMP_CWORD - 1} " in
		*' mutants '*) words=$(cd "$top/mutants" && printf '%s\n' *.cocci *.sed *.ed | sed -n '/\*/!s/\.[a-z]*$//p') ;;
		*' compare '* | *' merge '*) words=$(compgen -d -- "$word") ;;
		*) words=$command ;;
		esac
		words+=" $("$run" --help | grep -oE -- '(^|[[ ,])--?[a-z][a-z0-9-]*' | tr -d '[ ,' | grep -vx -e -l | sort -u)"
		;;
	esac
	if [ -n "$words" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -F _kvm_host_state run_tests.sh ./run_tests.sh
