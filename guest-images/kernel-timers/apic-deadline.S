// Proves: a TSC deadline is delivered once, not before the TSC is there, and reads 0 then.
// Takes, marks, exits: see ledger.h.

#include "ledger.h"

#define DISTANCE (1 << 19)                 // cycles

GUEST_BEGIN apic_deadline
  LEDGER_BEGIN
  movl $TIMER_VECTOR | LVT_TSC_DEADLINE, LAPIC_LVT_TIMER(%rbp)
  cmpl $TIMER_VECTOR | LVT_TSC_DEADLINE, LAPIC_LVT_TIMER(%rbp)
  jne .Labsent                             // CPUID does not show it
.Lround:
  inc %r10d
  TSC64 %r11
  add $DISTANCE, %r11                      // R11: the deadline
  mov %r11d, %eax
  mov %r11, %rdx
  shr $32, %rdx
  mov $IA32_TSC_DEADLINE, %ecx
  wrmsr
  MARK MARK_ARMED
  call .Lawait
  ROUND_END .Lround
  jmp .Lbalance

.Lhandler:
  HANDLER_BEGIN
  TSC64 %rax
  cmp %r11, %rax
  jb .Learly
  mov $IA32_TSC_DEADLINE, %ecx
  rdmsr
  or %edx, %eax
  jnz .Lwrong
  HANDLER_END

  LEDGER_END
  IDT_BEGIN
  GATE TIMER_VECTOR, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END apic_deadline
