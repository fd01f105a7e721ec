// Proves: a timer's interrupt is a level. It is pending exactly while the timer's output is high, and
// nothing remembers that it was. KVM for Arm delivered what had gone, and not again what had stayed,
// until upstream commit 4b4b4512da2a.
// Prints: for each check what was expected and what was found, then failed, how many differed, and
// spurious, acknowledgements that found nothing. With APICs in between there may be any number of
// those, since an APIC delivers what it has once seen; without, one is a failure.
// Exits: with the number of checks that failed, 63 for more.
//
// CVAL is 0, always met, or 2^64 - 1, practically never. So the line does as it is told and when, and
// no check but one depends on the time.

#include "gic.h"

#define TIMER PLATFORM_VIRTUAL_TIMER_INTERRUPT
#define TIMER_BIT (1 << TIMER)
#define TIMER_PRIORITY (GICD_IPRIORITYR + TIMER)
#define EXITS_TO_WAIT 20000                // for interrupts that are expected
#define EXITS_TO_LISTEN 200                // for others: a late one comes at an exit, if it comes
#define SOON 0x1000                        // ticks of the counter

// A check:
//
//   STEP handler                           // all as it was at first, interrupts off
//   ...
//   EXPECT_TAKEN 0, "what was done"        // this many are acknowledged, interrupts on for a while
//   PENDING
//   EXPECT 0, "what EAX is"
//
// The handler is what takes interrupt 27 then, from acknowledgement to end.
.macro STEP handler=.Lturn_off
  mov $ADDRESS(\handler), %r15d
  call .Lreset
.endm

.macro EXPECT_TAKEN value, text
  mov $\value, %r13d
  call .Llisten
  EXPECT \value, "\text: taken"
.endm

// PENDING, ACTIVE: EAX = 1 if the timer's interrupt is.
.macro PENDING
  mov GICD_ISPENDR(%rbp), %eax
  shr $TIMER, %eax
  and $1, %eax
.endm

.macro ACTIVE
  mov GICD_ISACTIVER(%rbp), %eax
  shr $TIMER, %eax
  and $1, %eax
.endm

.macro EXPECT value, text
  mov %eax, %r12d
  mov $\value, %r13d
  PRINT "\text: expected \value, found "
  call .Ljudge
.endm

.macro TURN_ON
  movl $CTL_ENABLE, CNTV_CTL(%rbp)
.endm

.macro TURN_OFF
  movl $0, CNTV_CTL(%rbp)
.endm

GUEST_BEGIN level
  ARGUMENTS
  ARGUMENTS_END .Lmalformed
  LONG_MODE
  LOAD_IDT
  GIC_BEGIN .Lno_controller
  APIC_BEGIN
  GIC_ROUTE 0
  APIC_END
  xor %edi, %edi                           // EDI: failed

  STEP
  TURN_ON
  PENDING
  EXPECT 1, "on: pending"
  EXPECT_TAKEN 1, "on"

  STEP
  TURN_ON
  TURN_OFF
  PENDING
  EXPECT 0, "on and off with interrupts off: pending"
  EXPECT_TAKEN 0, "on and off with interrupts off"

  STEP
  TURN_ON
  movl $CTL_ENABLE | CTL_IMASK, CNTV_CTL(%rbp)
  EXPECT_TAKEN 0, "on and masked"
  TURN_ON
  EXPECT_TAKEN 1, "unmasked"

  STEP
  TURN_ON
  movq $-1, CNTV_CVAL(%rbp)
  EXPECT_TAKEN 0, "on, then CVAL moved away"

  STEP
  mov CNTVCT(%rbp), %rcx
  add $SOON, %rcx
  mov %rcx, CNTV_CVAL(%rbp)
  TURN_ON
