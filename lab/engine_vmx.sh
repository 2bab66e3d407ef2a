# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Engine vmx: Bochs emulates VMX.  It boots from a CD, made for the run.

vmx_reason()
{
	if ! have bochs-bin; then
		echo "bochs-bin is not installed: run sudo ./run_tests.sh --setup"
	elif ! have xorriso || [ ! -e /usr/lib/ISOLINUX/isolinux.bin ]; then
		echo "xorriso or isolinux is not installed: run sudo ./run_tests.sh --setup"
	fi
}

vmx_setup()
{
	VENDOR=intel
	CPUS=${KHS_VMX_CPUS:-2} NODES=1
	BOOT_LIMIT=${KHS_BOOT_LIMIT:-600} SILENCE_LIMIT=${KHS_SILENCE_LIMIT:-300} TEST_LIMIT=${KHS_TEST_LIMIT:-1800}
	DEFAULT_HOPS=500
	# With it ftrace looks up each of a module's functions among all of its
	# symbols: 10 s of an emulator's time for kvm.ko.
	MODULES_WITHOUT=__mcount_loc
}

# mitigations=off and what follows save emulated seconds; without
# clearcpuid=aperfmperf the kernel reads MSRs that Bochs lacks.
# idle=halt: Bochs misses writes to what MONITOR watches, so a CPU that idles in
# MWAIT sleeps through a wake-up: for ever while it comes online, which has no
# timer yet.  60 times offline and online took 76 s, and take 11 s with HLT.
vmx_command()
{
	local dir=$1 boot=$2 initrd=$3
	local iso=$boot.iso

	rm -rf "$iso"
	mkdir -p "$iso/isolinux"
	cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/isolinux/"
	ln "$initrd" "$iso/initrd" 2>/dev/null || cp "$initrd" "$iso/initrd"
	cp "$K_IMAGE" "$iso/vmlinuz"
	cat >"$iso/isolinux/isolinux.cfg" <<EOF
DEFAULT kernel
PROMPT 0
LABEL kernel
 KERNEL /vmlinuz
 INITRD /initrd
 APPEND console=ttyS0,115200 loglevel=5 mitigations=off idle=halt panic=-1 cryptomgr.notests initcall_blacklist=load_system_certificate_list,jent_mod_init,bpf_tcp_ca_kfunc_init clearcpuid=aperfmperf $ENTROPY ${KHS_APPEND:-}
EOF
	xorriso -as mkisofs -quiet -o "$iso.iso" -b isolinux/isolinux.bin \
		-c isolinux/boot.cat -no-emul-boot -boot-load-size 4 \
		-boot-info-table "$iso" >"$boot/xorriso.log" 2>&1 ||
		die "xorriso could not make the CD: $(tail -1 "$boot/xorriso.log")"
	rm -rf "$iso"
	cat >"$boot/bochsrc" <<EOF
plugin_ctrl: unmapped=1, biosdev=1, serial=1, parallel=0, speaker=0, extfpuirq=1, iodebug=1, gameport=0
config_interface: textconfig
display_library: rfb, options="timeout=0"
memory: guest=512, host=512
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model=corei7_haswell_4770, count=$CPUS, ips=20000000, reset_on_triple_fault=0, ignore_bad_msrs=1, quantum=16
clock: sync=none
pci: enabled=1, chipset=i440fx
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=$iso.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$boot/console.log
com2: enabled=1, mode=file, dev=$boot/serial.ktap
port_e9_hack: enabled=1
panic: action=fatal
error: action=ignore
EOF
	echo c >"$boot/bochs.commands"
	EMU=(bochs-bin -q -f "$boot/bochsrc" -rc "$boot/bochs.commands")
}

# Bochs ends in this way after a panic=-1 too: the console is asked first.
vmx_fault()
{
	if grep -q '3rd ([0-9a-f]*) exception with no resolution' "$1/emulator.out"; then
		echo "triple fault"
	elif grep -q 'Bochs is exiting with the following message' "$1/emulator.out"; then
		echo "emulator: $(grep -A1 'Bochs is exiting with the following message' "$1/emulator.out" | tail -1)"
	fi
}
