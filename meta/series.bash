# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the tests of bisect and validate: a small git tree, and a copy of the project
# whose kernels are stubs (series_stub.sh).

load helper

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR KHS_CACHE=$BATS_TEST_TMPDIR/cache STUB_LOG=$BATS_TEST_TMPDIR/stub.log
	export GIT_CONFIG_GLOBAL=$BATS_TEST_TMPDIR/gitconfig GIT_CONFIG_NOSYSTEM=1
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	mkdir "$BATS_TEST_TMPDIR/top"
	cp -r "$TOP/run_tests.sh" "$TOP/lab" "$TOP/x86" "$TOP/config" "$TOP/Makefile" "$TOP/settings" "$TOP/include" "$TOP/lib" "$TOP/module" "$BATS_TEST_TMPDIR/top/"
	cat "$TOP/meta/series_stub.sh" >>"$BATS_TEST_TMPDIR/top/lab/lab.sh"
	RUN=$BATS_TEST_TMPDIR/top/run_tests.sh TREE=$BATS_TEST_TMPDIR/linux OUT=$BATS_TEST_TMPDIR/out
	git init -q "$TREE"
	mkdir -p "$TREE/arch/x86/kvm"
	echo kvm >"$TREE/arch/x86/kvm/x86.c"
	: >"$STUB_LOG"
}

# commit SUBJECT KEY=VALUE...: what is wrong with this commit, and what it changes
# for good (bug, once, kvm)
commit()
{
	local subject=$1 line
	shift

	mkdir -p "$TREE/state"
	for line in build boot oops warn lab; do
		rm -f "$TREE/state/$line"
	done
	for line in "$@"; do
		echo "${line#*=}" >"$TREE/state/${line%%=*}"
	done
	git -C "$TREE" add -A
	git -C "$TREE" commit -q --allow-empty -m "$subject"
}

# The user's tree, to the byte, but for what reading it does to access times.
fingerprint()
{
	(
		cd "$TREE" || exit
		git for-each-ref
		git worktree list
		find . -type f -printf '%p %s %T@ %m\n' | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum
	) | sha256sum
}

# khs STATUS ARG...: from inside of the tree
khs()
{
	local want=$1 status=0
	shift

	(cd "$TREE" && "$RUN" "$@") >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	cat "$BATS_TEST_TMPDIR/stdout" "$BATS_TEST_TMPDIR/stderr"
	[ $status = "$want" ]
	nothing_left
}
