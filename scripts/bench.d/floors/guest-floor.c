// The floor under `swvmm run` of what others wrote: the least C that boots an image of kvm-unit-tests by
// Multiboot, or Linux by a bzImage's 64-bit entry, on KVM's own interrupt controllers.
//
//   guest-floor CPUS MEBIBYTES IMAGE FILE [ARGUMENTS]
//
// FILE is the one module, or the initial RAM disk. What the guest sends to COM1 goes to standard output, and
// what it writes to 0xf4 is the exit status. It trusts its image.

#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "kvm-floor.h"

enum {
  gdt = 0x500, page_tables = 0x1000, information = 0x7000, command_line = 0x7200, parameters = 0x8000,
  tables = 0xe0000, preferred = 0x1000000, serial = 0x3f8, serial_line = 4, test_lines = 0x2000, exit_port = 0xf4,
};

static int vm, is_transmitted;  // and the guest has not asked
static size_t ram_size;
static uint8_t *ram, serial_registers[8];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of the serial port

static void put(uint64_t address, uint64_t value, size_t size) { memcpy(ram + address, &value, size); }

static uint64_t load_multiboot(const uint8_t *image, struct image module) {
  const Elf32_Ehdr *header = (const Elf32_Ehdr *)image;
  const Elf32_Phdr *segment = (const Elf32_Phdr *)(image + header->e_phoff);
  uint32_t end = 0;
  for (int i = 0; i < header->e_phnum; i++, segment++) {
    if (segment->p_type != PT_LOAD) continue;
    memcpy(ram + segment->p_paddr, image + segment->p_offset, segment->p_filesz);
    if (segment->p_paddr + segment->p_memsz > end) end = segment->p_paddr + segment->p_memsz;
  }
  memcpy(ram + (end = (end + 4095) & ~4095u), module.bytes, module.size);
  const uint32_t info[] = {13, 640, (uint32_t)(ram_size >> 10) - 1024, 0, command_line, 1, information + 32, 0,
                           end, end + (uint32_t)module.size, command_line, 0};
  memcpy(ram + information, info, sizeof info);
  return header->e_entry;
}

static void add_checksum(uint64_t address, int size, int at) {
  for (int i = 0; i < size; i++) if (i != at) ram[address + at] -= ram[address + i];
}

static void finish_table(uint64_t address, const char *name, int size) {
  memcpy(ram + address, name, 4);
  put(address + 4, (uint64_t)size | 3ull << 32, 5);  // a revision that all of them had
  add_checksum(address, size, 9);
}

static void write_tables(int cpus) {
  const uint64_t madt = tables + 0x400, fadt = tables + 0x200, dsdt = tables + 0x100, xsdt = tables + 0x40;
  // The FADT: DSDT, SCI, power management's ports and their sizes, no C2 and C3, a PC's devices, C1.
  const uint64_t fixed[][3] = {{40, dsdt, 4}, {46, 9, 2}, {56, 0x600, 4}, {64, 0x604, 4}, {88, 0x204, 2},
                               {96, 1001u << 16 | 101, 4}, {109, 0x25, 2}, {112, 0x75, 4}};
  for (int i = 0; i < 8; i++) put(fadt + fixed[i][0], fixed[i][1], fixed[i][2]);
  put(madt + 36, 0xfee00000 | 1ull << 32, 8);  // the local APICs; there are PICs
  uint64_t at = madt + 44;
  for (uint64_t i = 0; i < (uint64_t)cpus; i++, at += 8) put(at, 0x100000800 | i << 16 | i << 24, 8);
  put(at, 0xfec0000000000c01, 8);  // the IOAPIC, whose interrupts begin with 0
  put(at + 4, 0xfec00000, 8);
  finish_table(madt, "APIC", (int)(at + 12 - madt));
  finish_table(dsdt, "DSDT", 36);
  finish_table(fadt, "FACP", 244);
  memcpy(ram + xsdt + 36, (const uint64_t[]){fadt, madt}, 16);
  finish_table(xsdt, "XSDT", 52);
  memcpy(ram + tables, "RSD PTR \0      \2\0\0\0\0\44", 21);
  put(tables + 24, xsdt, 8);
  add_checksum(tables, 20, 8);
  add_checksum(tables, 36, 32);
}

