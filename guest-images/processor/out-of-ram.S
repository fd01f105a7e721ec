// Proves: behind the end of RAM is an open bus: reads give all ones, writes change nothing.
// Prints: the address and what was read there before and after a write.
// Exits: 0 if both reads gave all ones; 1 otherwise, as in QEMU, where they give 0.
//
// The size of RAM comes from the lab port, or is 32 MiB where none is. RAM as large as it can be
// (PLATFORM_RAM_LIMIT) is followed by a device, not by an open bus.

#include "guest.h"

#define DEFAULT_RAM_KIB 0x8000
#define PATTERN 0x5a5a5a5a

GUEST_BEGIN out_of_ram
  mov $GUEST_STACK, %esp
  LAB_QUERY PLATFORM_PROPERTY_RAM_KIB
  cmp $-1, %eax
  jne .Lknown
  mov $DEFAULT_RAM_KIB, %eax
.Lknown:
  shl $10, %eax                            // at most PLATFORM_RAM_LIMIT: it fits
  mov %eax, %ebx
  mov (%ebx), %ebp
  movl $PATTERN, (%ebx)
  mov $ADDRESS(.Lbefore_end), %edi
  mov %ebp, %eax
  call .Lhexadecimal
  mov $ADDRESS(.Lafter_end), %edi
  mov (%ebx), %eax
  and %eax, %ebp                           // all ones only if both were
  call .Lhexadecimal
  mov $ADDRESS(.Laddress_end), %edi
  mov %ebx, %eax
  call .Lhexadecimal
  PRINT_LABEL .Lreport
  inc %ebp
  jnz .Lnot_open
  EXIT 0
.Lnot_open:
  PRINT "out-of-ram: not an open bus\n"
  EXIT 1

// Writes EAX as 8 digits that end before EDI. Destroys EAX, ECX, EDX, EDI.
.Lhexadecimal:
  mov $8, %ecx
.Ldigit:
  mov %eax, %edx
  and $15, %edx
  mov ADDRESS(.Ldigits)(%edx), %dl
  dec %edi
  mov %dl, (%edi)
  shr $4, %eax
  loop .Ldigit
  ret

.Ldigits:
  .ascii "0123456789abcdef"
.Lreport:
  .ascii "0x........"
.Laddress_end:
  .ascii ": read 0x........"
.Lbefore_end:
  .ascii ", wrote 0x5a5a5a5a, read 0x........"
.Lafter_end:
  .ascii "\n"
.Lreport_end:
GUEST_END out_of_ram
