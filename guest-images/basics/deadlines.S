// Proves: when a handler runs that a timer was to start at a planned deadline.
// Takes: the timer (0 Count/Compare, 1 generic, 2 PIT, 3 local APIC, 4 the same by TSC deadline), its
// shape (0 one-shot, 1 periodic), what is interrupted (0 HLT, 1 a busy loop, 2 one that has its
// interrupts off most of the time), how many interrupts to take (50), the period in microseconds
// (1000; at most 50000), the frequency of the TSC in kHz (for 4, and for loops with interrupts off),
// whether an interrupt is an edge (1; level is 0), and whether its host is to look at itself after each
// interrupt of timers 2 to 4 (1), which make no exit by themselves.
// Prints: nothing, if its host takes records by the lab port. Else, for timers 2 to 4 and one CPU, a line an
// interrupt: cycles of the TSC from the record's first field to the handler, modulo 2^32.
// Exits: 0 when each CPU has taken its interrupts; 1 if the timer is not there, or CPUs cannot be started.
//
// Each CPU has separate timers, and takes so many interrupts; a PIT is there for a single CPU alone.
//
// A record is four numbers of 8 bytes (platform.h), of which the first is of no interrupt.
//
// Periodic points are start + k * period, whatever the delay; points that are past when the next one
// is to be set are passed over, and their host counts them. A one-shot is set a period after the
// handler of the one before.

#include "gic.h"
#include "cp0.h"
#include "smp.h"
#include "deadline-records.h"

#define PERIOD_MAX 50000                   // microseconds: below a wrap of the PIT's count
#define PIT_COMMAND 0x43
#define PIT_CHANNEL0 0x40
#define PIT_FREQUENCY 1193182
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_INITIAL_COUNT 0x380
#define LAPIC_DIVIDE 0x3e0
#define DIVIDE_BY_1 0xb
#define LVT_PERIODIC 0x20000
#define LVT_TSC_DEADLINE 0x40000
#define LAPIC_TICKS_A_MICROSECOND 1000     // of KVM's
#define IA32_TSC_DEADLINE 0x6e0
#define PIT_VECTOR (PLATFORM_VECTOR_BASE + 8)
#define LAPIC_VECTOR (PLATFORM_VECTOR_BASE + 9)

// TSC64 register: that = the TSC. Destroys RAX, RDX.
.macro TSC64 register
  rdtsc
  shl $32, %rdx
  lea (%rax, %rdx), \register
.endm

// ROUTES trigger: of Count/Compare's pin, and of the interrupt controller's output to each CPU.
.macro ROUTES trigger
  ROUTE PLATFORM_CP0_LINE, \trigger
  .set .Lcpu, 0
  .rept PLATFORM_GIC_CPUS
  ROUTE PLATFORM_GIC_LINE + .Lcpu, \trigger, .Lcpu
  .set .Lcpu, .Lcpu + 1
  .endr
.endm

GUEST_BEGIN deadlines
  ARGUMENTS
  .irp field, timer, shape, state, count, period, kilohertz, edge, looks
  .ifc \field, count
  ARGUMENT 50, .Lmalformed
  .else
  .ifc \field, period
  ARGUMENT 1000, .Lmalformed
  .else
  ARGUMENT 0, .Lmalformed
  .endif
  .endif
  mov %eax, ADDRESS(.L\field)
  .endr
  ARGUMENTS_END .Lmalformed
  cmpl $0, ADDRESS(.Lcount)
  je .Lmalformed
  mov ADDRESS(.Lperiod), %eax
  dec %eax                                 // 0 gets greater than any
  cmp $PERIOD_MAX, %eax
  jae .Lmalformed
  cmpl $4, ADDRESS(.Ltimer)
  ja .Lmalformed
  START_CODE
  LONG_MODE

  // Every CPU comes by here, all with the same stack; the stacks of all end where the rings do. A CPU that comes gets
  // a number, because not every host of this guest has a lab port that says one.
  mov $1, %edi
  lock xadd %edi, .Larrived(%rip)          // EDI: which one it is, the first is 0
  imul $STACK_SIZE, %edi, %eax
  sub %rax, %rsp
  LOAD_IDT
  mov .Lcount(%rip), %r10d                 // R10D: records to make
  mov .Lperiod(%rip), %ebx                 // RBX: the period, in microseconds
  test %edi, %edi
  jnz .Lother_cpu
  call .Lcount_cpus
  RECORDS_SET_UP .Lcpus
  call .Lset_up_apic
  cmpl $1, .Lcpus(%rip)
  je .Lstarted
  cmpb $0, .Lhas_apic(%rip)
  je .Lstart_by_port
  START_BY_APIC
  jmp .Lstarted
.Lstart_by_port:
  START_BY_LAB_PORT .Lcpus(%rip), .Lrefused
  jmp .Lstarted
