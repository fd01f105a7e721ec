// Proves: an instruction that needs a device twice is one instruction: a read-modify-write, a move from
// one device register to another, a repeated move from a device into memory, accesses across the end of a
// page. Each makes two exits or more, and a host that stops the guest at the first must not lose the others.
// Takes: how often to do all of it (1).
// Prints: checked, the values looked at; wrong, those that were not what they should have been.
// Exits: 0 if none was; 1 otherwise, or where there is no CP0 page.

#include "gic.h"
#include "cp0.h"

#define STATUS_SECOND 0x8003               // EXL added
#define COMPARE_FIRST 0x12345678
#define COMPARE_AFTER 0x12345679

// CHECK place, expected: destroys EAX. EBX counts what was wrong, R13 all.
.macro CHECK place, expected
  mov \place, %eax
  inc %r13d
  cmp $\expected, %eax
  je .Lright\@
  inc %ebx
.Lright\@:
.endm

GUEST_BEGIN halves
  ARGUMENTS
  ARGUMENT 1, .Lmalformed
  ARGUMENTS_END .Lmalformed
  mov %eax, %edi
  CP0_BEGIN .Lno_page
  LONG_MODE
  mov %edi, %r12d
  xor %r13d, %r13d
  xor %ebx, %ebx
.Lround:
  // Load, then store.
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  orl $2, CP0_STATUS(%rbp)
  CHECK CP0_STATUS(%rbp), STATUS_SECOND
  movl $COMPARE_FIRST, CP0_COMPARE(%rbp)
  mov $1, %eax
  xadd %eax, CP0_COMPARE(%rbp)
  mov %eax, .Lmemory(%rip)
  CHECK CP0_COMPARE(%rbp), COMPARE_AFTER
  CHECK .Lmemory(%rip), COMPARE_FIRST

  // From one register to another, alone and repeated: Status, then the next one, which keeps nothing.
  mov $PLATFORM_CP0_STATUS, %esi
  mov $PLATFORM_CP0_COMPARE, %edi
  movsl
  CHECK CP0_COMPARE(%rbp), STATUS_SECOND
  movl $COMPARE_FIRST, CP0_COMPARE(%rbp)
  mov $PLATFORM_CP0_COMPARE, %esi
  mov $PLATFORM_CP0_STATUS, %edi
  mov $2, %ecx
  rep movsl
  CHECK CP0_STATUS(%rbp), 0x00005600       // the bits that Status has
  CHECK %ecx, 0

  // From registers into memory: Compare, Cause, Status.
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  mov $PLATFORM_CP0_COMPARE, %esi
  mov $ADDRESS(.Lmemory), %edi
  mov $3, %ecx
  rep movsl
  CHECK .Lmemory(%rip), COMPARE_FIRST
  CHECK .Lmemory + 8(%rip), STATUS_IM7_IE
  CHECK %edi, ADDRESS(.Lmemory + 12)

  // Across the end of a page: four bytes of nothing, four of GICC_CTLR.
  mov $PLATFORM_GICC - 4, %edi
  mov $0x100000000, %rax
  mov %rax, (%rdi)
  CHECK 4(%rdi), 1
  mov (%rdi), %rax
  shr $32, %rax
  mov %eax, .Lmemory(%rip)
  CHECK .Lmemory(%rip), 1
  movl $0, 4(%rdi)
  dec %r12d
  jnz .Lround
  REPORT "checked", %r13d
  REPORT "wrong", %ebx
  test %ebx, %ebx
  jnz .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1
  .code32
.Lmalformed:
  PRINT "halves: takes a number\n"
  EXIT 1
.Lno_page:
  PRINT "halves: no CP0 page here\n"
  EXIT 1
  .subsection DATA_PART
  .balign 8
.Lmemory:
  .skip 16
  .subsection CODE_PART
GUEST_END halves
