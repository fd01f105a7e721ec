// Proves: RDTSC never goes back from one CPU to the next.
// Takes: rounds (1000).
// Prints: cpus; readings, one a CPU and round; backward, those that were less than the one before on
// the CPU before; and worst, by how many cycles (4294967295: at least that).
// Exits: 0 if there were none; 1 otherwise.
//
// A turn goes round by a word of memory. The CPU that has it reads the TSC, compares with the last reading,
// which stands beside, and passes both on: the word's cache line goes from CPU to CPU, and the CPU
// that sees the turn come reads later than the one that passed it on.

#include "smp.h"

GUEST_BEGIN tsc_sync
  ARGUMENTS
  ARGUMENT 1000, .Lmalformed
  mov %eax, ADDRESS(.Lrounds)
  ARGUMENTS_END .Lmalformed
  START_CODE
  LONG_MODE

  // Every CPU comes by here: the first alone, the others in any order. The stack is the first's.
  mov $1, %ebp
  lock xadd %ebp, .Larrived(%rip)          // EBP: this CPU's number
  test %ebp, %ebp
  jnz .Lwait_for_turn
  LAB_QUERY PLATFORM_PROPERTY_CPUS
  cmp $-1, %eax
  je .Lno_lab_port
  mov %eax, .Lcpus(%rip)
  LAB_QUERY PLATFORM_PROPERTY_IRQCHIP
  cmp $PLATFORM_IRQCHIP_USER, %eax
  je .Lstart_by_lab_port
  START_BY_APIC
  jmp .Lwait_for_turn
.Lstart_by_lab_port:
  START_BY_LAB_PORT .Lcpus(%rip), .Lrefused

.Lwait_for_turn:
  cmp %ebp, .Lturn(%rip)
  je .Lturn_has_come
  YIELD
  jmp .Lwait_for_turn

.Lturn_has_come:
  test %ebp, %ebp
  jnz .Lread
  subl $1, .Lrounds(%rip)
  jc .Lreport                              // 0 rounds are none
.Lread:
  // Nothing keeps RDTSC behind the compare but an instruction that serialises. LFENCE would do on
  // most processors; KVM's emulator does not know it.
  xor %eax, %eax
  cpuid
  rdtsc
  shl $32, %rdx
  or %rdx, %rax
  incl .Lreadings(%rip)
  mov .Llast(%rip), %rcx
  mov %rax, .Llast(%rip)
  sub %rax, %rcx                           // RCX: how far back
  jbe .Lpass_on
  incl .Lbackward(%rip)
  mov %rcx, %rdx
  shr $32, %rdx
  jz .Lcompare_worst
  mov $-1, %ecx
.Lcompare_worst:
  cmp %ecx, .Lworst(%rip)
  jae .Lpass_on
  mov %ecx, .Lworst(%rip)
.Lpass_on:
  lea 1(%rbp), %eax
  cmp .Lcpus(%rip), %eax
  jb .Lnext
  xor %eax, %eax
.Lnext:
  mov %eax, .Lturn(%rip)                   // last: stores are seen in order
  jmp .Lwait_for_turn

.Lreport:
  REPORT "cpus", .Lcpus(%rip)
  REPORT "readings", .Lreadings(%rip)
  REPORT "backward", .Lbackward(%rip)
  REPORT "worst", .Lworst(%rip)
  cmpl $0, .Lbackward(%rip)
  jne .Lfailed
  EXIT 0
.Lfailed:
  EXIT 1
.Lno_lab_port:
  PRINT "tsc-sync: no lab port reports how many cpus there are\n"
  EXIT 1
.Lrefused:
  PRINT "tsc-sync: the lab port refuses to start a cpu\n"
  EXIT 1

  .code32
.Lmalformed:
  PRINT "tsc-sync: takes a number of rounds\n"
  EXIT 1

  .balign 64
.Lturn:
  .long 0
.Lreadings:
  .long 0
.Llast:
  .quad 0
.Lbackward:
  .long 0
.Lworst:
  .long 0
.Lrounds:
  .long 0
.Lcpus:
  .long 0
.Larrived:
  .long 0
GUEST_END tsc_sync
