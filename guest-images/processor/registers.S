// Proves: what a guest keeps in its processor's registers is there after mark 1, wherever the machine
// continues from it; CR8 can be lowered again.
// Prints: a line for each register that differs, and how many did.
// Exits: with that number; 0 is right.

#include "guest.h"

#define MODIFIER 0x0123456789abcdef        // times an odd number, it fills a register
#define FLAGS 0x2044d7                     // ID, NT, DF off, SF, ZF, AF, PF, CF

// FILL register, number
.macro FILL register, number
  mov $(MODIFIER + \number * 0x1111111111111111), %\register
.endm

// EXPECT name, register, value: that it is there. Destroys RAX, RCX, RDX, RSI.
.macro EXPECT name, register, value:vararg
  mov $(\value), %rax
  cmp %rax, %\register
  je .Lsame\@
  PRINT "\name differs\n"
  inc %ebp
.Lsame\@:
.endm

// MSRS do: for each MSR of the table ECX = its number, EDX:EAX = its value. Destroys R8.
.macro MSRS do:vararg
  mov $ADDRESS(.Lmsrs), %r8d
.Lmsr\@:
  mov (%r8), %ecx
  mov 4(%r8), %eax
  mov 8(%r8), %edx
  \do
  add $12, %r8d
  cmp $ADDRESS(.Lmsrs_end), %r8d
  jb .Lmsr\@
.endm

GUEST_BEGIN registers
  LONG_MODE
  mov $0x00007cccddddeeed, %rax
  mov %rax, %cr2
  mov $5, %eax
  mov %rax, %cr8
  mov $0x00007fedcba98761, %rax
  mov %rax, %db0
  inc %rax
  mov %rax, %db1
  inc %rax
  mov %rax, %db2
  inc %rax
  mov %rax, %db3
  mov $0xffff4fff, %eax
  mov %rax, %db6
  mov $0xdd550700, %eax                    // all kinds, none enabled
  mov %rax, %db7
  mov $DATA, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %fs
  mov %eax, %gs
  MSRS wrmsr
  FILL rbx, 3
  FILL rbp, 5
  FILL rsi, 6
  FILL rdi, 7
  FILL r8, 8
  FILL r9, 9
  FILL r10, 10
  FILL r11, 11
  FILL r12, 12
  FILL r13, 13
  FILL r14, 14
  FILL r15, 15
  FILL rcx, 1
  pushq $FLAGS
  popfq
  mov $(PLATFORM_LAB_MARK | 0x76543210fedc0000), %rdx
  mov $0x0fedcba900000001, %rax
  out %eax, %dx                            // The machine may be another one after this.
  mov %rax, .Lseen + 0(%rip)
  mov %rdx, .Lseen + 8(%rip)
  mov %rcx, .Lseen + 16(%rip)
  mov %rsi, .Lseen + 24(%rip)
  mov %rbp, .Lseen + 32(%rip)
  mov %r8, .Lseen + 40(%rip)
  pushfq
  pop .Lseen + 48(%rip)
  cld
  xor %ebp, %ebp
  EXPECT "RBX", rbx, MODIFIER + 3 * 0x1111111111111111
  EXPECT "RDI", rdi, MODIFIER + 7 * 0x1111111111111111
  EXPECT "R9", r9, MODIFIER + 9 * 0x1111111111111111
  EXPECT "R10", r10, MODIFIER + 10 * 0x1111111111111111
  EXPECT "R11", r11, MODIFIER + 11 * 0x1111111111111111
  EXPECT "R12", r12, MODIFIER + 12 * 0x1111111111111111
  EXPECT "R13", r13, MODIFIER + 13 * 0x1111111111111111
  EXPECT "R14", r14, MODIFIER + 14 * 0x1111111111111111
  EXPECT "R15", r15, MODIFIER + 15 * 0x1111111111111111
  mov .Lseen + 0(%rip), %rbx
  EXPECT "RAX", rbx, 0x0fedcba900000001
  mov .Lseen + 8(%rip), %rbx
  EXPECT "RDX", rbx, PLATFORM_LAB_MARK | 0x76543210fedc0000
  mov .Lseen + 16(%rip), %rbx
  EXPECT "RCX", rbx, MODIFIER + 1 * 0x1111111111111111
  mov .Lseen + 24(%rip), %rbx
  EXPECT "RSI", rbx, MODIFIER + 6 * 0x1111111111111111
  mov .Lseen + 32(%rip), %rbx
  EXPECT "RBP", rbx, MODIFIER + 5 * 0x1111111111111111
  mov .Lseen + 40(%rip), %rbx
  EXPECT "R8", rbx, MODIFIER + 8 * 0x1111111111111111
  mov .Lseen + 48(%rip), %rbx
  EXPECT "RFLAGS", rbx, FLAGS | 2
  EXPECT "RSP", rsp, GUEST_STACK
  mov %cr0, %rbx
  EXPECT "CR0", rbx, 0x80000011
  mov %cr2, %rbx
  EXPECT "CR2", rbx, 0x00007cccddddeeed
  mov %cr3, %rbx
  EXPECT "CR3", rbx, ADDRESS(.Lpage_table)
  mov %cr4, %rbx
  EXPECT "CR4", rbx, 0x20
  mov %cr8, %rbx
  EXPECT "CR8", rbx, 5
  mov %db0, %rbx
  EXPECT "DR0", rbx, 0x00007fedcba98761
  mov %db1, %rbx
  EXPECT "DR1", rbx, 0x00007fedcba98762
  mov %db2, %rbx
  EXPECT "DR2", rbx, 0x00007fedcba98763
  mov %db3, %rbx
  EXPECT "DR3", rbx, 0x00007fedcba98764
  mov %db6, %rbx
  EXPECT "DR6", rbx, 0xffff4fff
  mov %db7, %rbx
  EXPECT "DR7", rbx, 0xdd550700
  mov %fs, %ebx
  EXPECT "FS", rbx, DATA
  mov %gs, %ebx
  EXPECT "GS", rbx, DATA
  sgdt .Lseen(%rip)
  mov .Lseen + 2(%rip), %rbx
  EXPECT "GDTR", rbx, ADDRESS(.Lgdt)
  MSRS call .Lexpect_msr
  xor %eax, %eax
  mov %rax, %cr8                           // Without a local APIC, some processors make an exit of it.
  REPORT "differ", %ebp
  mov %ebp, %eax
  out %eax, $PLATFORM_EXIT_PORT

