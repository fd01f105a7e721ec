// Proves: a guest that is halted with interrupts off is not dead while a line may bring it an NMI.
// Prints: woken.
// Exits: 0; never, where the command line says 1: then the handler halts for good, and the guest is dead.
//
// Count/Compare's line is routed as an NMI, and Compare is met after a second; mark 1 says so. For --irqchip kernel and split.

#include "interrupts.h"
#include "cp0.h"

GUEST_BEGIN nmi_wake
  ARGUMENTS
  ARGUMENT 0, .Lmalformed
  mov %eax, %ebp
  ARGUMENTS_END .Lmalformed
  mov %ebp, ADDRESS(.Ldies)
  LONG_MODE
  LOAD_IDT
  APIC_BEGIN
  movl $0x11 + 2 * PLATFORM_CP0_LINE, IOAPIC_INDEX(%rsi)
  movl $0, IOAPIC_WINDOW(%rsi)
  movl $0x10 + 2 * PLATFORM_CP0_LINE, IOAPIC_INDEX(%rsi)
  movl $0x400, IOAPIC_WINDOW(%rsi)         // NMI, edge
  APIC_END
  mov $PLATFORM_CP0, %ebp
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
  mov CP0_COUNT(%rbp), %eax
  add $100000000, %eax
  mov %eax, CP0_COMPARE(%rbp)
  mov $1, %eax
  mov $PLATFORM_LAB_MARK, %edx
  out %eax, %dx
  cli
.Lagain:
  hlt
  jmp .Lagain
.Lnmi:
  PRINT "woken\n"
  cmpl $0, .Ldies(%rip)
  jne .Ldead
  EXIT 0
.Ldead:
  hlt
.Lspurious:
  iretq
  .code32
.Lmalformed:
  EXIT 1
  .code64
  .subsection DATA_PART
  .balign 4
.Ldies:
  .long 0
  IDT_BEGIN
  GATE 2, .Lnmi
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
  .subsection CODE_PART
GUEST_END nmi_wake