.Lnot_yet:
  cmp CNTVCT(%rbp), %rcx
  ja .Lnot_yet
  PENDING
  EXPECT 1, "CVAL reached with interrupts off: pending"
  TURN_OFF
  EXPECT_TAKEN 0, "CVAL reached and off with interrupts off"

  STEP .Lend_twice
  TURN_ON
  EXPECT_TAKEN 2, "EOI with the line high"

  STEP .Lmove_away
  TURN_ON
  EXPECT_TAKEN 1, "EOI after CVAL moved away"

  STEP
  TURN_ON
  GIC_DISABLE TIMER
  PENDING
  EXPECT 1, "disabled at the distributor: pending"
  EXPECT_TAKEN 0, "disabled at the distributor"
  GIC_ENABLE TIMER
  EXPECT_TAKEN 1, "enabled again with the line high"

  STEP
  TURN_ON
  GIC_DISABLE TIMER
  TURN_OFF
  GIC_ENABLE TIMER
  EXPECT_TAKEN 0, "enabled again with the timer off"

  STEP
  TURN_ON
  movl $0, GICD_CTLR(%rbp)
  EXPECT_TAKEN 0, "distributor off"
  movl $CTLR_ENABLE, GICD_CTLR(%rbp)
  EXPECT_TAKEN 1, "distributor on again"

  STEP
  TURN_ON
  movl $TIMER_BIT, GICD_ICPENDR(%rbp)
  PENDING
  EXPECT 1, "ICPENDR with the line high: pending"
  EXPECT_TAKEN 1, "ICPENDR with the line high"

  STEP
  movl $TIMER_BIT, GICD_ISPENDR(%rbp)
  PENDING
  EXPECT 1, "ISPENDR with the line low: pending"
  movl $TIMER_BIT, GICD_ICPENDR(%rbp)
  PENDING
  EXPECT 0, "ICPENDR after it: pending"
  EXPECT_TAKEN 0, "ICPENDR after it"
  movl $TIMER_BIT, GICD_ISPENDR(%rbp)
  EXPECT_TAKEN 1, "ISPENDR again"

  STEP
  movl $0, GICD_ICFGR(%rbp)
  mov GICD_ICFGR(%rbp), %eax
  EXPECT 2863311530, "ICFGR of SGIs, edge-triggered whatever is written"
  movl $-1, GICD_ICFGR + 4(%rbp)
  mov GICD_ICFGR + 4(%rbp), %eax
  EXPECT 0, "ICFGR of PPIs, level-sensitive whatever is written"

  STEP
  movb $0x80, TIMER_PRIORITY(%rbp)
  movl $0x80, GICC_PMR(%rbp)
  TURN_ON
  EXPECT_TAKEN 0, "PMR equal to the priority"
  movl $0x81, GICC_PMR(%rbp)
  EXPECT_TAKEN 1, "PMR greater by one"

  STEP .Ldrop_priority
  movl $CTLR_ENABLE | CTLR_EOIMODE, GICC_CTLR(%rbp)
  TURN_ON
  EXPECT_TAKEN 1, "EOImode 1, EOIR with the line high"
  mov GICC_RPR(%rbp), %eax
  EXPECT 255, "EOImode 1, EOIR: running priority"
  ACTIVE
  EXPECT 1, "EOImode 1, EOIR: active"
  mov $ADDRESS(.Lturn_off), %r15d
  movl $TIMER, GICC_DIR(%rbp)
  EXPECT_TAKEN 1, "EOImode 1, DIR with the line high"
  movl $TIMER, GICC_DIR(%rbp)
  ACTIVE
  EXPECT 0, "EOImode 1, DIR: active"

  cmp $ADDRESS(.Lno_eoi), %r8d
  jne .Lreport
  mov .Lspurious_acknowledgements(%rip), %eax
  EXPECT 0, "spurious acknowledgements without an APIC"
.Lreport:
  REPORT "failed", %edi
  REPORT "spurious", .Lspurious_acknowledgements(%rip)
  cmp $63, %edi
  jbe .Lexit
  mov $63, %edi
.Lexit:
  mov %edi, %eax
  out %eax, $PLATFORM_EXIT_PORT
  hlt

// The timer off and CVAL past, its interrupt enabled, of the highest priority, and neither pending nor
// active; the CPU interface as GIC_BEGIN has it.
.Lreset:
  TURN_OFF
  movq $0, CNTV_CVAL(%rbp)
  movl $TIMER_BIT, GICD_ICPENDR(%rbp)
  movl $TIMER_BIT, GICD_ICACTIVER(%rbp)
  movb $0, TIMER_PRIORITY(%rbp)
  GIC_ENABLE TIMER
  GIC_CPU_BEGIN
  ret

// Takes interrupts, R13D of them or more. EAX = how many. Destroys ECX, EDX.
.Llisten:
  xor %r9d, %r9d                           // R9D: taken
  mov $PLATFORM_LAB_IDENTITY, %edx
  mov $EXITS_TO_WAIT, %ecx
  sti
.Lwait:
  cmp %r13d, %r9d
  jae .Lcame
  in %dx, %eax
  dec %ecx
  jnz .Lwait
.Lcame:
  mov $EXITS_TO_LISTEN, %ecx
.Llisten_more:
  in %dx, %eax
  dec %ecx
  jnz .Llisten_more
  cli
  mov %r9d, %eax
  ret

// R12D, which was found, against R13D.
.Ljudge:
  PRINT_DECIMAL %r12d
  cmp %r13d, %r12d
  je .Lright
  inc %edi
  PRINT ", WRONG"
.Lright:
  PRINT "\n"
  ret

.Lhandler:
  push %rax
  ACKNOWLEDGE .Lnothing
  inc %r9d                                 // no other interrupt is on
  jmp *%r15
.Lend_twice:
  mov $ADDRESS(.Lturn_off), %r15d
  jmp .Lended
.Lmove_away:
  movq $-1, CNTV_CVAL(%rbp)
  jmp .Lended
.Lturn_off:
  TURN_OFF
.Ldrop_priority:
.Lended:
  END_INTERRUPT %eax
  pop %rax
.Lspurious:
  iretq
.Lnothing:
  incl .Lspurious_acknowledgements(%rip)
  EOI
  pop %rax
  iretq

.Lno_controller:
  PRINT "level: no interrupt controller like GICv2 here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "level: takes no arguments\n"
  EXIT 1

  .balign 4
.Lspurious_acknowledgements:
  .long 0
  IDT_BEGIN
  GATE SPURIOUS_VECTOR, .Lspurious
  GIC_GATE 0, .Lhandler
  IDT_END
GUEST_END level
