// Proves: an i8254 that counts down once (mode 0) interrupts once, and not before by the TSC.
// Takes, marks, exits: see ledger.h.

#include "pit.h"

#define COUNT 300                          // 251 microseconds

GUEST_BEGIN pit_oneshot
  LEDGER_BEGIN
  PIT_BEGIN 0, COUNT
.Lround:
  inc %r10d
  PIT_SET 0, COUNT
  MARK MARK_ARMED
  call .Lawait
  ROUND_END .Lround
  jmp .Lbalance

.Lhandler:
  HANDLER_BEGIN
  TSC64 %rax
  cmp %r11, %rax
  jb .Learly
  HANDLER_END

  LEDGER_END
  IDT_BEGIN
  GATE TIMER_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END pit_oneshot
