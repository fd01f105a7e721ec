// For guests that take interrupts, in long mode.

#ifndef SWVMM_GUEST_INTERRUPTS_H
#define SWVMM_GUEST_INTERRUPTS_H

#include "guest.h"

// The interrupt descriptor table, written among the guest's data, lowest vector first:
//
//   IDT_BEGIN
//   GATE 0x24, .Lhandler
//   IDT_END                                // and in the code: LOAD_IDT
//
// Vectors without a gate are not present: an exception that is not expected ends in a triple fault,
// which the host reports, rather than in a handler that was not meant.
.macro IDT_BEGIN
  .balign 16
  SYMBOL .Lidt
.Lidt:
.endm

// An interrupt gate (IF is off in the handler). The guest lies within 64 KiB of an address that is
// a multiple of 64 KiB, so the halves of a handler's address are constants of the assembler.
.macro GATE vector, handler
  SYMBOL \handler
  .org .Lidt + 16 * (\vector)
  .short \handler - .Lguest + (PLATFORM_GUEST_BASE & 0xffff)
  .short CODE64, 0x8e00, PLATFORM_GUEST_BASE >> 16
  .quad 0
.endm

.macro IDT_END
.Lidtr:
  .short .Lidtr - .Lidt - 1
  .quad ADDRESS(.Lidt)
.endm

.macro LOAD_IDT
  lidt .Lidtr(%rip)
.endm

// Interrupts by whatever controller there is:
//
//   APIC_BEGIN                             // R8 = where the EOI goes, from here on for good
//   ROUTE PLATFORM_SERIAL_LINE, EDGE
//   APIC_END
//
// after which line n arrives as vector PLATFORM_VECTOR_BASE + n, on the CPU with local APIC ID 0 or
// the one that ROUTE names. Each other CPU that takes interrupts says APIC_CPU_BEGIN, APIC_CPU_END.
// A handler ends with EOI and IRETQ. The table needs a gate for SPURIOUS_VECTOR, too, with nothing
// but an IRETQ behind it.
//
// Destroys EAX, EDX, ESI. Where the lab port says that there is no controller, the routes are
// skipped, and the EOI goes to a word of memory: that costs no exit and no branch in the handler.
#define IOAPIC_INDEX 0x00
#define IOAPIC_WINDOW 0x10
#define LAPIC_EOI 0xb0
#define LAPIC_SVR 0xf0
#define LAPIC_LINT0 0x350
#define SVR_ENABLED 0x100
#define LVT_MASKED 0x10000
#define SPURIOUS_VECTOR 0x2f               // older local APICs want its low 4 bits set
#define EDGE 0                             // active high, both
#define LEVEL 0x8000

.macro APIC_BEGIN
  .subsection DATA_PART
  .balign 4
.Lno_eoi:
  .long 0
  .subsection CODE_PART
  APIC_OF_CPU .Lno_apic
  mov $PLATFORM_IOAPIC, %esi
.endm

.macro APIC_CPU_BEGIN
  APIC_OF_CPU .Lno_apic_of_cpu
.endm

// APIC_OF_CPU absent: R8, and this CPU's local APIC on; or on to the label.
.macro APIC_OF_CPU absent
  mov $ADDRESS(.Lno_eoi), %r8d
  LAB_QUERY PLATFORM_PROPERTY_IRQCHIP
  cmp $PLATFORM_IRQCHIP_USER, %eax         // not so without a lab port: PCs have APICs
  je \absent
  mov $PLATFORM_LAPIC, %esi
  // KVM's PIC sees the same lines. Never initialised, it would add an interrupt with a vector of
  // its own, by LINT0, which KVM leaves open.
  movl $LVT_MASKED, LAPIC_LINT0(%rsi)
  movl $SVR_ENABLED | SPURIOUS_VECTOR, LAPIC_SVR(%rsi)
  lea LAPIC_EOI(%rsi), %r8
.endm

// ROUTE line, EDGE or LEVEL, cpu: fixed delivery to the local APIC with that ID, not masked. The half
// with the mask comes last.
.macro ROUTE line, trigger, cpu=0
  movl $0x11 + 2 * (\line), IOAPIC_INDEX(%rsi)
  movl $(\cpu) << 24, IOAPIC_WINDOW(%rsi)
  movl $0x10 + 2 * (\line), IOAPIC_INDEX(%rsi)
  movl $PLATFORM_VECTOR_BASE + (\line) + \trigger, IOAPIC_WINDOW(%rsi)
.endm

.macro APIC_END
.Lno_apic:
.endm

.macro APIC_CPU_END
.Lno_apic_of_cpu:
.endm

.macro EOI
  movl $0, (%r8)
.endm

#endif