.Lother_cpu:
  APIC_CPU_BEGIN
  APIC_CPU_END
.Lstarted:
  RECORDS_BEGIN
  mov .Lkilohertz(%rip), %eax
  mov $1000, %ecx
  call .Lscale
  mov %rax, %r15                           // R15: the same in cycles of the TSC
  mov .Ltimer(%rip), %eax
  cmp $1, %eax
  jb .Lcount_compare
  je .Lgeneric
  cmpb $0, .Lhas_apic(%rip)
  je .Labsent
  cmp $3, %eax
  jb .Lpit
  je .Lapic
  jmp .Ltsc_deadline

// What is interrupted. Handlers keep R13 to R15 alone; what they leave in EAX costs .Lspin a turn at most.
.Lidle:
  cmpl $1, .Lstate(%rip)
  je .Lbusy
  ja .Loff
.Lhalted:
  sti
  hlt
  jmp .Lhalted
.Lbusy:
  sti
  jmp .
.Loff:                                     // off for three quarters of a period, on for one
  cli
  lea (%r15, %r15, 2), %r14
  shr $2, %r14
  call .Lspin
  sti
  mov %r15, %r14
  shr $2, %r14
  call .Lspin
  jmp .Loff

// Waits for R14D cycles, below 2^31. Destroys EAX, EDX, R13, R14.
.Lspin:
  rdtsc
  mov %eax, %r13d
.Lspin_on:
  rdtsc
  sub %r13d, %eax                          // right across a wrap of the low half, too
  cmp %r14d, %eax
  jb .Lspin_on
  ret

// Points that are past are passed over. Handlers use RAX, RCX, RDX and RSI; R11 is the point, and R12 the
// period in the timer's ticks.

// ---- Count/Compare
.Lcount_compare:
  CP0_BEGIN .Labsent
  mov CP0_FREQUENCY(%rbp), %eax
  call .Lticks
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  mov CP0_COUNT(%rbp), %r11d
  SETTING
  call .Lnext_compare
  jmp .Lidle

.Lcp0_handler:
  STORE_TSC HANDLER
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jz .Lnothing_due
  mov %r11, POINT(%r9)
  cmpl $0, .Lshape(%rip)
  jne .Lcompare_periodic
  mov CP0_COUNT(%rbp), %r11d
.Lcompare_periodic:
  call .Lnext_compare
  STORE_TSC ACKNOWLEDGED
  EOI
  DONE

.Lnext_compare:
  mov $1, %eax
  NEXT_COMPARE %r11d, %r12d
  ret

// ---- Generic timer
.Lgeneric:
  GIC_BEGIN .Labsent
  GIC_ENABLE PLATFORM_VIRTUAL_TIMER_INTERRUPT
  mov CNTFRQ(%rbp), %eax
  call .Lticks
  mov CNTVCT(%rbp), %r11
  add %r12, %r11
  SETTING
  mov %r11, CNTV_CVAL(%rbp)
  movl $CTL_ENABLE, CNTV_CTL(%rbp)
  jmp .Lidle

.Lgeneric_handler:
  STORE_TSC HANDLER
  ACKNOWLEDGE .Lnothing_due
  STORE_TSC ACKNOWLEDGED
  mov %r11, POINT(%r9)
  mov CNTVCT(%rbp), %rax
  cmpl $0, .Lshape(%rip)
  cmove %rax, %r11
  call .Lnext_point                        // a level: one that passes meanwhile is not lost
  mov %r11, CNTV_CVAL(%rbp)
  END_INTERRUPT $PLATFORM_VIRTUAL_TIMER_INTERRUPT
  DONE

// ---- PIT: mode 0 counts down once, mode 2 again and again
.Lpit:
  cmpl $1, .Lcpus(%rip)
  jne .Labsent
  mov $PIT_FREQUENCY, %eax
  call .Lticks
  SETTING
  call .Lset_pit
  jmp .Lidle

.Lpit_handler:
  STORE_TSC HANDLER
  mov %r11, POINT(%r9)
  STORE_TSC ACKNOWLEDGED
  EOI
  cmpl $0, .Lshape(%rip)
  jne .Lpit_done
  call .Lset_pit
.Lpit_done:
  DONE .Llooks

.Lset_pit:
  mov .Lshape(%rip), %eax
  lea 0x30(, %rax, 4), %eax                // channel 0, low byte and high byte; mode 0 or 2
  out %al, $PIT_COMMAND
  mov %r12d, %eax
  out %al, $PIT_CHANNEL0
  mov %ah, %al
  out %al, $PIT_CHANNEL0
  TSC64 %r11
  ret

