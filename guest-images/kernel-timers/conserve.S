// Proves: what is armed is delivered once, whatever is done to the machine meanwhile.
// Takes: what to use (0 local APIC one-shot, 1 periodic, 2 TSC deadline, 3 PIT mode 0, 4 mode 2, 5 an edge
// at pin 5 of the IOAPIC, 6 a level there, 7 NMI, 8 the paravirtual clock, 9 the TSC), the period in
// microseconds, the same in ticks of the timer, for how many cycles of the TSC to listen afterwards, and
// whether to wait in HLT (1) or in a loop (0).
// Prints: nothing; marks as `swvmm torture` takes them: bits 7:0 a kind, 31:8 a number.
// Exits: with the number of deliveries, 255 at most; 254 where there is no local APIC in the kernel.
//
// What is cut lies between the marks READY and SETTLED, and so it is short and has no loop in it but for
// the wait. Registers that hold a time are RAX and RDX; memory that does, .Lsamples.

#include "interrupts.h"

#define READY 1
#define ARMED 2
#define STARTED 3
#define HANDLED 4
#define SETTLED 6
#define SAMPLED 7

#define PIT_COMMAND 0x43
#define PIT_CHANNEL0 0x40
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_INITIAL_COUNT 0x380
#define LAPIC_DIVIDE 0x3e0
#define DIVIDE_BY_1 0xb
#define LVT_PERIODIC 0x20000
#define LVT_TSC_DEADLINE 0x40000
#define IA32_TSC_DEADLINE 0x6e0
#define KVM_SYSTEM_TIME 0x4b564d01
#define PIN 5
#define TIMER_VECTOR 0x40
#define NO_APIC 254

#define FIRST_PIT 3
#define FIRST_LINE 5
#define FIRST_CLOCK 8

// MARK kind: DX is the mark's port. Destroys EAX.
.macro MARK kind
  mov $\kind, %eax
  out %eax, %dx
.endm

// SAMPLE: the TSC, the 32 bytes of the clock's page, and its version once more, to where RBX points. Destroys
// RAX, RDX. *Order:* the TSC and all that the page says lie between the two versions, so that a page that KVM
// writes in between shows; what reads the sample drops it then.
.macro SAMPLE
  mov (%rdi), %rax
  mov %rax, 8(%rbx)
  rdtsc
  mov %eax, (%rbx)
  mov %edx, 4(%rbx)
  .irp offset, 8, 16, 24
  mov \offset(%rdi), %rax
  mov %rax, 8 + \offset(%rbx)
  .endr
  mov (%rdi), %eax
  mov %eax, 40(%rbx)
  mov $PLATFORM_LAB_MARK, %edx
  MARK SAMPLED
  add $64, %ebx
.endm

GUEST_BEGIN conserve
  ARGUMENTS
  .irp field, subject, period, ticks, listen, halts
  ARGUMENT 0, .Lmalformed
  mov %eax, ADDRESS(.L\field)
  .endr
  ARGUMENTS_END .Lmalformed
  cmpl $9, ADDRESS(.Lsubject)
  ja .Lmalformed
  LONG_MODE
  LOAD_IDT
  mov $PLATFORM_LAPIC, %ebp                // RBP: the local APIC
  cmpl $-1, LAPIC_SVR(%rbp)
  je .Labsent
  movl $LVT_MASKED, LAPIC_LINT0(%rbp)
  movl $SVR_ENABLED | SPURIOUS_VECTOR, LAPIC_SVR(%rbp)
  mov .Lsubject(%rip), %ecx
  cmp $FIRST_PIT, %ecx
  jb .Lset_up_apic
  cmp $FIRST_CLOCK, %ecx
  jae .Lset_up_clock
  mov $PLATFORM_IOAPIC, %esi
  cmp $FIRST_LINE, %ecx
  jae .Lset_up_pin
  // KVM has the PIT on pin 0, unless its owner routes it to pin 2, as QEMU does.
  .irp pin, 0, 2
  movl $0x11 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $0, IOAPIC_WINDOW(%rsi)
  movl $0x10 + 2 * \pin, IOAPIC_INDEX(%rsi)
  movl $TIMER_VECTOR, IOAPIC_WINDOW(%rsi)
  .endr
  jmp .Lready
.Lset_up_pin:
  movl $0x11 + 2 * PIN, IOAPIC_INDEX(%rsi)
  movl $0, IOAPIC_WINDOW(%rsi)
  mov $TIMER_VECTOR, %eax
  mov $TIMER_VECTOR | LEVEL, %edx
  cmp $6, %ecx
  cmove %edx, %eax
  movl $0x10 + 2 * PIN, IOAPIC_INDEX(%rsi)
  mov %eax, IOAPIC_WINDOW(%rsi)
  jmp .Lready
.Lset_up_clock:
  mov $ADDRESS(.Lclock), %edi
  mov $ADDRESS(.Lsamples), %ebx
  cmp $FIRST_CLOCK, %ecx
  ja .Lready
  mov $KVM_SYSTEM_TIME, %ecx
  mov $ADDRESS(.Lclock) + 1, %eax          // bit 0: on
  xor %edx, %edx
  wrmsr
  jmp .Lready
