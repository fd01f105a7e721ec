// Proves: every CPU starts, reaches 64-bit mode and shares memory with the others.
// Prints: hello from cpu N, for N from 0 up, then how many CPUs there were.
// Exits: 0; 1 if the lab port refuses to start a CPU.
//
// A CPU's number is its order of arrival, which takes no interrupt controller to know. The lab port
// knows how many CPUs there are. Where none is, the guest starts all of them and counts who arrives
// within 2^28 cycles of the TSC, about a tenth of a second.

#include "interrupts.h"

#define START_PAGE 8                       // of the 16-bit code; any below 1 MiB would do

#define LAPIC_ICR 0x300
#define ICR_INIT_ALL_OTHERS 0xc4500
#define ICR_STARTUP_ALL_OTHERS (0xc4600 | START_PAGE)

#define INIT_CYCLES 0x2000000              // about 10 ms, what hardware asks for
#define ARRIVAL_CYCLES 0x10000000

// WAIT cycles: of the TSC. No subroutine: the stack is not ours while others have their turn.
// Destroys EAX, EDX, EDI.
.macro WAIT cycles
  rdtsc
  mov %eax, %edi
.Lwait\@:
  pause
  rdtsc
  sub %edi, %eax                           // right across a wrap of the low half, too
  cmp $\cycles, %eax
  jb .Lwait\@
.endm

// An exit that does nothing: in virtual time vCPUs take turns at exits. Destroys AL.
.macro YIELD
  in $PLATFORM_EXIT_PORT, %al
.endm

GUEST_BEGIN smp_hello
  mov $ADDRESS(.Lstart), %esi
  mov $START_PAGE << 12, %edi
  mov $(.Lstart_end - .Lstart), %ecx
  rep movsb
  LONG_MODE

  // Every CPU comes by here: the first alone, the others in any order.
  mov $1, %ebx
  lock xadd %ebx, .Larrived(%rip)          // EBX: this CPU's number
.Lwait_for_turn:
  cmp %ebx, .Lturn(%rip)
  je .Lturn_has_come
  YIELD
  jmp .Lwait_for_turn
.Lturn_has_come:                           // serial port and stack are ours until the INC
  PRINT "hello from cpu "
  PRINT_DECIMAL %ebx
  PRINT "\n"
  incl .Lturn(%rip)                        // no LOCK: only the CPU whose turn it is writes here
  test %ebx, %ebx
  jz .Lstart_others
  cli
  hlt

.Lstart_others:
  LAB_QUERY PLATFORM_PROPERTY_CPUS
  mov %eax, %ebp                           // EBP: how many CPUs; all ones: not known
  LAB_QUERY PLATFORM_PROPERTY_IRQCHIP
  cmp $PLATFORM_IRQCHIP_USER, %eax
  je .Lstart_by_lab_port
  mov $PLATFORM_LAPIC, %esi
  movl $ICR_INIT_ALL_OTHERS, LAPIC_ICR(%rsi)
  cmp $-1, %ebp
  je .Lstart_unknown
  movl $ICR_STARTUP_ALL_OTHERS, LAPIC_ICR(%rsi)
  jmp .Lwait_for_all

// Not KVM's local APIC, perhaps. QEMU's own may take a start-up IPI that follows at once before the
// INIT, and the CPU would start twice.
.Lstart_unknown:
  WAIT INIT_CYCLES
  movl $ICR_STARTUP_ALL_OTHERS, LAPIC_ICR(%rsi)
  WAIT ARRIVAL_CYCLES
  mov .Larrived(%rip), %ebp
  jmp .Lwait_for_all

.Lstart_by_lab_port:
  mov $1, %ecx
.Lnext:
  cmp %ebp, %ecx
  jae .Lwait_for_all
  mov $PLATFORM_LAB_ARGUMENT0, %edx
  mov %ecx, %eax
  out %eax, %dx
  mov $PLATFORM_LAB_ARGUMENT1, %edx
  mov $START_PAGE, %eax
  out %eax, %dx
  mov $PLATFORM_LAB_COMMAND, %edx
  mov $PLATFORM_LAB_START_CPU, %eax
  out %eax, %dx
  in %dx, %eax
  cmp $PLATFORM_LAB_DONE, %eax
  jne .Lrefused
  inc %ecx
  jmp .Lnext

.Lwait_for_all:
  cmp %ebp, .Lturn(%rip)
  je .Lall_said_hello
  YIELD
  jmp .Lwait_for_all
.Lall_said_hello:
  REPORT "cpus", %ebp
  EXIT 0

.Lrefused:
  PRINT "smp-hello: the lab port refuses to start a cpu\n"
  EXIT 1

// Where the others start: real mode, CS = START_PAGE << 8, IP = 0, memory above 1 MiB out of reach.
// The GDT's address needs all 32 bits: hence LGDTL, and the copy of its descriptor.
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

  .balign 4
.Larrived:
  .long 0
.Lturn:
  .long 0
GUEST_END smp_hello
