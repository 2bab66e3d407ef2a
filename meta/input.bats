#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Bad input: one clear line, status 2, nothing left behind.

load helper

@test "unknown engine" {
	refuses "unknown engine 'foo': host, kvm, svm, vmx, svm-bochs or auto" -e foo
	refuses "unknown engine 'foo'" -e svm,foo
	refuses "-e wants an engine" -e ,
	refuses "engine auto stands alone" -e auto,svm
}

@test "unknown test" {
	refuses "no test matches 'nosuch_test': " -t nosuch_test
	refuses "no test matches 'nosuch*'" -t 'desc64*' -t 'nosuch*'
}

@test "unknown command and options" {
	refuses "unknown command 'frob'" frob
	refuses "unknown option '--frob'" --frob
	refuses "one command at a time" run list
	refuses "--from and --all-tests are options of the command mutants" --from /
	refuses "--type is an option of the commands validate and bisect" --type boot
	refuses "--b4 and --ignore-warnings are options of the command validate" --b4
	refuses "are options of the command bisect" run --tries 3
	refuses "lint runs no test" lint -k 6.12 "$TOP/x86"
	refuses "doctor runs no test" doctor --hops 3
}

@test "values that are empty, and a word that only looks like a command" {
	refuses "-k wants a value" -k ''
	refuses "--output wants a value" --output=
	refuses "there is no such file" lint bisect
	refuses "unknown engine '*'" -e '*'
}

@test "called through a link, with another shell's settings, with nowhere to write to" {
	local name

	ln -s "$TOP/run_tests.sh" "$BATS_TEST_TMPDIR/link"
	mkdir -p "$BATS_TEST_TMPDIR/lab"
	cd "$BATS_TEST_TMPDIR"
	for name in POSIXLY_CORRECT=1 CDPATH="$BATS_TEST_TMPDIR" SHELLOPTS=noglob; do
		run env "$name" timeout 60 ./link list
		[ "$status" = 0 ]
		grep -q "^host_tr_test$(printf '\t')test" <<<"$output"
	done
	run bash -c "timeout 60 $BATS_TEST_TMPDIR/link --help >/dev/full"
	[ "$status" = 2 ]
}

@test "a checkout where make cannot build" {
	mkdir "$BATS_TEST_TMPDIR/a b"
	cp -r "$TOP/run_tests.sh" "$TOP/lab" "$BATS_TEST_TMPDIR/a b/"
	run "$BATS_TEST_TMPDIR/a b/run_tests.sh" list
	[ "$status" = 2 ]
	[[ $output == *"make cannot build in"*"/a b'"* ]]
}

@test "numbers" {
	refuses "-n wants a number from 1 to 10000, not '0'" -n 0
	refuses "--hops wants a whole number, not 'abc'" --hops abc
	refuses "--hops wants a whole number, not '-3'" --hops -3
	refuses "--hops wants a number from 1 to 1000000000, not '0'" --hops=0
	refuses "--seed wants a value" --seed=
	refuses "--seed wants a number from 0" --seed 99999999999999999999
	refuses "--hops wants a value" --hops
}

@test "numbers of the environment" {
	KHS_CPUS=0 refuses "KHS_CPUS wants a number from 1 to 255, not '0'" -e svm
	KHS_NODES=many refuses "KHS_NODES wants a whole number, not 'many'" -e svm
	KHS_BOCHS=/nosuch refuses "KHS_BOCHS: /nosuch does not run" -e vmx
	KHS_VMS=0 refuses "KHS_VMS wants a number from 1 to 16, not '0'" -e svm
	KHS_THREADS=65 refuses "KHS_THREADS wants a number from 1 to 64" -e svm
	KHS_NODES=1 KHS_MEMORYLESS_NODE=1 refuses "KHS_MEMORYLESS_NODE wants a number from 0 to 0" -e svm
}

@test "unknown guard mode" {
	refuses "unknown guard mode 'on': off, report or repair" --guard on
}

@test "kernels that are none" {
	refuses "unknown kernel 'nosuch'" -e svm -k nosuch
	echo "this is no kernel" >"$BATS_TEST_TMPDIR/text"
	refuses "it is no x86 bzImage" -e svm -k "$BATS_TEST_TMPDIR/text"
	: >"$BATS_TEST_TMPDIR/empty"
	refuses "it is empty" -e svm -k "$BATS_TEST_TMPDIR/empty"
	refuses "is not a kernel tree" -e svm -k "$BATS_TEST_TMPDIR"
}

