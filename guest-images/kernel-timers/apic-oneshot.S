// Proves: a one-shot of the local APIC's timer is delivered once, and not before its count is 0.
// Takes, marks, exits: see ledger.h. Early is judged by the count. TMICT may read 0 after an expiry.

#include "ledger.h"

#define COUNT (200 * LAPIC_TICKS_A_MICROSECOND)

GUEST_BEGIN apic_oneshot
  LEDGER_BEGIN
  movl $DIVIDE_BY_1, LAPIC_DIVIDE(%rbp)
  movl $TIMER_VECTOR, LAPIC_LVT_TIMER(%rbp)
.Lround:
  inc %r10d
  movl $COUNT, LAPIC_INITIAL_COUNT(%rbp)
  MARK MARK_ARMED
  call .Lawait
  ROUND_END .Lround
  jmp .Lbalance

.Lhandler:
  HANDLER_BEGIN
  cmpl $0, LAPIC_COUNT(%rbp)
  jne .Learly
  HANDLER_END

  LEDGER_END
  IDT_BEGIN
  GATE TIMER_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END apic_oneshot
