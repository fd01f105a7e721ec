// Proves: private timers and private interrupts are private. Every CPU takes the ticks of its
// virtual timer, and after each sends an SGI to the next CPU; none is lost, doubled, or another CPU's.
// Takes: ticks a CPU (50), the period in microseconds (1000; at most 10^7), and whether SGIs are sent (1; 0
// for none).
// Prints: for each CPU ticks, skipped, early, crossings (see gtick), and of SGIs sent, withheld, as the
// one before with that number was still on its way, received, and strays, which were not sent; spurious,
// acknowledgements that found nothing, which an APIC may cause; and how late the worst tick was.
// Exits: 0 if each CPU finished, none was early, ticks and skipped points are the crossings, ticks are
// the SGIs sent and withheld (or there are none), the next CPU received what was sent, and there were no strays; 1
// otherwise.
//
// Tick k sends SGI k modulo 16. A second one from the same CPU would merge with a first that is still
// pending, which is right, and breaks no sum here: for each of a CPU's SGIs there is a flag, set by the
// sender, cleared by the receiver.
//
// CPU 0 does as the others do until it is finished, and then waits for them. A CPU that gets no ticks
// any more is for the run's timeout to find.

#include "schedule.h"
#include "smp.h"

#define TIMER PLATFORM_VIRTUAL_TIMER_INTERRUPT
#define SECONDS_TO_WAIT 2                  // for SGIs on their way when all ticks are over

// A CPU's record.
#define RECORD_SHIFT 7
#define PREVIOUS 0                         // the CPU whose SGIs come here
#define PREVIOUS_RECORD 4
#define NEXT_TARGET 8                      // the next CPU, as GICD_SGIR wants it
#define TICKS 12                           // these four and WORST are set at the end
#define SKIPPED 16
#define EARLY 20
#define CROSSINGS 24
#define WORST 28
#define SENT 32
#define WITHHELD 36
#define RECEIVED 40
#define STRAYS 44
#define SPURIOUS 48
#define ON_THE_WAY 64                      // a byte for each SGI that this CPU sends

// REPORT_PART "name", field: of the record at RDI.
.macro REPORT_PART name, field
  PRINT "\name"
  PRINT_DECIMAL \field(%rdi)
.endm

// TAKE_INTERRUPTS: one, if there is any, and other CPUs have their turns. Destroys RAX, RCX, RDX,
// RSI.
.macro TAKE_INTERRUPTS
  sti
  YIELD
  cli
.endm

GUEST_BEGIN smp_gtick
  ARGUMENTS
  ARGUMENT 50, .Lmalformed
  mov %eax, ADDRESS(.Lticks_to_take)
  mov %eax, %edi
  ARGUMENT 1000, .Lmalformed
  mov %eax, ADDRESS(.Lperiod)
  ARGUMENT 1, .Lmalformed
  mov %eax, ADDRESS(.Lsends)
  ARGUMENTS_END .Lmalformed
  test %edi, %edi
  jz .Lmalformed
  cmpl $1, ADDRESS(.Lsends)
  ja .Lmalformed
  mov ADDRESS(.Lperiod), %eax
  dec %eax                                 // 0 gets greater than any
  cmp $PERIOD_MAX, %eax
  jae .Lmalformed
  START_CODE
  LONG_MODE

  // Every CPU comes by here.
  OWN_STACK %ecx                           // ECX: this CPU's number
  mov %ecx, %edi
  shl $RECORD_SHIFT, %edi
  add $ADDRESS(.Lrecords), %edi            // RDI: its record
  LOAD_IDT
  test %ecx, %ecx
  jnz .Lother_cpu
  GIC_BEGIN .Lno_controller
  LAB_QUERY PLATFORM_PROPERTY_CPUS
  mov %eax, .Lcpus(%rip)
  cmp $PLATFORM_GIC_CPUS, %eax
  ja .Ltoo_many
  call .Llink_records
  APIC_BEGIN
  .set .Lcpu, 0
  .rept PLATFORM_GIC_CPUS
  GIC_ROUTE .Lcpu
  .set .Lcpu, .Lcpu + 1
  .endr
  START_BY_APIC
  jmp .Ltick
  APIC_END
  START_BY_LAB_PORT .Lcpus(%rip), .Lrefused
  jmp .Ltick
