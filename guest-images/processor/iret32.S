// Proves: IRET works in 32-bit protected mode. Not every KVM emulates it.
// Prints: nothing.
// Exits: 0. Where KVM lacks it, the host reports an instruction that cannot be emulated.

#include "guest.h"

#define FLAT_CODE 0x08
#define FLAT_DATA 0x10

GUEST_BEGIN iret32
  lgdt ADDRESS(.Lflat_gdtr)                // PVH leaves no GDT that IRET could load CS from
  ljmp $FLAT_CODE, $ADDRESS(.Lflat)
.Lflat:
  mov $FLAT_DATA, %eax
  mov %eax, %ss
  mov $GUEST_STACK, %esp
  pushf
  push $FLAT_CODE
  push $ADDRESS(.Lreturned)
  iret
.Lreturned:
  EXIT 0

  .balign 8
.Lflat_gdt:
  .quad 0
  .quad 0x00cf9b000000ffff
  .quad 0x00cf93000000ffff
.Lflat_gdtr:
  .short .Lflat_gdtr - .Lflat_gdt - 1
  .long ADDRESS(.Lflat_gdt)
GUEST_END iret32
