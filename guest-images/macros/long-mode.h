// A guest's way to 64-bit code: its GDT and its page table.

#ifndef SWVMM_LONG_MODE_H
#define SWVMM_LONG_MODE_H

#include "guest-file.h"

// Selectors of the GDT that LONG_MODE loads.
#define CODE64 0x08
#define DATA 0x10
#define CODE32 0x18

// LONG_MODE: 64-bit code from here on, with a stack; interrupts stay off, there is no IDT yet. Use
// it once. Destroys EAX, ECX, EDX. The upper halves of the registers are undefined after it.
// Another CPU joins at .Llong_mode, in 32-bit code and with this GDT loaded; it gets the same
// stack, so it must not use it before it has chosen another. From there to 64-bit mode nothing goes
// through DS, which may still be the real-mode one.
.macro LONG_MODE
  lgdt ADDRESS(.Lgdtr)
.Llong_mode:
  mov $DATA, %eax
  mov %eax, %ss                            // IRETQ loads what an interrupt pushed
  mov $ADDRESS(.Lpage_table), %eax
  mov %eax, %cr3
  mov $0x20, %eax                          // CR4.PAE
  mov %eax, %cr4
  mov $0xc0000080, %ecx                    // EFER
  mov $0x100, %eax                         // LME
  xor %edx, %edx
  wrmsr
  mov $0x80000011, %eax                    // CR0.PG, ET, PE; CD and NW go off on other CPUs
  mov %eax, %cr0
  ljmp $CODE64, $ADDRESS(.Lin_long_mode)
  .code64
  SYMBOL .Lin_long_mode
.Lin_long_mode:
  mov $GUEST_STACK, %esp
  .subsection DATA_PART
  .balign 8
  SYMBOL .Lgdt
.Lgdt:                                     // accessed bits are set: the CPU has nothing to write
  .quad 0
  .quad 0x00af9b000000ffff                 // CODE64
  .quad 0x00cf93000000ffff                 // DATA
  .quad 0x00cf9b000000ffff                 // CODE32
.Lgdtr:
  .short .Lgdtr - .Lgdt - 1
  .long ADDRESS(.Lgdt)
  PAGE_TABLE
  .subsection CODE_PART
.endm

// The page table: one page that serves at all four levels.
//
// Entries 0 and 3 point back to the page itself. So for an address below 2 MiB the page is PML4,
// PDPT, page directory (each time entry 0) and page table, and entry n maps the 4 KiB at n << 12:
// that is the guest at 1 MiB, entries 256 to 271. For an address from 3 to 4 GiB it is PML4
// (entry 0), PDPT (entry 3) and page directory, and an entry maps 2 MiB: the devices, entries 128,
// 502 and 503. No two of these uses want the same entry, and the map is the identity. Any other
// address faults, or is another name for one of these pages; page 0 is the table itself.
//
// Guarantee: a walk reads only this page. Entries other than 0 and 3 have bit 7 set. In a PML4 the
// bit is reserved; in a PDPT or a directory it makes a leaf, for which the guest's entries (in a
// PDPT the devices', too) have reserved address bits set; in a page table it is the PAT bit, and
// after reset PAT entries 4 to 7 say the same as 0 to 3.
// Guarantee: a walk writes nothing, as accessed and dirty are set in advance.
//
// It works with any paging below (EPT, NPT, shadow), and takes 4 KiB where four tables take 16.
#define ENTRY_OF_DEVICE(address) (((address) >> 21) & 511)
#define TABLE_BITS 0x63                    // dirty, accessed, writable, present
#define GUEST_BITS 0xe3                    // and PAT (or, in a directory, page size)
#define DEVICE_BITS 0xfb                   // and PCD, PWT: uncached
.macro PAGE_TABLE
  .subsection PAGE_TABLE_PART
  .balign 4096
  SYMBOL .Lpage_table
.Lpage_table:
  .quad ADDRESS(.Lpage_table) + TABLE_BITS
  .org .Lpage_table + 8 * 3
  .quad ADDRESS(.Lpage_table) + TABLE_BITS
  .org .Lpage_table + 8 * ENTRY_OF_DEVICE(PLATFORM_RAM_LIMIT)
  .quad PLATFORM_RAM_LIMIT + DEVICE_BITS
  .org .Lpage_table + 8 * (PLATFORM_GUEST_BASE >> 12)
  .set .Lpage, PLATFORM_GUEST_BASE
  .rept GUEST_MEMORY >> 12
  .quad .Lpage + GUEST_BITS
  .set .Lpage, .Lpage + 0x1000
  .endr
  .org .Lpage_table + 8 * ENTRY_OF_DEVICE(PLATFORM_IOAPIC)
  .quad PLATFORM_IOAPIC + DEVICE_BITS
  .org .Lpage_table + 8 * ENTRY_OF_DEVICE(PLATFORM_LAPIC)
  .quad PLATFORM_LAPIC + DEVICE_BITS
.endm

#endif
