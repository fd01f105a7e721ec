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

#define RECORDS 512                        // of all CPUs together
#define RING (PLATFORM_GUEST_BASE + 0x4000)
#define CPUS_MAX 16
#define HAND_OVER 250000                   // microseconds: for as long may the host wait for records

// RECORDS_SET_UP cpus: by the first CPU, before there are others. Whether the host takes any is known, and the
// ring of each CPU is as long as RBX, the period in microseconds, and the others' rings allow. Destroys RAX,
// RCX, RDX, RSI.
.macro RECORDS_SET_UP cpus
  mov $PLATFORM_LAB_ARGUMENT1, %edx
  xor %eax, %eax
  out %eax, %dx
  LAB PLATFORM_LAB_TAKE_RECORDS, $RING     // none yet
  in %dx, %eax
  cmp $PLATFORM_LAB_DONE, %eax
  sete .Lis_taken(%rip)
  mov $RECORDS, %eax
  xor %edx, %edx
  divl \cpus(%rip)
  mov %eax, %esi
  mov $HAND_OVER, %eax
  xor %edx, %edx
  div %ebx                                 // at least 1
  cmp %esi, %eax
  cmova %esi, %eax
  imul $RECORD_SIZE, %eax
  mov %eax, .Lring_size(%rip)
.endm

// RECORDS_BEGIN: R9 = the first record of CPU EDI, and RDI = the end of its ring. Each is written to: the first store
// to a page of RAM takes the host microseconds, and in a handler they would be part of what is measured. Destroys RAX.
.macro RECORDS_BEGIN
  mov .Lring_size(%rip), %eax
  imul %eax, %edi
  lea RING(%rdi), %r9d
  lea (%r9, %rax), %edi
  mov %r9d, %eax
.Lwrite_next:
  movl $0, (%rax)
  add $RECORD_SIZE, %eax
  cmp %edi, %eax
  jb .Lwrite_next
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

// DONE looks: the record is complete. Where it says which byte decides whether the host is to look, a store that
// changes nothing is the exit at which it does.
.macro DONE looks
  STORE_TSC ENDED
  .ifnb \looks
  cmpb $0, \looks(%rip)
  je .Lnot_looked\@
  mov $PLATFORM_CP0_CC, %eax
  mov %eax, (%rax)
.Lnot_looked\@:
  .endif
  add $RECORD_SIZE, %r9
  dec %r10d
  jz .Lend
  cmp %edi, %r9d
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
  cmp %edi, %r9d
  je .Lring_full
.Lspurious:
  iretq

.Lring_full:
  call .Lhand_over
  iretq
.Lend:
  call .Lhand_over
  lock decl .Lat_work(%rip)
  jz .Lall_done
.Lrest:                                    // with interrupts off
  hlt
  jmp .Lrest
.Lall_done:
  EXIT 0

.Lhand_over:
  mov %edi, %ecx
  sub .Lring_size(%rip), %ecx              // ECX: the first record
  cmpb $0, .Lis_taken(%rip)
  je .Lprint
  mov $PLATFORM_LAB_ARGUMENT1, %edx
  mov %r9d, %eax
  sub %ecx, %eax
  out %eax, %dx
  LAB PLATFORM_LAB_TAKE_RECORDS, %ecx
  mov %ecx, %r9d
  ret
.Lprint:                                   // of a CPU that is alone: others would write in between
  cmpl $1, .Lcpus(%rip)
  jne .Lprinted
  mov %r9d, %r14d
  mov %ecx, %r9d
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
  mov %edi, %r9d
  sub .Lring_size(%rip), %r9d
  ret
.endm

.macro RECORDS_DATA
.Lring_size:
  .long 0
.Lat_work:                                 // CPUs that have interrupts to take
  .long 0
.Lis_taken:
  .byte 0
.endm

#endif
