// Nothing to call from Swift: linking this target is what counts.

#ifndef CSTART_H
#define CSTART_H

// What Swift's library calls; see Arguments.c.
char *_Nullable *_Nullable _swift_stdlib_getUnsafeArgvArgc(int *_Nonnull result);
void _swift_stdlib_overrideUnsafeArgvArgc(char *_Nullable *_Nullable arguments, int argument_count);

#endif
