// Channel 0 of an i8254, by pin 0 or 2 of an IOAPIC.

#ifndef SWVMM_GUEST_PIT_H
#define SWVMM_GUEST_PIT_H

#include "ledger.h"

#define PIT_COMMAND 0x43
#define PIT_CHANNEL0 0x40
#define PIT_FREQUENCY 1193182

// PIT_BEGIN mode, count: its routes, and R12 = cycles of the TSC that the count takes, or 0. To .Labsent
// where there is none.
.macro PIT_BEGIN mode, count
  mov $PLATFORM_IOAPIC, %esi
  .irp pin, 0, 2                           // KVM has it on pin 0, unless its owner routes it to pin 2
  movl $0x11 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $0, IOAPIC_WINDOW(%rsi)
  movl $0x10 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $TIMER_VECTOR, IOAPIC_WINDOW(%rsi)
  .endr
  mov .Lkilohertz(%rip), %eax
  mov $1000 * \count, %edx
  mul %rdx
  xor %edx, %edx
  mov $PIT_FREQUENCY, %ecx
  div %rcx
  mov %rax, %r12
  mov $0xe2, %eax                          // read back: the status of channel 0
  out %al, $PIT_COMMAND
  in $PIT_CHANNEL0, %al
  cmp $0xff, %al
  je .Labsent
.endm

// PIT_SET mode, count. Destroys EAX, EDX; R11 = when it cannot have counted to its end yet.
.macro PIT_SET mode, count
  mov $0x30 + 2 * \mode, %eax              // channel 0, low byte and high byte
  out %al, $PIT_COMMAND
  mov $(\count & 0xff), %eax
  out %al, $PIT_CHANNEL0
  TSC64 %r11
  add %r12, %r11
  mov $(\count >> 8), %eax
  out %al, $PIT_CHANNEL0
.endm

#endif