static uint64_t load_linux(struct image image, struct image disk, int cpus) {
  const size_t setup = (image.bytes[0x1f1] + 1u) * 512;
  const uint64_t start = (ram_size - disk.size) & ~4095ull;
  memcpy(ram + preferred, image.bytes + setup, image.size - setup);
  memcpy(ram + start, disk.bytes, disk.size);
  memcpy(ram + parameters + 0x1f1, image.bytes + 0x1f1, 0x202 + image.bytes[0x201] - 0x1f1u);
  // The root pointer, the map's entries, a loader without a number, disk and command line.
  const uint64_t fields[][3] = {{0x70, tables, 8}, {0x1e8, 3, 1}, {0x210, 0xff, 1}, {0x218, start, 4},
                                {0x21c, disk.size, 4}, {0x228, command_line, 4}};
  for (int i = 0; i < 6; i++) put(parameters + fields[i][0], fields[i][1], fields[i][2]);
  const uint64_t map[][3] = {{0, 0xa0000, 1}, {0xa0000, 0x60000, 2}, {0x100000, ram_size - 0x100000, 1}};
  for (unsigned i = 0; i < 3; i++) memcpy(ram + parameters + 0x2d0 + 20 * i, map[i], 20);
  put(page_tables, page_tables + 0x1003, 8);
  for (uint64_t i = 0; i < 4; i++) put(page_tables + 0x1000 + 8 * i, page_tables + 0x2003 + (i << 12), 8);
  for (uint64_t i = 0; i < 2048; i++) put(page_tables + 0x2000 + 8 * i, i << 21 | 0x83, 8);
  write_tables(cpus);
  return preferred + 0x200;
}

static void set_line(uint32_t line, int level) {
  struct kvm_irq_level request = {.irq = line, .level = (uint32_t)level};
  check("KVM_IRQ_LINE", ioctl(vm, KVM_IRQ_LINE, &request));
}

// It can take more: an edge each time.
static void interrupt_for_more(void) {
  if (!(serial_registers[1] & 2)) return;
  set_line(serial_line, 0);
  set_line(serial_line, is_transmitted = 1);
}

static void store(uint16_t port, uint8_t value) {
  if (port == exit_port) _exit(value);
  if (port >= test_lines && port < test_lines + 24) set_line(port - test_lines, value);
  if (port < serial || port > serial + 7) return;
  const int number = port - serial;
  if (number == 2 || (number < 2 && serial_registers[3] & 0x80)) return;  // FIFO control, divisor
  if (number == 0 && write(1, &value, 1) == 1) return interrupt_for_more();
  serial_registers[number] = value;
  if (number == 1) interrupt_for_more();
}

static uint8_t load(uint16_t port) {
  switch (port) {
  case serial: case 0x60: case 0x64: case 0x71: case 0x600: case 0x601: case 0x605: return 0;
  case 0x604: return 1;  // ACPI is on
  case serial + 2:
    if (!is_transmitted) return 0xc1;
    set_line(serial_line, is_transmitted = 0);
    return 0xc2;
  case serial + 5: return 0x60;
  case serial + 6: return 0xb0;
  default: return port > serial && port <= serial + 7 ? serial_registers[port - serial] : 0xff;
  }
}

static void access_port(uint16_t port, uint8_t *data, uint32_t count, int size, int is_store) {
  pthread_mutex_lock(&lock);
  for (; count--; data += size)
    if (is_store) store(port, *data);
    else for (int byte = 0; byte < size; byte++) data[byte] = load((uint16_t)(port + byte));
  pthread_mutex_unlock(&lock);
}

