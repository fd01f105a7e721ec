// Proves: an NMI is taken once; of those that come while one is handled one is taken after it, and no more.
// Takes, marks, exits: see ledger.h.
//
// It sends them to itself. In each second round the handler sends two more.

#include "ledger.h"

#define LAPIC_ICR 0x300
#define LAPIC_ICR_HIGH 0x310
#define ICR_NMI 0x4400                     // to one by its ID, asserted

// SEND: to local APIC 0.
.macro SEND
  movl $0, LAPIC_ICR_HIGH(%rbp)
  movl $ICR_NMI, LAPIC_ICR(%rbp)
.endm

GUEST_BEGIN nmi
  LEDGER_BEGIN
.Lround:
  mov .Lrounds(%rip), %eax
  and $1, %eax
  mov %eax, %r15d                          // R15D: whether the handler sends more
  lea 1(%r10, %rax), %r10d
  MARK MARK_ARMED
  SEND
  call .Lawait
  ROUND_END .Lround
  jmp .Lbalance

.Lnmi:
  HANDLER_BEGIN
  test %r15d, %r15d
  jz .Ltaken
  dec %r15d
  SEND
  SEND
  MARK MARK_ARMED
.Ltaken:
  pop %rdx
  pop %rax
  iretq

  LEDGER_END
  IDT_BEGIN
  GATE 2, .Lnmi
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END nmi
