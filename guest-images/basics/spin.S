// Proves: a guest that never exits to its host can still be stopped.
// Prints: spinning
// Exits: never.

#include "guest.h"

GUEST_BEGIN spin
  PRINT "spinning\n"
  jmp .
GUEST_END spin
