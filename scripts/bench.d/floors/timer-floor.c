// The floor under `swvmm measure`: how soon most VMMs' timers get an interrupt into a guest, in the
// least C that does it. A thread blocks in read(2) on a timerfd; when it wakes it raises and lowers an
// edge on the in-kernel IOAPIC (KVM_IRQ_LINE); the guest's handler stamps its first instruction with
// the TSC. One-shots: each is set a period after the handler before it.
//
//   timer-floor COUNT PERIOD_US [busy|spin]   prints COUNT latencies in nanoseconds, one per line
//   timer-floor tsc                           prints the TSC's frequency in kHz
//
// Latency is from the deadline, which is planned on CLOCK_MONOTONIC, to the stamp; the TSC is calibrated
// against that clock before and after. The guest is 64-bit code at CPL 0, entered with its registers
// set: no boot. It halts between interrupts, or jumps to itself if `busy`.
//
// With `spin` it is the floor under a VMM that spares no processor time: no controller in the kernel, and the
// thread of the vCPU itself looks at the clock until the deadline, queues the interrupt (KVM_INTERRUPT) and
// enters.
//
// It trusts its arguments, which bench made. A failure of its own is a line on standard error and 70.

#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "kvm-floor.h"

enum {
  ram_size = 2 << 20,
  code = 0x1000,
  stamps = 0x2000,  // the handler's TSC, then a count that says it is there
  interrupt_table = 0x3000,
  level4 = 0x4000,
  level3 = 0x5000,
  level2 = 0x6000,
  descriptor_table = 0x7000,
  stack = 0x9000,
  line = 7,
  vector = 0x27,
  handler = 0x40,  // from `code`
};

static uint8_t *ram;
static int vm, vcpu;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

struct reading {
  uint64_t cycles, nanoseconds, width;
};

// The narrowest of 32 readings of both clocks.
static struct reading read_clocks(void) {
  struct reading best = {0, 0, ~0ull};
  for (int i = 0; i < 32; i++) {
    const uint64_t before = __rdtsc(), time = now(), width = __rdtsc() - before;
    if (width < best.width) best = (struct reading){before + width / 2, time, width};
  }
  return best;
}

static void write_guest(int is_busy) {
  static const uint8_t idle[] = {0xfb, 0xf4, 0xeb, 0xfc};  // sti; hlt; jmp to the sti
  static const uint8_t busy[] = {0xfb, 0xeb, 0xfe};        // sti; jmp to itself
  static const uint8_t body[] = {
      0x0f, 0x31,                                // rdtsc
      0x89, 0x04, 0x25, 0x00, 0x20, 0x00, 0x00,  // mov %eax, 0x2000
      0x89, 0x14, 0x25, 0x04, 0x20, 0x00, 0x00,  // mov %edx, 0x2004
      0xc7, 0x03, 0x00, 0x00, 0x00, 0x00,        // movl $0, (%rbx): EOI
      0xff, 0x04, 0x25, 0x08, 0x20, 0x00, 0x00,  // incl 0x2008
      0x48, 0xcf,                                // iretq
  };
  memcpy(ram + code, is_busy ? busy : idle, is_busy ? sizeof busy : sizeof idle);
  memcpy(ram + code + handler, body, sizeof body);
  const uint64_t gate[] = {(uint64_t)(code + handler) | 8ull << 16 | 0x8e00ull << 32, 0};
  memcpy(ram + interrupt_table + 16 * vector, gate, sizeof gate);
  const uint64_t descriptors[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff};
  memcpy(ram + descriptor_table, descriptors, sizeof descriptors);
  // 2 MiB of RAM, and the local APIC at 0xfee00000: the last GiB of four.
  uint64_t *tables = (uint64_t *)(ram + level4);
  tables[0] = level3 + 0x63;
  tables = (uint64_t *)(ram + level3);
  tables[0] = tables[3] = level2 + 0x63;
  tables = (uint64_t *)(ram + level2);
  tables[0] = 0xe3;
  tables[0xfee00000u >> 21 & 511] = 0xfee00000 + 0xfb;
}

static void create(int has_controllers) {
  const int kvm = open_kvm();
  vm = check("KVM_CREATE_VM", ioctl(kvm, KVM_CREATE_VM, 0ul));
  check("KVM_SET_TSS_ADDR", ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000ul));
  ram = create_ram(vm, ram_size, MAP_SHARED);
  if (has_controllers) check("KVM_CREATE_IRQCHIP", ioctl(vm, KVM_CREATE_IRQCHIP, 0ul));
  vcpu = check("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, 0ul));
  set_cpuid(kvm, vcpu, 0, 0);
}

