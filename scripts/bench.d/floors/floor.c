// The floor under swvmm: the least C that does the same work on /dev/kvm, for scripts/bench to
// measure against. `floor IMAGE [ARGUMENTS]` boots one vCPU with 32 MiB from a PVH ELF file, gives it
// its command line, writes what the guest sends to COM1 to standard output, keeps the other registers
// that bench's guests store to, answers loads from the CP0 page with 0, for it has no
// timer, and exits with the code that the guest writes to 0xf4.
//
// Guarantee: it makes every request of KVM that `swvmm run` makes for the same guest, and lays out
// the same memory. What it leaves out is what swvmm adds, and what the ratios therefore show:
// arguments, checks of hostile images, threads, signals, a timeout, devices behind locks.
//
// It trusts its image, which bench made. Its own failure is a line on standard error and 70.

#include "kvm-boot.h"

enum {
  exit_port = 0xf4,
  serial_port = 0x3f8,
  lab_port = 0x5650,
  cp0_size = 0x1000,
};

static const uint64_t cp0_page = 0xd0000000;

// What the devices keep. Not static, so that no compiler may leave the stores out.
uint8_t serial_registers[8];
uint32_t lab_registers[4];

// One `out`. There is no `in`: bench's guests make none.
static void store(uint16_t port, const uint8_t *data, size_t size, size_t count) {
  uint32_t value = 0;
  memcpy(&value, data, size);
  switch (port) {
  case serial_port:
    if (write(STDOUT_FILENO, data, size * count) < 0) fail("write");
    break;
  case serial_port + 1 ... serial_port + 7:
    serial_registers[port - serial_port] = (uint8_t)value;
    break;
  case lab_port ... lab_port + 15: lab_registers[(port - lab_port) / 4] = value; break;
  case exit_port: exit(value > 63 ? 63 : (int)value);
  default: fprintf(stderr, "floor: no device at port 0x%x\n", port); exit(70);
  }
}

// One load from memory that no RAM backs. There are no stores.
static void load(uint64_t address, int is_store, uint8_t *data) {
  if (is_store || address - cp0_page >= cp0_size) {
    fprintf(stderr, "floor: no device at 0x%llx\n", (unsigned long long)address);
    exit(70);
  }
  memset(data, 0, 8);
}

static _Noreturn void run(int vcpu, struct kvm_run *shared) {
  for (;;) {
    check("KVM_RUN", ioctl(vcpu, KVM_RUN, 0ul));
    switch (shared->exit_reason) {
    case KVM_EXIT_IO:
      store(shared->io.port, (uint8_t *)shared + shared->io.data_offset, shared->io.size,
            shared->io.count);
      break;
    case KVM_EXIT_MMIO:
      load(shared->mmio.phys_addr, shared->mmio.is_write, shared->mmio.data);
      break;
    default: fprintf(stderr, "floor: exit reason %u\n", shared->exit_reason); exit(70);
    }
  }
}

int main(int count, char **arguments) {
  if (count != 2 && count != 3) return fputs("usage: floor IMAGE [ARGUMENTS]\n", stderr), 64;
  const struct image image = read_image(arguments[1]);

  const int kvm = open_kvm();
  if (ioctl(kvm, KVM_GET_API_VERSION, 0ul) != KVM_API_VERSION) fail("KVM_GET_API_VERSION");
  const int run_size = check("KVM_GET_VCPU_MMAP_SIZE", ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul));
  check("KVM_CAP_USER_MEMORY", ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY));
  check("KVM_CAP_IMMEDIATE_EXIT", ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT));

  const int vm = create_vm(kvm);
  ram_size = 32 << 20;
  ram = create_ram(vm, ram_size, MAP_PRIVATE);
  const uint32_t entry = load_elf(image.bytes);
  write_start_info(count == 3 ? arguments[2] : "");
  const int vcpu = check("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, 0ul));
  struct kvm_run *shared =
      mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (shared == MAP_FAILED) fail("mmap");
  set_cpuid(kvm, vcpu, 0, 0);
  set_registers(vcpu, entry);
  run(vcpu, shared);
}
