// Proves: a guest that nothing can wake is recognised: halted with interrupts off.
// Prints: nothing.
// Exits: never.

#include "guest.h"

GUEST_BEGIN dead_halt
  cli
  hlt
GUEST_END dead_halt