.Lother_cpu:
  APIC_CPU_BEGIN
  APIC_CPU_END
  GIC_CPU_BEGIN

.Ltick:
  GIC_ENABLE TIMER
  mov .Lperiod(%rip), %ebx
  SCHEDULE_BEGIN
  movl $CTL_ENABLE, CNTV_CTL(%rbp)
.Lidle:                                    // STI takes effect after HLT has begun
  cmp $ADDRESS(.Lrecords), %edi
  jne .Lhalt
  cmpl $0, TICKS(%rdi)
  jne .Lfinish
.Lhalt:
  sti
  hlt
  cli
  jmp .Lidle

// Interrupts nothing but the idle loop, and CPU 0's where it is said: neither keeps anything in RAX,
// RCX, RDX, RSI or a register of the schedule's.
.Lhandler:
  mov CNTVCT(%rbp), %rsi
  ACKNOWLEDGE .Lnothing
  cmp $TIMER, %eax
  jne .Lsgi
  TICK
  cmpl $0, .Lsends(%rip)
  je .Lwas_last
  mov %r9d, %eax
  and $SGIS - 1, %eax
  cmpb $0, ON_THE_WAY(%rdi, %rax)
  jne .Lwithhold
  movb $1, ON_THE_WAY(%rdi, %rax)
  incl SENT(%rdi)
  or NEXT_TARGET(%rdi), %eax
  mov %eax, GICD_SGIR(%rbp)
  jmp .Lwas_last
.Lwithhold:
  incl WITHHELD(%rdi)
.Lwas_last:
  cmp .Lticks_to_take(%rip), %r9d
  je .Llast
  NEXT_POINT
  END_INTERRUPT $TIMER
.Lspurious:
  iretq
.Lnothing:
  incl SPURIOUS(%rdi)
  EOI
  iretq

.Lsgi:
  mov %eax, %ecx
  shr $IAR_SOURCE_SHIFT, %ecx
  cmp PREVIOUS(%rdi), %ecx
  jne .Lstray
  mov %eax, %ecx
  and $IAR_NUMBER, %ecx
  cmp $SGIS, %ecx
  jae .Lstray
  mov PREVIOUS_RECORD(%rdi), %edx
  cmpb $1, ON_THE_WAY(%rdx, %rcx)
  jne .Lstray
  incl RECEIVED(%rdi)
  movb $0, ON_THE_WAY(%rdx, %rcx)          // now the sums may be taken
  END_INTERRUPT %eax
  iretq
.Lstray:
  incl STRAYS(%rdi)
  END_INTERRUPT %eax
  iretq

.Llast:
  SCHEDULE_END
  mov %eax, CROSSINGS(%rdi)
  mov %r10d, SKIPPED(%rdi)
  mov %r13d, EARLY(%rdi)
  mov %r15d, WORST(%rdi)
  mov %r9d, TICKS(%rdi)
  lock incl .Lfinished(%rip)
  END_INTERRUPT $TIMER
  iretq

// CPU 0, interrupts off, all its own ticks taken. RBX is free then.
.Lfinish:
  TAKE_INTERRUPTS
  mov .Lfinished(%rip), %ecx
  cmp %ecx, .Lcpus(%rip)
  jne .Lfinish
  mov CNTFRQ(%rbp), %ebx
  imul $SECONDS_TO_WAIT, %rbx, %rbx
  add CNTVCT(%rbp), %rbx
.Lwait_for_sgis:
  TAKE_INTERRUPTS
  call .Lfind_on_the_way
  test %rax, %rax
  jz .Lreport
  cmp CNTVCT(%rbp), %rbx
  ja .Lwait_for_sgis
.Lreport:
  xor %ebx, %ebx                           // EBX: CPU
  xor %r9d, %r9d                           // R9D: what is wrong, if not 0
