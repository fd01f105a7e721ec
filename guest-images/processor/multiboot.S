// Proves: a guest of Multiboot finds what it is told: command line, memory and a module; and the test
// device does what a test of a hypervisor asks of it. It reports in the manner of kvm-unit-tests.
// Takes: after its name, what it is to end like: `skip`, `fail`, `abort`, `bad` (an instruction that KVM
// cannot emulate), `hang` or `reset`; only the first letter counts.
// Prints: the command line, the module's text, a line a check, a summary.
// Exits: 0 if all is well, 1 if not, 38 if all was skipped, 63 after an abort.

#include "guest.h"

#define INFO_MEM_UPPER 8                   // struct multiboot_info
#define INFO_COMMAND_LINE 16
#define INFO_MODULE_COUNT 20
#define INFO_MODULES 24
#define INFO_MAP_LENGTH 44
#define INFO_MAP 48
#define NOWHERE (PLATFORM_RAM_LIMIT + 0x80000)
#define LINE 11                            // of the second PIC, bit 3 of its IRR

// CHECK "what": a report of the condition codes; EQ is a pass. Destroys ECX, EDX, ESI.
.macro CHECK what
  je .Lpass\@
  PRINT "FAIL: \what\r\n"
  incl ADDRESS(.Lfailures)
  jmp .Lreported\@
.Lpass\@:
  PRINT "PASS: \what\r\n"
.Lreported\@:
  incl ADDRESS(.Lreports)
.endm

// PRINT_STRING: the C string at ESI. Destroys EAX, EDX, ESI.
.macro PRINT_STRING
  mov $PLATFORM_SERIAL_PORT, %edx
.Lnext\@:
  lodsb
  test %al, %al
  jz .Lend\@
  out %al, %dx
  jmp .Lnext\@
.Lend\@:
.endm

GUEST_BEGIN_MULTIBOOT multiboot
  mov $GUEST_STACK, %esp
  cmp $0x2badb002, %eax
  CHECK "the loader's magic number"
  PRINT "command line: "
  mov INFO_COMMAND_LINE(%ebx), %esi
  PRINT_STRING
  PRINT "\r\n"
  mov (%ebx), %eax
  and $0x45, %eax                          // memory's size, command line, map
  cmp $0x45, %eax
  CHECK "memory, command line and map are there"
  mov INFO_MAP(%ebx), %esi
  mov 12(%esi), %eax                       // bytes of RAM, from 0
  shr $10, %eax
  sub $1024, %eax
  cmp %eax, INFO_MEM_UPPER(%ebx)
  CHECK "the map says as much memory"
  testb $8, (%ebx)                         // flag: modules
  jz .Lno_module
  mov INFO_MODULES(%ebx), %ebp
  testl $0xfff, (%ebp)
  CHECK "the module begins a page"
  mov (%ebp), %esi
  mov 4(%ebp), %ecx
  sub %esi, %ecx
  mov $PLATFORM_SERIAL_PORT, %edx
  rep outsb
.Lno_module:

  mov $0x11223344, %eax
  out %eax, $PLATFORM_TEST_PORT
  in $PLATFORM_TEST_PORT + 1, %al
  cmp $0x33, %al
  CHECK "the port keeps bytes"
  movl $0x55667788, PLATFORM_TEST_MEMORY + PLATFORM_TEST_MEMORY_SIZE - 4
  cmpb $0x66, PLATFORM_TEST_MEMORY + PLATFORM_TEST_MEMORY_SIZE - 2
  CHECK "the device's memory keeps bytes"
  mov $ADDRESS(.Lguest), %eax
  out %eax, $PLATFORM_TEST_DROP_PAGE
  cmpl $0x464c457f, ADDRESS(.Lguest)       // ELF's magic number
  CHECK "a dropped page keeps its contents"

  mov $8, %al                              // level-triggered, or a rise would be latched
  mov $0x4d1, %edx
  out %al, %dx
  mov $1, %eax
  call .Ldrive
  cmp $8, %al
  CHECK "a line rises"
  xor %eax, %eax
  call .Ldrive
  cmp $0, %al
  CHECK "a line falls"

  mov INFO_COMMAND_LINE(%ebx), %esi        // the wish: the letter behind the first space
.Lfirst_word:
  lodsb
  cmp $' ', %al
  ja .Lfirst_word
  jb .Lsummary
  lodsb
  cmp $'s', %al
  je .Lskip
  cmp $'f', %al
  je .Lfail
  cmp $'b', %al
  je .Lbad
  cmp $'h', %al
  je .
  cmp $'r', %al
  je .Lreset
  cmp $'a', %al
  jne .Lsummary
  PRINT "assert failed\r\n"
  EXIT 63
.Lskip:
  PRINT "SKIP: as it was told\r\nSUMMARY: 1 tests, 1 skipped\r\n"
  EXIT 38
  SYMBOL .Lbad
.Lbad:
  paddb NOWHERE, %mm0
  SYMBOL .Lreset
.Lreset:
  lidt ADDRESS(.Lno_idt)
  ud2
.Lfail:
  mov $1, %eax
  cmp $0, %eax
  CHECK "as it was told"
  SYMBOL .Lsummary
.Lsummary:
  PRINT "SUMMARY: "
  PRINT_DECIMAL ADDRESS(.Lreports)
  PRINT " tests"
  cmpl $0, ADDRESS(.Lfailures)
  jne .Lfailed
  PRINT "\r\n"
  EXIT 0
.Lfailed:
  PRINT ", "
  PRINT_DECIMAL ADDRESS(.Lfailures)
  PRINT " unexpected failures\r\n"
  EXIT 1

// Drives the line to AL, and gives what the second PIC sees of it in AL. Destroys EDX.
  SYMBOL .Ldrive
.Ldrive:
  mov $PLATFORM_TEST_LINES + LINE, %edx
  out %al, %dx
  mov $0x0a, %al                           // OCW3: read IRR
  out %al, $0xa0
  in $0xa0, %al
  and $8, %al
  ret

.Lno_idt:
  .short 0                                 // the limit: not even vector 0 fits
  .long 0
  .balign 4
.Lreports:
  .long 0
.Lfailures:
  .long 0
GUEST_END multiboot
