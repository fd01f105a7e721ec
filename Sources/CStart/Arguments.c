// The command line as the C library has it, for Swift's CommandLine and for ProgramWords.
//
// Why: Swift's own object of these functions looks for it in /proc/self/maps before the first line of
// Swift, asked or not. To have the kernel list all mappings is a fiftieth of what it takes to boot a guest. Where the
// program is linked statically, these take the place of that object.

#include "CLinuxHost.h"
#include "CStart.h"

// The C library hands a constructor what it hands main.
__attribute__((constructor(101))) static void keep(int count, char **words) {
  chost_keep_words(count, words);
}

char **_swift_stdlib_getUnsafeArgvArgc(int *_Nonnull count) { return chost_words(count); }

void _swift_stdlib_overrideUnsafeArgvArgc(char **words, int count) { chost_keep_words(count, words); }
