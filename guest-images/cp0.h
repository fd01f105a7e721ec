// For guests with a Count/Compare timer.

#ifndef SWVMM_GUEST_CP0_H
#define SWVMM_GUEST_CP0_H

#include "guest.h"

// The registers of the CP0 page, and their bits in use here.
//
// CP0_BEGIN absent: EBP = the page, or on to the label where there is none. In long mode, too, so
// that a register is CP0_COUNT(%rbp): its address is no displacement of 32 bits with a sign.
#define CP0_COUNT (PLATFORM_CP0_COUNT - PLATFORM_CP0)
#define CP0_COMPARE (PLATFORM_CP0_COMPARE - PLATFORM_CP0)
#define CP0_CAUSE (PLATFORM_CP0_CAUSE - PLATFORM_CP0)
#define CP0_STATUS (PLATFORM_CP0_STATUS - PLATFORM_CP0)
#define CP0_CC (PLATFORM_CP0_CC - PLATFORM_CP0)
#define CP0_CCRES (PLATFORM_CP0_CCRES - PLATFORM_CP0)
#define CP0_FREQUENCY (PLATFORM_CP0_FREQUENCY - PLATFORM_CP0)
#define CAUSE_DC 0x08000000
#define CAUSE_TI 0x40000000
#define STATUS_IM7_IE 0x8001               // lets the timer's interrupt through

.macro CP0_BEGIN absent
  mov $PLATFORM_CP0, %ebp
  cmpl $PLATFORM_CP0_CYCLES_PER_TICK, CP0_CCRES(%ebp)
  jne \absent
.endm

// SET_TICK exits: has the host slow Count down until a tick takes about so many exits, however long
// this host takes for one. For guests whose races need something to happen within a tick. The least
// of some is measured, for a host may be interrupted. Destroys EAX, ECX, EDX, ESI.
.macro SET_TICK exits
  mov $-1, %esi                            // the shortest exit so far, in ticks of Count
  mov CP0_COUNT(%ebp), %edx
  mov $16, %ecx
.Lmeasure\@:
  mov CP0_COUNT(%ebp), %eax
  sub %eax, %edx
  neg %edx
  cmp %esi, %edx
  jae .Lnot_shortest\@
  mov %edx, %esi
.Lnot_shortest\@:
  mov %eax, %edx
  dec %ecx
  jnz .Lmeasure\@
  imul $\exits, %esi, %ecx
  cmp $1, %ecx
  adc $0, %ecx                             // in virtual time an exit may take less than a tick
  mov CP0_FREQUENCY(%ebp), %eax
  xor %edx, %edx
  div %ecx
  LAB PLATFORM_LAB_SET_FREQUENCY, %eax
.endm

#endif
