# title: after a KVM_RUN that ended before it began MXCSR is the guest's
# engine: both
# expect: host_fpu_test MXCSR guest's
# commit: e751732486eb an FPU state that was another's
# file: arch/x86/kvm/x86.c
#
# With immediate_exit the guest was not entered, and yet its registers were loaded.

/^\tif (!vcpu->wants_to_run) {$/h
/^\tif (kvm_run->immediate_exit) {$/h
/^out:$/,/^}$/{
/^\tkvm_put_guest_fpu(vcpu);$/{
s/.*/\tu32 mxcsr;\n\n\tasm volatile("stmxcsr %0" : "=m" (mxcsr));\n&/
G
s/ {$/\n\t\tasm volatile("ldmxcsr %0" : : "m" (mxcsr));/
}
}
