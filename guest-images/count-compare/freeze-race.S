// Proves: freezing Count around the moment when it reaches Compare neither loses an interrupt nor
// doubles one. KVM for MIPS lost some until upstream commit 4355c44f063d.
// Takes: the least number of freezes (100000).
// Prints: freezes; matches, of Count with Compare; interrupts taken; lost, matches without one;
// doubled, how often Cause.TI was set once more for the same match; spurious, interrupts with TI
// clear, which an IOAPIC may add.
// Exits: 0 if none was lost or doubled, and interrupts are as many as matches; 1 otherwise.
//
// The host timer is armed from a Count rounded down, so it may go off up to one tick after Count
// has reached Compare. That is the window in which a freeze could lose the interrupt. Count is
// made so slow that it lasts for several exits, and freezes are packed into the ticks around it.
//
// Compare is written while Count is frozen. So it is always ahead, by 1 to 3 ticks, and each write
// makes one match, however slow the host.

#include "cp0.h"
#include "interrupts.h"

#define EXITS_PER_TICK 16
#define LEAD_MAX 3                         // ticks
#define BATCH_MAX 20                       // freezes in one exit
#define LATE 8                             // ticks after the match. Without TI, no interrupt comes
#define TOO_LATE 1000                      // any more; with TI it may just be slow, up to here

GUEST_BEGIN freeze_race
  ARGUMENTS
  ARGUMENT 100000, .Lmalformed
  ARGUMENTS_END .Lmalformed
  mov %eax, %edi
  LONG_MODE
  LOAD_IDT
  CP0_BEGIN .Lno_cp0
  APIC_BEGIN
  ROUTE PLATFORM_CP0_LINE, LEVEL
  APIC_END
  SET_TICK EXITS_PER_TICK
  xor %ebx, %ebx                           // EBX: freezes; EDI: the least number of them
  xor %r9d, %r9d                           // R9D: doubled
  xor %r10d, %r10d                         // R10D: lost
  xor %r11d, %r11d                         // R11D: interrupts before this match
  xor %r12d, %r12d                         // R12D: interrupts
  xor %r14d, %r14d                         // R14D: matches
  xor %r15d, %r15d                         // R15D: size of the last batch; R13D: Compare
  movl $STATUS_IM7_IE, CP0_STATUS(%rbp)
.Lmatch:                                   // interrupts are off
  mov %r14d, %eax
  xor %edx, %edx
  mov $LEAD_MAX, %ecx
  div %ecx
  lea 1(%rdx), %r13d
  LAB PLATFORM_LAB_FREEZE
  inc %ebx
  add CP0_COUNT(%rbp), %r13d
  mov %r13d, CP0_COMPARE(%rbp)             // acknowledges whatever is left of the last match
  mov %r12d, %r11d
  sti
  LAB PLATFORM_LAB_THAW
  inc %r14d
.Lwait:
  call .Lfreeze_and_thaw
  cmp %r11d, %r12d
  jne .Linterrupted
  mov CP0_COUNT(%rbp), %ecx
  sub %r13d, %ecx
  cmp $LATE, %ecx
  jle .Lwait
  mov CP0_CAUSE(%rbp), %eax
  cmp %r11d, %r12d
  jne .Linterrupted
  test $CAUSE_TI, %eax
  jz .Llost
  cmp $TOO_LATE, %ecx
  jle .Lwait
.Llost:
  cli
  inc %r10d
  jmp .Lnext
.Linterrupted:
  cli
  mov %r12d, %eax
  sub %r11d, %eax
  dec %eax
  add %eax, %r9d
  call .Lfreeze_and_thaw                   // the match is over: nothing more may come of it
  testl $CAUSE_TI, CP0_CAUSE(%rbp)
  jz .Lnext
  inc %r9d
.Lnext:
  cmp %edi, %ebx
  jb .Lmatch

  REPORT "freezes", %ebx
  REPORT "matches", %r14d
  REPORT "interrupts", %r12d
  REPORT "lost", %r10d
  REPORT "doubled", %r9d
  REPORT "spurious", .Lspurious_interrupts(%rip)
  or %r9d, %r10d
  jnz .Lwrong
  cmp %r14d, %r12d
  jne .Lwrong
  EXIT 0
.Lwrong:
  EXIT 1

// Freezes and thaws once more often than the last time, and after BATCH_MAX times once again.
// Destroys EAX, EDX.
.Lfreeze_and_thaw:
  cmp $BATCH_MAX, %r15d
  jb .Lnot_longest
  xor %r15d, %r15d
.Lnot_longest:
  inc %r15d
  add %r15d, %ebx
  LAB PLATFORM_LAB_FREEZE_THAW, %r15d
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
  incl .Lspurious_interrupts(%rip)
  EOI
  iretq

.Lno_cp0:
  PRINT "freeze-race: no CP0 page here\n"
  EXIT 1
  .code32
.Lmalformed:
  PRINT "freeze-race: takes a number of freezes\n"
  EXIT 1

  .balign 4
.Lspurious_interrupts:
  .long 0
  IDT_BEGIN
  GATE PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, .Lhandler
  GATE SPURIOUS_VECTOR, .Lspurious
  IDT_END
GUEST_END freeze_race
