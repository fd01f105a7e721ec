// Proves: nothing. It repeats one exit, for what measures exits.
// Takes: which one, by its number below (0), and how often (10000).
// Exits: 0; 1 for another number.
//
// Nearly all its time is exits: a loop is the access, a DEC and a JNZ.

#include "interrupts.h"

#define SERIAL_IER (PLATFORM_SERIAL_PORT + 1)
#define SERIAL_IIR (PLATFORM_SERIAL_PORT + 2)
#define SERIAL_MCR (PLATFORM_SERIAL_PORT + 4)
#define SERIAL_LSR (PLATFORM_SERIAL_PORT + 5)
#define SERIAL_SCRATCH (PLATFORM_SERIAL_PORT + 7)
#define NO_PORT 0x80
#define NO_DEVICE (PLATFORM_CP0 + 0xf0000)

// KIND: the entry of the next number in the table.
.macro KIND
  .subsection DATA_PART
  .long ADDRESS(.Lkind\@)
  .subsection CODE_PART
.Lkind\@:
.endm

// AGAIN label: the end of a loop.
.macro AGAIN label
  dec %ecx
  jnz \label
  jmp .Lend
.endm

GUEST_BEGIN loop
  ARGUMENTS
  ARGUMENT 0, .Lmalformed
  mov %eax, %edi
  ARGUMENT 10000, .Lmalformed
  mov %eax, %ebp
  ARGUMENTS_END .Lmalformed
  test %ebp, %ebp
  jz .Lmalformed
  cmp $(.Lkinds_end - .Lkinds) / 4, %edi
  jae .Lmalformed
  mov %ebp, %ecx
  mov $PLATFORM_CP0, %ebx
  xor %eax, %eax
  jmp *ADDRESS(.Lkinds)(, %edi, 4)

  .subsection DATA_PART
  .balign 4
.Lkinds:
  .subsection CODE_PART

  KIND                                     // 0: a store of 4 bytes to the lab port
  mov $PLATFORM_LAB_MARK, %edx
1:
  out %eax, %dx
  AGAIN 1b

  KIND                                     // 1: a load of 4 bytes from it
  mov $PLATFORM_LAB_IDENTITY, %edx
1:
  in %dx, %eax
  AGAIN 1b

  KIND                                     // 2: a store to the serial port's scratch register
  mov $SERIAL_SCRATCH, %edx
1:
  out %al, %dx
  AGAIN 1b

  KIND                                     // 3: a load of its line status
  mov $SERIAL_LSR, %edx
1:
  in %dx, %al
  AGAIN 1b

  KIND                                     // 4: a byte sent by it
  mov $PLATFORM_SERIAL_PORT, %edx
1:
  out %al, %dx
  AGAIN 1b

  KIND                                     // 5: a store to a port without a device
  mov $NO_PORT, %edx
1:
  out %al, %dx
  AGAIN 1b

  KIND                                     // 6: a store to memory without a device
1:
  mov %eax, NO_DEVICE
  AGAIN 1b

  KIND                                     // 7: a load from there
1:
  mov NO_DEVICE, %eax
  AGAIN 1b

  KIND                                     // 8: a load of Count
1:
  mov PLATFORM_CP0_COUNT - PLATFORM_CP0(%ebx), %eax
  AGAIN 1b

  KIND                                     // 9: a store of Compare, another value each time
1:
  mov %ecx, PLATFORM_CP0_COMPARE - PLATFORM_CP0(%ebx)
  AGAIN 1b

  KIND                                     // 10: two exits: Count frozen, and thawed
1:
  LAB PLATFORM_LAB_FREEZE
  LAB PLATFORM_LAB_THAW
  AGAIN 1b

  // 11: a whole interrupt without a controller, four exits with HLT among them: IER = 0; IER = 2 raises
  // the transmitter's line; STI, HLT; and a handler whose load of IIR lowers it.
  KIND
  mov $SERIAL_MCR, %edx
  mov $0x08, %eax                          // OUT2: the line's gate
  out %al, %dx
  LONG_MODE
  LOAD_IDT
2:
  cli
  mov $SERIAL_IER, %edx
  xor %eax, %eax
  out %al, %dx
  mov $0x02, %eax
  out %al, %dx
  sti
  hlt
  dec %ebp
  jnz 2b
.Lend:                                     // the same code in both modes
  EXIT 0
.Ltransmitter:
  mov $SERIAL_IIR, %edx
  in %dx, %al
  iretq
  .code32

.Lmalformed:
  PRINT "loop: takes the number of an exit, and how often to repeat it\n"
  EXIT 1

  .subsection DATA_PART
.Lkinds_end:
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_SERIAL_LINE, .Ltransmitter
  IDT_END
GUEST_END loop
