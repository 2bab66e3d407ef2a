# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Engines vmx (Bochs emulates VMX) and svm-bochs (Bochs emulates AMD-V: a second
# opinion beside QEMU's).  It boots from a CD, made for the run.

vmx_reason()
{
	if ! have bochs-bin && [ -z "${KHS_BOCHS:-}" ] && ! fetched "$CACHE/bochs" && ! fetched "$CACHE/bochs-built"; then
		echo "bochs-bin is not installed: run sudo ./run_tests.sh --setup"
	elif ! have xorriso || [ ! -e /usr/lib/ISOLINUX/isolinux.bin ]; then
		echo "xorriso or isolinux is not installed: run sudo ./run_tests.sh --setup"
	fi
}

svm-bochs_reason()
{
	vmx_reason
}

# Of its CPUs arrow_lake shows most: PKU, CET, SPEC_CTRL, XSAVES.  Linux 6.1 stands
# still on it, before the second CPU comes; 6.12 and 7.3 do not.
vmx_setup()
{
	local old=corei7_haswell_4770 model=arrow_lake

	[ "$(printf '%s\n6.2\n' "${K_VERSION:-6.2}" | sort -V | head -1)" = 6.2 ] || model=$old
	VENDOR=intel
	bochs_setup "${KHS_VMX_MODEL:-$model}" "${KHS_VMX_MODEL:-$old}"
	# With the preemption timer CPUs stall on 2.7.  With APICv 3.0 refuses to enter a
	# guest that has its APIC in the kernel: VM-instruction error 7, invalid controls.
	INTEL_ARGS+=' preemption_timer=0 enable_apicv=0'
}

# In CPUID each CPU of this model says that it is the first: Linux finds four of
# them odd, and one that went offline does not come back.
svm-bochs_setup()
{
	VENDOR=amd
	bochs_setup ryzen ryzen
}

# bochs_setup MODEL MODEL_OF_OLD: of 3.0, and of what is older and half as fast.
bochs_setup()
{
	bochs_select
	# One thread emulates them all: with each the suite takes longer.
	BOCHS_MODEL=$1 CPUS=${KHS_VMX_CPUS:-2} NODES=1
	if [ "${BOCHS_VERSION%%.*}" -lt 3 ]; then
		BOCHS_MODEL=$2
	fi
	bochs_models | grep -xF -e "$BOCHS_MODEL" >/dev/null ||
		die "Bochs $BOCHS_VERSION has no CPU model '$BOCHS_MODEL': $(bochs_models | tr '\n' ' ')"
	EMULATOR="Bochs $BOCHS_VERSION$([ -n "$BOCHS_DEBUGGER" ] || echo ' without its debugger'), $BOCHS_MODEL"
	# No interrupt ends a guest that has its own disabled, until it enables them: Bochs
	# keeps the host's mask (handleInterruptMaskChange() is not called at VMLAUNCH).  The
	# suite's guests heed that, others' do not.  But an NMI ends it: nudge/.
	NUDGE=${WATCH_DIR:+1}
	BOOT_LIMIT=${KHS_BOOT_LIMIT:-600} SILENCE_LIMIT=${KHS_SILENCE_LIMIT:-300} TEST_LIMIT=${KHS_TEST_LIMIT:-1800}
	DEFAULT_HOPS=300
	# With it ftrace looks up each of a module's functions among all of its
	# symbols: 10 s of an emulator's time for kvm.ko.
	MODULES_WITHOUT=__mcount_loc
}

# nudge.ko beside what is watched.
nudge_build()
{
	rsync -a "$TOP/lab/nudge" "$B_DIR/"
	build_run "$B_DIR/nudge.log" make -C "$K_BUILD" M="$B_DIR/nudge" CONFIG_DEBUG_INFO_BTF_MODULES= modules
	cp "$B_DIR/nudge/nudge.ko" "$WATCH_DIR/"
}

bochs_models()
{
	"${BOCHS[@]}" --help cpu 2>&1 | sed -n '/^Supported CPU models/,$ s/^\([a-z][a-z0-9_]*\)$/\1/p'
}

# mitigations=off and what follows save emulated seconds; without
# clearcpuid=aperfmperf the kernel reads MSRs that Bochs lacks.
# tsc_early_khz: Bochs' TSC counts instructions (ips), whatever CPUID 15H says of it.
# idle=halt: Bochs misses writes to what MONITOR watches, so a CPU that idles in
# MWAIT sleeps through a wake-up: for ever while it comes online, which has no
# timer yet.  60 times offline and online took 76 s, and take 11 s with HLT.
# dis_ucode_ldr, the CD's size in whole MiB and a clock that always starts with 2025:
# what the boot does before the TSSs have their places is the same each time.
bochs_command()
{
	local dir=$1 boot=$2 initrd=$3
	local iso=$boot.iso append

	rm -rf "$iso"
	mkdir -p "$iso/isolinux"
	cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/isolinux/"
	ln "$initrd" "$iso/initrd" 2>/dev/null || cp "$initrd" "$iso/initrd"
	truncate -s %1M "$iso/initrd"
	cp "$K_IMAGE" "$iso/vmlinuz"
	append="console=ttyS0,115200 loglevel=5 mitigations=off idle=halt panic=-1 cryptomgr.notests initcall_blacklist=load_system_certificate_list,jent_mod_init,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init,crypto_kdf108_init,init_kprobe_trace clearcpuid=aperfmperf tsc_early_khz=20000 dis_ucode_ldr ${KHS_APPEND:-}"
	layout_recall "${BOCHS[*]} $BOCHS_VERSION $BOCHS_MODEL $CPUS $(stat -c %s "$iso/initrd") $append" "$K_IMAGE"
	cat >"$iso/isolinux/isolinux.cfg" <<EOF
DEFAULT kernel
PROMPT 0
LABEL kernel
 KERNEL /vmlinuz
 INITRD /initrd
 APPEND $append $ENTROPY
EOF
	xorriso -as mkisofs -quiet -o "$iso.iso" -b isolinux/isolinux.bin \
		-c isolinux/boot.cat -no-emul-boot -boot-load-size 4 \
		-boot-info-table "$iso" >"$boot/xorriso.log" 2>&1 ||
		die "xorriso could not make the CD: $(tail -1 "$boot/xorriso.log")"
	rm -rf "$iso"
	cat >"$boot/bochsrc" <<EOF
plugin_ctrl: unmapped=1, biosdev=1, serial=1, parallel=0, speaker=0, extfpuirq=1
config_interface: textconfig
display_library: $([ -n "$BOCHS_DEBUGGER" ] && echo 'rfb, options="timeout=0"' || echo nogui)
memory: guest=512, host=512
romimage: file=$BOCHS_SHARE/BIOS-bochs-latest, options=fastboot
vgaromimage: file=$BOCHS_SHARE/VGABIOS-lgpl-latest
cpu: model=$BOCHS_MODEL, count=$CPUS, ips=20000000, reset_on_triple_fault=0, ignore_bad_msrs=1, quantum=16
clock: sync=none, time0=1735689600
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
	EMU=("${BOCHS[@]}" -q -f "$boot/bochsrc")
	if [ -n "$BOCHS_DEBUGGER" ]; then
		echo c >"$boot/bochs.commands"
		EMU+=(-rc "$boot/bochs.commands")
	fi
}

vmx_command()
{
	bochs_command "$@"
}

svm-bochs_command()
{
	bochs_command "$@"
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

svm-bochs_fault()
{
	vmx_fault "$@"
}
