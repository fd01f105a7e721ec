// For the guest `deadlines`: the records that it makes, and how its host gets them.

#ifndef SWVMM_GUEST_DEADLINE_RECORDS_H
#define SWVMM_GUEST_DEADLINE_RECORDS_H

#include "interrupts.h"

// A record (platform.h). Its POINT is the deadline: Compare or CVAL as it was set, or the TSC deadline; of
// timers that count down, the TSC when the count had just been set. All ones: nothing was due.
//
// The HANDLER of the first record is the TSC before the timer was first set.
#define POINT PLATFORM_DEADLINE_POINT
#define HANDLER PLATFORM_DEADLINE_HANDLER
#define ACKNOWLEDGED PLATFORM_DEADLINE_ACKNOWLEDGED
#define ENDED PLATFORM_DEADLINE_ENDED
#define RECORD_SIZE PLATFORM_DEADLINE_SIZE

#define RECORDS 512
#define RING (PLATFORM_GUEST_BASE + 0x4000)
#define HAND_OVER 250000                   // microseconds: for as long may the host wait for records

// RECORDS_BEGIN: R9 = the first record, whether the host takes any is known, and the ring is as long as RBX,
// the period in microseconds, allows. Destroys RAX, RCX, RDX.
.macro RECORDS_BEGIN
  mov $PLATFORM_LAB_ARGUMENT1, %edx
  xor %eax, %eax
  out %eax, %dx
  LAB PLATFORM_LAB_TAKE_RECORDS, $RING     // none yet
  in %dx, %eax
  cmp $PLATFORM_LAB_DONE, %eax
  sete .Lis_taken(%rip)
  mov $HAND_OVER, %eax
  xor %edx, %edx
  div %ebx                                 // at least 1
  mov $RECORDS, %ecx
  cmp %ecx, %eax
  cmova %ecx, %eax
  imul $RECORD_SIZE, %eax
  add $RING, %eax
  mov %eax, .Lring_end(%rip)
  mov $RING, %r9d
.endm

// STORE_TSC field: of the record at R9. Destroys EAX, EDX.
.macro STORE_TSC field
  rdtsc
  mov %eax, \field(%r9)
  mov %edx, \field + 4(%r9)
.endm

// SETTING: the timer is about to be set for the first time, and a host that takes records gets one of
// that. Destroys RAX, RDX.
.macro SETTING
  STORE_TSC HANDLER
  movzbl .Lis_taken(%rip), %eax
  imul $RECORD_SIZE, %eax
  add %eax, %r9d
.endm

// DONE: the record is complete.
.macro DONE
  STORE_TSC ENDED
  add $RECORD_SIZE, %r9
  dec %r10d
  jz .Lend
  cmp .Lring_end(%rip), %r9d
  je .Lring_full
  iretq
.endm

// RECORDS_CODE: where handlers jump to. A host that takes no records gets what .Lprint prints, if the timer is
// one that no page of the platform serves.
.macro RECORDS_CODE
.Lnothing_due:                             // an APIC may deliver what has gone again
  movq $-1, POINT(%r9)
  STORE_TSC ACKNOWLEDGED
  EOI
  STORE_TSC ENDED
  add $RECORD_SIZE, %r9
  cmp .Lring_end(%rip), %r9d
  je .Lring_full
.Lspurious:
  iretq

.Lring_full:
  call .Lhand_over
  iretq
.Lend:
  call .Lhand_over
  EXIT 0

.Lhand_over:
  cmpb $0, .Lis_taken(%rip)
  je .Lprint
  mov $PLATFORM_LAB_ARGUMENT1, %edx
  lea -RING(%r9), %eax
  out %eax, %dx
  LAB PLATFORM_LAB_TAKE_RECORDS, $RING
  mov $RING, %r9d
  ret
.Lprint:
  mov %r9d, %r14d
  mov $RING, %r9d
  cmpl $2, .Ltimer(%rip)
  jb .Lprinted
.Lprint_next:
  cmp %r14d, %r9d
  je .Lprinted
  mov HANDLER(%r9), %r13d
  sub POINT(%r9), %r13d
  PRINT_DECIMAL %r13d
  PRINT "\n"
  add $RECORD_SIZE, %r9
  jmp .Lprint_next
.Lprinted:
  mov $RING, %r9d
  ret
.endm

.macro RECORDS_DATA
.Lring_end:
  .long 0
.Lis_taken:
  .byte 0
.endm

#endif
