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
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

// Numbers that older installed headers lack. The kernel's ABI fixes them for ever.
#ifndef KVM_CAP_VM_TSC_CONTROL
#define KVM_CAP_VM_TSC_CONTROL 214
#endif
#ifndef KVM_CAP_EXIT_ON_EMULATION_FAILURE
#define KVM_CAP_EXIT_ON_EMULATION_FAILURE 204
#endif
#ifndef KVM_CAP_BINARY_STATS_FD
#define KVM_CAP_BINARY_STATS_FD 203
#endif

// An enumerator of the C library's, in the type that the field wants.
#define CKVM_EPOLLIN 0x001
// What lseek(2) seeks, declared only for GNU sources.
#define CKVM_SEEK_DATA 3
#define CKVM_SEEK_HOLE 4

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
CKVM_REQUEST_WITH(get_irqchip, struct kvm_irqchip *_Nonnull, KVM_GET_IRQCHIP)
CKVM_REQUEST_WITH(irq_line, struct kvm_irq_level *_Nonnull, KVM_IRQ_LINE)
CKVM_REQUEST_WITH(irqfd, struct kvm_irqfd *_Nonnull, KVM_IRQFD)
CKVM_REQUEST_WITH(set_clock, struct kvm_clock_data *_Nonnull, KVM_SET_CLOCK)
CKVM_REQUEST_WITH(set_gsi_routing, struct ckvm_routing *_Nonnull, KVM_SET_GSI_ROUTING)
CKVM_REQUEST_WITH(set_identity_map_address, uint64_t *_Nonnull, KVM_SET_IDENTITY_MAP_ADDR)
CKVM_REQUEST_WITH(set_irqchip, struct kvm_irqchip *_Nonnull, KVM_SET_IRQCHIP)
CKVM_REQUEST_WITH(set_msr_filter, struct kvm_msr_filter *_Nonnull, KVM_X86_SET_MSR_FILTER)
CKVM_REQUEST_WITH(set_tss_address, unsigned long, KVM_SET_TSS_ADDR)
CKVM_REQUEST_WITH(set_user_memory_region, struct kvm_userspace_memory_region *_Nonnull,
                  KVM_SET_USER_MEMORY_REGION)
CKVM_REQUEST_WITH(signal_msi, struct kvm_msi *_Nonnull, KVM_SIGNAL_MSI)

// Of a vCPU. The size of a kvm_xsave is the host's to say (KVM_CAP_XSAVE2), hence the bare pointers.
CKVM_REQUEST(get_tsc_khz, KVM_GET_TSC_KHZ)
CKVM_REQUEST(run, KVM_RUN)
CKVM_REQUEST_WITH(get_cpuid, struct ckvm_cpuid *_Nonnull, KVM_GET_CPUID2)
CKVM_REQUEST_WITH(get_debugregs, struct kvm_debugregs *_Nonnull, KVM_GET_DEBUGREGS)
CKVM_REQUEST_WITH(get_device_attribute, struct kvm_device_attr *_Nonnull, KVM_GET_DEVICE_ATTR)
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

#undef CKVM_REQUEST
#undef CKVM_REQUEST_WITH

// Calls that the C library declares only for GNU sources: ppoll(2), and pthread_setname_np(3) and
// sched_setaffinity(2) of the calling thread.
void ckvm_name_thread(const char *_Nonnull name);
int ckvm_pin_thread(int processor);
int ckvm_ppoll(struct pollfd *_Nonnull entries, unsigned long count,
               const struct timespec *_Nullable timeout, const sigset_t *_Nonnull mask);

// Has a fault on a page that a mapped file has lost (SIGBUS) write a text to standard error and end the process
// with status 71 (EX_OSERR), the terminal behind standard input as it is now. One at a time may call this.
void ckvm_report_lost_pages(const char *_Nullable text, size_t length);

// Giving up system calls (Confinement.c). First once for the process, before it starts threads: nothing it
// executes has more rights than it, and a call that is denied ends it with a line on standard error that
// names the call, the terminal as it is now, and status 70. Then for the calling thread, for ever and for
// what it starts: what its roles do not need is denied.
enum ckvm_confinement {
  CKVM_SUPERVISOR = 1,
  CKVM_VCPU = 2,
  CKVM_OPENS_FILES = 4,
};
int ckvm_prepare_confinement(void);
int ckvm_confine_thread(unsigned roles);

// CRC-32C (Castagnoli, as in iSCSI) by the processor's own instruction, of which Swift has no name.
// The state is the bare register: ~0 at the start, and complemented at the end. SSE4.2 is older than
// every processor that runs x86-64 guests.
uint32_t ckvm_crc32c(uint32_t state, const void *_Nullable bytes, size_t count);

// The same for bytes that are 0, in a time that hardly depends on how many there are.
uint32_t ckvm_crc32c_zeros(uint32_t state, uint64_t count);

// The host's time-stamp counter, not before what precedes it in the program.
static inline uint64_t ckvm_host_tsc(void) {
  __builtin_ia32_lfence();
  return __builtin_ia32_rdtsc();
}

// Tells the processor that this is a loop that waits: the other thread of its core gets more of it.
static inline void ckvm_relax(void) { __builtin_ia32_pause(); }

// kvm_run.immediate_exit is written by other threads while the vCPU's own thread may be inside
// KVM_RUN: the one field of kvm_run that needs an atomic store.
static inline void ckvm_set_immediate_exit(struct kvm_run *_Nonnull run, uint8_t value) {
  __atomic_store_n(&run->immediate_exit, value, __ATOMIC_SEQ_CST);
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
