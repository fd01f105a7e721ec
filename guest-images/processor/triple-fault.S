// Proves: a triple fault is told apart from an exit. The invalid opcode finds no gate in an empty
// IDT, nor does the general protection fault after it, nor the double fault after that.
// Prints: nothing.
// Exits: never; the processor shuts down.

#include "guest.h"

GUEST_BEGIN triple_fault
  lidt ADDRESS(.Lno_idt)
  ud2
.Lno_idt:
  .short 0                                 // the limit: not even vector 0 fits
  .long 0
GUEST_END triple_fault
