// Proves: the command line arrives, and an exit code of up to 32 bits leaves.
// Takes: a decimal number below 2^32 as its command line; none means 0.
// Prints: nothing, or a complaint about the command line.
// Exits: the number; 1 where it is none.

#include "guest.h"

GUEST_BEGIN exit_code
  xor %eax, %eax                           // the number so far
  mov START_INFO_COMMAND_LINE(%ebx), %esi  // memory of ours is below 4 GiB: the low half will do
  test %esi, %esi
  jz .Lexit
  mov $10, %edi
.Lnext:
  movzbl (%esi), %ecx
  test %ecx, %ecx
  jz .Lexit
  sub $'0', %ecx
  cmp $9, %ecx                             // unsigned: what is below '0' is above 9 as well
  ja .Lmalformed
  mul %edi
  jc .Lmalformed                           // EDX is not 0: 2^32 or more
  add %ecx, %eax
  jc .Lmalformed
  inc %esi
  jmp .Lnext
.Lexit:
  out %eax, $PLATFORM_EXIT_PORT
  hlt
.Lmalformed:
  PRINT "exit-code: the command line must be a decimal number below 4294967296\n"
  EXIT 1
GUEST_END exit_code
