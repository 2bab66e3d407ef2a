# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A Debian machine, made of the distribution's packages, that runs under QEMU's
# emulated SVM: to its user a KVM host like any other.  It has systemd, sudo, a
# compiler and its kernel's headers, and neither apt nor a kernel's source.

# Why it cannot be made here; empty if it can.
machine_reason()
{
	local prog

	if [ -z "${KHS_CHECK_MACHINE:-}${KHS_MACHINE:-}" ]; then
		echo "a machine of its own takes long: KHS_CHECK_MACHINE=1 asks for it"
		return
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "making the machine needs root"
		return
	fi
	for prog in apt-get mmdebstrap mke2fs unshare; do
		command -v $prog >/dev/null || echo "$prog is not installed: run sudo ./run_tests.sh --setup"
	done
	( . "$TOP/lab/lab.sh" && svm_reason )
}

# In the lab's shell: makes $CACHE/machine: root/, the disk of it, its kernel.
machine_make()
{
	local dir=$CACHE/machine suite kernel=linux-image-cloud-amd64 headers=linux-headers-cloud-amd64 made

	apt_ready
	suite=$(awk '$4 == "main" && $3 !~ /-/ { print $3; exit }' "$APT_SOURCES")
	if [ "$(kernel_default)" = backports ]; then
		kernel+=/$suite-backports headers+=/$suite-backports
	fi
	made="$suite $kernel $(declare -f machine_make machine_settle | cksum)"
	[ "$(cat "$dir/made" 2>/dev/null)" != "$made" ] || return 0
	rm -rf "$dir" "$dir.new"
	mkdir "$dir.new"
	note "making the machine of the meta tests: $suite"
	mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends false' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
		--include="systemd-sysv,udev,dbus,sudo,kmod,procps,util-linux,bsdextrautils,binutils,gcc,make,libc6-dev,libnuma-dev,jq,rsync,$kernel,$headers" \
		"$suite" "$dir.new/root" "$APT_SOURCES" >"$dir.new/log" 2>&1 || {
		tail -3 "$dir.new/log"
		return 1
	}
	machine_settle "$dir.new/root"
	cp "$dir.new"/root/boot/vmlinuz-* "$dir.new/vmlinuz"
	cp "$dir.new"/root/boot/initrd.img-* "$dir.new/initrd"
	mke2fs -q -t ext4 -d "$dir.new/root" "$dir.new/disk" 3G
	echo "$made" >"$dir.new/made"
	mv "$dir.new" "$dir"
}

# A user with sudo and in the group kvm, and somebody who does what the other side of
# the second serial port says, one command a line, as that user.
machine_settle()
{
	chroot "$1" useradd -m -s /bin/bash -G kvm dev
	echo 'dev ALL=(ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/dev"
	echo 127.0.0.1 localhost machine >"$1/etc/hosts"
	echo machine >"$1/etc/hostname"
	cat >"$1/usr/local/sbin/obey" <<-'EOF'
		#!/bin/bash
		stty -F /dev/ttyS1 raw -echo 115200
		exec <>/dev/ttyS1 >&0 2>&1
		tar -xf /dev/vdb -C /home/dev && chown -R dev:dev /home/dev
		echo "KHS rc=$?"
		cd /home/dev
		while IFS= read -r line; do
			HOME=/home/dev runuser -u dev -- bash -c "$line" </dev/null 2>&1 | cat
			echo "KHS rc=${PIPESTATUS[0]}"
		done
	EOF
	chmod +x "$1/usr/local/sbin/obey"
	printf '%s\n' '[Service]' 'ExecStart=/usr/local/sbin/obey' '[Install]' 'WantedBy=multi-user.target' >"$1/etc/systemd/system/obey.service"
	chroot "$1" systemctl -q enable obey.service
	rm -f "$1"/usr/bin/apt*
}

# A kernel source whose selftests' own Makefile is there too; empty if none is.
machine_kernel_tree()
{
	local tree

	# The newest that was asked for by -k, if any was.
	for tree in $(printf '%s\n' "$CACHE"/linux-*/linux | sort -rV) "$CACHE"/source-*/linux; do
		if [ -e "$tree/tools/testing/selftests/Makefile" ] && [ -e "$tree/scripts/subarch.include" ]; then
			echo "$tree"
			return
		fi
	done
}

