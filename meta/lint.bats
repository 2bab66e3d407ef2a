#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The command lint, on a corpus of every form of the bug and of what only looks
# like it (meta/lint/).

load helper

# What it is run by, if not by this shell.
WITHOUT=()

# lint STATUS ARG...: runs it; the results are in $BATS_TEST_TMPDIR/results.
lint()
{
	local want=$1 status=0
	shift

	[ -n "$(find /usr/lib/llvm-*/include/clang-c /usr/include/clang-c -name Index.h 2>/dev/null)" ] ||
		skip "libclang is not installed"
	rm -rf "$BATS_TEST_TMPDIR/results"
	"${WITHOUT[@]}" "$RUN" lint -o "$BATS_TEST_TMPDIR/results" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	[ $status = "$want" ]
	nothing_left
}

# marked WORD FILE: the lines that say /* WORD */.
marked()
{
	sed -n "\\,/\\* $1 \\*/,=" "$2"
}

found()
{
	jq -r '.[].line' "$BATS_TEST_TMPDIR/results/lint.json" | sort -nu
}

@test "lint: every form of the bug is found, and no other line" {
	lint 1 "$TOP/meta/lint/bugs.c"
	diff <(marked HIT "$TOP/meta/lint/bugs.c") <(found)
}

@test "lint: what only looks like it is no hit" {
	lint 0 "$TOP/meta/lint/none.c"
	[ "$(jq length "$BATS_TEST_TMPDIR/results/lint.json")" = 0 ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
}

@test "lint: what cannot be told is as it is listed" {
	lint 1 "$TOP/meta/lint/unsure.c"
	diff <(marked HIT "$TOP/meta/lint/unsure.c") <(found)
	diff <(marked SAYS "$TOP/meta/lint/unsure.c") <(sed -n 's/^[^:]*:\([0-9]*\):.*cannot tell.*/\1/p' "$BATS_TEST_TMPDIR/err")
}

@test "lint: a message like a compiler's, and what the JSON has" {
	lint 1 "$TOP/meta/lint/bugs.c"
	grep -q "meta/lint/bugs.c:12:[0-9]*: warning: '(desc->base2) << 24' is an int; widened to 'u64'" "$BATS_TEST_TMPDIR/out"
	jq -e '.[0] | keys == ["column", "expression", "file", "fix", "line", "values", "widened_to"] and
		.line == 12 and .expression == "(desc->base2) << 24" and .values == "(desc->base2) >= 0x80" and
		.widened_to == "u64" and .fix == "(u64)(desc->base2) << 24"' "$BATS_TEST_TMPDIR/results/lint.json"
}

@test "lint: --fix prints a patch, and with it no hit is left" {
	mkdir "$BATS_TEST_TMPDIR/src"
	cp "$TOP"/meta/lint/bugs.c "$TOP"/meta/lint/types.h "$BATS_TEST_TMPDIR/src/"
	cd "$BATS_TEST_TMPDIR/src"
	lint 1 --fix .
	patch -s -p1 <"$BATS_TEST_TMPDIR/out"
	gcc -std=gnu11 -fsyntax-only -Wall bugs.c
	# The one that only the macro's own author can mend.
	lint 1 .
	[ "$(found)" = "$(sed -n '/STORE(\*r, b)/=' bugs.c)" ]
	jq -e '.[0].fix | test("definition")' "$BATS_TEST_TMPDIR/results/lint.json"
}

@test "lint: the fixed expression computes what was meant" {
	cp "$TOP"/meta/lint/bugs.c "$TOP"/meta/lint/types.h "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR"
	lint 1 --fix bugs.c
	patch -s -p1 <out
	cat >main.c <<'END'
#include "bugs.c"
#include <stdio.h>
void take64(u64 value) { printf("%#lx\n", (unsigned long)value); }
int unknown(void) { return 0; }
u8 read8(unsigned int port) { return (u8)(0xa0 + port); }
int main(void)
{
	struct desc d = { .base0 = 0x5000, .base1 = 0xd6, .base2 = 0xf8, .base3 = 0xfffffe7c };
	u8 p[] = { 1, 2, 3, 0x84, 5 };

	take64(get_desc64_base(&d));
	take64(of_call());
	take64(by_loop(p));
	take64(by_variable_in_steps(p));
	take64(by_macro_with_more(&d));
	return 0;
}
END
	gcc -std=gnu11 -Wno-unused -ffunction-sections -Wl,--gc-sections main.c -o main
	[ "$(./main | tr '\n' ' ')" = "0xfffffe7cf8d65000 0xa3a2a1a0 0x84030201 0x584030201 0xfffffe7cf8d65000 " ]
}

@test "lint: reads compile_commands.json" {
	mkdir "$BATS_TEST_TMPDIR/db"
	cd "$BATS_TEST_TMPDIR/db"
	printf '#ifdef WANTED\nunsigned long f(unsigned char b) { return b << 24; }\n#endif\n' >a.c
	lint 0 a.c
	jq -n --arg d "$PWD" '[{directory: $d, file: "a.c", command: "cc -DWANTED -fcrazy-flag -O2 -c a.c"}]' >compile_commands.json
	lint 1 a.c
}

@test "lint: a file is read in each way that it is compiled, and for its own machine" {
	mkdir "$BATS_TEST_TMPDIR/ways"
	cd "$BATS_TEST_TMPDIR/ways"
	entries()
	{
		for c; do
			jq -n --arg d "$PWD" --arg c "$c" '{directory: $d, file: "a.c", command: $c}'
		done | jq -s . >compile_commands.json
	}
	printf '#ifdef WANTED\nunsigned long f(unsigned char b) { return b << 24; }\n#endif\n' >a.c
	printf '%s\n' -DWANTED >rsp
	entries "cc -DWANTED -c a.c" "cc -c a.c"
	lint 1 a.c
	entries "cc -Wp,-MMD,a.d,-DWANTED -c a.c"
	lint 1 a.c
	entries "cc @rsp -c a.c"
	lint 1 a.c
	for c in "cc -m32" "cc -m16" "cc -mx32" "arm-linux-gnueabi-gcc-12" "ccache i686-linux-gnu-gcc" \
		"clang --target=i686-linux-gnu" "clang -target i686-linux-gnu"; do
		entries "$c -DWANTED -c a.c"
		lint 0 a.c
	done
	entries "aarch64-linux-gnu-gcc -DWANTED -c a.c"
	lint 1 a.c
	# Addresses have 32 bits.
	printf 'char *g(char *p, unsigned char b) { p += b << 24; return p + (b << 24) + p[b << 24]; }\n' >a.c
	printf 'void *h(unsigned char b) { return (void *)(b << 24); }\n' >>a.c
	entries "cc -m32 -c a.c"
	lint 0 a.c
}

@test "lint: reads a kernel tree's .cmd files" {
	mkdir -p "$BATS_TEST_TMPDIR/linux/include/linux" "$BATS_TEST_TMPDIR/linux/drivers" "$BATS_TEST_TMPDIR/linux/include/generated"
	cd "$BATS_TEST_TMPDIR/linux"
	touch MAINTAINERS Kbuild Makefile include/linux/kernel.h include/generated/autoconf.h
	printf '#ifdef WANTED\nunsigned long f(unsigned char b) { return b << 24; }\n#endif\n' >drivers/a.c
	lint 0 drivers
	# shellcheck disable=SC2016
	printf '%s\n' 'savedcmd_drivers/a.o := gcc -Wp,-MMD,drivers/.a.o.d -DWANTED -D"KBUILD_STR(s)=\#s" -c -o drivers/a.o drivers/a.c ' >drivers/.a.o.cmd
	lint 1 drivers
}

@test "lint: guesses includes, reads headers that nobody includes, lists what it cannot parse" {
	mkdir -p "$BATS_TEST_TMPDIR/p/src" "$BATS_TEST_TMPDIR/p/inc/deep"
	cd "$BATS_TEST_TMPDIR/p"
	printf 'typedef unsigned char byte;\n' >inc/deep/byte.h
	printf '#include <deep/byte.h>\nunsigned long f(byte b) { return b << 24; }\n' >src/a.c
	printf 'static inline unsigned long g(unsigned char b) { return b << 24; }\n' >inc/alone.h
	printf '#include <nowhere_to_be_found.h>\n' >src/b.c
	mkdir .git
	lint 1 .
	[ "$(jq -r '.[].file' "$BATS_TEST_TMPDIR/results/lint.json" | tr '\n' ' ')" = "inc/alone.h src/a.c " ]
	grep -q "^src/b.c: not parsed whole: .*nowhere_to_be_found.h" "$BATS_TEST_TMPDIR/err"
}

@test "lint: headers are read wherever they are, and those that cannot be are counted" {
	mkdir -p "$BATS_TEST_TMPDIR/.hidden/my dir/.skipped"
	cd "$BATS_TEST_TMPDIR/.hidden/my dir"
	printf 'static inline unsigned long g(unsigned char b) { return b << 24; }\n' >alone.h
	cp alone.h .skipped/
	printf '#include <nowhere_to_be_found.h>\n' >fragment.h
	printf 'int f(void) { return 0; }\n' >a.c
	lint 1 .
	[ "$(jq -r '.[].file' "$BATS_TEST_TMPDIR/results/lint.json")" = alone.h ]
	grep -q "^2 files parsed, 0 not whole, 1 headers that do not stand alone, 1 hits" "$BATS_TEST_TMPDIR/err"
	lint 4 fragment.h
	grep -q "^fragment.h: not parsed whole: .*nowhere_to_be_found.h" "$BATS_TEST_TMPDIR/err"
}

@test "lint: links and names of any bytes are read; what cannot be is listed" {
	mkdir -p "$BATS_TEST_TMPDIR/n/locked" "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/n"
	printf 'unsigned long f(unsigned char b) { return b << 24; }\n' >$'na\xefve.c'
	cp ./na*.c ../elsewhere/real.c
	cp ./na*.c locked/
	ln -s ../elsewhere/real.c link.c
	touch empty.c $'tab\tbed.c' $'new\nline.c'
	chmod 0 locked
	# Not even root is let in without these.
	[ "$(id -u)" != 0 ] || WITHOUT=(setpriv '--bounding-set=-dac_override,-dac_read_search')
	lint 1 .
	chmod 700 locked
	[ "$(jq length "$BATS_TEST_TMPDIR/results/lint.json")" = 2 ]
	grep -q "^3 files parsed, 3 not whole, 2 hits" "$BATS_TEST_TMPDIR/err"
	grep -q "^locked: not parsed whole: Permission denied" "$BATS_TEST_TMPDIR/err"
	grep -q $'^tab\tbed.c: not parsed whole: a name with a tab' "$BATS_TEST_TMPDIR/err"
}

@test "lint: a report that fails is not taken for hits" {
	local status=0

	python3 "$TOP/lab/lint/report.py" /dev/null /nonexistent "$BATS_TEST_TMPDIR/json" "$BATS_TEST_TMPDIR/patch" || status=$?
	[ $status = 3 ]
}

@test "lint: nothing to read is never green" {
	mkdir "$BATS_TEST_TMPDIR/empty"
	lint 4 "$BATS_TEST_TMPDIR/empty"
	printf '#include <nowhere_to_be_found.h>\n' >"$BATS_TEST_TMPDIR/empty/a.c"
	lint 4 "$BATS_TEST_TMPDIR/empty"
	# Nor is a hit in what was not parsed whole.
	printf 'unsigned long f(unsigned char b) { return b << 24; }\n' >>"$BATS_TEST_TMPDIR/empty/a.c"
	lint 1 "$BATS_TEST_TMPDIR/empty"
}

@test "lint: where a part could not be read no hit is not green" {
	mkdir "$BATS_TEST_TMPDIR/part"
	printf 'int f(void) { return 0; }\n' >"$BATS_TEST_TMPDIR/part/a.c"
	lint 0 "$BATS_TEST_TMPDIR/part"
	printf '#include <nowhere_to_be_found.h>\n' >"$BATS_TEST_TMPDIR/part/b.c"
	lint 4 "$BATS_TEST_TMPDIR/part"
	grep -q '^1 files parsed, 1 not whole, 0 hits' "$BATS_TEST_TMPDIR/err"
	grep -q 'a compile_commands.json in its folder or above it' "$BATS_TEST_TMPDIR/err"
	echo '{' >"$BATS_TEST_TMPDIR/part/compile_commands.json"
	lint 2 "$BATS_TEST_TMPDIR/part"
	grep -q 'part/compile_commands.json is no compilation database' "$BATS_TEST_TMPDIR/err"
}

@test "lint: input that makes no sense" {
	refuses "lint wants a file or a folder" lint
	refuses "there is no such file" lint /nonexistent
	refuses "--fix is an option of the command lint" --fix
}

@test "lint: this project itself has the bug once, where it shows it" {
	lint 1 "$TOP/x86" "$TOP/include"
	jq -e 'map(select(.file | endswith("desc64_test.c"))) | length >= 1' "$BATS_TEST_TMPDIR/results/lint.json"
	jq -e 'all(.[]; .file | endswith("desc64_test.c"))' "$BATS_TEST_TMPDIR/results/lint.json"
}
