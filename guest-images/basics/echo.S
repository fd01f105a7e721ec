// Proves: serial input arrives by interrupt, on every interrupt controller.
// Prints: what it receives.
// Exits: 0, on EOT (Ctrl-D), or when the other end hangs up (MSR.DCD falls) and all that came
// before is echoed. QEMU never hangs up.
//
// The FIFO stays off: switching it on would clear what has arrived by now.
//
// An IOAPIC takes the line's edges. None gets lost: the handler returns only after it has seen IIR
// with nothing pending, that is the line low, so whatever comes next raises it again.

#include "interrupts.h"

#define DATA_PORT (PLATFORM_SERIAL_PORT + 0)
#define IER (PLATFORM_SERIAL_PORT + 1)
#define IIR (PLATFORM_SERIAL_PORT + 2)
#define MCR (PLATFORM_SERIAL_PORT + 4)
#define LSR (PLATFORM_SERIAL_PORT + 5)
#define MSR (PLATFORM_SERIAL_PORT + 6)

#define IER_RECEIVED_AND_MODEM 0x09
#define IIR_NONE 0x01
#define IIR_RECEIVED 0x04                  // only in the identities 0x04 and, with a FIFO, 0x0c
#define MCR_DTR_RTS_OUT2 0x0b              // OUT2 connects the interrupt on a PC
#define LSR_RECEIVED 0x01
#define MSR_DCD 0x80

#define EOT 4

GUEST_BEGIN echo
  LONG_MODE
  LOAD_IDT
  APIC_BEGIN
  ROUTE PLATFORM_SERIAL_LINE, EDGE         // as the lines of ISA devices are
  APIC_END
  mov $MCR, %edx
  mov $MCR_DTR_RTS_OUT2, %eax
  out %al, %dx
  mov $IER, %edx
  mov $IER_RECEIVED_AND_MODEM, %eax
  out %al, %dx
  mov $MSR, %edx                           // no interrupt reports a carrier that never was
  in %dx, %al
  test $MSR_DCD, %al
  jz .Lhung_up
  sti
.Lidle:                                    // the handler leaves nothing to do here, so an interrupt
  hlt                                      // just before the HLT is not missed
  jmp .Lidle

// Interrupts nothing but the idle loop, which keeps nothing in registers.
.Lhandler:
  mov $IIR, %edx
  in %dx, %al
  test $IIR_NONE, %al
  jnz .Ldone
  test $IIR_RECEIVED, %al
  jz .Lmodem_status
  call .Lecho
  jmp .Lhandler
.Lmodem_status:
  mov $MSR, %edx
  in %dx, %al                              // takes the interrupt back
  test $MSR_DCD, %al
  jnz .Lhandler
  jmp .Lhung_up
.Ldone:
  EOI
.Lspurious:
  iretq

// The carrier is gone, so nothing more comes in; what came before it went is still to be echoed.
.Lhung_up:
  mov $LSR, %edx
  in %dx, %al
  test $LSR_RECEIVED, %al
  jz .Lexit
  call .Lecho
  jmp .Lhung_up

.Lecho:
  mov $DATA_PORT, %edx
  in %dx, %al
  cmp $EOT, %al
  je .Lexit
  out %al, %dx
  ret
.Lexit:
  EXIT 0

  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_SERIAL_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END echo
