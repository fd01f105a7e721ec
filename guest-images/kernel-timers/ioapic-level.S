// Proves: a level-triggered line is delivered once if it falls before the end of interrupt, and again if it
// does not.
// Takes, marks, exits: see ledger.h. In each second round the handler leaves the line high the first time.
//
// Some backends deliver a level once more after it fell, sooner or later. Where the third argument says so, or a
// first round with mark 4 finds it, what finds the line low counts neither as handled nor as doubled.

#include "transmitter.h"

#define MARK_FINDS_OUT 4

GUEST_BEGIN ioapic_level
  LEDGER_BEGIN
  LINE_BEGIN LEVEL
  xor %r15d, %r15d
  MARK MARK_FINDS_OUT
  inc %r10d
  mov $1, %r12d
  LINE 2
  call .Lawait
  sti
  mov $16, %ecx
.Lfind_out:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  dec %ecx
  jnz .Lfind_out
  cli
  cmp %r10d, %r9d
  je .Lfound_out
  movl $1, .Lrepeats(%rip)
  mov %r10d, %r9d
.Lfound_out:
.Lround:
  mov .Lrounds(%rip), %eax
  and $1, %eax
  mov %eax, %r15d                          // R15D: how often the handler leaves the line high
  lea 1(%r10, %rax), %r10d
  mov $1, %r12d                            // R12D: the line's level
  LINE 2
  MARK MARK_ARMED
  call .Lawait
  ROUND_END .Lround
  jmp .Lbalance

.Lhandler:
  test %r12d, %r12d
  jnz .Ldue
  cmpl $0, .Lrepeats(%rip)
  jne .Lrepeated
.Ldue:
  HANDLER_BEGIN
  test %r15d, %r15d
  jz .Llower
  dec %r15d
  jmp .Lhandled
.Llower:
  LINE 0
  xor %r12d, %r12d
.Lhandled:
  HANDLER_END
.Lrepeated:
  EOI
  iretq

  LEDGER_END
  IDT_BEGIN
  GATE LINE_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END ioapic_level
