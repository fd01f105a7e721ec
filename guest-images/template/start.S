// From the PVH entry to main() in long mode.
//
// A boot loader that knows PVH finds the note below, loads the file, and enters at `start` in 32-bit
// protected mode: paging and interrupts off, flat segments, no stack, EBX = hvm_start_info.

#define CODE64 0x08
#define DATA 0x10

  .section .note.pvh, "a", @note
  .balign 4
  .long 4, 4, 18                           // sizes of name and value; XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long start

  .text
  .code32
  .globl start
  .type start, @function
start:
  cld
  lgdt gdt_register
  mov $DATA, %eax
  mov %eax, %ss                            // IRETQ loads what an interrupt pushed
  mov $page_map, %eax
  mov %eax, %cr3
  mov $0x20, %eax                          // CR4.PAE
  mov %eax, %cr4
  mov $0xc0000080, %ecx                    // EFER
  mov $0x100, %eax                         // LME
  xor %edx, %edx
  wrmsr
  mov $0x80000011, %eax                    // CR0.PG, ET, PE
  mov %eax, %cr0
  ljmp $CODE64, $in_long_mode

  .code64
in_long_mode:
  mov $stack_end, %esp
  call main
  cli                                      // main() ends by the exit port; where there is none, by this
  hlt
  .size start, . - start

  .data
  .balign 8
gdt:                                       // accessed bits are set: the CPU has nothing to write
  .quad 0
  .quad 0x00af9b000000ffff                 // CODE64
  .quad 0x00cf93000000ffff                 // DATA
gdt_register:
  .short gdt_register - gdt - 1
  .long gdt

// Page tables: the first 4 GiB are where they are, in pages of 2 MiB; the last GiB, which has the devices,
// uncached. Accessed and dirty are set in advance.
#define TABLE 0x63                         // dirty, accessed, writable, present
#define PAGE 0xe3                          // and large
#define DEVICE_PAGE 0xfb                   // and PCD, PWT

  .balign 4096
page_map:
  .quad page_directory_pointers + TABLE
  .balign 4096, 0
page_directory_pointers:
  .set table, 0
  .rept 4
  .quad page_directories + table + TABLE
  .set table, table + 4096
  .endr
  .balign 4096, 0
page_directories:
  .set page, 0
  .rept 3 * 512
  .quad page + PAGE
  .set page, page + 0x200000
  .endr
  .rept 512
  .quad page + DEVICE_PAGE
  .set page, page + 0x200000
  .endr

  .bss
  .balign 16
stack:
  .skip 0x4000
stack_end:

  .section .note.GNU-stack, "", @progbits
