// Proves: a halted guest gets one timer interrupt for every point of a periodic schedule.
// Takes: how many interrupts to wait for (50), and the period in microseconds (1000; at most 10^7).
// Prints: ticks, the interrupts taken; skipped, the points that Compare was not set to in time or,
// to get ahead of Count again, not at all; spurious, interrupts with Cause.TI clear, which an
// IOAPIC may add; crossings, the points that Count passed; and how late the ticks were.
// Exits: 0 if ticks and skipped points together are the crossings; 1 otherwise.
//
// The points are start + k * period: Compare advances by the period, however late a tick is.
//
// An interrupt that is lost comes one wrap of Count later, and with the same Count. No register
// shows it to a guest, but a run's timeout does: a wrap takes 43 seconds at 100 MHz.

#include "cp0.h"
#include "interrupts.h"

#define PERIOD_MAX 10000000                // microseconds: 10^9 ticks; twice is below half a wrap

GUEST_BEGIN tick
  ARGUMENTS
  ARGUMENT 50, .Lmalformed
  mov %eax, %edi
  ARGUMENT 1000, .Lmalformed
  mov %eax, %ebx
  ARGUMENTS_END .Lmalformed
  test %edi, %edi
  jz .Lmalformed
  dec %eax                                 // 0 gets greater than any
  cmp $PERIOD_MAX, %eax
  jae .Lmalformed
  LONG_MODE
  LOAD_IDT
  CP0_BEGIN .Lno_cp0
  APIC_BEGIN
  ROUTE PLATFORM_CP0_LINE, LEVEL
  APIC_END
  mov CP0_FREQUENCY(%rbp), %eax
  mul %ebx
  mov $1000000, %ecx
  div %ecx
  mov %eax, %ebx                           // EBX: the period, in ticks of Count
  mov %edi, %edi                           // EDI: interrupts to wait for
  xor %r9d, %r9d                           // R9D: ticks
  xor %r10d, %r10d                         // R10D: skipped
  xor %r13d, %r13d                         // R13: Count since the start, not modulo 2^32
  xor %r14d, %r14d                         // R14: sum of how late ticks were
  xor %r15d, %r15d                         // R15D: the worst
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  mov CP0_COUNT(%rbp), %r12d               // R12D: Count at the latest tick, or the start
  mov %r12d, %r11d                         // R11D: the point in Compare
  xor %eax, %eax
  call .Lnext_point
  sti
.Lidle:                                    // the handler leaves nothing to do here, so an interrupt
  hlt                                      // just before the HLT is not missed
  jmp .Lidle

// Interrupts nothing but the idle loop, which keeps nothing in registers.
.Lhandler:
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jz .Lno_match
  mov CP0_COUNT(%rbp), %eax
  mov %eax, %ecx
  sub %r12d, %ecx
  add %rcx, %r13
  mov %eax, %r12d
  sub %r11d, %eax
  add %rax, %r14
  cmp %r15d, %eax
  jbe .Lnot_worst
  mov %eax, %r15d
.Lnot_worst:
  inc %r9d
  cmp %edi, %r9d
  je .Lend
  call .Lnext_point
  EOI
.Lspurious:
  iretq
.Lno_match:
  incl .Lspurious_interrupts(%rip)
  EOI
  iretq

// EAX = how late a tick is: Compare advances to the next point that is to come. A tick less than a wrap
// late is followed by the next in time, as its lateness is a Count without a sign.
.Lnext_point:
  xor %edx, %edx
  div %ebx
  inc %eax
  NEXT_COMPARE %r11d, %ebx
  lea -1(%r10, %rcx), %r10d
  ret

.Lend:
  mov %r12d, %eax
  sub %r11d, %eax
  xor %edx, %edx
  div %ebx
  add %eax, %r10d                          // points past by now that Compare was never set to
  REPORT "ticks", %r9d
  REPORT "skipped", %r10d
  REPORT "spurious", .Lspurious_interrupts(%rip)
  mov %r13, %rax
  xor %edx, %edx
  div %rbx
  mov %eax, %ebx                           // crossings: the period has served
  REPORT "crossings", %ebx
  PRINT "late: mean "
  mov %r14, %rax
  xor %edx, %edx
  div %rdi
  PRINT_DECIMAL %eax
  PRINT ", worst "
  PRINT_DECIMAL %r15d
  PRINT " ticks of Count\n"
  add %r9d, %r10d
  cmp %ebx, %r10d
  jne .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

.Lno_cp0:
  PRINT "tick: no CP0 page here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "tick: takes a number of interrupts and a period of 1 to 10000000 microseconds\n"
  EXIT 1

  .balign 4
.Lspurious_interrupts:
  .long 0
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END tick