# kernel_of_package LIB: what a kernel package leaves, with its modules in LIB.
kernel_of_package()
{
	local root=$BATS_TEST_TMPDIR/root

	mkdir -p "$root/boot" "$root/$1/9.9-fake/kernel"
	: >"$root/boot/vmlinuz-9.9-fake"
	printf 'CONFIG_KVM_AMD=m\nCONFIG_KVM_INTEL=m\n' >"$root/boot/config-9.9-fake"
	: >"$root/$1/9.9-fake/kernel/kvm-amd.ko.xz"
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		kernel_root "$root"
		[ "$K_VERSION" = 9.9-fake ] && [ "$K_MODULES" = "$root/$1/9.9-fake" ]
		[ -z "$(kernel_kvm_reason amd)" ]
		[ "$(kernel_kvm_reason intel)" = "there is no module kvm-intel for kernel 9.9-fake in $K_MODULES" ]
		echo CONFIG_KVM_AMD=m >"$K_CONFIG"
		[ "$(kernel_kvm_reason intel)" = "kernel 9.9-fake is configured without CONFIG_KVM_INTEL" ]
		echo CONFIG_KVM_INTEL=y >"$K_CONFIG"
		[ -z "$(kernel_kvm_reason intel)" ]
	)
}

@test "a kernel package has its modules in lib/, or in usr/lib/, or not at all" {
	kernel_of_package lib/modules
	rm -r "$BATS_TEST_TMPDIR/root"
	kernel_of_package usr/lib/modules
}

@test "a kernel without KVM's modules is refused before a VM boots" {
	local image root

	image=$(find "${KHS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-host-state}"/kernel-*/boot -name 'vmlinuz-*' | head -1)
	[ -n "$image" ] || skip "no kernel is in the cache"
	root=${image%/boot/*}
	mkdir -p "$BATS_TEST_TMPDIR/lib/modules/${image##*/vmlinuz-}"
	ln -s "$root/usr" "$BATS_TEST_TMPDIR/usr"
	cp "$image" "$BATS_TEST_TMPDIR/vmlinuz"
	refuses "engine svm cannot run: there is no module kvm-amd for kernel ${image##*/vmlinuz-}" -e svm -k "$BATS_TEST_TMPDIR/vmlinuz"
}

@test "a module parameter that the kernel does not have, or no engine here" {
	[ -n "$(find "${KHS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-host-state}"/kernel-*/boot -name 'vmlinuz-*' | head -1)" ] ||
		skip "no kernel is in the cache"
	refuses "no engine here loads kvm_intel: svm" -e svm -t compare_test --params kvm_intel.ept=0
	# Known when the VM's modules are: by then the KTAP has begun.
	run "$RUN" -e svm -t compare_test --params kvm_amd.ntp=0
	[ "$status" = 2 ]
	[ "${lines[-1]}" = 'Bail out! no verdict' ]
	grep -q "kvm_amd of kernel .* has no parameter 'ntp': .* npt " <<<"$output"
	nothing_left
}

@test "a kernel cut short" {
	local image

	image=$(find "${KHS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvm-host-state}"/kernel-*/boot -name 'vmlinuz-*' | head -1)
	[ -n "$image" ] || skip "no kernel is in the cache"
	head -c 3000000 "$image" >"$BATS_TEST_TMPDIR/bzImage"
	refuses "it is cut short: 3000000 of" -e svm -k "$BATS_TEST_TMPDIR/bzImage"
}

@test "an output folder that is none, or somebody's" {
	refuses "cannot make the output folder /proc/nosuch" -e svm -o /proc/nosuch
	mkdir "$BATS_TEST_TMPDIR/mine"
	touch "$BATS_TEST_TMPDIR/mine/thesis"
	refuses "exists and holds no results of ours" -e svm -o "$BATS_TEST_TMPDIR/mine"
	[ -e "$BATS_TEST_TMPDIR/mine/thesis" ]
}

@test "under sudo, somebody's folder stays theirs" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	mkdir "$BATS_TEST_TMPDIR/mine"
	touch "$BATS_TEST_TMPDIR/mine/thesis"
	chown 12345 "$BATS_TEST_TMPDIR/mine/thesis"
	SUDO_UID=$(stat -c %u "$TOP") KHS_CACHE=$BATS_TEST_TMPDIR/cache \
		refuses "exists and holds no results of ours" -e svm -o "$BATS_TEST_TMPDIR/mine"
	[ "$(stat -c %u "$BATS_TEST_TMPDIR/mine/thesis")" = 12345 ]
}

@test "two planted bugs of one name, or one that is named as the control is" {
	mkdir "$BATS_TEST_TMPDIR/bugs"
	touch "$BATS_TEST_TMPDIR/bugs/a.sed" "$BATS_TEST_TMPDIR/bugs/a.cocci"
	refuses "holds two planted bugs that are named 'a'" mutants -e svm --from "$BATS_TEST_TMPDIR/bugs"
	refuses "holds two planted bugs that are named 'a'" mutants -e svm --from "$BATS_TEST_TMPDIR/bugs" a
	mv "$BATS_TEST_TMPDIR/bugs/a.sed" "$BATS_TEST_TMPDIR/bugs/control.sed"
	refuses "no planted bug can be named 'control'" mutants -e svm --from "$BATS_TEST_TMPDIR/bugs"
}

