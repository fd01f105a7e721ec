// For guests that start further CPUs.

#ifndef SWVMM_GUEST_SMP_H
#define SWVMM_GUEST_SMP_H

#include "interrupts.h"

// START_CODE: copies the 16-bit code on which CPUs start to where they do, and lays it down, aside.
// Say it before LONG_MODE. From there each goes to .Llong_mode, and comes out behind that macro like
// the first. Destroys ECX, ESI, EDI.
//
// They start in real mode, CS = START_PAGE << 8, IP = 0, memory above 1 MiB out of reach. The GDT's
// address needs all 32 bits: hence LGDTL, and the copy of its descriptor.
#define START_PAGE 8                       // any below 1 MiB would do

.macro START_CODE
  mov $ADDRESS(.Lstart), %esi
  mov $START_PAGE << 12, %edi
  mov $(.Lstart_end - .Lstart), %ecx
  rep movsb
  .subsection DATA_PART
  .code16
.Lstart:
  lgdtl %cs:.Lstart_gdtr - .Lstart
  mov $0x11, %eax                          // CR0.ET, PE
  mov %eax, %cr0
  ljmpl $CODE32, $ADDRESS(.Llong_mode)
.Lstart_gdtr:
  .short .Lgdtr - .Lgdt - 1
  .long ADDRESS(.Lgdt)
.Lstart_end:
  .code32
  .subsection CODE_PART
.endm

// Where there are local APICs:
#define LAPIC_ICR 0x300
#define ICR_INIT_ALL_OTHERS 0xc4500
#define ICR_STARTUP_ALL_OTHERS (0xc4600 | START_PAGE)

// START_BY_APIC: all others. Destroys ESI.
.macro START_BY_APIC
  mov $PLATFORM_LAPIC, %esi
  movl $ICR_INIT_ALL_OTHERS, LAPIC_ICR(%rsi)
  movl $ICR_STARTUP_ALL_OTHERS, LAPIC_ICR(%rsi)
.endm

// OWN_STACK cpu: the CPU's number to a register, and STACK_SIZE bytes to it: every CPU comes out of LONG_MODE with
// the same stack. Destroys EAX and EDX.
#define STACK_SIZE 0x800

.macro OWN_STACK cpu
  LAB_QUERY PLATFORM_PROPERTY_CPU_INDEX
  mov %eax, \cpu
  imul $STACK_SIZE, \cpu, %eax
  sub %rax, %rsp
.endm

// START_BY_LAB_PORT count, refused: CPUs 1 to count - 1, where there are none. Destroys EAX, ECX, EDX.
.macro START_BY_LAB_PORT count, refused
  mov $1, %ecx
.Lstart_next\@:
  cmp \count, %ecx
  jae .Lstarted\@
  mov $PLATFORM_LAB_ARGUMENT1, %edx
  mov $START_PAGE, %eax
  out %eax, %dx
  LAB PLATFORM_LAB_START_CPU, %ecx
  in %dx, %eax
  cmp $PLATFORM_LAB_DONE, %eax
  jne \refused
  inc %ecx
  jmp .Lstart_next\@
.Lstarted\@:
.endm

// An exit that does nothing: in virtual time vCPUs take turns at exits. Destroys AL.
.macro YIELD
  in $PLATFORM_EXIT_PORT, %al
.endm

#endif
