// How a guest is written.
//
//   #include "guest.h"
//   GUEST_BEGIN hello              // the symbol under which guest_list.h names it
//     PRINT "hello\n"              // from here on: 32-bit code, flat segments, paging off
//     EXIT 0
//   GUEST_END hello
//
// A guest is one .S file named after what it proves. It lays down a complete ELF64 file in the
// read-only data of the host program: headers, the PVH note, code, data. Nothing is linked and
// nothing relocated: whatever has to know where it is says ADDRESS(label) or label(%rip). The same
// bytes, exported to a file, boot in QEMU.
//
// Short is fast: where KVM emulates ring 0, an instruction costs most of a microsecond and an exit
// ten. So there is no start-up code beyond one CLD, tables are data that the assembler fills in,
// and a string is one REP OUTSB (of which KVM makes an exit for each byte). A guest that takes no
// interrupts stays in 32-bit code. One that does says LONG_MODE first: not every KVM emulates a
// 32-bit IRET.
//
// On entry (the PVH boot protocol): EBX = physical address of hvm_start_info, interrupts off, no
// usable stack, no usable IDT, unknown GDT. The macros keep EBX, EBP, EDI and R9 to R15, and say
// what they destroy. No SSE, anywhere: emulators of ring 0 lack it. What the start information
// points to is out of reach of long mode: read the command line before.
//
// The memory of a guest:
//
//   0x0000_8000        16-bit code on which further CPUs start, copied there by who needs it
//   0x0010_0000        PLATFORM_GUEST_BASE: the ELF file from its first byte, code, data, tables
//   up to 0x0011_0000  zeroes, then the stack, growing down from GUEST_STACK
//
// Code and data share these 64 KiB (GUEST_MEMORY) and all of it is writable, so a message may be
// completed in place. In long mode a guest reaches them and the devices, and nothing else.

#ifndef SWVMM_GUEST_H
#define SWVMM_GUEST_H

#include "../include/platform.h"

#define GUEST_MEMORY 0x10000
#define GUEST_STACK (PLATFORM_GUEST_BASE + GUEST_MEMORY)

// Where `label` is in the guest's memory: a constant, in every mode.
#define ADDRESS(label) (label - .Lguest + PLATFORM_GUEST_BASE)

// struct hvm_start_info of the PVH boot protocol.
#define START_INFO_COMMAND_LINE 24         // physical address (8 bytes) of a C string, or 0

// Selectors of the GDT that LONG_MODE loads.
#define CODE64 0x08
#define DATA 0x10
#define CODE32 0x18

// Subsections keep what a macro emits aside out of the code's way: all of them are one section, so
// that differences of labels are constants.
#define CODE_PART 0
#define DATA_PART 1
#define PAGE_TABLE_PART 2
#define END_PART 3                         // of what is loaded; the rest is for who looks at a guest
#define SECTIONS_PART 4
#define SYMBOLS_PART 5
#define STRINGS_PART 6
#define FILE_END_PART 7

// The file's class, in .Lclass, and what goes by it.
#define ELFCLASS32 1
#define ELFCLASS64 2
#define SECTION_SIZE (24 * .Lclass + 16)
#define SYMBOL_SIZE (8 * .Lclass + 8)

// SYMBOL label: the label gets into the file's symbol table, by its name without the `.L`: so that a report
// on a guest that fell, a disassembler or a debugger names places. Nothing of it is loaded.
//
// *Why so:* nothing links a guest, and labels of an assembler's own do not outlive it.
.macro SYMBOL label
  .subsection SYMBOLS_PART
  .long .Lname\@ - .Lstrings
  .if .Lclass == ELFCLASS32
  .long ADDRESS(\label), 0
  .endif
  .byte 0, 0                               // local; no type
  .short 1                                 // the section of the code
  .if .Lclass == ELFCLASS64
  .quad ADDRESS(\label), 0
  .endif
  .previous
  .subsection STRINGS_PART
.Lname\@:
  .set .Lposition, 0
  .irpc character, \label
  .if .Lposition >= 2
  .ascii "\character"
  .endif
  .set .Lposition, .Lposition + 1
  .endr
  .byte 0
  .previous
.endm

// GUEST_BEGIN name: the file's headers, then the 32-bit entry. One segment, from the first byte of
// the file, loads headers and all; e_entry is the PVH entry, for debuggers to find.
.macro GUEST_BEGIN name
  .section .rodata.guest_\name, "a", @progbits
  .globl guest_\name
  .hidden guest_\name
