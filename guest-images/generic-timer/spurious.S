// Proves: an interrupt that goes between signal and acknowledgement is acknowledged as 1023, leaves
// nothing active, and does not take the next one with it.
// Takes: a number of rounds (1000).
// Prints: rounds; vanished, acknowledgements of 1023 after the line fell; wrong, acknowledgements of
// anything else then; active, after one that vanished; taken, the next, real interrupts; missed, of
// either kind, that did not come at all; and echoes, acknowledgements of 1023 besides, which an APIC
// may cause.
// Exits: 0 if there is one that vanished and one taken for each round, and nothing wrong, active or
// missed; 1 otherwise.
//
// A round: the timer's line rises, and the handler has it fall before it acknowledges, in four ways by
// turns: timer off, timer masked, CVAL moved away, interrupt disabled. Then the line rises again.

#include "gic.h"

#define TIMER PLATFORM_VIRTUAL_TIMER_INTERRUPT
#define TIMER_BIT (1 << TIMER)
#define EXITS_TO_WAIT 20000                // a late interrupt comes at an exit, if it comes

GUEST_BEGIN spurious
  ARGUMENTS
  ARGUMENT 1000, .Lmalformed
  ARGUMENTS_END .Lmalformed
  mov %eax, %edi                           // EDI: rounds there will be
  LONG_MODE
  LOAD_IDT
  GIC_BEGIN .Lno_controller
  APIC_BEGIN
  GIC_ROUTE 0
  APIC_END
  xor %ebx, %ebx                           // EBX: rounds
  xor %r9d, %r9d                           // R9D: vanished
  xor %r10d, %r10d                         // R10D: wrong
  xor %r11d, %r11d                         // R11D: active
  xor %r12d, %r12d                         // R12D: taken
  xor %r13d, %r13d                         // R13D: missed
  xor %r14d, %r14d                         // R14D: echoes
.Lround:                                   // interrupts are off
  cmp %edi, %ebx
  je .Lend
  mov $ADDRESS(.Lvanish), %r15d            // R15: what an interrupt is for
  call .Linterrupt
  mov $ADDRESS(.Ltake), %r15d
  call .Linterrupt
  inc %ebx
  jmp .Lround

// Raises the line and waits until the handler has done with it.
.Linterrupt:
  movq $0, CNTV_CVAL(%rbp)
  GIC_ENABLE TIMER
  movl $CTL_ENABLE, CNTV_CTL(%rbp)
  mov $PLATFORM_LAB_IDENTITY, %edx
  mov $EXITS_TO_WAIT, %ecx
  sti
.Lwait:
  cmp $ADDRESS(.Lecho), %r15d
  je .Linterrupted
  in %dx, %eax
  dec %ecx
  jnz .Lwait
  inc %r13d
.Linterrupted:
  cli
  ret

// Interrupts nothing but the wait, whose EAX does not matter.
.Lhandler:
  jmp *%r15

.Lvanish:
  mov %ebx, %eax
  and $3, %eax
  jz .Ltimer_off
  dec %eax
  jz .Ltimer_masked
  dec %eax
  jz .Lmoved_away
  GIC_DISABLE TIMER
  jmp .Lfallen
.Ltimer_off:
  movl $0, CNTV_CTL(%rbp)
  jmp .Lfallen
.Ltimer_masked:
  movl $CTL_ENABLE | CTL_IMASK, CNTV_CTL(%rbp)
  jmp .Lfallen
.Lmoved_away:
  movq $-1, CNTV_CVAL(%rbp)
.Lfallen:
  mov $ADDRESS(.Lecho), %r15d
  ACKNOWLEDGE .Lvanished
  inc %r10d
  END_INTERRUPT %eax
  iretq
.Lvanished:
  inc %r9d
  testl $TIMER_BIT, GICD_ISACTIVER(%rbp)
  jz .Lend_of_nothing
  inc %r11d
.Lend_of_nothing:
  movl $0, CNTV_CTL(%rbp)                  // with the line low, what it enables is another rise
  EOI
  iretq

.Ltake:
  ACKNOWLEDGE .Lecho_acknowledged          // an echo of what vanished: the real one is to come
  inc %r12d
  mov $ADDRESS(.Lecho), %r15d
  movl $0, CNTV_CTL(%rbp)
  END_INTERRUPT %eax
.Lspurious:
  iretq

.Lecho:
  ACKNOWLEDGE .Lecho_acknowledged
  inc %r10d
  END_INTERRUPT %eax
  iretq
.Lecho_acknowledged:
  inc %r14d
  EOI
  iretq

.Lend:
  REPORT "rounds", %ebx
  REPORT "vanished", %r9d
  REPORT "wrong", %r10d
  REPORT "active", %r11d
  REPORT "taken", %r12d
  REPORT "missed", %r13d
  REPORT "echoes", %r14d
  or %r11d, %r10d
  or %r13d, %r10d
  jnz .Lwrong
  cmp %ebx, %r9d
  jne .Lwrong
  cmp %ebx, %r12d
  jne .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

.Lno_controller:
  PRINT "spurious: no interrupt controller like GICv2 here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "spurious: takes a number of rounds\n"
  EXIT 1

  IDT_BEGIN
  GATE SPURIOUS_VECTOR, .Lspurious
  GIC_GATE 0, .Lhandler
  IDT_END
GUEST_END spurious
