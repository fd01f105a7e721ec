// What Swift can neither call nor import of /dev/kvm, and nothing else: kernel headers that the
// Glibc module leaves out, one wrapper for each request of the variadic ioctl(2) (whose numbers are
// function-like macros), and fixed-size twins of structures that end in a flexible array.
//
// A wrapper returns ioctl's result, or -errno. It never retries and never decides: EINTR of KVM_RUN
// is an answer, and only the caller knows what it means.

#ifndef CKVM_H
#define CKVM_H

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

// Numbers that older installed headers lack. The kernel's ABI fixes them for ever.
#ifndef KVM_CAP_VM_TSC_CONTROL
#define KVM_CAP_VM_TSC_CONTROL 214
#endif
#ifndef KVM_CAP_EXIT_ON_EMULATION_FAILURE
#define KVM_CAP_EXIT_ON_EMULATION_FAILURE 204
#endif
#ifndef KVM_GUESTDBG_BLOCKIRQ
#define KVM_GUESTDBG_BLOCKIRQ 0x00100000
#endif
#ifndef KVM_CAP_BINARY_STATS_FD
#define KVM_CAP_BINARY_STATS_FD 203
#endif

// More than any host reports: CPUID entries (Linux's KVM_MAX_CPUID_ENTRIES is 256) and routes.
#define CKVM_CPUID_CAPACITY 256
#define CKVM_ROUTING_CAPACITY 64
// More MSRs than any host lists, and fewer than one request may name (Linux's MAX_IO_MSRS is 256).
#define CKVM_MSR_INDEX_CAPACITY 1024
#define CKVM_MSR_BATCH_CAPACITY 128

struct ckvm_cpuid {
  uint32_t nent;
  uint32_t padding;
  struct kvm_cpuid_entry2 entries[CKVM_CPUID_CAPACITY];
};

struct ckvm_msr_list {
  uint32_t nmsrs;
  uint32_t pad;
  struct kvm_msr_entry entries[1];
};

struct ckvm_msr_batch {
  uint32_t nmsrs;
  uint32_t pad;
  struct kvm_msr_entry entries[CKVM_MSR_BATCH_CAPACITY];
};

struct ckvm_msr_index_list {
  uint32_t nmsrs;
  uint32_t indices[CKVM_MSR_INDEX_CAPACITY];
};

struct ckvm_routing {
  uint32_t nr;
  uint32_t flags;
  struct kvm_irq_routing_entry entries[CKVM_ROUTING_CAPACITY];
};

static inline int ckvm_result(int result) { return result < 0 ? -errno : result; }

#define CKVM_REQUEST(name, request)                                                                \
  static inline int ckvm_##name(int descriptor) {                                                  \
    return ckvm_result(ioctl(descriptor, request, 0UL));                                           \
  }

#define CKVM_REQUEST_WITH(name, argument, request)                                                 \
  static inline int ckvm_##name(int descriptor, argument value) {                                  \
    return ckvm_result(ioctl(descriptor, request, value));                                         \
  }

// Of /dev/kvm.
CKVM_REQUEST(get_api_version, KVM_GET_API_VERSION)
CKVM_REQUEST(get_vcpu_mmap_size, KVM_GET_VCPU_MMAP_SIZE)
CKVM_REQUEST_WITH(create_vm, unsigned long, KVM_CREATE_VM)
CKVM_REQUEST_WITH(get_msr_index_list, struct ckvm_msr_index_list *_Nonnull, KVM_GET_MSR_INDEX_LIST)
CKVM_REQUEST_WITH(get_supported_cpuid, struct ckvm_cpuid *_Nonnull, KVM_GET_SUPPORTED_CPUID)

// Of /dev/kvm and of a VM.
CKVM_REQUEST_WITH(check_extension, unsigned long, KVM_CHECK_EXTENSION)

