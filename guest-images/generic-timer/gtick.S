// Proves: a halted guest gets a tick of the virtual timer for every point of a periodic schedule, and
// none before its point.
// Takes: how many ticks to wait for (50), and the period in microseconds (1000; at most 10^7).
// Prints: ticks, the timer's interrupts; skipped, points that CVAL was not set to, as they were past;
// early, ticks before their point; spurious, acknowledgements that found nothing, which an APIC may
// cause; crossings, points that the counter passed; and how late the ticks were.
// Exits: 0 if no tick was early, and ticks and skipped points together are the crossings; 1
// otherwise.
//
// A tick that is lost is none that comes late: the line stays high, and nothing looks. No register
// shows it to a guest, but a run's timeout does.

#include "schedule.h"

GUEST_BEGIN gtick
  ARGUMENTS
  ARGUMENT 50, .Lmalformed
  mov %eax, %edi                           // EDI: ticks to wait for
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
  GIC_BEGIN .Lno_controller
  APIC_BEGIN
  GIC_ROUTE 0
  APIC_END
  GIC_ENABLE PLATFORM_VIRTUAL_TIMER_INTERRUPT
  mov %edi, %edi
  SCHEDULE_BEGIN
  movl $CTL_ENABLE, CNTV_CTL(%rbp)
  sti
.Lidle:                                    // the handler leaves nothing to do here, so an interrupt
  hlt                                      // just before the HLT is not missed
  jmp .Lidle

.Lhandler:
  mov CNTVCT(%rbp), %rsi
  ACKNOWLEDGE .Lnothing
  cmp $PLATFORM_VIRTUAL_TIMER_INTERRUPT, %eax
  jne .Lstranger
  TICK
  cmp %edi, %r9d
  je .Lend
  NEXT_POINT
  END_INTERRUPT $PLATFORM_VIRTUAL_TIMER_INTERRUPT
.Lspurious:
  iretq
.Lnothing:
  incl .Lspurious_acknowledgements(%rip)
  EOI
  iretq

.Lend:
  SCHEDULE_END
  mov %eax, %ebx                           // crossings: the period has served
  REPORT "ticks", %r9d
  REPORT "skipped", %r10d
  REPORT "early", %r13d
  REPORT "spurious", .Lspurious_acknowledgements(%rip)
  REPORT "crossings", %ebx
  PRINT "late: mean "
  mov %r14, %rax
  xor %edx, %edx
  div %rdi
  PRINT_DECIMAL %eax
  PRINT ", worst "
  PRINT_DECIMAL %r15d
  PRINT " ticks of the counter\n"
  test %r13d, %r13d
  jnz .Lwrong
  add %r9d, %r10d
  cmp %ebx, %r10d
  jne .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

.Lstranger:
  mov %eax, %ebx
  PRINT "gtick: not asked for interrupt "
  PRINT_DECIMAL %ebx
  PRINT "\n"
  EXIT 1
.Lno_controller:
  PRINT "gtick: no interrupt controller like GICv2 here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "gtick: takes a number of ticks and a period of 1 to 10000000 microseconds\n"
  EXIT 1

  .balign 4
.Lspurious_acknowledgements:
  .long 0
  IDT_BEGIN
  GATE SPURIOUS_VECTOR, .Lspurious
  GIC_GATE 0, .Lhandler
  IDT_END
GUEST_END gtick