// RBX is where the handler stores its EOI.
static void set_registers(uint64_t end_of_interrupt) {
  struct kvm_sregs special;
  check("KVM_GET_SREGS", ioctl(vcpu, KVM_GET_SREGS, &special));
  special.ds = special.es = special.fs = special.gs = special.ss = flat_segment(0x10, 3, 0);
  special.cs = flat_segment(8, 0xb, 1);
  special.cr0 = 0x80000011, special.cr4 = 0x20, special.cr3 = level4, special.efer = 0x500;
  special.gdt = (struct kvm_dtable){.base = descriptor_table, .limit = 23};
  special.idt = (struct kvm_dtable){.base = interrupt_table, .limit = 16 * 256 - 1};
  check("KVM_SET_SREGS", ioctl(vcpu, KVM_SET_SREGS, &special));
  struct kvm_regs general = {.rflags = 2, .rip = code, .rsp = stack, .rbx = end_of_interrupt};
  check("KVM_SET_REGS", ioctl(vcpu, KVM_SET_REGS, &general));
}

// The line as an edge to `vector` of APIC 0; the APIC on, and nothing from the PIC.
static void route(void) {
  struct kvm_lapic_state apic;
  check("KVM_GET_LAPIC", ioctl(vcpu, KVM_GET_LAPIC, &apic));
  *(uint32_t *)(apic.regs + 0xf0) = 0x1ff;
  *(uint32_t *)(apic.regs + 0x350) = 0x10000;
  check("KVM_SET_LAPIC", ioctl(vcpu, KVM_SET_LAPIC, &apic));
  struct kvm_irqchip chip = {.chip_id = KVM_IRQCHIP_IOAPIC};
  check("KVM_GET_IRQCHIP", ioctl(vm, KVM_GET_IRQCHIP, &chip));
  chip.chip.ioapic.redirtbl[line].bits = vector;
  check("KVM_SET_IRQCHIP", ioctl(vm, KVM_SET_IRQCHIP, &chip));
}

static void *run(void *unused) {
  for (;;) ioctl(vcpu, KVM_RUN, 0ul);
  return unused;
}

static void set_line(int level) {
  struct kvm_irq_level request = {.irq = line, .level = (uint32_t)level};
  check("KVM_IRQ_LINE", ioctl(vm, KVM_IRQ_LINE, &request));
}

// Waits for `deadline`, and returns when the guest has taken its interrupt and halts again.
static void spin_until(uint64_t deadline) {
  while (now() < deadline) _mm_pause();
  struct kvm_interrupt request = {.irq = vector};
  check("KVM_INTERRUPT", ioctl(vcpu, KVM_INTERRUPT, &request));
  check("KVM_RUN", ioctl(vcpu, KVM_RUN, 0ul));
}

// The timerfd's thread: it waits for `deadline`, raises the line, and waits for the handler.
static int wake_at(int timer, uint64_t deadline, uint32_t handled_before) {
  volatile uint32_t *handled = (volatile uint32_t *)(ram + stamps + 8);
  const struct itimerspec setting = {
      .it_value = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)}};
  check("timerfd_settime", timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL));
  uint64_t expirations;
  if (read(timer, &expirations, 8) != 8) fail("read");
  set_line(1);
  set_line(0);
  const uint64_t limit = now() + 1000000000;
  while (*handled == handled_before) {
    if (now() > limit) return 0;
    usleep(50);
  }
  return 1;
}

// Calibrated over a fifth of a second.
static int print_frequency(void) {
  const struct reading first = read_clocks();
  usleep(200000);
  const struct reading last = read_clocks();
  printf("%.0f\n", (double)(last.cycles - first.cycles) * 1e6 /
                        (double)(last.nanoseconds - first.nanoseconds));
  return 0;
}

int main(int count, char **arguments) {
  if (count == 2 && !strcmp(arguments[1], "tsc")) return print_frequency();
  if (count < 3) return fputs("usage: timer-floor COUNT PERIOD_US [busy]\n", stderr), 64;
  const int deadlines = atoi(arguments[1]);
  const uint64_t period = (uint64_t)atoi(arguments[2]) * 1000;
  const int spins = count > 3 && !strcmp(arguments[3], "spin");
  create(!spins);
  write_guest(count > 3 && !strcmp(arguments[3], "busy"));
  set_registers(spins ? stamps + 16 : 0xfee000b0);
  pthread_t thread;
  if (spins) {
    check("KVM_RUN", ioctl(vcpu, KVM_RUN, 0ul));
  } else {
    route();
    if (pthread_create(&thread, NULL, run, NULL)) fail("pthread_create");
  }
  usleep(20000);
  const int timer = check("timerfd_create", timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  uint64_t *planned = calloc((size_t)deadlines, 16), *stamped = planned + deadlines;
  if (!planned) fail("calloc");
  const struct reading first = read_clocks();
  for (int i = 0; i < deadlines; i++) {
    planned[i] = now() + period;
    if (spins) {
      spin_until(planned[i]);
    } else if (!wake_at(timer, planned[i], (uint32_t)i)) {
      return fputs("timer-floor: an interrupt is lost\n", stderr), 70;
    }
    stamped[i] = *(volatile uint64_t *)(ram + stamps);
  }
  const struct reading last = read_clocks();
  const double scale = (double)(last.nanoseconds - first.nanoseconds) / (double)(last.cycles - first.cycles);
  for (int i = 0; i < deadlines; i++) {
    const double at = (double)first.nanoseconds + (double)(int64_t)(stamped[i] - first.cycles) * scale;
    printf("%.0f\n", at - (double)planned[i]);
  }
  return 0;
}
