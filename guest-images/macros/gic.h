// For guests with a generic timer, whose interrupts go through a controller like GICv2.

#ifndef SWVMM_GUEST_GIC_H
#define SWVMM_GUEST_GIC_H

#include "interrupts.h"

// The registers in use here, all at displacements from one base:
//
//   GIC_BEGIN absent                       // EBP = that base, or on to the label
//   APIC_BEGIN
//   GIC_ROUTE 0
//   APIC_END
//   GIC_ENABLE PLATFORM_VIRTUAL_TIMER_INTERRUPT
//
// so that in long mode a register is CNTV_CTL(%rbp). Counters and CVAL are 8 bytes wide, the rest 4.
#define GIC_BASE PLATFORM_GENERIC_TIMER
#define CNTFRQ (PLATFORM_CNTFRQ - GIC_BASE)
#define CNTVCT (PLATFORM_CNTVCT - GIC_BASE)
#define CNTV_CTL (PLATFORM_CNTV_CTL - GIC_BASE)
#define CNTV_CVAL (PLATFORM_CNTV_CVAL - GIC_BASE)
#define CTL_ENABLE 1
#define CTL_IMASK 2

#define GICD (PLATFORM_GICD - GIC_BASE)
#define GICD_CTLR (GICD + 0x000)
#define GICD_ISENABLER (GICD + 0x100)
#define GICD_ICENABLER (GICD + 0x180)
#define GICD_ISPENDR (GICD + 0x200)
#define GICD_ICPENDR (GICD + 0x280)
#define GICD_ISACTIVER (GICD + 0x300)
#define GICD_ICACTIVER (GICD + 0x380)
#define GICD_IPRIORITYR (GICD + 0x400)
#define GICD_ICFGR (GICD + 0xc00)
#define GICD_SGIR (GICD + 0xf00)
#define GICD_ICPIDR2 (GICD + 0xfe8)

#define GICC (PLATFORM_GICC - GIC_BASE)
#define GICC_CTLR (GICC + 0x0000)
#define GICC_PMR (GICC + 0x0004)
#define GICC_IAR (GICC + 0x000c)
#define GICC_EOIR (GICC + 0x0010)
#define GICC_RPR (GICC + 0x0014)
#define GICC_DIR (GICC + 0x1000)
#define CTLR_ENABLE 1                      // of GICD_CTLR and GICC_CTLR
#define CTLR_EOIMODE 0x200                 // GICC_EOIR drops the priority only
#define IAR_NUMBER 0x3ff
#define IAR_SOURCE_SHIFT 10
#define IAR_SPURIOUS 1023
#define SGIS 16                            // interrupts 0 to 15
#define SGIR_TARGETS_SHIFT 16

// GIC_BEGIN absent: EBP, and the distributor and this CPU's interface on. Destroys EAX.
.macro GIC_BEGIN absent
  mov $GIC_BASE, %ebp
  mov GICD_ICPIDR2(%rbp), %eax
  and $0xf0, %eax
  cmp $0x20, %eax                          // version 2 of the architecture
  jne \absent
  movl $CTLR_ENABLE, GICD_CTLR(%rbp)
  GIC_CPU_BEGIN
.endm

// GIC_CPU_BEGIN: the same for another CPU, once a first one found the controller. The CPU's local APIC
// comes before: an SGI may be waiting already, and an APIC that is off loses it.
.macro GIC_CPU_BEGIN
  mov $GIC_BASE, %ebp
  movl $0xff, GICC_PMR(%rbp)
  movl $CTLR_ENABLE, GICC_CTLR(%rbp)
.endm

// GIC_ROUTE cpu: between APIC_BEGIN and APIC_END. The controller's output to that CPU gets there,
// as a vector that GIC_GATE cpu, handler is the gate for. It is a level: it falls when what is
// pending has been acknowledged, or goes.
.macro GIC_ROUTE cpu
  ROUTE PLATFORM_GIC_LINE + (\cpu), LEVEL, \cpu
.endm

.macro GIC_GATE cpu, handler
  GATE PLATFORM_VECTOR_BASE + PLATFORM_GIC_LINE + (\cpu), \handler
.endm

// GIC_ENABLE interrupt, GIC_DISABLE interrupt: of 0 to 31, this CPU's own.
.macro GIC_ENABLE interrupt
  movl $1 << (\interrupt), GICD_ISENABLER(%rbp)
.endm

.macro GIC_DISABLE interrupt
  movl $1 << (\interrupt), GICD_ICENABLER(%rbp)
.endm

// ACKNOWLEDGE spurious: EAX = the interrupt, and an SGI's source CPU from bit 10 on; or on to the
// label where the controller signals none. That happens with APICs in between: one that has seen
// the line high delivers, though the line has fallen since.
.macro ACKNOWLEDGE spurious
  mov GICC_IAR(%rbp), %eax
  cmp $IAR_SPURIOUS, %eax
  je \spurious
.endm

// END_INTERRUPT value: what ACKNOWLEDGE gave, as an immediate or a register. The controller comes
// first: what it signals now, the APIC's EOI finds and delivers. After a spurious acknowledgement
// there is only the latter to say.
.macro END_INTERRUPT value
  movl \value, GICC_EOIR(%rbp)
  EOI
.endm

#endif
