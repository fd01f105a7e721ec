// The command line as the C library has it, for Swift's CommandLine.
//
// Why: Swift's own object of these functions looks for it in /proc/self/maps before the first line of
// Swift, asked or not. To have the kernel list all mappings is a fiftieth of what it takes to boot a guest. Where the
// program is linked statically, these take the place of that object.

#include "CStart.h"

static char **words;
static int count;

// The C library hands a constructor what it hands main.
__attribute__((constructor(101))) static void keep(int argument_count, char **arguments) {
  count = argument_count;
  words = arguments;
}

char **_swift_stdlib_getUnsafeArgvArgc(int *_Nonnull result) {
  *result = count;
  return words;
}

void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int argument_count) {
  count = argument_count;
  words = arguments;
}
