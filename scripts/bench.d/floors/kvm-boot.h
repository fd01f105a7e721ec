// How the floors boot a guest: a PVH ELF file, its command line, one vCPU at its 32-bit entry.
//
// They trust the image, which bench made.

#ifndef KVM_BOOT_H
#define KVM_BOOT_H

#include <elf.h>
#include <string.h>

#include "kvm-floor.h"

enum {
  descriptor_table = 0x500,
  start_info = 0x7000,
  memory_map = 0x7100,
  command_line = 0x7200,
};

static size_t ram_size;
static uint8_t *ram;

// Puts the segments into RAM; returns the 32-bit entry that the Xen note names.
static inline uint32_t load_elf(const uint8_t *file) {
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

static inline void write_start_info(const char *arguments) {
  const uint64_t descriptors[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff};
  const uint64_t info[] = {0x336ec578 | 1ull << 32, 0, 0, command_line, 0, memory_map, 1};
  const uint64_t map[] = {0, ram_size, 1};
  memcpy(ram + descriptor_table, descriptors, sizeof descriptors);
  memcpy(ram + start_info, info, sizeof info);
  memcpy(ram + memory_map, map, sizeof map);
  strcpy((char *)ram + command_line, arguments);
}

static inline void set_registers(int vcpu, uint32_t entry) {
  struct kvm_sregs special;
  const struct kvm_regs general = {.rflags = 2, .rip = entry, .rbx = start_info};
  check("KVM_GET_SREGS", ioctl(vcpu, KVM_GET_SREGS, &special));
  enter_flat_mode(&special, descriptor_table);
  check("KVM_SET_SREGS", ioctl(vcpu, KVM_SET_SREGS, &special));
  check("KVM_SET_REGS", ioctl(vcpu, KVM_SET_REGS, &general));
}

#endif