.Lset_up_apic:
  movl $DIVIDE_BY_1, LAPIC_DIVIDE(%rbp)
  mov $TIMER_VECTOR, %eax
  cmp $1, %ecx
  jb .Lset_lvt
  mov $TIMER_VECTOR | LVT_PERIODIC, %eax
  je .Lset_lvt
  mov $TIMER_VECTOR | LVT_TSC_DEADLINE, %eax
.Lset_lvt:
  mov %eax, LAPIC_LVT_TIMER(%rbp)

.Lready:
  mov $PLATFORM_LAB_MARK, %edx
  MARK READY
  mov .Lsubject(%rip), %ecx
  cmp $FIRST_CLOCK, %ecx
  jae .Lsample_clocks
  mov .Lperiod(%rip), %eax
  shl $8, %eax
  or $ARMED, %eax
  out %eax, %dx
  cmp $FIRST_LINE, %ecx
  jae .Lstarted                            // the host raises it
  cmp $FIRST_PIT, %ecx
  jae .Lstart_pit
  mov .Lticks(%rip), %r12d
  cmp $2, %ecx
  je .Lstart_deadline
  mov %r12d, LAPIC_INITIAL_COUNT(%rbp)
  jmp .Lstarted
.Lstart_deadline:
  rdtsc
  shl $32, %rdx
  add %rdx, %rax
  add %r12, %rax
  mov %rax, %rdx
  shr $32, %rdx
  mov $IA32_TSC_DEADLINE, %ecx
  wrmsr
  mov $PLATFORM_LAB_MARK, %edx
  jmp .Lstarted
.Lstart_pit:
  sub $FIRST_PIT, %ecx
  lea 0x30(, %rcx, 4), %eax                // channel 0, low byte and high byte; mode 0 or 2
  out %al, $PIT_COMMAND
  mov .Lticks(%rip), %eax
  out %al, $PIT_CHANNEL0
  mov %ah, %al
  out %al, $PIT_CHANNEL0
.Lstarted:
  MARK STARTED
  nop                                      // interrupts are off
  cmpl $0, .Lhalts(%rip)
  je .Lpoll
.Lhalt:
  sti
  hlt
  cli
  cmpl $0, .Lcount(%rip)
  je .Lhalt
  jmp .Lwaited
.Lpoll:
  sti
  nop
.Lpoll_on:
  cmpl $0, .Lcount(%rip)
  je .Lpoll_on
  cli
.Lwaited:
  nop
  MARK SETTLED
  sti
  call .Lwait
  cli
  jmp .Lend

// Waits for .Llisten cycles, which may be 0. Destroys RAX, RDX, R12, R13.
.Lwait:
  rdtsc
  shl $32, %rdx
  lea (%rax, %rdx), %r13
  mov .Llisten(%rip), %r12d
.Llisten_on:
  rdtsc
  shl $32, %rdx
  add %rdx, %rax
  sub %r13, %rax
  cmp %r12, %rax
  jb .Llisten_on
  mov $PLATFORM_LAB_MARK, %edx
  xor %r13d, %r13d
  ret

.Lsample_clocks:
  SAMPLE
  SAMPLE
  MARK STARTED
  SAMPLE
  SAMPLE
  MARK SETTLED
  call .Lwait
  SAMPLE

.Lend:
  mov .Lcount(%rip), %eax
  out %eax, $PLATFORM_EXIT_PORT
  hlt

.Lhandler:
  push %rax
  push %rdx
  incl .Lcount(%rip)
  mov .Lcount(%rip), %eax
  shl $8, %eax
  or $HANDLED, %eax
  mov $PLATFORM_LAB_MARK, %edx
  out %eax, %dx                            // a level falls here
  movl $0, LAPIC_EOI(%rbp)
  pop %rdx
  pop %rax
.Lspurious:
  iretq

.Lnmi:
  push %rax
  push %rdx
  incl .Lcount(%rip)
  mov .Lcount(%rip), %eax
  shl $8, %eax
  or $HANDLED, %eax
  mov $PLATFORM_LAB_MARK, %edx
  out %eax, %dx
  pop %rdx
  pop %rax
  iretq

.Labsent:
  EXIT NO_APIC
  .code32
.Lmalformed:
  EXIT 255

  .subsection DATA_PART
  .balign 4
  .irp field, subject, period, ticks, listen, halts, count
.L\field:
  .long 0
  .endr
  IDT_BEGIN
  GATE 2, .Lnmi
  GATE SPURIOUS_VECTOR, .Lspurious
  GATE TIMER_VECTOR, .Lhandler
  IDT_END
  .balign 4096
.Lclock:                                   // struct pvclock_vcpu_time_info
  .zero 64
.Lsamples:
  .zero 512
  .subsection CODE_PART
GUEST_END conserve
