// Proves: a level-triggered line is delivered once if it falls before the end of interrupt, and again if it
// does not.
// Takes, marks, exits: see ledger.h. In each second round the handler leaves the line high the first time.

#include "transmitter.h"

GUEST_BEGIN ioapic_level
  LEDGER_BEGIN
  LINE_BEGIN LEVEL
.Lround:
  mov .Lrounds(%rip), %eax
  and $1, %eax
  mov %eax, %r15d                          // R15D: how often the handler leaves the line high
  lea 1(%r10, %rax), %r10d
  LINE 2
  MARK MARK_ARMED
  call .Lawait
  ROUND_END .Lround
  jmp .Lbalance

.Lhandler:
  HANDLER_BEGIN
  test %r15d, %r15d
  jz .Llower
  dec %r15d
  jmp .Lhandled
.Llower:
  LINE 0
.Lhandled:
  HANDLER_END

  LEDGER_END
  IDT_BEGIN
  GATE LINE_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END ioapic_level
