// For guests that take ticks of the virtual timer at the points start + k * period, k = 1, 2, ...
//
//   SCHEDULE_BEGIN                         // EBX = the period in microseconds, 1 to PERIOD_MAX
//   movl $CTL_ENABLE, CNTV_CTL(%rbp)
//
//   handler:
//     mov CNTVCT(%rbp), %rsi
//     ACKNOWLEDGE ...
//     TICK
//     NEXT_POINT                           // or, after the last tick, SCHEDULE_END
//     END_INTERRUPT ...
//
// CVAL advances by the period, however late a tick is; points that are past by then are skipped. A
// point that passes before CVAL gets to it does not matter: the line is a level, and the tick comes.
//
// In registers, which are the CPU's own, so the handler may interrupt nothing that needs them:
//
//   RBX   the period, in ticks of the counter
//   R9D   ticks taken
//   R10D  points skipped
//   R11   the point in CVAL
//   R12   the start
//   R13D  early ticks
//   R14   sum of how late ticks were
//   R15D  the worst
//   RCX   between TICK and what follows it: how late this one was

#ifndef SWVMM_GUEST_SCHEDULE_H
#define SWVMM_GUEST_SCHEDULE_H

#include "gic.h"

#define PERIOD_MAX 10000000                // microseconds

// Destroys RAX, RCX, RDX.
.macro SCHEDULE_BEGIN
  mov CNTFRQ(%rbp), %eax
  mov %ebx, %ebx
  mul %rbx                                 // below 2^32 * 2^24
  mov $1000000, %ecx
  div %rcx
  mov %rax, %rbx
  xor %r9d, %r9d
  xor %r10d, %r10d
  xor %r13d, %r13d
  xor %r14d, %r14d
  xor %r15d, %r15d
  mov CNTVCT(%rbp), %r12
  lea (%r12, %rbx), %r11
  mov %r11, CNTV_CVAL(%rbp)
.endm

// TICK: accounts for one, entered when the counter was RSI.
//
// One that comes before its point is early. Without APICs that is any handler entered before it:
// nothing else keeps a signal. With them a stale signal may have brought the CPU here, and the tick
// be due only since. Then what counts is that the controller gave it.
.macro TICK
  inc %r9d
  mov %rsi, %rcx
  sub %r11, %rcx
  jae .Ldue\@
  cmp $ADDRESS(.Lno_eoi), %r8d
  je .Learly\@
  mov CNTVCT(%rbp), %rsi
  mov %rsi, %rcx
  sub %r11, %rcx
  jae .Ldue\@
.Learly\@:
  inc %r13d
  xor %ecx, %ecx
.Ldue\@:
  add %rcx, %r14
  cmp %r15d, %ecx
  jbe .Lnot_worst\@
  mov %ecx, %r15d
.Lnot_worst\@:
.endm

// Destroys RAX, RDX.
.macro NEXT_POINT
  call .Lskip_points
  inc %rax
  imul %rbx, %rax
  add %rax, %r11
  mov %r11, CNTV_CVAL(%rbp)
  .ifndef .Lskip_points
  .subsection DATA_PART
.Lskip_points:                             // that are past: R10D, and RAX = how many
  mov %rcx, %rax
  xor %edx, %edx
  div %rbx
  add %eax, %r10d
  ret
  .subsection CODE_PART
  .endif
.endm

// SCHEDULE_END: stops the timer. EAX = points that the counter has passed. Destroys RDX.
.macro SCHEDULE_END
  movl $0, CNTV_CTL(%rbp)
  call .Lskip_points
  mov %rsi, %rax
  sub %r12, %rax
  xor %edx, %edx
  div %rbx
.endm

#endif
