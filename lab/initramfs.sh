# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The initramfs of a lab VM: busybox, our init, KVM's modules, the staged tests.

# kernel_module NAME: the path of NAME's module file, empty if there is none.  By
# the build's own list: a tree may hold older copies, of a package or an install.
kernel_module()
{
	local name=${1//-/_} base file

	if [ ! -e "$K_MODULES/modules.order" ]; then
		find "$K_MODULES" -name "${name//_/[-_]}.ko*" \( -name '*.ko' -o -name '*.ko.?z' -o -name '*.ko.zst' \) -print 2>/dev/null | first_line
		return
	fi
	base=$(sed -n "s,^\(\(.*/\)\?${name//_/[-_]}\)\.k\?o\$,\1.ko,p" "$K_MODULES/modules.order" | first_line)
	for file in "$K_MODULES/$base" "$K_MODULES/$base".?z "$K_MODULES/$base.zst"; do
		[ -z "$base" ] || [ ! -e "$file" ] || printf '%s\n' "$file"
	done | first_line
}

# kernel_modules DEST NAME...: copies them and what they depend on into DEST,
# unpacked, and prints their names in the order to load.
kernel_modules()
{
	local dest=$1 name file dep
	shift

	for name in "$@"; do
		file=$(kernel_module "$name")
		# Built in, or built out: the VM says if /dev/kvm is missing.
		[ -n "$file" ] && [ ! -e "$dest/$name.ko" ] || continue
		for dep in $(modinfo -F depends "$file" | tr ',' ' '); do
			kernel_modules "$dest" "$dep"
		done
		case $file in
		*.xz) xz -dc "$file" ;;
		*.gz) gzip -dc "$file" ;;
		*.zst) zstd -dc "$file" ;;
		*) cat "$file" ;;
		esac >"$dest/$name.ko"
		echo "/modules/$name.ko"
	done
}

# copy_libraries ROOT FILE...: what each FILE needs to run.
copy_libraries()
{
	local root=$1 lib
	shift

	for lib in $({ ldd "$@" 2>/dev/null || true; } | sed -n 's/^\t\(.* => \)\?\(\/[^ ]*\) (.*/\2/p' | sort -u); do
		[ -e "$root/$lib" ] || install -D -m 755 "$lib" "$root/$lib"
	done
}

# initramfs FILE VENDOR(amd|intel) CONF TEST...: CONF is sourced by init.
# KVM_OVERRIDE, if set, is a folder of KVM modules to use instead, and
# MODULES_WITHOUT names sections that no module gets.
initramfs()
{
	local file=$1 vendor=$2 conf=$3 root=$1.root order prog
	shift 3

	for prog in busybox cpio modinfo objcopy timeout; do
		have "$prog" || [ -x "/sbin/$prog" ] || die "$prog is not installed: run sudo ./run_tests.sh --setup"
	done
	rm -rf "$root"
	mkdir -p "$root/bin" "$root/modules" "$root/kselftest"
	cp "$(command -v busybox)" "$root/bin/busybox"
	# The shell of Debian's static busybox runs its own sed, whatever PATH says, and
	# dash is a fifth faster than the other's.
	if have dash; then
		cp "$(command -v dash)" "$root/bin/sh"
	else
		ln -s busybox "$root/bin/sh"
	fi
	# runner.sh wants coreutils' timeout, by this path; and busybox' sed, which
	# it pipes all output through, holds each line back until the next comes:
	# a dying host's last words.
	mkdir -p "$root/usr/bin" "$root/usr/local/bin"
	cp "$(command -v timeout)" "$root/usr/bin/timeout"
	cp "$(command -v sed)" "$root/usr/local/bin/sed"
	cp "$TOP/lab/init" "$root/init"
	cp -r "$B_STAGE/." "$root/kselftest/"
	if [ -n "${WATCH_DIR:-}" ]; then
		cp -r "$WATCH_DIR" "$root/watch"
		while IFS= read -r prog; do
			copy_libraries "$root" "$prog"
		done < <(find "$root/watch" -type f -perm /111)
	fi
	copy_libraries "$root" "$root/bin/busybox" "$root/bin/sh" "$root/usr/bin/timeout" "$root/usr/local/bin/sed" \
		"$root"/kselftest/kvm_host_state/*
	order=
	[ -n "${NO_KVM:-}" ] || order=$(PATH=$PATH:/sbin:/usr/sbin kernel_modules "$root/modules" kvm "kvm-$vendor")
	if [ -n "${KVM_OVERRIDE:-}" ]; then
		cp "$KVM_OVERRIDE"/*.ko "$root/modules/"
	fi
	for prog in "$root/modules"/*.ko; do
		[ ! -e "$prog" ] || objcopy --strip-debug -R .BTF ${MODULES_WITHOUT:+-R "$MODULES_WITHOUT"} "$prog"
	done
	params_exist "$root/modules"
	{
		echo "TESTS='$*'"
		echo "MODULES='$(tr '\n' ' ' <<<"$order")'"
		cat "$conf"
	} >"$root/lab.conf"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$file"
	rm -rf "$root"
}
