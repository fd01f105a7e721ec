// Proves: a CPU that was told to start is not forgotten because all others have halted since.
// Prints: the number of the last CPU, a digit, which that CPU does itself.
// Exits: 0; 1 if the lab port refuses to start a CPU.
//
// CPU 0 starts CPU 1 and halts for good at once, CPU 1 starts CPU 2 and so on. For 2 to 10 CPUs without local
// APICs.

#include "guest.h"

// START_NEXT number: starts that CPU at 0x8000, or goes to the label. In 16-bit and in 32-bit code.
.macro START_NEXT number, refused
  mov $8, %eax
  mov $PLATFORM_LAB_ARGUMENT1, %dx
  out %eax, %dx
  mov \number, %eax
  mov $PLATFORM_LAB_ARGUMENT0, %dx
  out %eax, %dx
  mov $PLATFORM_LAB_START_CPU, %eax
  mov $PLATFORM_LAB_COMMAND, %dx
  out %eax, %dx
  in %dx, %eax
  test %eax, %eax
  jnz \refused
.endm

GUEST_BEGIN start_halt
  mov $ADDRESS(.Lstart), %esi
  mov $0x8000, %edi
  mov $(.Lstart_end - .Lstart), %ecx
  rep movsb
  START_NEXT $1, .Lrefused
  cli
  hlt
.Lrefused:
  EXIT 1

  .subsection DATA_PART
  .code16
.Lstart:
  mov $PLATFORM_PROPERTY_CPU_INDEX, %eax
  call .Lquery
  mov %eax, %ebx
  mov $PLATFORM_PROPERTY_CPUS, %eax
  call .Lquery
  lea 1(%ebx), %ecx
  cmp %eax, %ecx
  je .Llast
  START_NEXT %ecx, .Lfailed
  cli
  hlt
.Llast:
  mov $PLATFORM_SERIAL_PORT, %dx
  mov $'0', %al
  add %bl, %al
  out %al, %dx
  mov $'\n', %al
  out %al, %dx
  xor %eax, %eax
  out %eax, $PLATFORM_EXIT_PORT
.Lfailed:
  mov $1, %eax
  out %eax, $PLATFORM_EXIT_PORT
.Lquery:                                   // EAX: a property; becomes its value. The stack: below 64 KiB
  mov $PLATFORM_LAB_ARGUMENT0, %dx
  out %eax, %dx
  mov $PLATFORM_LAB_QUERY, %eax
  mov $PLATFORM_LAB_COMMAND, %dx
  out %eax, %dx
  mov $PLATFORM_LAB_ARGUMENT0, %dx
  in %dx, %eax
  ret
.Lstart_end:
  .code32
  .subsection CODE_PART
GUEST_END start_halt