@test "two runs that began in the same second have a folder each" {
	local verdict

	cp -r "$TOP/lab" "$BATS_TEST_TMPDIR/lab"
	(
		TOP=$BATS_TEST_TMPDIR OPT_OUT=''
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		date() { echo now; }
		for verdict in pass fail; do
			output_check
			mkdir "$SCRATCH/$verdict"
			echo $verdict >"$SCRATCH/$verdict/results.json"
			# Both have looked by now, and neither has come to its end.
			OUT=$TOP/results/now
			output_publish "$SCRATCH/$verdict"
		done
		[ "$(cat "$TOP/results/now/results.json" "$TOP/results/now.2/results.json")" = $'pass\nfail' ]
		[ "$(cat "$TOP/results/latest/results.json")" = fail ]
	)
}

@test "a full disk in the output folder" {
	unshare -rm true 2>/dev/null || skip "no user namespaces here"
	mkdir "$BATS_TEST_TMPDIR/full"
	RUN=$BATS_TEST_TMPDIR/run_in_full
	cat >"$RUN" <<EOF
#!/bin/sh
exec unshare -rm sh -c 'mount -t tmpfs -o size=64k tmpfs "$BATS_TEST_TMPDIR/full" && exec "$TOP/run_tests.sh" "\$@"' sh "\$@"
EOF
	chmod +x "$RUN"
	refuses "cannot write to the output folder" -e svm -o "$BATS_TEST_TMPDIR/full/new"
}

@test "no network for the first download" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\ncase "$*" in *update*) echo "E: no route to the mirror" >&2; exit 100 ;; esac\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
	chmod +x "$BATS_TEST_TMPDIR/bin/apt-get"
	KHS_CACHE=$BATS_TEST_TMPDIR/cache PATH=$BATS_TEST_TMPDIR/bin:$PATH \
		refuses "no package list could be fetched (E: no route to the mirror)" -e svm -k stable
}

@test "no qemu installed and no --setup" {
	local dir path=

	# Everything but QEMU: a PATH of links.
	mkdir "$BATS_TEST_TMPDIR/bin"
	for dir in /usr/local/bin /usr/bin /bin /usr/sbin /sbin; do
		ln -s "$dir"/* "$BATS_TEST_TMPDIR/bin/" 2>/dev/null || true
	done
	rm -f "$BATS_TEST_TMPDIR"/bin/qemu-system-*
	KHS_CACHE=$BATS_TEST_TMPDIR/cache PATH=$BATS_TEST_TMPDIR/bin \
		refuses "qemu-system-x86_64 is not installed: run sudo ./run_tests.sh --setup" -e svm
}

@test "--setup on another distribution names what to install" {
	local dir manager

	# A PATH of links, without apt-get and with another's package manager.
	mkdir "$BATS_TEST_TMPDIR/bin"
	for dir in /usr/bin /bin /usr/sbin /sbin; do
		ln -s "$dir"/* "$BATS_TEST_TMPDIR/bin/" 2>/dev/null || true
	done
	rm -f "$BATS_TEST_TMPDIR"/bin/apt-* "$BATS_TEST_TMPDIR/bin/dpkg-query"
	PATH=$BATS_TEST_TMPDIR/bin refuses "install by your system's: gcc, make" --setup doctor
	for manager in 'pacman -S gcc.* numactl linux-headers' 'zypper install gcc.* libnuma-devel kernel-default-devel' \
		"dnf install gcc.* numactl-devel kernel-devel-$(uname -r)"; do
		ln -s /bin/true "$BATS_TEST_TMPDIR/bin/${manager%% *}"
		PATH=$BATS_TEST_TMPDIR/bin refuses "install by hand: sudo ${manager%% *} " --setup doctor
		grep -q -- "$manager" "$BATS_TEST_TMPDIR/err"
	done
}

@test "no framework, and no apt-get to fetch one: what to give" {
	local dir

	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/tree"
	cp -r "$TOP/Makefile" "$TOP/lab" "$TOP/include" "$TOP/lib" "$TOP/x86" "$TOP/module" "$BATS_TEST_TMPDIR/tree/"
	run make -C "$BATS_TEST_TMPDIR/tree"
	[ "$status" = 2 ]
	[[ $output == *"no kselftest framework was found"*"KSFT=DIR"* ]]
	run make -C "$BATS_TEST_TMPDIR/tree" KSFT=/nowhere
	[ "$status" = 2 ]
	[[ $output == *"no kselftest framework"*"in /nowhere"*"KSFT=DIR"* ]]
	KSFT=$BATS_TEST_TMPDIR/bin refuses "is no kselftest framework" -e svm
}

@test "a cached package that was cut short is noticed" {
	(
		# shellcheck source=lab/lab.sh
		. "$TOP/lab/lab.sh"
		mkdir -p "$SCRATCH/pkg/boot"
		head -c 1000 /dev/zero >"$SCRATCH/pkg/boot/vmlinuz"
		(cd "$SCRATCH/pkg" && find . -type f -printf '%s %p\n' | sort) >"$SCRATCH/pkg.files"
		fetched "$SCRATCH/pkg"
		head -c 900 /dev/zero >"$SCRATCH/pkg/boot/vmlinuz"
		if fetched "$SCRATCH/pkg"; then
			exit 1
		fi
	)
}
