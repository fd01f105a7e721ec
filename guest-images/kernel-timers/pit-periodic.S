// Proves: an i8254 that counts again and again (mode 2) continues its ticks, and none is early by the
// TSC: the nth comes no sooner than n periods after the start.
// Takes, marks, exits: see ledger.h. Nothing may come after its pin was masked.
//
// A tick that is late by a period is not told from one that is not; KVM_SET_PIT2 begins a period anew.

#include "pit.h"

#define COUNT 1200                         // 1006 microseconds

GUEST_BEGIN pit_periodic
  LEDGER_BEGIN
  PIT_BEGIN 2, COUNT
  PIT_SET 2, COUNT
  MARK MARK_ARMED
.Lround:
  // Ticks that came while it did not wait are no debt.
  lea 1(%r9), %r10d
  call .Lawait_tick
  ROUND_END .Lround
  mov $PLATFORM_IOAPIC, %esi
  .irp pin, 0, 2
  movl $0x10 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $LVT_MASKED + TIMER_VECTOR, IOAPIC_WINDOW(%rsi)
  .endr
  // One may be pending when it is masked; it is taken now.
  sti
  mov $4, %ecx
.Llast:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  dec %ecx
  jnz .Llast
  cli
  mov %r9d, %r10d
  jmp .Lbalance

// As .Lawait; more ticks than one are right.
.Lawait_tick:
  mov .Lrounds(%rip), %r14d
  TSC64 %r13
  mov $PATIENCE, %eax
  add %rax, %r13
  test $1, %r14d
  jz .Ltick_halted
  sti
.Ltick_on:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  TSC64 %rax
  cmp %r10d, %r9d
  jae .Lticked
  cmp %r13, %rax
  jb .Ltick_on
  END LOST
.Ltick_halted:
  cmp %r10d, %r9d
  jae .Lticked
  sti
  hlt
  cli
  jmp .Ltick_halted
.Lticked:
  cli
  ret

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
GUEST_END pit_periodic
