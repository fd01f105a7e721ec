// Proves: a clock of the processor's never goes back and never leaps ahead, wherever the guest is saved.
// Takes: which clock (0 the TSC, 1 the paravirtual one) and how often it is read (100).
// Exits: 0 right; 5 the clock went back; 6 it leapt ahead by more than LEAP; 9 an argument.
// State: RBX the last reading, R9D the readings that are left.

#include "interrupts.h"

#define BACK 5
#define LEAP_AHEAD 6
#define MALFORMED 9
#define LEAP (1 << 33)                     // nanoseconds, or cycles: seconds, which no host takes for a reading
#define KVM_SYSTEM_TIME 0x4b564d01
#define CLOCK_VERSION 0
#define CLOCK_STAMP 8
#define CLOCK_TIME 16
#define CLOCK_MULTIPLIER 24
#define CLOCK_SHIFT 28

GUEST_BEGIN clock
  ARGUMENTS
  ARGUMENT 0, .Lmalformed
  mov %eax, ADDRESS(.Lclock)
  ARGUMENT 100, .Lmalformed
  mov %eax, ADDRESS(.Lreadings)
  ARGUMENTS_END .Lmalformed
  cmpl $1, ADDRESS(.Lclock)
  ja .Lmalformed
  cmpl $0, ADDRESS(.Lreadings)
  je .Lmalformed
  LONG_MODE
  mov .Lreadings(%rip), %r9d
  mov $ADDRESS(.Ltime_page), %edi
  cmpl $0, .Lclock(%rip)
  je .Lfirst
  mov $KVM_SYSTEM_TIME, %ecx
  mov $ADDRESS(.Ltime_page) + 1, %eax           // bit 0: on
  xor %edx, %edx
  wrmsr
.Lfirst:
  call .Lread
  mov %rax, %rbx
.Lnext:
  mov $PLATFORM_LAB_IDENTITY, %edx
  in %dx, %eax                             // an exit, at which the host may do what it likes
  call .Lread
  mov %rax, %rcx
  sub %rbx, %rcx
  js .Lback
  mov $LEAP, %rdx
  cmp %rdx, %rcx
  ja .Lahead
  mov %rax, %rbx
  dec %r9d
  jnz .Lnext
  EXIT 0
.Lback:
  EXIT BACK
.Lahead:
  EXIT LEAP_AHEAD

// .Lread: RAX = the clock. Destroys RCX, RDX, R8.
.Lread:
  mov CLOCK_VERSION(%rdi), %r8d            // the TSC alone: it stays 0
  rdtsc
  shl $32, %rdx
  or %rdx, %rax
  cmpl $0, .Lclock(%rip)
  je .Lread_tsc
  sub CLOCK_STAMP(%rdi), %rax
  mov CLOCK_SHIFT(%rdi), %cl
  test %cl, %cl
  js .Lshift_right
  shl %cl, %rax
  jmp .Lshifted
.Lshift_right:
  neg %cl
  shr %cl, %rax
.Lshifted:
  mov CLOCK_MULTIPLIER(%rdi), %edx
  mul %rdx
  shrd $32, %rdx, %rax
  add CLOCK_TIME(%rdi), %rax
  test $1, %r8d
  jnz .Lread
  cmp CLOCK_VERSION(%rdi), %r8d
  jne .Lread                               // the host has changed it meanwhile
.Lread_tsc:
  ret

  .code32
.Lmalformed:
  EXIT MALFORMED

  .subsection DATA_PART
  .balign 32
.Ltime_page:
  .fill 32, 1, 0
.Lclock:
  .long 0
.Lreadings:
  .long 0
  .subsection CODE_PART
GUEST_END clock
