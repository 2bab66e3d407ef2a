# title: a KVM_RUN that fails leaves the guest's FPU registers behind
# engine: both
# expect: host_fpu_test
# file: arch/x86/kvm/x86.c

/^out:$/{
n
s/^\tkvm_put_guest_fpu(vcpu);/\tif (r != -EINVAL \&\& r != -EAGAIN)\n\t&/
}
