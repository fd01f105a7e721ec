// Proves: a level interrupt whose line is high before it is unmasked is delivered once.
// Prints: deliveries, the number of deliveries.
// Exits: with the number of deliveries: 1 is right; 0 is a lost interrupt, 2 a doubled one.
//
// The line is the serial port's, raised by its empty transmitter and lowered by the handler's read
// of IIR, before the EOI. So a second delivery can only be a copy of the first, or come of a KVM that
// takes the EOI as given before the guest gives it: such a one finds the line still high, at the
// exit that the handler makes first.

#include "interrupts.h"

#define IER (PLATFORM_SERIAL_PORT + 1)
#define IIR (PLATFORM_SERIAL_PORT + 2)
#define MCR (PLATFORM_SERIAL_PORT + 4)

#define IER_TRANSMITTER_EMPTY 0x02
#define MCR_OUT2 0x08
#define EXITS_TO_WAIT 1000                 // a late interrupt comes at an exit, if it comes

GUEST_BEGIN level_count
  LONG_MODE
  LOAD_IDT
  xor %ebx, %ebx                           // deliveries
  mov $MCR, %edx
  mov $MCR_OUT2, %eax
  out %al, %dx
  mov $IER, %edx
  mov $IER_TRANSMITTER_EMPTY, %eax
  out %al, %dx                             // the line rises
  APIC_BEGIN
  ROUTE PLATFORM_SERIAL_LINE, LEVEL        // and is unmasked
  APIC_END
  sti
  mov $EXITS_TO_WAIT, %ecx
.Lwait:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  dec %ecx
  jnz .Lwait
  cli
  REPORT "deliveries", %ebx
  mov %ebx, %eax
  out %eax, $PLATFORM_EXIT_PORT
  hlt

.Lhandler:
  push %rax
  push %rdx
  inc %ebx
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax
  mov $IIR, %edx
  in %dx, %al                              // the line falls
  EOI
  pop %rdx
  pop %rax
.Lspurious:
  iretq

  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_SERIAL_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END level_count