static void *run(void *argument) {
  const int vcpu = (int)(intptr_t)argument;
  const int size = check("KVM_GET_VCPU_MMAP_SIZE", ioctl(open_kvm(), KVM_GET_VCPU_MMAP_SIZE, 0ul));
  struct kvm_run *shared = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (shared == MAP_FAILED) fail("mmap");
  for (;;) {
    // EAGAIN: it was told to start.
    if (ioctl(vcpu, KVM_RUN, 0ul) < 0) errno == EAGAIN ? (void)0 : fail("KVM_RUN");
    else if (shared->exit_reason == KVM_EXIT_IO)
      access_port(shared->io.port, (uint8_t *)shared + shared->io.data_offset, shared->io.count, shared->io.size,
                  shared->io.direction == KVM_EXIT_IO_OUT);
    else if (shared->exit_reason == KVM_EXIT_MMIO) memset(shared->mmio.data, 0xff, 8);
    else fprintf(stderr, "guest-floor: exit reason %u\n", shared->exit_reason), _exit(70);
  }
}

static int create_vcpu(int kvm, int number, int is_linux, uint64_t entry) {
  const int vcpu = check("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, (long)number));
  struct kvm_lapic_state apic;
  // Beside what KVM offers: x2APIC, the TSC deadline, a hypervisor.
  set_cpuid(kvm, vcpu, (uint32_t)number, 1u << 21 | 1u << 24 | 1u << 31);
  check("KVM_GET_LAPIC", ioctl(vcpu, KVM_GET_LAPIC, &apic));
  memcpy(apic.regs + 0x350, &(uint32_t){0x700}, 4);  // LINT0: the PICs
  memcpy(apic.regs + 0x360, &(uint32_t){0x400}, 4);  // LINT1: NMI
  check("KVM_SET_LAPIC", ioctl(vcpu, KVM_SET_LAPIC, &apic));
  if (number) return vcpu;
  struct kvm_sregs special;
  const struct kvm_regs general = {.rflags = 2, .rip = entry, .rbx = information, .rsi = parameters};
  check("KVM_GET_SREGS", ioctl(vcpu, KVM_GET_SREGS, &special));
  enter_flat_mode(&special, gdt);
  if (is_linux) {
    special.cs = flat_segment(0x10, 0xb, 1);
    special.cr0 = 0x80000031, special.cr3 = page_tables, special.cr4 = 0x20, special.efer = 0x500;
  }
  check("KVM_SET_SREGS", ioctl(vcpu, KVM_SET_SREGS, &special));
  check("KVM_SET_REGS", ioctl(vcpu, KVM_SET_REGS, &general));
  return vcpu;
}

int main(int count, char **arguments) {
  if (count < 5) return fputs("usage: guest-floor CPUS MEBIBYTES IMAGE FILE [ARGUMENTS]\n", stderr), 64;
  const struct image image = read_image(arguments[3]), file = read_image(arguments[4]);
  const int cpus = atoi(arguments[1]), is_linux = memcmp(image.bytes, ELFMAG, 4) != 0, kvm = open_kvm();
  ram_size = (size_t)atoi(arguments[2]) << 20;
  vm = create_vm(kvm);
  ram = create_ram(vm, ram_size, MAP_PRIVATE);
  check("KVM_CREATE_IRQCHIP", ioctl(vm, KVM_CREATE_IRQCHIP, 0ul));
  struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
  check("KVM_CREATE_PIT2", ioctl(vm, KVM_CREATE_PIT2, &pit));
  // The selectors of Linux's 64-bit entry; who is entered by Multiboot loads its own.
  const uint64_t descriptors[] = {0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff};
  memcpy(ram + gdt, descriptors, sizeof descriptors);
  snprintf((char *)ram + command_line, 2048, "%s", count > 5 ? arguments[5] : "");
  const uint64_t entry = is_linux ? load_linux(image, file, cpus) : load_multiboot(image.bytes, file);
  intptr_t vcpus[64];
  for (int i = 0; i < cpus; i++) vcpus[i] = create_vcpu(kvm, i, is_linux, entry);
  pthread_t thread;
  for (int i = 1; i < cpus; i++) check("thread", -pthread_create(&thread, NULL, run, (void *)vcpus[i]));
  run((void *)vcpus[0]);
}
