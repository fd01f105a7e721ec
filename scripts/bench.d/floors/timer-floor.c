// The floor under `swvmm measure`: how soon most VMMs' timers get an interrupt into a guest, in the
// least C that does it. A thread blocks in read(2) on a timerfd; when it wakes it raises and lowers an
// edge on the in-kernel IOAPIC (KVM_IRQ_LINE); the guest's handler stamps its first instruction with
// the TSC. One-shots: each is set a period after the handler before it.
//
//   timer-floor COUNT PERIOD_US [busy|spin|VCPUS]   prints COUNT latencies in nanoseconds of each vCPU, one per line
//   timer-floor tsc                                 prints the TSC's frequency in kHz
//
// Latency is from the deadline, which is planned on CLOCK_MONOTONIC, to the stamp; the TSC is calibrated
// against that clock before and after. The guest is 64-bit code at CPL 0, entered with its registers
// set: no boot. It halts between interrupts, or jumps to itself if `busy`.
//
// With a number it has so many vCPUs, 1 to 4, each with a timer, a thread that serves it, and a line.
//
// With `spin` it is the floor under a VMM that spares no processor time: no controller in the kernel, and the
// thread of the vCPU itself looks at the clock until the deadline, queues the interrupt (KVM_INTERRUPT) and
// enters.
//
// It trusts its arguments, which bench made. Its own failure is a line on standard error and 70.

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
  stamps = 0x2000,  // of each vCPU the handler's TSC, then a count that says it is there
  stamps_size = 64,
  interrupt_table = 0x3000,
  level4 = 0x4000,
  level3 = 0x5000,
  level2 = 0x6000,
  descriptor_table = 0x7000,
  stack = 0x9000,  // of the first vCPU; each other's is a page higher
  page = 0x1000,
  vcpus_max = 4,
  line = 7,  // of the first vCPU, to `vector`; each other's is the next
  vector = 0x27,
  handler = 0x40,  // from `code`
};

static uint8_t *ram;
static int vm, vcpus[vcpus_max], vcpu_count = 1;

// What a vCPU's timer thread is to do, and what came of it.
struct course {
  int index, deadlines, spins, has_lost;
  uint64_t period;
  uint64_t *planned, *stamped;
};

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
      0x0f, 0x31,                          // rdtsc
      0x89, 0x45, 0x00,                    // mov %eax, (%rbp): the stamps
      0x89, 0x55, 0x04,                    // mov %edx, 4(%rbp)
      0xc7, 0x03, 0x00, 0x00, 0x00, 0x00,  // movl $0, (%rbx): EOI
      0xff, 0x45, 0x08,                    // incl 8(%rbp)
      0x48, 0xcf,                          // iretq
  };
  memcpy(ram + code, is_busy ? busy : idle, is_busy ? sizeof busy : sizeof idle);
  memcpy(ram + code + handler, body, sizeof body);
  const uint64_t gate[] = {(uint64_t)(code + handler) | 8ull << 16 | 0x8e00ull << 32, 0};
  for (int i = 0; i < vcpus_max; i++) {
    memcpy(ram + interrupt_table + 16 * (vector + i), gate, sizeof gate);
  }
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
  for (int i = 0; i < vcpu_count; i++) {
    vcpus[i] = check("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, (unsigned long)i));
    set_cpuid(kvm, vcpus[i], (uint32_t)i, 0);
  }
}

// RBX is where the handler stores its EOI.
static void set_registers(int index, uint64_t end_of_interrupt) {
  const int vcpu = vcpus[index];
  struct kvm_sregs special;
  check("KVM_GET_SREGS", ioctl(vcpu, KVM_GET_SREGS, &special));
  special.ds = special.es = special.fs = special.gs = special.ss = flat_segment(0x10, 3, 0);
  special.cs = flat_segment(8, 0xb, 1);
  special.cr0 = 0x80000011, special.cr4 = 0x20, special.cr3 = level4, special.efer = 0x500;
  special.gdt = (struct kvm_dtable){.base = descriptor_table, .limit = 23};
  special.idt = (struct kvm_dtable){.base = interrupt_table, .limit = 16 * 256 - 1};
  check("KVM_SET_SREGS", ioctl(vcpu, KVM_SET_SREGS, &special));
  struct kvm_regs general = {.rflags = 2, .rip = code, .rsp = (uint64_t)(stack + index * page),
                             .rbx = end_of_interrupt,
                             .rbp = (uint64_t)(stamps + index * stamps_size)};
  check("KVM_SET_REGS", ioctl(vcpu, KVM_SET_REGS, &general));
}

// A vCPU's line as an edge to a vector of its APIC; the APIC on, nothing from the PIC, and none waits for a start-up
// IPI.
static void route(int index) {
  const int vcpu = vcpus[index];
  struct kvm_mp_state state = {.mp_state = KVM_MP_STATE_RUNNABLE};
  check("KVM_SET_MP_STATE", ioctl(vcpu, KVM_SET_MP_STATE, &state));
  struct kvm_lapic_state apic;
  check("KVM_GET_LAPIC", ioctl(vcpu, KVM_GET_LAPIC, &apic));
  *(uint32_t *)(apic.regs + 0xf0) = 0x1ff;
  *(uint32_t *)(apic.regs + 0x350) = 0x10000;
  check("KVM_SET_LAPIC", ioctl(vcpu, KVM_SET_LAPIC, &apic));
  struct kvm_irqchip chip = {.chip_id = KVM_IRQCHIP_IOAPIC};
  check("KVM_GET_IRQCHIP", ioctl(vm, KVM_GET_IRQCHIP, &chip));
  chip.chip.ioapic.redirtbl[line + index].bits =
      (uint64_t)(vector + index) | (uint64_t)index << 56;
  check("KVM_SET_IRQCHIP", ioctl(vm, KVM_SET_IRQCHIP, &chip));
}

