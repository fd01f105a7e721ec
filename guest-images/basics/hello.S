// Proves: a guest boots, prints and ends; in seven instructions, the least there is to measure
// start-up time with.
// Prints: hello from a guest of swvmm
// Exits: 0.

#include "guest.h"

GUEST_BEGIN hello
  PRINT "hello from a guest of swvmm\n"
  EXIT 0
GUEST_END hello
