// Proves: whatever opens a guest to an interrupt and closes it again, the interrupt is taken once, in time.
// Prints: nothing.
// Exits: with the number of interrupts taken.
//
// For `swvmm torture --inject 4 windows` and `--inject nmi windows`, which raise one at each instruction. By
// itself it halts at .Lhalt until line 4 rises.

#include "interrupts.h"

GUEST_BEGIN windows
.Lstart:
  SYMBOL .Lstart
  LONG_MODE
.Lset_up:
  SYMBOL .Lset_up
  LOAD_IDT
  APIC_BEGIN
  ROUTE PLATFORM_SERIAL_LINE, EDGE
  APIC_END
.Lclosed:
  SYMBOL .Lclosed
  cli
  nop
.Lopened_by_sti:
  SYMBOL .Lopened_by_sti
  sti
  nop                                      // still in its shadow
  nop
  cli
.Lnever_opened:
  SYMBOL .Lnever_opened
  sti
  cli
  nop
.Lmov_ss_when_open:
  SYMBOL .Lmov_ss_when_open
  sti
  nop
  mov $DATA, %eax
  mov %eax, %ss
  nop                                      // neither interrupt nor NMI before this
  nop
  cli
.Lopened_by_popf:
  SYMBOL .Lopened_by_popf
  pushfq
  orl $0x200, (%rsp)
  popfq
  nop                                      // no shadow here
  cli
.Lwait:
  SYMBOL .Lwait
  cmpl $0, .Lcount(%rip)
  jne .Lreport
.Lhalt:
  SYMBOL .Lhalt
  sti
  hlt
  cli
  jmp .Lwait
.Lreport:
  SYMBOL .Lreport
  mov .Lcount(%rip), %eax
  out %eax, $PLATFORM_EXIT_PORT
  hlt

.Lhandler:
  SYMBOL .Lhandler
  incl .Lcount(%rip)
.Lend_of_interrupt:
  SYMBOL .Lend_of_interrupt
  movl $0, (%r8)
.Lreturn:
  SYMBOL .Lreturn
  iretq
.Lnmi:
  SYMBOL .Lnmi
  incl .Lcount(%rip)
  iretq
.Lspurious:
  SYMBOL .Lspurious
  iretq
  .subsection DATA_PART
  .balign 4
.Lcount:
  .long 0
  IDT_BEGIN
  GATE 2, .Lnmi
  GATE PLATFORM_VECTOR_BASE + PLATFORM_SERIAL_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
  .subsection CODE_PART
GUEST_END windows
