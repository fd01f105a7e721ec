// Proves: the end of the input reaches a guest that watches nothing but the modem's status.
// Prints: hang-up.
// Exits: 0.
//
// By interrupt; or, where the command line says 1, by looking at MSR.

#include "interrupts.h"

GUEST_BEGIN hang_up
  ARGUMENTS
  ARGUMENT 0, .Lmalformed
  mov %eax, %ebp
  ARGUMENTS_END .Lmalformed
  test %ebp, %ebp
  jnz .Lpoll
  LONG_MODE
  LOAD_IDT
  APIC_BEGIN
  ROUTE PLATFORM_SERIAL_LINE, EDGE
  APIC_END
  mov $PLATFORM_SERIAL_PORT + 4, %edx
  mov $8, %al                              // MCR.OUT2
  out %al, %dx
  mov $PLATFORM_SERIAL_PORT + 1, %edx
  out %al, %dx                             // IER.EDSSI
  sti
.Lagain:
  hlt
  jmp .Lagain
.Lspurious:
  iretq
  .code32
.Lpoll:
  mov $PLATFORM_SERIAL_PORT + 6, %edx
.Lcarrier:
  in %dx, %al
  test $0x80, %al                          // MSR.DCD
  jnz .Lcarrier
.Lhandler:                                 // in either mode
  PRINT "hang-up\n"
  EXIT 0
.Lmalformed:
  EXIT 1
  .subsection DATA_PART
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_SERIAL_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
  .subsection CODE_PART
GUEST_END hang_up
