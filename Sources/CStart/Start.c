// What the command does before its first line of Swift: it takes its signals over, so that one that
// comes while the program is being loaded finds its handler.
//
// A target of the command's own: another program that uses these libraries keeps its signals.

#include "CLinuxHost.h"
#include "CStart.h"

// The lowest number that is not the C library's own: before every other constructor.
__attribute__((constructor(101))) static void start(void) { chost_take_signals(); }
