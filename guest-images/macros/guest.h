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
#include "guest-file.h"
#include "long-mode.h"

// struct hvm_start_info of the PVH boot protocol.
#define START_INFO_COMMAND_LINE 24         // physical address (8 bytes) of a C string, or 0

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

#endif
