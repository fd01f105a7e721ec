// Proves: a guest that never exits to its host can still be stopped.
// Prints: nothing.
// Exits: never.

#include "guest.h"

GUEST_BEGIN spin
  jmp .
GUEST_END spin