// Of a VM.
CKVM_REQUEST(create_irqchip, KVM_CREATE_IRQCHIP)
CKVM_REQUEST_WITH(create_pit, struct kvm_pit_config *_Nonnull, KVM_CREATE_PIT2)
CKVM_REQUEST_WITH(create_vcpu, unsigned long, KVM_CREATE_VCPU)
CKVM_REQUEST_WITH(enable_cap, struct kvm_enable_cap *_Nonnull, KVM_ENABLE_CAP)
CKVM_REQUEST_WITH(get_clock, struct kvm_clock_data *_Nonnull, KVM_GET_CLOCK)
CKVM_REQUEST_WITH(get_dirty_log, struct kvm_dirty_log *_Nonnull, KVM_GET_DIRTY_LOG)
CKVM_REQUEST_WITH(get_irqchip, struct kvm_irqchip *_Nonnull, KVM_GET_IRQCHIP)
CKVM_REQUEST_WITH(get_pit, struct kvm_pit_state2 *_Nonnull, KVM_GET_PIT2)
CKVM_REQUEST_WITH(irq_line, struct kvm_irq_level *_Nonnull, KVM_IRQ_LINE)
CKVM_REQUEST_WITH(irqfd, struct kvm_irqfd *_Nonnull, KVM_IRQFD)
CKVM_REQUEST_WITH(set_clock, struct kvm_clock_data *_Nonnull, KVM_SET_CLOCK)
CKVM_REQUEST_WITH(set_gsi_routing, struct ckvm_routing *_Nonnull, KVM_SET_GSI_ROUTING)
CKVM_REQUEST_WITH(set_identity_map_address, uint64_t *_Nonnull, KVM_SET_IDENTITY_MAP_ADDR)
CKVM_REQUEST_WITH(set_irqchip, struct kvm_irqchip *_Nonnull, KVM_SET_IRQCHIP)
CKVM_REQUEST_WITH(set_pit, struct kvm_pit_state2 *_Nonnull, KVM_SET_PIT2)
CKVM_REQUEST_WITH(set_msr_filter, struct kvm_msr_filter *_Nonnull, KVM_X86_SET_MSR_FILTER)
CKVM_REQUEST_WITH(set_tss_address, unsigned long, KVM_SET_TSS_ADDR)
CKVM_REQUEST_WITH(set_user_memory_region, struct kvm_userspace_memory_region *_Nonnull,
                  KVM_SET_USER_MEMORY_REGION)
CKVM_REQUEST_WITH(signal_msi, struct kvm_msi *_Nonnull, KVM_SIGNAL_MSI)

// Of a vCPU. The size of a kvm_xsave is the host's to say (KVM_CAP_XSAVE2), hence the bare pointers.
CKVM_REQUEST(get_tsc_khz, KVM_GET_TSC_KHZ)
CKVM_REQUEST(nmi, KVM_NMI)
CKVM_REQUEST_WITH(get_cpuid, struct ckvm_cpuid *_Nonnull, KVM_GET_CPUID2)
CKVM_REQUEST_WITH(get_debugregs, struct kvm_debugregs *_Nonnull, KVM_GET_DEBUGREGS)
CKVM_REQUEST_WITH(get_device_attribute, struct kvm_device_attr *_Nonnull, KVM_GET_DEVICE_ATTR)
CKVM_REQUEST_WITH(get_fpu, struct kvm_fpu *_Nonnull, KVM_GET_FPU)
CKVM_REQUEST_WITH(get_lapic, struct kvm_lapic_state *_Nonnull, KVM_GET_LAPIC)
CKVM_REQUEST_WITH(get_mp_state, struct kvm_mp_state *_Nonnull, KVM_GET_MP_STATE)
CKVM_REQUEST_WITH(get_msr_batch, struct ckvm_msr_batch *_Nonnull, KVM_GET_MSRS)
CKVM_REQUEST_WITH(get_msrs, struct ckvm_msr_list *_Nonnull, KVM_GET_MSRS)
CKVM_REQUEST_WITH(get_regs, struct kvm_regs *_Nonnull, KVM_GET_REGS)
CKVM_REQUEST_WITH(get_sregs, struct kvm_sregs *_Nonnull, KVM_GET_SREGS)
CKVM_REQUEST_WITH(get_vcpu_events, struct kvm_vcpu_events *_Nonnull, KVM_GET_VCPU_EVENTS)
CKVM_REQUEST_WITH(get_xcrs, struct kvm_xcrs *_Nonnull, KVM_GET_XCRS)
CKVM_REQUEST_WITH(get_xsave, void *_Nullable, KVM_GET_XSAVE)
CKVM_REQUEST_WITH(get_xsave2, void *_Nullable, KVM_GET_XSAVE2)
CKVM_REQUEST_WITH(has_device_attribute, struct kvm_device_attr *_Nonnull, KVM_HAS_DEVICE_ATTR)
CKVM_REQUEST_WITH(interrupt, struct kvm_interrupt *_Nonnull, KVM_INTERRUPT)
CKVM_REQUEST_WITH(set_cpuid, struct ckvm_cpuid *_Nonnull, KVM_SET_CPUID2)
CKVM_REQUEST_WITH(set_debugregs, struct kvm_debugregs *_Nonnull, KVM_SET_DEBUGREGS)
CKVM_REQUEST_WITH(set_device_attribute, struct kvm_device_attr *_Nonnull, KVM_SET_DEVICE_ATTR)
CKVM_REQUEST_WITH(set_fpu, struct kvm_fpu *_Nonnull, KVM_SET_FPU)
CKVM_REQUEST_WITH(set_guest_debug, struct kvm_guest_debug *_Nonnull, KVM_SET_GUEST_DEBUG)
CKVM_REQUEST_WITH(set_lapic, struct kvm_lapic_state *_Nonnull, KVM_SET_LAPIC)
CKVM_REQUEST_WITH(set_mp_state, struct kvm_mp_state *_Nonnull, KVM_SET_MP_STATE)
CKVM_REQUEST_WITH(set_msr_batch, struct ckvm_msr_batch *_Nonnull, KVM_SET_MSRS)
CKVM_REQUEST_WITH(set_msrs, struct ckvm_msr_list *_Nonnull, KVM_SET_MSRS)
CKVM_REQUEST_WITH(set_regs, struct kvm_regs *_Nonnull, KVM_SET_REGS)
CKVM_REQUEST_WITH(set_sregs, struct kvm_sregs *_Nonnull, KVM_SET_SREGS)
CKVM_REQUEST_WITH(set_tsc_khz, unsigned long, KVM_SET_TSC_KHZ)
CKVM_REQUEST_WITH(set_vcpu_events, struct kvm_vcpu_events *_Nonnull, KVM_SET_VCPU_EVENTS)
CKVM_REQUEST_WITH(set_xcrs, struct kvm_xcrs *_Nonnull, KVM_SET_XCRS)
CKVM_REQUEST_WITH(set_xsave, const void *_Nullable, KVM_SET_XSAVE)
CKVM_REQUEST_WITH(translate, struct kvm_translation *_Nonnull, KVM_TRANSLATE)