// ---- Local APIC
.Lapic:
  mov $PLATFORM_LAPIC, %ebp
  movl $DIVIDE_BY_1, LAPIC_DIVIDE(%rbp)
  imul $LAPIC_TICKS_A_MICROSECOND, %rbx, %r12
  mov .Lshape(%rip), %eax
  imul $LVT_PERIODIC, %eax
  add $LAPIC_VECTOR, %eax
  mov %eax, LAPIC_LVT_TIMER(%rbp)
  SETTING
  call .Lset_apic
  jmp .Lidle

.Lset_apic:
  mov %r12d, LAPIC_INITIAL_COUNT(%rbp)
  TSC64 %r11
  ret

.Ltsc_deadline:
  mov $PLATFORM_LAPIC, %ebp
  mov %r15, %r12
  movl $LAPIC_VECTOR | LVT_TSC_DEADLINE, LAPIC_LVT_TIMER(%rbp)
  cmpl $LAPIC_VECTOR | LVT_TSC_DEADLINE, LAPIC_LVT_TIMER(%rbp)
  jne .Labsent                             // CPUID does not show it
  SETTING
  TSC64 %r11
  call .Lset_tsc_deadline
  jmp .Lidle

.Lset_tsc_deadline:
  TSC64 %rax
  call .Lnext_point
  mov %r11d, %eax
  mov %r11, %rdx
  shr $32, %rdx
  mov $IA32_TSC_DEADLINE, %ecx
  wrmsr
  ret

.Lapic_handler:
  STORE_TSC HANDLER
  mov %r11, POINT(%r9)
  STORE_TSC ACKNOWLEDGED
  EOI
  cmpl $4, .Ltimer(%rip)
  je .Lapic_deadline
  cmpl $0, .Lshape(%rip)
  jne .Lapic_done
  call .Lset_apic
.Lapic_done:
  DONE .Llooks
.Lapic_deadline:
  cmpl $0, .Lshape(%rip)
  jne .Lapic_deadline_set
  TSC64 %r11
.Lapic_deadline_set:
  call .Lset_tsc_deadline
  DONE .Llooks

// ---- Common

// R12 = the period in ticks of a timer with the frequency EAX. Destroys RAX, RCX, RDX.
.Lticks:
  mov $1000000, %ecx
  call .Lscale
  mov %rax, %r12
  ret

// RAX = EAX * RBX / RCX. Destroys RDX.
.Lscale:
  mov %eax, %eax
  mul %rbx                                 // below 2^32 * 2^16
  div %rcx
  ret

// R11 = the first point after RAX, which is at or past R11. Destroys RAX, RDX. A division, because a
// guest that counted points one by one could take longer for each than a short period lasts.
.Lnext_point:
  sub %r11, %rax
  xor %edx, %edx
  div %r12
  inc %rax
  imul %r12, %rax
  add %rax, %r11
  ret

  RECORDS_CODE

// How many CPUs there are: one where no lab port says. Destroys EAX, ECX, EDX.
.Lcount_cpus:
  LAB_QUERY PLATFORM_PROPERTY_CPUS
  mov $1, %ecx
  cmp $CPUS_MAX, %eax
  cmova %ecx, %eax
  mov %eax, .Lcpus(%rip)
  mov %eax, .Lat_work(%rip)
  ret

// Routes, where there are APICs. Destroys EAX, EDX, ESI.
.Lset_up_apic:
  APIC_BEGIN
  incb .Lhas_apic(%rip)
  cmpl $0, .Ledge(%rip)
  jne .Ledges
  ROUTES LEVEL
  jmp .Lrouted
.Ledges:
  ROUTES EDGE
.Lrouted:
  cmpl $2, .Ltimer(%rip)
  jne .Lno_pit
  // KVM has the PIT on pin 0, unless its owner routes it to pin 2, as QEMU does.
  .irp pin, 0, 2
  movl $0x11 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $0, IOAPIC_WINDOW(%rsi)
  movl $0x10 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $PIT_VECTOR, IOAPIC_WINDOW(%rsi)
  .endr
.Lno_pit:
  APIC_END
  ret

.Labsent:
  PRINT "deadlines: no such timer here\n"
  EXIT 1
.Lrefused:
  PRINT "deadlines: the lab port refuses to start a cpu\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "deadlines: see the head of deadlines.S for what it takes\n"
  EXIT 1

  .balign 4
  .irp field, timer, shape, state, count, period, kilohertz, edge, looks
.L\field:
  .long 0
  .endr
.Lcpus:
  .long 0
.Larrived:
  .long 0
.Lhas_apic:
  .byte 0
  .balign 4
  RECORDS_DATA
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, .Lcp0_handler
  GATE PIT_VECTOR, .Lpit_handler
  GATE LAPIC_VECTOR, .Lapic_handler
  GATE SPURIOUS_VECTOR, .Lspurious
  .set .Lcpu, 0
  .rept PLATFORM_GIC_CPUS
  GIC_GATE .Lcpu, .Lgeneric_handler
  .set .Lcpu, .Lcpu + 1
  .endr
  IDT_END
GUEST_END deadlines
