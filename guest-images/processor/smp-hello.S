// Proves: every CPU starts, reaches 64-bit mode and shares memory with the others.
// Prints: hello from cpu N, for N from 0 up, then how many CPUs there were.
// Exits: 0; 1 if the lab port refuses to start a CPU.
//
// A CPU's number is its order of arrival, which takes no interrupt controller to know. The lab port
// knows how many CPUs there are. Where none is, the guest starts all of them and counts who arrives
// within 2^28 cycles of the TSC, about a tenth of a second.

#include "smp.h"

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

GUEST_BEGIN smp_hello
  START_CODE
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
  START_BY_LAB_PORT %ebp, .Lrefused

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

  .balign 4
.Larrived:
  .long 0
.Lturn:
  .long 0
GUEST_END smp_hello
