# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What may be concluded from runs of which only some show a bug.

# odds_rate KILLS RUNS: a rate that the true one is not likely to be below (the
# lower end of Wilson's interval, one standard deviation): 20 runs are few.
odds_rate()
{
	awk -v k="$1" -v n="$2" 'BEGIN {
		if (n == 0) { print 0; exit }
		p = k / n
		r = (p + 1 / (2 * n) - sqrt(p * (1 - p) / n + 1 / (4 * n * n))) / (1 + 1 / n)
		printf "%.4f\n", (r < 0 ? 0 : r)
	}'
}

# odds_runs RATE STEPS [ALPHA]: so many clean runs make a commit good.  A commit
# with the bug passes for good with (1 - RATE)^n; in none of the STEPS may that
# happen with more than ALPHA together.
odds_runs()
{
	awk -v p="$1" -v steps="$2" -v alpha="${3:-0.05}" 'BEGIN {
		if (p <= 0) exit 1
		if (steps < 1) steps = 1
		n = p >= 1 ? 1 : log(alpha / steps) / log(1 - p)
		i = int(n)
		if (i < n) i++
		print (i < 1 ? 1 : i)
	}'
}

# odds_confidence RATE RUNS...: that no commit was taken for good by chance, each
# having had so many clean runs.
odds_confidence()
{
	awk 'BEGIN {
		p = ARGV[1]
		for (i = 2; i < ARGC; i++)
			wrong += p >= 1 ? 0 : (1 - p) ^ ARGV[i]
		printf "%.4f\n", (wrong > 1 ? 0 : 1 - wrong)
	}' "$@"
}

# odds_unit "KILLS RUNS"...: one pair a boot.  "boot" if whether the bug shows is
# decided once a boot (where KASLR puts things, say): then the runs in one boot are
# no more than one.  Else "run".  By likelihood, and not by a hair.
odds_unit()
{
	printf '%s\n' "$@" | awk '
		function ln(x) { return log(x < 1e-12 ? 1e-12 : x) }
		NF == 2 && $2 > 0 { k[++b] = $1; n[b] = $2; K += $1; N += $2; if ($1 > 0) { on++; NO += $2 } }
		END {
			if (K == 0 || on == b) { print "run"; exit }
			p = K / N; q = on / b; w = K / NO
			for (i = 1; i <= b; i++) {
				run += k[i] * ln(p) + (n[i] - k[i]) * ln(1 - p)
				boot += k[i] > 0 ? ln(q) + k[i] * ln(w) + (n[i] - k[i]) * ln(1 - w) : ln(1 - q + q * (1 - w) ^ n[i])
			}
			print (boot - run > 2 ? "boot" : "run")
		}'
}
