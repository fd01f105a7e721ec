// Proves: Count never jumps: not where it is stopped and started, by Cause.DC or by the host, and
// not where the host changes its frequency.
// Takes: a number of rounds (50), each over all frequencies.
// Prints: how many rounds and readings there were; or the first wrong reading, after which step it
// came, and the one before it.
// Exits: 0; 1 after a wrong reading.
//
// Count and CC are one counter, and each reading is held against the one before. It must not have
// gone back. It must not be ahead by more than a second's worth of ticks and one tick begun, at the
// faster of the frequencies in between: a host may be slow. And while Count stands still it must be
// the same.

#include "cp0.h"

#define FREEZES 20

// MOVED "what was done last", register: a reading while Count runs. As STILL it destroys EAX, ECX,
// EDX and ESI.
.macro MOVED step, register
  mov %edi, %ecx
  READING "\step", \register
.endm

// STILL "what was done last", register: a reading that must equal the last one.
.macro STILL step, register
  xor %ecx, %ecx
  READING "\step", \register
.endm

.macro READING step, register
  .subsection DATA_PART
.Lstep\@:
  .ascii "count-continuity: after \step"
.Lstep\@_end:
  .subsection CODE_PART
  mov $ADDRESS(.Lstep\@), %esi
  mov $(.Lstep\@_end - .Lstep\@), %edx
  mov \register(%ebp), %eax
  call .Lcheck
.endm

GUEST_BEGIN count_continuity
  mov $GUEST_STACK, %esp
  ARGUMENTS
  ARGUMENT 50, .Lmalformed
  ARGUMENTS_END .Lmalformed
  mov %eax, ADDRESS(.Lrounds)
  mov %eax, ADDRESS(.Lrounds_left)
  CP0_BEGIN .Lno_cp0
  mov CP0_FREQUENCY(%ebp), %eax
  mov %eax, ADDRESS(.Lfrequency)
  mov CP0_COUNT(%ebp), %ebx                // EBX: the last reading
.Lround:
  subl $1, ADDRESS(.Lrounds_left)
  jc .Lend
  movl $ADDRESS(.Lfrequencies), ADDRESS(.Lnext_frequency)
.Lnext:
  mov ADDRESS(.Lnext_frequency), %eax
  mov (%eax), %eax
  mov ADDRESS(.Lfrequency), %edi           // EDI: how far ahead a reading may be
  mov %eax, ADDRESS(.Lfrequency)
  cmp %edi, %eax
  jbe .Lslower
  mov %eax, %edi
.Lslower:
  inc %edi
  LAB PLATFORM_LAB_SET_FREQUENCY, ADDRESS(.Lfrequency)
  MOVED "changing the frequency", CP0_COUNT
  mov ADDRESS(.Lfrequency), %edi
  inc %edi
  MOVED "reading Count", CP0_CC
  MOVED "reading CC", CP0_COUNT
  MOVED "reading Count", CP0_CC
  MOVED "reading CC", CP0_COUNT

  movl $CAUSE_DC, CP0_CAUSE(%ebp)
  MOVED "setting Cause.DC", CP0_COUNT
  STILL "Count stopped", CP0_CC
  LAB PLATFORM_LAB_SET_FREQUENCY, $999999999
  STILL "changing the frequency of a stopped Count", CP0_COUNT
  LAB PLATFORM_LAB_SET_FREQUENCY, ADDRESS(.Lfrequency)
  STILL "restoring the frequency of a stopped Count", CP0_COUNT
  movl $0, CP0_CAUSE(%ebp)
  MOVED "clearing Cause.DC", CP0_COUNT

  LAB PLATFORM_LAB_FREEZE
  MOVED "freezing", CP0_COUNT
  STILL "Count froze", CP0_CC
  LAB PLATFORM_LAB_SET_FREQUENCY, $999999999
  STILL "changing the frequency of a frozen Count", CP0_COUNT
  LAB PLATFORM_LAB_SET_FREQUENCY, ADDRESS(.Lfrequency)
  STILL "restoring the frequency of a frozen Count", CP0_COUNT
  LAB PLATFORM_LAB_THAW
  MOVED "thawing", CP0_COUNT

  // Stopped twice, Count stands until it has been started twice, in either order.
  LAB PLATFORM_LAB_FREEZE
  MOVED "freezing, to stop", CP0_COUNT
  movl $CAUSE_DC, CP0_CAUSE(%ebp)
  STILL "setting Cause.DC of a frozen Count", CP0_COUNT
  LAB PLATFORM_LAB_THAW
  STILL "thawing a stopped Count", CP0_COUNT
  LAB PLATFORM_LAB_FREEZE
  STILL "freezing a stopped Count", CP0_COUNT
  movl $0, CP0_CAUSE(%ebp)
  STILL "clearing Cause.DC of a frozen Count", CP0_COUNT
  LAB PLATFORM_LAB_THAW
  MOVED "thawing, having stopped", CP0_COUNT

  LAB PLATFORM_LAB_FREEZE_THAW, $FREEZES
  MOVED "freezing and thawing", CP0_COUNT
  addl $4, ADDRESS(.Lnext_frequency)
  cmpl $ADDRESS(.Lfrequencies_end), ADDRESS(.Lnext_frequency)
  jb .Lnext
  jmp .Lround

.Lend:
  REPORT "rounds", ADDRESS(.Lrounds)
  REPORT "readings", ADDRESS(.Lreadings)
  EXIT 0

// EAX: a reading. ECX: how far ahead of the last one it may be. ESI, EDX: what was done, its size.
.Lcheck:
  incl ADDRESS(.Lreadings)
  push %eax
  sub %ebx, %eax
  cmp %ecx, %eax                           // unsigned: back is farther than any bound
  ja .Lwrong
  pop %ebx
  ret

.Lwrong:
  mov %edx, %ecx
  mov $PLATFORM_SERIAL_PORT, %edx
  rep outsb
  PRINT ", at "
  PRINT_DECIMAL ADDRESS(.Lfrequency)
  PRINT " Hz: Count went from "
  PRINT_DECIMAL %ebx
  PRINT " to "
  pop %ebx
  PRINT_DECIMAL %ebx
  PRINT "\n"
  EXIT 1

.Lno_cp0:
  PRINT "count-continuity: no CP0 page here\n"
  EXIT 1
.Lmalformed:
  PRINT "count-continuity: takes a number of rounds\n"
  EXIT 1

  .balign 4
.Lfrequencies:                             // even and odd periods, and both ends of the range
  .long 1000, 33000000, 100000000, 999999937, 1, 300000000, 32768, 1000000000
.Lfrequencies_end:
.Lrounds:
  .long 0
.Lrounds_left:
  .long 0
.Lnext_frequency:
  .long 0
.Lfrequency:
  .long 0
.Lreadings:
  .long 0
GUEST_END count_continuity
