# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# On engine host the kernel's log is everybody's: only what it says about KVM, about
# our module or in the name of one of our tasks, or of a watched command (WATCH_DIR),
# decides.  The rest is told.

# host_log_ours CONSOLE OTHERS TEST...: prints the log with the lines blanked that
# report somebody else's trouble, and leaves those in the file OTHERS.
#
# A report is the line that a rule of the file deaths matches and what follows it,
# up to its end mark, the next report, or 100 lines.  A double fault is ours whoever
# was running: a stack from a wrong TSS is what this suite is about.
host_log_ours()
{
	local console=$1 others=$2 rules names test watched
	shift 2

	# shellcheck disable=SC2046 # a list of words
	rules=$(triage_rules $(grep -v '^#' "$TOP/lab/deaths" | cut -f1 | uniq))
	# As a task's name, which has 15 characters.
	names=$(for test in "$@"; do printf '%s\n' "${test:0:15}"; done | paste -sd '|')
	watched=$([ -z "${WATCH_DIR:-}" ] || watch_tasks "$WATCH_DIR/commands")
	: >"$others"
	RULES=$rules NAMES=$names WATCHED=${watched:-a^} OTHERS=$others awk '
		BEGIN {
			rules = ENVIRON["RULES"]
			ours = "\\[kvm(_[a-z_]+)?\\]|(arch/x86|virt)/kvm/|kvm_host_state|Comm: kvm|" \
				"[^a-z0-9_](" ENVIRON["NAMES"] ")[^a-z0-9_]" \
				"|Comm: (" ENVIRON["WATCHED"] ") " \
				"|double fault|stack guard page was hit"
		}
		function reports(i) { return line[i] ~ rules }
		# Which modules are loaded, and our own marks, blame nobody.
		function blames(i) {
			return line[i] !~ /Modules linked in:|kvm_host_state: (init|test [a-z0-9_]+ (begins|ends))/ &&
				line[i] " " ~ ours
		}
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++) {
				if (!reports(i)) {
					print line[i]
					continue
				}
				mine = blames(i)
				for (j = i + 1; !mine && j <= NR && j < i + 100; j++) {
					if (line[j] ~ /cut here/ || (reports(j) && line[j] !~ /Oops: /))
						break
					mine = blames(j)
					if (line[j] ~ /---\[ end trace/)
						break
				}
				print mine ? line[i] : ""
				if (!mine) {
					match(line[i], rules)
					print substr(line[i], RSTART, RLENGTH) >ENVIRON["OTHERS"]
				}
			}
		}' "$console"
}