.Lreport_cpu:
  PRINT "cpu "
  PRINT_DECIMAL %ebx
  REPORT_PART ": ticks ", TICKS
  REPORT_PART ", skipped ", SKIPPED
  REPORT_PART ", early ", EARLY
  REPORT_PART ", crossings ", CROSSINGS
  REPORT_PART ", sent ", SENT
  REPORT_PART ", withheld ", WITHHELD
  REPORT_PART ", received ", RECEIVED
  REPORT_PART ", strays ", STRAYS
  REPORT_PART ", spurious ", SPURIOUS
  REPORT_PART ", worst ", WORST
  PRINT " ticks of the counter\n"
  mov TICKS(%rdi), %eax
  add SKIPPED(%rdi), %eax
  sub CROSSINGS(%rdi), %eax
  or %eax, %r9d
  mov SENT(%rdi), %eax
  add WITHHELD(%rdi), %eax
  cmpl $0, .Lsends(%rip)
  je .Lnone_sent
  sub TICKS(%rdi), %eax
.Lnone_sent:
  or %eax, %r9d
  mov PREVIOUS_RECORD(%rdi), %ecx
  mov SENT(%rcx), %eax
  sub RECEIVED(%rdi), %eax
  or %eax, %r9d
  or EARLY(%rdi), %r9d
  or STRAYS(%rdi), %r9d
  add $1 << RECORD_SHIFT, %edi
  inc %ebx
  cmp .Lcpus(%rip), %ebx
  jne .Lreport_cpu
  test %r9d, %r9d
  jnz .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

// RAX = 0 if no SGI is on its way. Destroys ECX, EDX.
.Lfind_on_the_way:
  xor %eax, %eax
  mov $ADDRESS(.Lrecords), %edx
  mov .Lcpus(%rip), %ecx
.Lfind_of_cpu:
  or ON_THE_WAY(%rdx), %rax
  or ON_THE_WAY + 8(%rdx), %rax
  add $1 << RECORD_SHIFT, %edx
  dec %ecx
  jnz .Lfind_of_cpu
  ret

// Enters into each CPU's record the CPUs before and after it. Destroys EAX, ECX, EDX, ESI.
.Llink_records:
  xor %ecx, %ecx                           // ECX: CPU
  mov $ADDRESS(.Lrecords), %edx            // EDX: its record
  mov .Lcpus(%rip), %esi
  dec %esi                                 // ESI: the CPU before it
.Llink:
  mov %esi, PREVIOUS(%rdx)
  mov %esi, %eax
  shl $RECORD_SHIFT, %eax
  add $ADDRESS(.Lrecords), %eax
  mov %eax, PREVIOUS_RECORD(%rdx)
  movl $1 << SGIR_TARGETS_SHIFT, NEXT_TARGET(%rax)
  shll %cl, NEXT_TARGET(%rax)
  mov %ecx, %esi
  add $1 << RECORD_SHIFT, %edx
  inc %ecx
  cmp .Lcpus(%rip), %ecx
  jne .Llink
  ret

.Ltoo_many:
  PRINT "smp-gtick: the controller serves no more than 8 cpus\n"
  EXIT 1
.Lrefused:
  PRINT "smp-gtick: the lab port refuses to start a cpu\n"
  EXIT 1
.Lno_controller:
  PRINT "smp-gtick: no interrupt controller like GICv2 here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "smp-gtick: takes a number of ticks, a period of 1 to 10000000 microseconds, and 1 or 0\n"
  EXIT 1

  .balign 1 << RECORD_SHIFT
.Lrecords:
  .fill PLATFORM_GIC_CPUS << RECORD_SHIFT
.Lticks_to_take:
  .long 0
.Lperiod:
  .long 0
.Lsends:
  .long 0
.Lcpus:
  .long 0
.Lfinished:
  .long 0
  IDT_BEGIN
  GATE SPURIOUS_VECTOR, .Lspurious
  .set .Lcpu, 0
  .rept PLATFORM_GIC_CPUS
  GIC_GATE .Lcpu, .Lhandler
  .set .Lcpu, .Lcpu + 1
  .endr
  IDT_END
GUEST_END smp_gtick
