// The serial port's transmitter as a line of an IOAPIC: a guest raises and lowers it at will.

#ifndef SWVMM_GUEST_TRANSMITTER_H
#define SWVMM_GUEST_TRANSMITTER_H

#include "ledger.h"

#define IER (PLATFORM_SERIAL_PORT + 1)
#define IIR (PLATFORM_SERIAL_PORT + 2)
#define MCR (PLATFORM_SERIAL_PORT + 4)
#define MCR_OUT2 0x08                      // the line's gate
#define LINE_VECTOR (PLATFORM_VECTOR_BASE + PLATFORM_SERIAL_LINE)

// LINE_BEGIN trigger: its route. Destroys EAX, EDX, ESI.
.macro LINE_BEGIN trigger
  mov $PLATFORM_IOAPIC, %esi
  ROUTE PLATFORM_SERIAL_LINE, \trigger
  mov $MCR, %edx
  mov $MCR_OUT2, %eax
  out %al, %dx
.endm

// LINE level: 2 raises it, 0 lowers it. Destroys EAX, EDX.
.macro LINE level
  mov $IER, %edx
  mov $\level, %eax
  out %al, %dx
.endm

#endif
