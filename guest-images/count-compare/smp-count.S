// Proves: every CPU takes the interrupts of its private Count/Compare timer, by whatever controller there is.
// Takes: ticks a CPU (20), and the period in microseconds (1000; at most 10^6).
// Prints: nothing.
// Exits: 0 when each CPU has had its ticks; 1 if there is no such timer, or CPUs cannot be started.
//
// A CPU that gets no ticks is for the run's timeout to find.

#include "cp0.h"
#include "smp.h"

#define PERIOD_MAX 1000000                 // microseconds

GUEST_BEGIN smp_count
  ARGUMENTS
  ARGUMENT 20, .Lmalformed
  mov %eax, ADDRESS(.Lticks)
  ARGUMENT 1000, .Lmalformed
  mov %eax, ADDRESS(.Lperiod)
  ARGUMENTS_END .Lmalformed
  mov ADDRESS(.Lperiod), %eax
  dec %eax                                 // 0 gets greater than any
  cmp $PERIOD_MAX, %eax
  jae .Lmalformed
  START_CODE
  LONG_MODE

  // Every CPU comes by here.
  OWN_STACK %r12d                          // R12D: this CPU's number
  LOAD_IDT
  test %r12d, %r12d
  jnz .Lother_cpu
  LAB_QUERY PLATFORM_PROPERTY_CPUS
  mov %eax, .Lcpus(%rip)
  APIC_BEGIN
  ROUTE PLATFORM_CP0_LINE, LEVEL
  START_BY_APIC
  jmp .Ltick
  APIC_END
  START_BY_LAB_PORT .Lcpus(%rip), .Lrefused
  jmp .Ltick
.Lother_cpu:
  APIC_CPU_BEGIN
  APIC_CPU_END

.Ltick:
  CP0_BEGIN .Labsent
  mov CP0_FREQUENCY(%rbp), %eax
  mov .Lperiod(%rip), %ecx
  mul %rcx                                 // below 2^32 * 2^20
  mov $1000000, %ecx
  div %rcx
  mov %eax, %r13d                          // R13D: the period in ticks of Count
  xor %r14d, %r14d                         // R14D: ticks taken
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  mov CP0_COUNT(%rbp), %r11d
  mov $1, %eax
  NEXT_COMPARE %r11d, %r13d
.Lidle:                                    // STI takes effect after HLT has begun
  cmp .Lticks(%rip), %r14d
  jae .Lfinished
  sti
  hlt
  cli
  jmp .Lidle
.Lfinished:
  lock incl .Lfinished_cpus(%rip)
  test %r12d, %r12d
  jnz .Lrest
.Lwait:
  YIELD
  mov .Lcpus(%rip), %ecx
  cmp %ecx, .Lfinished_cpus(%rip)
  jne .Lwait
  EXIT 0
.Lrest:
  hlt
  jmp .Lrest

// Interrupts nothing but the idle loop, which keeps nothing in RAX, RCX, RDX or RSI.
.Lhandler:
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jz .Lnothing
  inc %r14d
  mov $1, %eax
  NEXT_COMPARE %r11d, %r13d
.Lnothing:
  EOI
.Lspurious:
  iretq

.Labsent:
  PRINT "smp-count: no such timer here\n"
  EXIT 1
.Lrefused:
  PRINT "smp-count: CPUs cannot be started\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "smp-count: expected ticks and a period in microseconds, at most 1000000\n"
  EXIT 1

  .balign 4
.Lticks:
  .long 0
.Lperiod:
  .long 0
.Lcpus:
  .long 0
.Lfinished_cpus:
  .long 0
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END smp_count
