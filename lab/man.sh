# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The manual page, made of what --help prints.

man_page()
{
	usage | sed 's/\\/\\e/g; s/-/\\-/g' | awk '
		BEGIN {
			print ".TH RUN_TESTS.SH 1 \"\" \"kvm_host_state\" \"KVM host-state selftests\""
			print ".SH NAME\nrun_tests.sh \\- does KVM put back what it found of the CPU?"
		}
		/^usage: / { sub(/^usage: /, ""); print ".SH SYNOPSIS\n.B " $0; next }
		# A section: a word alone, or one whose text begins on its line.
		/^[a-z][a-z ]*$/ { print ".SH " toupper($0); next }
		/^exit status: / { n = index($0, ": "); print ".SH " toupper(substr($0, 1, n - 1)); print substr($0, n + 2); next }
		# An entry, and its text on the same line or below.
		/^  [^ ]/ || /^      [^ ]/ {
			sub(/^ +/, "")
			n = match($0, /   */)
			print ".TP\n.B " (n ? substr($0, 1, n - 1) : $0)
			if (n)
				text(substr($0, n))
			next
		}
		NF { text($0) }
		function text(line) { gsub(/^ +| +$/, "", line); gsub(/   */, " ", line); print line }'
}
