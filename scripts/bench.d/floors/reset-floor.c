// The floor under a reset of swvmm's torture: the least C that makes the same requests of /dev/kvm.
//
//   reset-floor IMAGE COUNT
//
// Boots the guest `conserve` to its mark `ready`, keeps its state, and COUNT times goes back to it and runs to the
// next exit. Prints the nanoseconds of all of them.

#include <time.h>

#include "kvm-boot.h"

enum { lab_mark = 0x5650, mark_ready = 1, pages_max = 64 };

static int vm, vcpu;
static struct kvm_run *shared;

static struct {
  struct kvm_pit_state2 pit;
  struct kvm_lapic_state apic;
  struct {
    struct kvm_msrs header;
    struct kvm_msr_entry deadline;
  } msrs;
  struct kvm_irqchip chips[3];
  struct kvm_sregs special;
  struct kvm_regs general;
  struct kvm_vcpu_events events;
  struct kvm_mp_state run_state;
  size_t page_count;
  size_t page_numbers[pages_max];
  uint8_t pages[pages_max][4096];
} kept;

static void request(int file, unsigned long number, const char *name, void *argument) {
  check(name, ioctl(file, number, argument));
}

static void complete(void) {
  shared->immediate_exit = 1;
  while (ioctl(vcpu, KVM_RUN, 0ul) == 0) {}
  shared->immediate_exit = 0;
}

static void run_to_exit(void) {
  check("KVM_RUN", ioctl(vcpu, KVM_RUN, 0ul));
  if (shared->exit_reason == KVM_EXIT_IO) return;
  fprintf(stderr, "reset-floor: exit reason %u\n", shared->exit_reason);
  exit(70);
}

static void run_to_ready(void) {
  for (;;) {
    run_to_exit();
    const uint32_t *mark = (uint32_t *)((uint8_t *)shared + shared->io.data_offset);
    if (shared->io.port == lab_mark && (*mark & 0xff) == mark_ready) return complete();
  }
}

static void keep_page(size_t number) {
  if (kept.page_count == pages_max) fail("pages");
  kept.page_numbers[kept.page_count] = number;
  memcpy(kept.pages[kept.page_count++], ram + number * 4096, 4096);
}

static void keep(const uint8_t *file) {
  request(vm, KVM_GET_PIT2, "KVM_GET_PIT2", &kept.pit);
  request(vcpu, KVM_GET_LAPIC, "KVM_GET_LAPIC", &kept.apic);
  kept.msrs.header.nmsrs = 1;
  kept.msrs.deadline.index = 0x6e0;
  request(vcpu, KVM_GET_MSRS, "KVM_GET_MSRS", &kept.msrs);
  for (unsigned i = 0; i < 3; i++) {
    kept.chips[i].chip_id = i;
    request(vm, KVM_GET_IRQCHIP, "KVM_GET_IRQCHIP", &kept.chips[i]);
  }
  request(vcpu, KVM_GET_SREGS, "KVM_GET_SREGS", &kept.special);
  request(vcpu, KVM_GET_REGS, "KVM_GET_REGS", &kept.general);
  request(vcpu, KVM_GET_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS", &kept.events);
  request(vcpu, KVM_GET_MP_STATE, "KVM_GET_MP_STATE", &kept.run_state);
  for (size_t number = 0; number < 8; number++) keep_page(number);
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
  const Elf64_Phdr *segment = (const Elf64_Phdr *)(file + header->e_phoff);
  for (int i = 0; i < header->e_phnum; i++) {
    if (segment[i].p_type != PT_LOAD) continue;
    const size_t end = (segment[i].p_paddr + segment[i].p_memsz + 4095) / 4096;
    for (size_t number = segment[i].p_paddr / 4096; number < end; number++) keep_page(number);
  }
}

static void reset(void) {
  for (size_t i = 0; i < kept.page_count; i++) {
    uint8_t *page = ram + kept.page_numbers[i] * 4096;
    if (memcmp(page, kept.pages[i], 4096)) memcpy(page, kept.pages[i], 4096);
  }
  request(vm, KVM_SET_PIT2, "KVM_SET_PIT2", &kept.pit);
  request(vcpu, KVM_SET_LAPIC, "KVM_SET_LAPIC", &kept.apic);
  request(vcpu, KVM_SET_MSRS, "KVM_SET_MSRS", &kept.msrs);
  for (unsigned i = 0; i < 3; i++)
    request(vm, KVM_SET_IRQCHIP, "KVM_SET_IRQCHIP", &kept.chips[i]);
  request(vcpu, KVM_SET_SREGS, "KVM_SET_SREGS", &kept.special);
  request(vcpu, KVM_SET_REGS, "KVM_SET_REGS", &kept.general);
  request(vcpu, KVM_SET_VCPU_EVENTS, "KVM_SET_VCPU_EVENTS", &kept.events);
  request(vcpu, KVM_SET_MP_STATE, "KVM_SET_MP_STATE", &kept.run_state);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int main(int count, char **arguments) {
  const int times = count == 3 ? atoi(arguments[2]) : 0;
  if (times < 1) return fputs("usage: reset-floor IMAGE COUNT\n", stderr), 64;
  const struct image image = read_image(arguments[1]);
  const int kvm = open_kvm();
  const int run_size = check("KVM_GET_VCPU_MMAP_SIZE", ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul));
  vm = create_vm(kvm);
  ram_size = 2 << 20;
  ram = create_ram(vm, ram_size, MAP_PRIVATE);
  const uint32_t entry = load_elf(image.bytes);
  write_start_info("0 4000 4000000 1000 0");
  check("KVM_CREATE_IRQCHIP", ioctl(vm, KVM_CREATE_IRQCHIP, 0ul));
  struct kvm_pit_config config = {.flags = KVM_PIT_SPEAKER_DUMMY};
  check("KVM_CREATE_PIT2", ioctl(vm, KVM_CREATE_PIT2, &config));
  vcpu = check("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, 0ul));
  shared = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (shared == MAP_FAILED) fail("mmap");
  set_cpuid(kvm, vcpu, 0, 0);
  set_registers(vcpu, entry);
  run_to_ready();
  keep(image.bytes);
  const uint64_t start = now();
  for (int i = 0; i < times; i++) {
    reset();
    run_to_exit();
    complete();
  }
  printf("%llu\n", (unsigned long long)(now() - start));
}