guest_\name:
.Lguest:
  .set .Lclass, ELFCLASS64
  .ascii "\177ELF"
  .byte 2, 1, 1, 0                         // ELFCLASS64, ELFDATA2LSB, EV_CURRENT, System V
  .quad 0
  .short 2, 62                             // ET_EXEC, EM_X86_64
  .long 1                                  // EV_CURRENT
  .quad ADDRESS(.Lentry)                   // e_entry
  .quad .Lprogram_headers - .Lguest        // e_phoff
  .quad .Lsections - .Lguest               // e_shoff
  .long 0                                  // e_flags
  .short 64, 56, 2, 64, 4, 3               // sizes; two program headers, four sections, the strings'
.Lprogram_headers:
  .long 1, 7                               // PT_LOAD; read, write, execute
  .quad 0, PLATFORM_GUEST_BASE, PLATFORM_GUEST_BASE
  .quad .Lguest_end - .Lguest, GUEST_MEMORY, 0x1000
  .long 4, 4                               // PT_NOTE; read
  .quad .Lnote - .Lguest, ADDRESS(.Lnote), ADDRESS(.Lnote)
  .quad .Lnote_end - .Lnote, .Lnote_end - .Lnote, 4
.Lnote:
  .long 4, 4, 18                           // sizes of name and value; XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long ADDRESS(.Lentry)
.Lnote_end:
  SYMBOL_TABLE
  .code32
  SYMBOL .Lentry
.Lentry:
  cld                                      // PVH leaves RFLAGS.DF open
.endm

// SYMBOL_TABLE: the sections of the file, and the beginnings of the symbols and of their names.
.macro SYMBOL_TABLE
  .subsection SECTIONS_PART
  .balign 8
.Lsections:
  .fill SECTION_SIZE, 1, 0
  SECTION .Ltext_name, 1, 7, PLATFORM_GUEST_BASE, .Lguest, .Lguest_end, 0, 0, 0   // PROGBITS, WAX
  SECTION .Lsymbols_name, 2, 0, 0, .Lsymbols, .Lsymbols_end, 3, .Lsymbol_count, SYMBOL_SIZE // SYMTAB
  SECTION .Lstrings_name, 3, 0, 0, .Lstrings, .Lfile_end, 0, 0, 0                 // STRTAB
  .subsection SYMBOLS_PART
.Lsymbols:
  .fill SYMBOL_SIZE, 1, 0
  .subsection STRINGS_PART
.Lsymbols_end:
.Lstrings:
  .byte 0
.Ltext_name:
  .asciz ".text"
.Lsymbols_name:
  .asciz ".symtab"
.Lstrings_name:
  .asciz ".strtab"
  .subsection CODE_PART
.endm

.macro SECTION name, type, flags, address, start, end, link, info, entry_size
  .long \name - .Lstrings, \type
  .if .Lclass == ELFCLASS64
  .quad \flags, \address, \start - .Lguest, \end - \start
  .long \link, \info
  .quad 1, \entry_size
  .else
  .long \flags, \address, \start - .Lguest, \end - \start
  .long \link, \info
  .long 1, \entry_size
  .endif
.endm

// GUEST_BEGIN_MULTIBOOT name: an ELF file of 32 bits with a Multiboot 1 header in place of the note, for what
// is about that protocol. On entry EAX = 0x2badb002, EBX = physical address of multiboot_info, and the rest
// as above.
.macro GUEST_BEGIN_MULTIBOOT name
  .section .rodata.guest_\name, "a", @progbits
  .globl guest_\name
  .hidden guest_\name
guest_\name:
.Lguest:
  .set .Lclass, ELFCLASS32
  .ascii "\177ELF"
  .byte 1, 1, 1, 0                         // ELFCLASS32, ELFDATA2LSB, EV_CURRENT, System V
  .quad 0
  .short 2, 3                              // ET_EXEC, EM_386
  .long 1                                  // EV_CURRENT
  .long ADDRESS(.Lentry)                   // e_entry
  .long .Lprogram_headers - .Lguest        // e_phoff
  .long .Lsections - .Lguest, 0            // e_shoff; e_flags
  .short 52, 32, 1, 40, 4, 3               // sizes; a program header, four sections, the strings'
.Lprogram_headers:
  .long 1, 0                               // PT_LOAD; from the file's first byte
  .long PLATFORM_GUEST_BASE, PLATFORM_GUEST_BASE
  .long .Lguest_end - .Lguest, GUEST_MEMORY, 7, 0x1000
  .long 0x1badb002, 0, -0x1badb002         // magic number, flags, checksum
  SYMBOL_TABLE
  .code32
  SYMBOL .Lentry
.Lentry:
  cld
.endm

// GUEST_END name: the file ends. One that outgrew GUEST_MEMORY would say p_filesz > p_memsz, which
// loaders refuse.
.macro GUEST_END name
  .subsection END_PART
.Lguest_end:
  .set .Lsymbol_count, (.Lsymbols_end - .Lsymbols) / SYMBOL_SIZE
  .subsection FILE_END_PART
  .globl guest_\name\()_end
  .hidden guest_\name\()_end
