// Proves: whatever opens a guest to an interrupt and closes it again, the interrupt is taken once, in time.
// Prints: nothing.
// Exits: with the number of interrupts taken.
//
// For `swvmm torture --inject 4 windows` and `--inject nmi windows`, which raise one at each instruction. By
// itself it halts at .Lhalt until line 4 rises.

#include "interrupts.h"

GUEST_BEGIN windows
SYMBOL start
  LONG_MODE
SYMBOL set_up
  LOAD_IDT
  APIC_BEGIN
  ROUTE PLATFORM_SERIAL_LINE, EDGE
  APIC_END
SYMBOL closed
  cli
  nop
SYMBOL opened_by_sti
  sti
  nop                                      // still in its shadow
  nop
  cli
SYMBOL never_opened
  sti
  cli
  nop
SYMBOL mov_ss_when_open
  sti
  nop
  mov $DATA, %eax
  mov %eax, %ss
  nop                                      // neither interrupt nor NMI before this
  nop
  cli
SYMBOL opened_by_popf
  pushfq
  orl $0x200, (%rsp)
  popfq
  nop                                      // no shadow here
  cli
SYMBOL wait
  cmpl $0, .Lcount(%rip)
  jne .Lreport
SYMBOL halt
  sti
  hlt
  cli
  jmp .Lwait
SYMBOL report
  mov .Lcount(%rip), %eax
  out %eax, $PLATFORM_EXIT_PORT
  hlt

SYMBOL handler
  incl .Lcount(%rip)
SYMBOL end_of_interrupt
  movl $0, (%r8)
SYMBOL return
  iretq
SYMBOL nmi
  incl .Lcount(%rip)
  iretq
SYMBOL spurious
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
