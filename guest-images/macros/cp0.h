// For guests with a Count/Compare timer.

#ifndef SWVMM_GUEST_CP0_H
#define SWVMM_GUEST_CP0_H

#include "guest.h"

// The registers of the CP0 page, and their bits in use here.
//
// CP0_BEGIN absent: EBP = the page, or on to the label where there is none. In long mode, too, so
// that a register is CP0_COUNT(%rbp): its address is not a displacement of 32 bits with a sign.
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

// NEXT_COMPARE point, period: Compare, and with it the register `point`, advances by periods until it
// is ahead of Count; this lowers the interrupt line. Both are in ticks of Count. EAX = by how many to
// begin with; ECX = by how many it advanced in all. Destroys EAX, EDX, ESI.
//
// Compare matches when Count gets there after the write. With Count at or past it there are two
// cases, which TI distinguishes: it was reached after the write, and the interrupt comes; or before
// it, and there would be none for a whole wrap. Then it advances to the first point ahead of the Count
// that was read, and because a host may be slower than a period lasts, by 3, 15, 63 ... periods more:
// what is too much depends on how long the host takes to get here, and not on how late it was.
.macro NEXT_COMPARE point, period
  xor %ecx, %ecx
  xor %esi, %esi                           // ESI: periods more
.Lgo_on\@:
  add %eax, %ecx
  imul \period, %eax
  add %eax, \point
  mov \point, CP0_COMPARE(%rbp)
  mov CP0_COUNT(%rbp), %eax
  sub \point, %eax
  js .Lset\@
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jnz .Lset\@
  xor %edx, %edx
  div \period
  lea 1(%rax, %rsi), %eax
  lea 3(, %rsi, 4), %esi
  jmp .Lgo_on\@
.Lset\@:
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
