// Proves: what a kernel of today executes at CPL 0 beside ordinary instructions works there: LOCK
// CMPXCHG16B, and INT3 with its return.
// Prints: nothing.
// Exits: 0.

#include "interrupts.h"

GUEST_BEGIN kernel_code
  LONG_MODE
  LOAD_IDT
  xor %eax, %eax
  xor %edx, %edx
  mov $1, %ebx
  xor %ecx, %ecx
  lock cmpxchg16b .Loperand(%rip)
  jnz .Lwrong
  cmpl $1, .Loperand(%rip)
  jne .Lwrong
  int3
  cmpl $1, .Ltrapped(%rip)
  jne .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

.Ltrap:
  incl .Ltrapped(%rip)
  iretq

  .subsection DATA_PART
  .balign 16
.Loperand:
  .quad 0, 0
.Ltrapped:
  .long 0
  IDT_BEGIN
  GATE 3, .Ltrap
  IDT_END
  .subsection CODE_PART
GUEST_END kernel_code