static void *run(void *vcpu) {
  for (;;) ioctl(*(int *)vcpu, KVM_RUN, 0ul);
  return NULL;
}

static void set_line(int index, int level) {
  struct kvm_irq_level request = {.irq = (uint32_t)(line + index), .level = (uint32_t)level};
  check("KVM_IRQ_LINE", ioctl(vm, KVM_IRQ_LINE, &request));
}

// Waits for `deadline`, and returns when the guest has taken its interrupt and halts again.
static void spin_until(uint64_t deadline) {
  while (now() < deadline) _mm_pause();
  struct kvm_interrupt request = {.irq = vector};
  check("KVM_INTERRUPT", ioctl(vcpus[0], KVM_INTERRUPT, &request));
  check("KVM_RUN", ioctl(vcpus[0], KVM_RUN, 0ul));
}

// It waits for `deadline`, raises the line, and waits for the handler.
static int wake_at(int index, int timer, uint64_t deadline, uint32_t handled_before) {
  volatile uint32_t *handled = (volatile uint32_t *)(ram + stamps + index * stamps_size + 8);
  const struct itimerspec setting = {
      .it_value = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)}};
  check("timerfd_settime", timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL));
  uint64_t expirations;
  if (read(timer, &expirations, 8) != 8) fail("read");
  set_line(index, 1);
  set_line(index, 0);
  const uint64_t limit = now() + 1000000000;
  while (*handled == handled_before) {
    if (now() > limit) return 0;
    usleep(50);
  }
  return 1;
}

// The thread of a vCPU's timer, or of the vCPU itself that spins.
static void *serve(void *argument) {
  struct course *course = argument;
  const int timer = check("timerfd_create", timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  for (int i = 0; i < course->deadlines && !course->has_lost; i++) {
    course->planned[i] = now() + course->period;
    if (course->spins) {
      spin_until(course->planned[i]);
    } else {
      course->has_lost = !wake_at(course->index, timer, course->planned[i], (uint32_t)i);
    }
    course->stamped[i] = *(volatile uint64_t *)(ram + stamps + course->index * stamps_size);
  }
  return NULL;
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

static void start(int spins, int is_busy) {
  create(!spins);
  write_guest(is_busy);
  for (int i = 0; i < vcpu_count; i++) {
    set_registers(i, spins ? stamps + 16 : 0xfee000b0);
    pthread_t thread;
    if (spins) {
      check("KVM_RUN", ioctl(vcpus[i], KVM_RUN, 0ul));
    } else {
      route(i);
      if (pthread_create(&thread, NULL, run, &vcpus[i])) fail("pthread_create");
    }
  }
  usleep(20000);
}

int main(int count, char **arguments) {
  if (count == 2 && !strcmp(arguments[1], "tsc")) return print_frequency();
  if (count < 3) return fputs("usage: timer-floor COUNT PERIOD_US [busy|spin|VCPUS]\n", stderr), 64;
  const int deadlines = atoi(arguments[1]);
  const char *kind = count > 3 ? arguments[3] : "";
  const int spins = !strcmp(kind, "spin");
  if (atoi(kind) > 0) vcpu_count = atoi(kind);
  if (vcpu_count > vcpus_max) return fputs("timer-floor: too many vCPUs\n", stderr), 64;
  start(spins, !strcmp(kind, "busy"));
  struct course courses[vcpus_max];
  pthread_t threads[vcpus_max];
  const struct reading first = read_clocks();
  for (int i = 0; i < vcpu_count; i++) {
    uint64_t *planned = calloc((size_t)deadlines, 16);
    if (!planned) fail("calloc");
    courses[i] = (struct course){.index = i, .deadlines = deadlines, .spins = spins,
                                 .period = (uint64_t)atoi(arguments[2]) * 1000,
                                 .planned = planned, .stamped = planned + deadlines};
    if (pthread_create(&threads[i], NULL, serve, &courses[i])) fail("pthread_create");
  }
  for (int i = 0; i < vcpu_count; i++) pthread_join(threads[i], NULL);
  const struct reading last = read_clocks();
  const double scale = (double)(last.nanoseconds - first.nanoseconds) / (double)(last.cycles - first.cycles);
  for (int i = 0; i < vcpu_count; i++) {
    if (courses[i].has_lost) return fputs("timer-floor: an interrupt is lost\n", stderr), 70;
    for (int k = 0; k < deadlines; k++) {
      const double at = (double)first.nanoseconds +
                        (double)(int64_t)(courses[i].stamped[k] - first.cycles) * scale;
      printf("%.0f\n", at - (double)courses[i].planned[k]);
    }
  }
  return 0;
}