guest_\name\()_end:
.Lfile_end:
  .section .note.GNU-stack, "", @progbits
.endm

// PRINT "text": to the serial port. Destroys ECX, EDX, ESI.
.macro PRINT text
  .subsection DATA_PART
.Ltext\@:
  .ascii "\text"
.Ltext\@_end:
  .subsection CODE_PART
  PRINT_LABEL .Ltext\@
.endm

// PRINT_LABEL label: what stands from label to label_end. Destroys ECX, EDX, ESI.
// COM1 needs no set-up for output. A real 16550 would want LSR.THRE before every byte; this
// platform's transmitter, like QEMU's, is never busy.
.macro PRINT_LABEL label
  mov $ADDRESS(\label), %esi
  mov $(\label\()_end - \label), %ecx
  mov $PLATFORM_SERIAL_PORT, %edx
  rep outsb
.endm

// PRINT_DECIMAL value: 32 bits, from a register or memory, to the serial port. Destroys EAX, ECX,
// EDX, ESI, and needs a stack. The routine is laid down, aside, at its first use and in that mode.
.macro PRINT_DECIMAL value
  .ifndef .Lprint_decimal
  .subsection DATA_PART
  SYMBOL .Lprint_decimal
.Lprint_decimal:
  mov $ADDRESS(.Ldecimal_end), %esi
  mov $10, %ecx
.Ldecimal_digit:
  xor %edx, %edx
  div %ecx
  add $'0', %edx
  dec %esi
  mov %dl, (%esi)
  test %eax, %eax
  jnz .Ldecimal_digit
  mov $ADDRESS(.Ldecimal_end), %ecx
  sub %esi, %ecx
  mov $PLATFORM_SERIAL_PORT, %edx
  rep outsb
  ret
  .ascii "4294967295"                      // room for the longest
.Ldecimal_end:
  .subsection CODE_PART
  .endif
  mov \value, %eax
  call .Lprint_decimal
.endm

// REPORT "name", value: the line `name: value`. As PRINT_DECIMAL otherwise.
.macro REPORT name, value
  PRINT "\name: "
  PRINT_DECIMAL \value
  PRINT "\n"
.endm

// The command line as decimal numbers below 2^32, each ended by a space or by the end. EBX must be
// as on entry, and there is no way to the text from long mode:
//
//   ARGUMENTS                              // ESI = where the command line is
//   ARGUMENT 50, .Lmalformed               // EAX = the next number; 50 where there is none
//   ARGUMENTS_END .Lmalformed
//
// What is no such number, or one too many, leads to .Lmalformed. Destroys EAX, ECX, EDX, ESI.
.macro ARGUMENTS
  mov START_INFO_COMMAND_LINE(%ebx), %esi  // memory of ours is below 4 GiB: the low half will do
  test %esi, %esi
  jnz .Larguments
  .subsection DATA_PART
.Lno_arguments:
  .byte 0
  .subsection CODE_PART
  mov $ADDRESS(.Lno_arguments), %esi
.Larguments:
.endm

.macro ARGUMENT default, malformed
  mov $\default, %eax
  cmpb $0, (%esi)
  je .Lread\@
  xor %eax, %eax                           // the number so far
.Ldigit\@:
  movzbl (%esi), %ecx
  sub $'0', %ecx
  cmp $9, %ecx                             // unsigned: what is below '0' is above 9 as well
  ja \malformed
  mov $10, %edx
  mul %edx
  jc \malformed                            // EDX is not 0: 2^32 or more
  add %ecx, %eax
  jc \malformed
  inc %esi
  cmpb $' ', (%esi)
  ja .Ldigit\@
  jb .Lread\@                              // the end, or what the next look finds to be no number
  inc %esi
.Lread\@:
.endm

.macro ARGUMENTS_END malformed
  cmpb $0, (%esi)
  jne \malformed
.endm

// EXIT status. Where no exit port answers, the CPU halts for good instead of running on.
.macro EXIT status
  mov $\status, %eax
  out %eax, $PLATFORM_EXIT_PORT
  cli
  hlt
.endm

// LAB command, argument: runs a lab command, with that as argument 0 if it takes one: an immediate,
// a register or what is in memory. Destroys EAX, EDX.
.macro LAB command, argument
  .ifnb \argument
  mov \argument, %eax
  mov $PLATFORM_LAB_ARGUMENT0, %edx
  out %eax, %dx
  .endif
  mov $\command, %eax
  mov $PLATFORM_LAB_COMMAND, %edx
  out %eax, %dx
.endm

// LAB_QUERY property: EAX = its value. Destroys EDX. Where no lab port is, reads give all ones, so
// EAX = 0xffffffff, which no property has.
.macro LAB_QUERY property
  LAB PLATFORM_LAB_QUERY, $\property
  mov $PLATFORM_LAB_ARGUMENT0, %edx
  in %dx, %eax
.endm

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
