// Proves: each rise of an edge-triggered line is delivered once, however long the line stays high.
// Takes, marks, exits: see ledger.h.

#include "transmitter.h"

GUEST_BEGIN ioapic_edge
  LEDGER_BEGIN
  LINE_BEGIN EDGE
.Lround:
  inc %r10d
  LINE 2
  MARK MARK_ARMED
  call .Lawait
  // High, and delivered: nothing more may come of it.
  sti
  mov $4, %ecx
.Lhigh:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  dec %ecx
  jnz .Lhigh
  cli
  LINE 0
  ROUND_END .Lround
  jmp .Lbalance

.Lhandler:
  HANDLER_BEGIN
  HANDLER_END

  LEDGER_END
  IDT_BEGIN
  GATE LINE_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END ioapic_edge
