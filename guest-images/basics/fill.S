// Proves: memory that was saved is what it was: a different word in every page, each at a different
// place of its page. Also what a checkpoint is measured with, whose size the guest decides.
// Takes: how many MiB to fill (16), from 2 MiB on, and how often to look at all of them again after
// mark 1 (0).
// Prints: pages, that were filled; or changed, words that were not what they should have been, if it was to look.
// Exits: 0 if none was changed; 1 otherwise, or where there is no RAM for so much.

#include "guest.h"

#define FILL_BASE 0x200000
#define DEFAULT_RAM_KIB 0x8000             // where there is no lab port
#define PAGE_SIZE 0x1000
#define WORDS 1024                         // of a page

GUEST_BEGIN fill
  ARGUMENTS
  ARGUMENT 16, .Lmalformed
  mov %eax, %ebp
  ARGUMENT 0, .Lmalformed
  mov %eax, %ebx                           // EBX: how often to look
  ARGUMENTS_END .Lmalformed
  mov $GUEST_STACK, %esp
  LAB_QUERY PLATFORM_PROPERTY_RAM_KIB
  cmp $-1, %eax
  jne .Lknown
  mov $DEFAULT_RAM_KIB, %eax
.Lknown:
  shr $10, %eax
  sub $FILL_BASE >> 20, %eax
  jb .Ltoo_much
  cmp %ebp, %eax
  jb .Ltoo_much
  shl $20 - 12, %ebp                       // EBP: pages; RAM ends below 4 GiB, so it fits

  mov $FILL_BASE, %edi
  xor %ecx, %ecx
.Lfill:
  cmp %ebp, %ecx
  je .Lfilled
  mov %ecx, %eax
  and $WORDS - 1, %eax
  inc %ecx                                 // the word: the page's number from 1
  mov %ecx, (%edi, %eax, 4)
  add $PAGE_SIZE, %edi
  jmp .Lfill
.Lfilled:
  mov $1, %eax
  mov $PLATFORM_LAB_MARK, %edx
  out %eax, %dx

  test %ebx, %ebx
  jz .Lunseen
  xor %esi, %esi                           // ESI: changed
.Llook:
  mov $FILL_BASE, %edi
  xor %ecx, %ecx
.Lcompare:
  cmp %ebp, %ecx
  je .Lcompared
  mov %ecx, %eax
  and $WORDS - 1, %eax
  inc %ecx
  cmp %ecx, (%edi, %eax, 4)
  je .Lsame
  inc %esi
.Lsame:
  add $PAGE_SIZE, %edi
  jmp .Lcompare
.Lcompared:
  dec %ebx
  jnz .Llook
  mov %esi, %ebx
  REPORT "changed", %ebx
  test %ebx, %ebx
  jnz .Lwrong
.Ldone:
  EXIT 0
.Lunseen:
  REPORT "pages", %ebp
  EXIT 0

.Ltoo_much:
  PRINT "fill: RAM has no room for so much from 2 MiB on\n"
  EXIT 1
.Lmalformed:
  PRINT "fill: takes a number of MiB and how often to look at them\n"
.Lwrong:
  EXIT 1
GUEST_END fill
