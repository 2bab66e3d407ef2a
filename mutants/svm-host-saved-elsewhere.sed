# title: the host is saved in the area of the CPU that the vCPU first ran on
# engine: svm
# expect: host_hotplug_test TR_SELECTOR zero
# file: arch/x86/kvm/x86.c
#
# vcpu->cpu stays what it was: svm_prepare_switch_to_guest() finds the area by it.
# With more than one vCPU that takes the GS base from under a CPU in its guest.

s/^\t\tvcpu->cpu = cpu;/\t\tif (vcpu->cpu == -1)\n\t\t\tvcpu->cpu = cpu;/