# machine_tree TAR: the tree under test, a kselftest framework, and of a kernel tree
# what selftests need with our folder in it, for /home/dev, with everything built by the
# machine's own compiler: under emulation it would take long.
machine_tree()
{
	local root=$CACHE/machine/root home=$SCRATCH/home release tree

	release=$(basename "$root"/lib/modules/*)
	mkdir -p "$home/bin" "$home/ksft"
	framework
	cp -r "$KSFT/lib.mk" "$KSFT/kselftest" "$KSFT"/kselftest*.h "$KSFT/run_kselftest.sh" "$home/ksft/"
	rsync -a --exclude=/build --exclude=/results --exclude=/.git "$TOP/" "$home/khs/"
	tree=$(machine_kernel_tree)
	if [ -n "$tree" ]; then
		mkdir -p "$home/linux/tools/testing/selftests" "$home/linux/scripts"
		cp "$tree/scripts/subarch.include" "$home/linux/scripts/"
		cp -r "$tree"/tools/testing/selftests/{Makefile,lib.mk,kselftest,kselftest*.h,run_kselftest.sh} "$home/linux/tools/testing/selftests/"
		cp -r "$home/khs" "$home/linux/tools/testing/selftests/kvm_host_state"
	fi
	printf '#!/bin/sh\n[ "$*" = -r ] && echo %s || exec /bin/uname "$@"\n' "$release" >"$home/bin/uname"
	chmod +x "$home/bin/uname"
	cat >"$home/build" <<-'EOF'
		export PATH=/home/dev/bin:$PATH HOME=/home/dev KSFT=/home/dev/ksft TMPDIR=/tmp
		cd /home/dev
		[ ! -d linux ] || make -C linux/tools/testing/selftests -j"$(nproc)" TARGETS=kvm_host_state >/dev/null
		cd khs && make -j"$(nproc)" >/dev/null
		TOP=$PWD
		. lab/lab.sh
		ENGINE_LIST=(host) KERNEL='' GLOBS=()
		kernel_for_engines
		build_for_kernel
		smoke_build
		# The machine's disk is slow, and nobody debugs in there.
		find /home/dev -type f \( -name '*.o' -o -name '*.ko' -o -perm /111 \) -exec strip -p -g {} + 2>/dev/null || true
	EOF
	unshare -m bash -ec "mount --bind '$home' '$root/home/dev'; mount --bind /dev '$root/dev'; mount -t proc proc '$root/proc'
		mount -t tmpfs tmpfs '$root/tmp'; exec chroot '$root' bash -eu /home/dev/build" || return 1
	rm -r "${home:?}/bin" "$home/build"
	tar -cf "$1" -C "$home" .
}

# machine_boot NAME [APPEND]: boots it, with the tree; waits until it obeys.
machine_boot()
{
	local dir=$CACHE/machine name=$1

	mkfifo "$name.in" "$name.out"
	qemu_select "$(basename "$dir"/root/lib/modules/*)"
	"${QEMU[@]}" -machine q35 -accel tcg,thread=single -cpu max -m 2G -smp 4,sockets=2 \
		-object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G \
		-numa node,nodeid=0,cpus=0-1,memdev=m0 -numa node,nodeid=1,cpus=2-3,memdev=m1 \
		-display none -nodefaults -no-user-config -no-reboot \
		-kernel "$dir/vmlinuz" -initrd "$dir/initrd" \
		-append "root=/dev/vda rw console=ttyS0,115200 loglevel=4 watchdog_thresh=60 systemd.default_timeout_start_sec=900 systemd.mask=serial-getty@ttyS0.service ${2:-}" \
		-drive "file=$dir/disk,format=raw,if=virtio,snapshot=on" \
		-drive "file=$MACHINE_TREE,format=raw,if=virtio,readonly=on" \
		-serial "file:$name.console" -serial "pipe:$name" </dev/null >"$name.log" 2>&1 3>&- &
	echo $! >"$name.pid"
	machine_answer "$name"
}

# machine NAME COMMAND: its output, and its status.
machine()
{
	printf '%s\n' "$2" 1<>"$1.in"
	machine_answer "$1"
}

# What it says until it has done what it was told.
machine_answer()
{
	local line='' part begun=$SECONDS

	while kill -0 "$(cat "$1.pid")" 2>/dev/null && [ $((SECONDS - begun)) -lt 1500 ]; do
		while IFS= read -r -t 5 part; do
			line=${line}${part%$'\r'}
			case $line in
			'KHS rc='*) return "${line#KHS rc=}" ;;
			esac
			printf '%s\n' "$line"
			line=
		done
		line+=$part
	done <>"$1.out"
	echo "the machine does not answer: $(tail -n 3 "$1.log" "$1.console" 2>&1)"
	return 99
}

machine_off()
{
	kill "$(cat "$1.pid")" 2>/dev/null || true
}
