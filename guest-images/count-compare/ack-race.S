// Proves: Compare written while Count reaches the old value leaves nothing of the old match behind.
// KVM for MIPS could leave Cause.TI set, until upstream commit b45bacd2d048.
// Takes: a number of rounds (1000).
// Prints: rounds; interrupts, taken before the write; raced, rounds in which Count was past the old
// value after the write, and no interrupt had come before; stale, rounds in which one came for the
// new value, or TI was set; spurious, interrupts with TI clear, which an IOAPIC may add.
// Exits: 0 if nothing was stale; 1 otherwise.
//
// A round: Compare is set 1 to 4 ticks ahead, 0 to 63 exits go by, and Compare is set far ahead.
// The host timer goes off up to one tick after the match, and Count is made so slow that this is
// several exits. In between the match is due but not delivered, and that is when a write that
// acknowledges first and looks for old matches later finds one. Nothing reads Count or Cause
// meanwhile: this would deliver the match.

#include "cp0.h"
#include "interrupts.h"

#define EXITS_PER_TICK 16
#define FAR 0x40000000                     // ticks: a quarter of a wrap
#define EXITS_TO_WAIT 4                    // a late interrupt comes at an exit, if it comes

GUEST_BEGIN ack_race
  ARGUMENTS
  ARGUMENT 1000, .Lmalformed
  ARGUMENTS_END .Lmalformed
  mov %eax, %edi
  LONG_MODE
  LOAD_IDT
  CP0_BEGIN .Lno_cp0
  APIC_BEGIN
  ROUTE PLATFORM_CP0_LINE, LEVEL
  APIC_END
  SET_TICK EXITS_PER_TICK
  xor %ebx, %ebx                           // EBX: rounds; EDI: how many there will be
  xor %r9d, %r9d                           // R9D: stale
  xor %r10d, %r10d                         // R10D: raced
  xor %r12d, %r12d                         // R12D: interrupts; R13D: Compare
  xor %r15d, %r15d                         // R15D: spurious
  mov $1, %r14d                            // R14D: a random number
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
.Lround:                                   // interrupts are off
  cmp %edi, %ebx
  je .Lend
  inc %ebx
  imul $1664525, %r14d, %r14d              // a linear congruence: high bits are the better ones
  add $1013904223, %r14d
  mov %r14d, %r13d
  shr $30, %r13d
  inc %r13d
  mov %r14d, %ecx
  shr $24, %ecx
  and $63, %ecx
  mov %r12d, %r11d                         // R11D: interrupts before this round
  add CP0_COUNT(%rbp), %r13d
  mov %r13d, CP0_COMPARE(%rbp)             // Count may be there by now: then nothing comes at all
  sti
  call .Lwait
  cli
  mov %r13d, %esi
  add $FAR, %r13d
  mov %r13d, CP0_COMPARE(%rbp)
  mov CP0_CAUSE(%rbp), %ecx
  mov CP0_COUNT(%rbp), %eax
  sub %esi, %eax
  js .Lno_race
  cmp %r11d, %r12d
  jne .Lno_race
  inc %r10d
.Lno_race:
  mov %r12d, %r11d
  test $CAUSE_TI, %ecx
  jnz .Lstale
  mov $EXITS_TO_WAIT, %ecx
  sti
  call .Lwait
  cli
  cmp %r11d, %r12d
  je .Lround
  mov %r11d, %r12d                         // that was none of the old match
.Lstale:
  mov %r13d, CP0_COMPARE(%rbp)             // the same value, to acknowledge
  inc %r9d
  jmp .Lround

.Lend:
  REPORT "rounds", %ebx
  REPORT "interrupts", %r12d
  REPORT "raced", %r10d
  REPORT "stale", %r9d
  REPORT "spurious", %r15d
  test %r9d, %r9d
  jnz .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

// ECX exits. Destroys EAX, ECX, EDX.
.Lwait:
  mov $PLATFORM_LAB_IDENTITY, %edx
.Lwait_more:
  jecxz .Lwaited
  in %dx, %eax
  dec %ecx
  jmp .Lwait_more
.Lwaited:
  ret

.Lhandler:
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jz .Lno_match
  inc %r12d
  mov %r13d, CP0_COMPARE(%rbp)             // the same value, to acknowledge
  EOI
.Lspurious:
  iretq
.Lno_match:
  inc %r15d
  EOI
  iretq

.Lno_cp0:
  PRINT "ack-race: no CP0 page here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "ack-race: takes a number of rounds\n"
  EXIT 1

  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END ack_race