// ECX = an MSR, EDX:EAX = what it should be.
.Lexpect_msr:
  mov %eax, %r9d
  mov %edx, %r10d
  rdmsr
  cmp %eax, %r9d
  jne .Lmsr_differs
  cmp %edx, %r10d
  je .Lmsr_same
.Lmsr_differs:
  inc %ebp
  REPORT "differing MSR", (%r8)
.Lmsr_same:
  ret

  .subsection DATA_PART
  .balign 8
.Lseen:
  .skip 64
.Lmsrs:
  .long 0x174, 0x00000008, 0               // SYSENTER_CS
  .long 0x175, 0xc3d4e5f1, 0               // SYSENTER_ESP; of which KVM keeps half for AMD
  .long 0x176, 0xc3d4e5f2, 0               // SYSENTER_EIP
  .long 0x277, 0x00070406, 0x04070406      // PAT; what the page table uses is as after reset
  .long 0xc0000081, 0x12345678, 0x00100008 // STAR
  .long 0xc0000082, 0xc3d4e5f3, 0x00007a5b // LSTAR
  .long 0xc0000083, 0xc3d4e5f4, 0x00007a5b // CSTAR
  .long 0xc0000084, 0x00047701, 0          // FMASK
  .long 0xc0000100, 0xc3d4e5f5, 0x00007a5b // FS.base
  .long 0xc0000101, 0xc3d4e5f6, 0x00007a5b // GS.base
  .long 0xc0000102, 0xc3d4e5f7, 0x00007a5b // KERNEL_GS_BASE
  .long 0x250, 0x06060606, 0x04040404      // MTRR: the first 512 KiB
  .long 0x200, 0x80000006, 0               // MTRR: a range from 2 GiB
  .long 0x402, 0x89abcdef, 0x01234567      // MC0_ADDR
.Lmsrs_end:
  .subsection CODE_PART
GUEST_END registers
