// The floor under swvmm: the least C that does the same work on /dev/kvm, for scripts/bench to
// measure against. `floor IMAGE` boots one vCPU with 32 MiB from a PVH ELF file, or from a flat
// binary in real mode, writes what the guest sends to COM1 to standard output, keeps the other
// registers that bench's guests store to, answers loads from the CP0 page with 0, for it has no
// timer, and exits with the code that the guest writes to 0xf4.
//
// Guarantee: it makes every request of KVM that `swvmm run` makes for the same guest, and lays out
// the same memory. What it leaves out is what swvmm adds, and what the ratios therefore show:
// arguments, checks of hostile images, threads, signals, a timeout, devices behind locks.
//
// It trusts its image, which bench made. A failure of its own is a line on standard error and 70.

#include <elf.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  ram_size = 32 << 20,
  descriptor_table = 0x500,
  start_info = 0x7000,
  memory_map = 0x7100,
  command_line = 0x7200,
  boot_sector = 0x7c00,
  exit_port = 0xf4,
  serial_port = 0x3f8,
  lab_port = 0x5650,
  cp0_size = 0x1000,
};

static const uint64_t cp0_page = 0xd0000000;

struct image {
  size_t size;
  uint8_t *bytes;
};

static uint8_t *ram;

// What the devices keep. Not static, so that no compiler may leave the stores out.
uint8_t serial_registers[8];
uint32_t lab_registers[4];

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(70);
}

static int check(const char *what, int result) {
  if (result < 0) fail(what);
  return result;
}

static struct image read_image(const char *path) {
  const int file = check(path, open(path, O_RDONLY | O_CLOEXEC));
  struct stat status;
  check(path, fstat(file, &status));
  struct image image = {(size_t)status.st_size, malloc((size_t)status.st_size)};
  if (!image.bytes || read(file, image.bytes, image.size) != status.st_size) fail(path);
  close(file);
  return image;
}

// Puts the segments into RAM; returns the 32-bit entry that the Xen note names.
static uint32_t load_elf(const uint8_t *file) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
  const Elf64_Phdr *segment = (const Elf64_Phdr *)(file + header->e_phoff);
  uint32_t entry = 0;
  for (int i = 0; i < header->e_phnum; i++) {
    const uint8_t *bytes = file + segment[i].p_offset;
    if (segment[i].p_type == PT_LOAD) memcpy(ram + segment[i].p_paddr, bytes, segment[i].p_filesz);
    if (segment[i].p_type != PT_NOTE) continue;
    const uint8_t *end = bytes + segment[i].p_filesz;
    while (bytes < end) {
      const Elf64_Nhdr *note = (const Elf64_Nhdr *)bytes;
      const uint8_t *value = bytes + sizeof *note + ((note->n_namesz + 3) & ~3u);
      if (note->n_type == 18) memcpy(&entry, value, sizeof entry);  // XEN_ELFNOTE_PHYS32_ENTRY
      bytes = value + ((note->n_descsz + 3) & ~3u);
    }
  }
  return entry;
}

static void write_start_info(void) {
  const uint64_t descriptors[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff};
  const uint64_t info[] = {0x336ec578 | 1ull << 32, 0, 0, command_line, 0, memory_map, 1};
  const uint64_t map[] = {0, ram_size, 1};
  memcpy(ram + descriptor_table, descriptors, sizeof descriptors);
  memcpy(ram + start_info, info, sizeof info);
  memcpy(ram + memory_map, map, sizeof map);
  ram[command_line] = 0;
}

static int create_vm(int kvm) {
  const int vm = check("KVM_CREATE_VM", ioctl(kvm, KVM_CREATE_VM, 0ul));
  uint64_t identity_map = 0xfffbc000;
  check("KVM_SET_IDENTITY_MAP_ADDR", ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map));
  check("KVM_SET_TSS_ADDR", ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000ul));
  struct kvm_userspace_memory_region region = {
      .memory_size = ram_size, .userspace_addr = (uintptr_t)ram};
  check("KVM_SET_USER_MEMORY_REGION", ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
  return vm;
}

static void set_cpuid(int kvm, int vcpu) {
  enum { capacity = 256 };
  struct kvm_cpuid2 *table = calloc(1, sizeof *table + capacity * sizeof table->entries[0]);
  if (!table) fail("calloc");
  table->nent = capacity;
  check("KVM_GET_SUPPORTED_CPUID", ioctl(kvm, KVM_GET_SUPPORTED_CPUID, table));
  for (unsigned i = 0; i < table->nent; i++) {
    // APIC id 0: KVM shows that of the host's processor.
    struct kvm_cpuid_entry2 *entry = &table->entries[i];
    if (entry->function == 1) entry->ebx &= 0x00ffffff;
    if (entry->function == 0xb || entry->function == 0x1f) entry->edx = 0;
  }
  check("KVM_SET_CPUID2", ioctl(vcpu, KVM_SET_CPUID2, table));
  free(table);
}

static void set_registers(int vcpu, int is_elf, uint32_t entry) {
  struct kvm_sregs special;
  struct kvm_regs general = {.rflags = 2, .rip = entry};
  check("KVM_GET_SREGS", ioctl(vcpu, KVM_GET_SREGS, &special));
  if (is_elf) {
    struct kvm_segment flat = {
        .limit = ~0u, .selector = 0x10, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};
    special.cr0 = 0x11;  // PE, ET
    special.ds = special.es = special.fs = special.gs = special.ss = flat;
    flat.selector = 0x18;
    flat.type = 0xb;
    special.cs = flat;
    special.tr = (struct kvm_segment){.limit = 0x67, .type = 0xb, .present = 1};
    special.gdt = (struct kvm_dtable){.base = descriptor_table, .limit = 31};
    general.rbx = start_info;
  } else {
    special.cs.base = special.cs.selector = 0;
    general.rsp = entry;
  }
  check("KVM_SET_SREGS", ioctl(vcpu, KVM_SET_SREGS, &special));
  check("KVM_SET_REGS", ioctl(vcpu, KVM_SET_REGS, &general));
}

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
  if (count != 2) return fputs("usage: floor IMAGE\n", stderr), 64;
  const struct image image = read_image(arguments[1]);

  const int kvm = check("/dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (ioctl(kvm, KVM_GET_API_VERSION, 0ul) != KVM_API_VERSION) fail("KVM_GET_API_VERSION");
  const int run_size = check("KVM_GET_VCPU_MMAP_SIZE", ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul));
  check("KVM_CAP_USER_MEMORY", ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY));
  check("KVM_CAP_IMMEDIATE_EXIT", ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT));

  ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
             -1, 0);
  if (ram == MAP_FAILED) fail("mmap");
  const int is_elf = image.size > sizeof(Elf64_Ehdr) && !memcmp(image.bytes, ELFMAG, SELFMAG);
  uint32_t entry = boot_sector;
  if (is_elf) {
    entry = load_elf(image.bytes);
    write_start_info();
  } else {
    memcpy(ram + boot_sector, image.bytes, image.size);
  }

  const int vm = create_vm(kvm);
  const int vcpu = check("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, 0ul));
  struct kvm_run *shared =
      mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (shared == MAP_FAILED) fail("mmap");
  set_cpuid(kvm, vcpu);
  set_registers(vcpu, is_elf, entry);
  run(vcpu, shared);
}
