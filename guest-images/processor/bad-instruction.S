// Proves: an instruction that KVM cannot emulate is reported, with its bytes and address.
// Prints: a line before it. Where the instruction works nonetheless, another.
// Exits: never; 1 where the instruction works.
//
// Processors execute ordinary instructions themselves, so the operand is in memory that nothing
// answers for: the access comes to KVM, which must emulate the instruction. Its emulator has had no
// PADDB so far. MMX because every x86-64 processor has it and it needs no bit set in CR4.

#include "guest.h"

#define NOWHERE (PLATFORM_RAM_LIMIT + 0x80000)

GUEST_BEGIN bad_instruction
  PRINT "about to add bytes from a device\n"
  paddb NOWHERE, %mm0
  PRINT "bad-instruction: it worked\n"
  EXIT 1
GUEST_END bad_instruction
