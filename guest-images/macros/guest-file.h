// What makes of a guest a file that boots: headers, segments, the table of its symbols.

#ifndef SWVMM_GUEST_FILE_H
#define SWVMM_GUEST_FILE_H

#include "../include/platform.h"

#define GUEST_MEMORY 0x10000
#define GUEST_STACK (PLATFORM_GUEST_BASE + GUEST_MEMORY)

// Where `label` is in the guest's memory: a constant, in every mode.
#define ADDRESS(label) (label - .Lguest + PLATFORM_GUEST_BASE)

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

#endif
