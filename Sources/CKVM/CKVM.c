// Checks the header's layout claims when the package builds, against the kernel headers installed here.

#include "CKVM.h"


_Static_assert(KVM_API_VERSION == 12, "the KVM ABI that every kernel since 2.6.22 speaks");
_Static_assert(offsetof(struct kvm_run, immediate_exit) == 1, "kvm_run.immediate_exit is one byte");
_Static_assert(sizeof(struct kvm_regs) == 144, "kvm_regs");
_Static_assert(sizeof(struct kvm_sregs) == 312, "kvm_sregs");
_Static_assert(offsetof(struct ckvm_msr_list, entries) == sizeof(struct kvm_msrs),
               "entries follow the header without a gap");
_Static_assert(offsetof(struct ckvm_msr_batch, entries) == sizeof(struct kvm_msrs),
               "entries follow the header without a gap");
_Static_assert(offsetof(struct ckvm_msr_index_list, indices) == sizeof(struct kvm_msr_list),
               "indices follow the header without a gap");
_Static_assert(sizeof(struct kvm_msr_entry) == 16, "kvm_msr_entry");
_Static_assert(sizeof(struct kvm_cpuid_entry2) == 40, "kvm_cpuid_entry2");
_Static_assert(offsetof(struct ckvm_cpuid, entries) == sizeof(struct kvm_cpuid2),
               "entries follow the header without a gap");
_Static_assert(offsetof(struct ckvm_routing, entries) == sizeof(struct kvm_irq_routing),
               "entries follow the header without a gap");
