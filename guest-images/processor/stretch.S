// Proves: in virtual time an interrupt is taken at an exit and nowhere between. A line rises while
// interrupts are off; then STI, and many instructions without an exit.
// Takes: how many rounds (10), of how many turns of a loop (20000).
// Prints: taken, the rounds with an interrupt; inside, those with one before the stretch was over.
// Exits: 0 if each round had one; 1 otherwise, or where there is no CP0 page.

#include "interrupts.h"
#include "cp0.h"

#define MEETING 0x10000000                 // of Count and Compare
#define AHEAD 1000                         // ticks of Count: 10 us

GUEST_BEGIN stretch
  ARGUMENTS
  ARGUMENT 10, .Lmalformed
  mov %eax, %edi
  ARGUMENT 20000, .Lmalformed
  mov %eax, %ebx
  ARGUMENTS_END .Lmalformed
  CP0_BEGIN .Lno_page
  LONG_MODE
  mov %ebx, %r10d                          // R10: the loop's turns
  mov %edi, %ebx                           // EBX: rounds left
  mov %edi, %r9d                           // R9: rounds
  LOAD_IDT
  APIC_BEGIN
  ROUTE PLATFORM_CP0_LINE, LEVEL
  APIC_END
  xor %r13d, %r13d                         // R13: rounds with one inside
  xor %r14d, %r14d                         // R14: rounds with one
.Lround:
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  movl $MEETING, CP0_COMPARE(%rbp)
  movl $MEETING - AHEAD, CP0_COUNT(%rbp)   // last, so that no delay in between misses the meeting
.Lnot_due:
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jz .Lnot_due
  xor %r12d, %r12d                         // R12: one was taken in this round
  sti
  mov %r10d, %ecx
.Lstretch:
  dec %ecx
  jnz .Lstretch
  add %r12d, %r13d
  mov CP0_STATUS(%rbp), %eax               // an exit
  nop
  cli
  add %r12d, %r14d
  dec %ebx
  jnz .Lround
  REPORT "taken", %r14d
  REPORT "inside", %r13d
  cmp %r9d, %r14d
  jne .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1
.Lhandler:
  mov $1, %r12d                            // a host may deliver a level twice
  movl $0, CP0_STATUS(%rbp)                // the line falls
  EOI
  iretq
.Lspurious:
  iretq
  .code32
.Lmalformed:
  PRINT "stretch: takes two numbers\n"
  EXIT 1
.Lno_page:
  PRINT "stretch: no CP0 page here\n"
  EXIT 1
  .subsection DATA_PART
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
  .subsection CODE_PART
GUEST_END stretch