// KVM_RUN, by the instruction itself.
//
// Why: between two exits the caches belong to the kernel and the guest, so what an exit costs this program is the
// lines that it touches, and a call of ioctl(3) touches seven.
static inline int ckvm_run(int descriptor) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "0"((long)SYS_ioctl), "D"((long)descriptor), "S"((long)KVM_RUN), "d"(0L)
                   : "rcx", "r11", "memory");
  return (int)result;
}

// Has each KVM_RUN hold back the signals of a mask, bit n - 1 for signal n, in place of the thread's own;
// none: the thread's own.
static inline int ckvm_set_signal_mask(int descriptor, const uint64_t *_Nullable mask) {
  struct {
    uint32_t length;
    uint8_t set[8];
  } request = {.length = 8};
  if (!mask) return ckvm_result(ioctl(descriptor, KVM_SET_SIGNAL_MASK, 0UL));
  __builtin_memcpy(request.set, mask, sizeof request.set);
  return ckvm_result(ioctl(descriptor, KVM_SET_SIGNAL_MASK, &request));
}

#undef CKVM_REQUEST
#undef CKVM_REQUEST_WITH

// kvm_run.immediate_exit is written by other threads while the vCPU's own thread may be inside
// KVM_RUN: the one field of kvm_run that needs an atomic store.
static inline void ckvm_set_immediate_exit(struct kvm_run *_Nonnull run, uint8_t value) {
  __atomic_store_n(&run->immediate_exit, value, __ATOMIC_SEQ_CST);
}

static inline uint8_t ckvm_immediate_exit(const struct kvm_run *_Nonnull run) {
  return __atomic_load_n(&run->immediate_exit, __ATOMIC_SEQ_CST);
}

// What the load reads that KVM_RUN returned for, lowest byte first.
static inline void ckvm_answer_load(struct kvm_run *_Nonnull run, uint64_t value) {
  __builtin_memcpy(run->mmio.data, &value, sizeof value);
}

// Has KVM_RUN leave the vCPU's events (kvm_vcpu_events) in kvm_run when it returns, or not. What waits
// there for the next KVM_RUN to set is given up with the sharing.
static inline void ckvm_share_events(struct kvm_run *_Nonnull run, bool shared) {
  run->kvm_valid_regs = shared ? KVM_SYNC_X86_EVENTS : 0;
  if (!shared) run->kvm_dirty_regs &= ~(__u64)KVM_SYNC_X86_EVENTS;
}

static inline bool ckvm_shares_events(const struct kvm_run *_Nonnull run) {
  return run->kvm_valid_regs & KVM_SYNC_X86_EVENTS;
}

// Has the next KVM_RUN set the events as they were when the last one returned, and an external interrupt.
static inline void ckvm_add_shared_interrupt(struct kvm_run *_Nonnull run, uint8_t vector) {
  run->s.regs.events.interrupt.injected = 1;
  run->s.regs.events.interrupt.nr = vector;
  run->s.regs.events.interrupt.soft = 0;
  run->kvm_dirty_regs |= KVM_SYNC_X86_EVENTS;
}

#endif
