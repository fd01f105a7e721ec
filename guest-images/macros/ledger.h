// For guests that keep books on the interrupts of one source: what was armed against what was handled.
//
// The contract, for a program that saves and restores such a guest at any instruction:
//
//   takes    rounds (4), the TSC's frequency in kHz (0: where only the TSC shows it, early is not judged), and
//            whether the backend may deliver a level once more after it fell (0; ioapic-level alone asks)
//   marks    1 armed, 2 in the handler before its end of interrupt, 3 all is over and nothing may come
//   exits    0 exactly right; 1 lost; 2 doubled; 3 early; 4 a register is not what it must be; 8 there is
//            no such source; 9 an argument
//   time     a deadline is 100 to 1000 microseconds ahead, and only an interrupt that is never handled
//            takes longer: after 2^31 cycles of the TSC it is lost. A lost one of a HLT is a dead guest.
//   state    R9D handled, R10D armed, both only ever count up
//
// It waits for each in one of four ways, one a round: 0 in a loop without an exit, 1 in HLT, 2 in a loop
// of exits, 3 with interrupts off for longer than the deadline, and then as 0.

#ifndef SWVMM_GUEST_LEDGER_H
#define SWVMM_GUEST_LEDGER_H

#include "interrupts.h"

#define LOST 1
#define DOUBLED 2
#define EARLY 3
#define WRONG 4
#define ABSENT 8

#define MARK_ARMED 1
#define MARK_HANDLED 2
#define MARK_OVER 3

#define LAPIC_LVT_TIMER 0x320
#define LAPIC_INITIAL_COUNT 0x380
#define LAPIC_COUNT 0x390
#define LAPIC_DIVIDE 0x3e0
#define DIVIDE_BY_1 0xb
#define LVT_PERIODIC 0x20000
#define LVT_TSC_DEADLINE 0x40000
#define IA32_TSC_DEADLINE 0x6e0
#define LAPIC_TICKS_A_MICROSECOND 1000     // of KVM's
#define TIMER_VECTOR (PLATFORM_VECTOR_BASE + 8)

#define REST (1 << 20)                     // cycles with interrupts off: longer than a deadline
#define LISTEN (3 << 20)                   // cycles in which nothing may come
#define PATIENCE (1 << 31)                 // cycles after which an interrupt is lost

// MARK number. Destroys EAX, EDX.
.macro MARK number
  mov $\number, %eax
  mov $PLATFORM_LAB_MARK, %edx
  out %eax, %dx
.endm

// TSC64 register: that = the TSC. Destroys RAX, RDX.
.macro TSC64 register
  rdtsc
  shl $32, %rdx
  lea (%rax, %rdx), \register
.endm

// END code. Where no exit port answers, the CPU halts for good.
.macro END code
  cli
  EXIT \code
.endm

// LEDGER_BEGIN: reads the arguments; long mode, interrupts off; R8 is where an end of interrupt goes, RBP
// the local APIC, and both counts are 0.
.macro LEDGER_BEGIN
  ARGUMENTS
  ARGUMENT 4, .Lmalformed
  mov %eax, ADDRESS(.Lrounds)
  ARGUMENT 0, .Lmalformed
  mov %eax, ADDRESS(.Lkilohertz)
  ARGUMENT 0, .Lmalformed
  mov %eax, ADDRESS(.Lrepeats)
  ARGUMENTS_END .Lmalformed
  cmpl $0, ADDRESS(.Lrounds)
  je .Lmalformed
  LONG_MODE
  LOAD_IDT
  xor %r9d, %r9d
  xor %r10d, %r10d
  mov $PLATFORM_LAPIC, %ebp
  APIC_BEGIN
  jmp .Lpresent
  APIC_END
.Labsent:
  END ABSENT
  .code32
.Lmalformed:
  EXIT 9
  .code64

// .Lawait: returns when R9D is R10D. Interrupts are off before and after. Destroys EAX, EDX, R13, R14.
.Lawait:
  mov .Lway(%rip), %r14d
  incl .Lway(%rip)
  and $3, %r14d
  cmp $3, %r14d
  jne .Lawait_now
  mov $REST, %r13d
  call .Lpause
.Lawait_now:
  TSC64 %r13
  mov $PATIENCE, %eax
  add %rax, %r13
  cmp $1, %r14d
  je .Lawait_halted
  sti
.Lawait_on:
  cmp $2, %r14d
  jne .Lawait_silently
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
.Lawait_silently:
  TSC64 %rax
  cmp %r10d, %r9d
  jae .Lawaited
  cmp %r13, %rax
  jb .Lawait_on
  END LOST
.Lawait_halted:
  cmp %r10d, %r9d
  jae .Lawaited
  sti
  hlt
  cli
  jmp .Lawait_halted
.Lawaited:
  cli
  cmp %r10d, %r9d
  ja .Ldoubled
  ret

// .Lpause: R13D cycles of the TSC pass. Destroys RAX, RDX, R13.
.Lpause:
  TSC64 %rax
  add %rax, %r13
.Lpause_on:
  TSC64 %rax
  cmp %r13, %rax
  jb .Lpause_on
  ret

// .Lbalance: nothing is armed any more. Listens, and ends.
.Lbalance:
  MARK MARK_OVER
  sti
  TSC64 %r13
  add $LISTEN, %r13
.Llisten:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  TSC64 %rax
  cmp %r13, %rax
  jb .Llisten
  cli
  cmp %r10d, %r9d
  ja .Ldoubled
  jb .Llost
  END 0
.Llost:
  END LOST
.Ldoubled:
  END DOUBLED
.Learly:
  END EARLY
.Lwrong:
  END WRONG
.Lspurious:
  iretq
.Lpresent:
.endm

// LEDGER_END: data; then IDT_BEGIN may follow.
.macro LEDGER_END
  .subsection DATA_PART
  .balign 4
.Lrounds:
  .long 0
.Lkilohertz:
  .long 0
.Lway:
  .long 0
.Lrepeats:
  .long 0
.endm

// ROUND_END label: to the label as long as there are rounds.
.macro ROUND_END label
  decl .Lrounds(%rip)
  jnz \label
.endm

// HANDLER_BEGIN, HANDLER_END: what every handler does. It may use RAX and RDX in between.
.macro HANDLER_BEGIN
  push %rax
  push %rdx
  inc %r9d
  MARK MARK_HANDLED
.endm

.macro HANDLER_END
  EOI
  pop %rdx
  pop %rax
  iretq
.endm

#endif
