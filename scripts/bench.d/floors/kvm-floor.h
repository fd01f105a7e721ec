// What the floors share: the first requests of KVM, made as plainly as can be.
//
// A failure is a line on standard error and status 70.

#ifndef KVM_FLOOR_H
#define KVM_FLOOR_H

#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static inline _Noreturn void fail(const char *what) {
  perror(what);
  exit(70);
}

static inline int check(const char *what, int result) {
  if (result < 0) fail(what);
  return result;
}

struct image {
  size_t size;
  uint8_t *bytes;
};

static inline struct image read_image(const char *path) {
  const int file = check(path, open(path, O_RDONLY | O_CLOEXEC));
  struct stat status;
  check(path, fstat(file, &status));
  struct image image = {(size_t)status.st_size, malloc((size_t)status.st_size)};
  if (!image.bytes || read(file, image.bytes, image.size) != status.st_size) fail(path);
  close(file);
  return image;
}

static inline int open_kvm(void) {
  return check("/dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
}

static inline int create_vm(int kvm) {
  const int vm = check("KVM_CREATE_VM", ioctl(kvm, KVM_CREATE_VM, 0ul));
  uint64_t identity_map = 0xfffbc000;
  check("KVM_SET_IDENTITY_MAP_ADDR", ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map));
  check("KVM_SET_TSS_ADDR", ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000ul));
  return vm;
}

// RAM from guest-physical address 0.
static inline uint8_t *create_ram(int vm, size_t size, int sharing) {
  uint8_t *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (ram == MAP_FAILED) fail("mmap");
  struct kvm_userspace_memory_region region = {
      .memory_size = size, .userspace_addr = (uintptr_t)ram};
  check("KVM_SET_USER_MEMORY_REGION", ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
  return ram;
}

// All that the host supports, what else leaf 1's ECX is to show, and the APIC ID: KVM shows that of the
// host's processor.
static inline void set_cpuid(int kvm, int vcpu, uint32_t id, uint32_t features) {
  enum { capacity = 256 };
  struct kvm_cpuid2 *table = calloc(1, sizeof *table + capacity * sizeof table->entries[0]);
  if (!table) fail("calloc");
  table->nent = capacity;
  check("KVM_GET_SUPPORTED_CPUID", ioctl(kvm, KVM_GET_SUPPORTED_CPUID, table));
  for (unsigned i = 0; i < table->nent; i++) {
    struct kvm_cpuid_entry2 *entry = &table->entries[i];
    if (entry->function == 1) {
      entry->ebx = (entry->ebx & 0x00ffffff) | id << 24;
      entry->ecx |= features;
    }
    if (entry->function == 0xb || entry->function == 0x1f) entry->edx = id;
  }
  check("KVM_SET_CPUID2", ioctl(vcpu, KVM_SET_CPUID2, table));
  free(table);
}

// A flat segment of 4 GiB.
static inline struct kvm_segment flat_segment(uint16_t selector, uint8_t type, int is_long) {
  return (struct kvm_segment){.limit = ~0u, .selector = selector, .type = type, .present = 1,
                              .db = !is_long, .s = 1, .l = (uint8_t)is_long, .g = 1};
}

// Flat segments and a TSS, paging off.
static inline void enter_flat_mode(struct kvm_sregs *special, uint64_t descriptor_table) {
  special->cr0 = 0x11;  // PE, ET
  special->ds = special->es = special->fs = special->gs = special->ss = flat_segment(0x10, 3, 0);
  special->cs = flat_segment(0x18, 0xb, 0);
  special->tr = (struct kvm_segment){.limit = 0x67, .type = 0xb, .present = 1};
  special->gdt = (struct kvm_dtable){.base = descriptor_table, .limit = 31};
}

#endif
