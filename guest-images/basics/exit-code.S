// Proves: the command line arrives, and an exit code of up to 32 bits leaves.
// Takes: a decimal number below 2^32 as its command line; none means 0.
// Prints: nothing, or a complaint about the command line.
// Exits: the number; 1 where it is none.

#include "guest.h"

GUEST_BEGIN exit_code
  ARGUMENTS
  ARGUMENT 0, .Lmalformed
  ARGUMENTS_END .Lmalformed
  out %eax, $PLATFORM_EXIT_PORT
  hlt
.Lmalformed:
  PRINT "exit-code: the command line must be a decimal number below 4294967296\n"
  EXIT 1
GUEST_END exit_code
