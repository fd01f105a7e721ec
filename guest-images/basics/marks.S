// Proves: marks reach the trace, in order.
// Prints: wrote marks 1 to 8; or that there is no lab port.
// Exits: 0; 1 where there is no lab port.

#include "guest.h"

#define LAST_MARK 8

GUEST_BEGIN marks
  mov $PLATFORM_LAB_IDENTITY, %edx         // the same register takes the marks
  in %dx, %eax
  cmp $PLATFORM_LAB_MAGIC, %eax
  jne .Lno_lab_port
  xor %eax, %eax
.Lnext:
  inc %eax
  out %eax, %dx
  cmp $LAST_MARK, %eax
  jb .Lnext
  PRINT "wrote marks 1 to 8\n"
  EXIT 0
.Lno_lab_port:
  PRINT "marks: no lab port here\n"
  EXIT 1
GUEST_END marks
