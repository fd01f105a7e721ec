// Proves: each period of the local APIC's timer has a tick that is pending when the count has begun anew,
// no tick is early by the TSC, and none comes after the timer was stopped.
// Takes, marks, exits: see ledger.h. Periods that pass while one tick is pending make no second one.
//
// With interrupts off, in a round of three, it sees the count begin anew: then a tick is pending, and is
// handled within a few exits. In the fourth it halts, and a tick ends that.

#include "ledger.h"

#define PERIOD 1000                        // microseconds
#define EXITS 4                            // a late interrupt comes at an exit

GUEST_BEGIN apic_periodic
  LEDGER_BEGIN
  mov .Lkilohertz(%rip), %eax              // cycles a period
  mov $PERIOD, %edx
  mul %rdx
  xor %edx, %edx
  mov $1000, %ecx
  div %rcx
  mov %rax, %r12                           // R12: cycles a period, or 0
  movl $DIVIDE_BY_1, LAPIC_DIVIDE(%rbp)
  movl $TIMER_VECTOR | LVT_PERIODIC, LAPIC_LVT_TIMER(%rbp)
  TSC64 %r11                               // R11: before this much no tick comes
  add %r12, %r11
  movl $PERIOD * LAPIC_TICKS_A_MICROSECOND, LAPIC_INITIAL_COUNT(%rbp)
  MARK MARK_ARMED
.Lround:
  mov %r9d, %r10d                          // R10D: ticks before this round
  mov .Lrounds(%rip), %eax
  and $3, %eax
  jz .Lhalt
  mov LAPIC_COUNT(%rbp), %r14d
.Lwatch:
  mov %r14d, %r13d
  mov LAPIC_COUNT(%rbp), %r14d
  cmp %r13d, %r14d
  jbe .Lwatch
  sti
  mov $EXITS, %ecx
.Lexits:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  dec %ecx
  jnz .Lexits
  cli
  cmp %r10d, %r9d
  je .Llost
  jmp .Lnext
.Lhalt:
  sti
  hlt
  cli
  cmp %r10d, %r9d
  je .Lhalt
.Lnext:
  ROUND_END .Lround
  // A tick may be pending when the timer is stopped; it is taken now.
  movl $0, LAPIC_INITIAL_COUNT(%rbp)
  sti
  mov $EXITS, %ecx
.Llast:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  dec %ecx
  jnz .Llast
  cli
  mov %r9d, %r10d
  jmp .Lbalance

.Lhandler:
  HANDLER_BEGIN
  TSC64 %rax
  cmp %r11, %rax
  jb .Learly
  add %r12, %r11
  HANDLER_END

  LEDGER_END
  IDT_BEGIN
  GATE TIMER_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END apic_periodic
