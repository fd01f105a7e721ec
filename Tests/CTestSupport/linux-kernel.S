// A kernel for tests: a bzImage of one setup sector, entered by Linux's 64-bit entry, that looks at what a
// boot loader and a PC owe it. It prints a line for each thing, what is on its command line and its initial
// RAM disk; then, by the first character of the command line: r resets by the keyboard controller, p powers
// off by ACPI, anything else exits with 7.
//
// *Assumes:* ADDRESS is where it is loaded, and memory below 4 GiB is mapped to itself.

#define ADDRESS 0x200000
#define STACK 0x90000

// CHECK "name", condition: a line says whether the condition held.
.macro CHECK name, condition
  lea .Lyes(%rip), %rdi
  j\condition .Lheld\@
  lea .Lno(%rip), %rdi
.Lheld\@:
  lea .Lname\@(%rip), %rsi
  call .Lprint
  mov %rdi, %rsi
  call .Lprint
  jmp .Lnext\@
.Lname\@:
  .asciz "\name: "
.Lnext\@:
.endm

  .section .rodata.test_linux_kernel, "a", @progbits
  .globl test_linux_kernel
test_linux_kernel:
.Lfile:
  .ascii "MZ"
  .org .Lfile + 0x1f1
  .byte 1                                  // setup sectors, after the first
  .short 0
  .long (.Lend - .Lpayload) / 16
  .org .Lfile + 0x1fe
  .short 0xaa55
  .byte 0xeb, .Lheader_end - .Lmagic       // a jump behind the header
.Lmagic:
  .ascii "HdrS"
  .short 0x20f
  .org .Lfile + 0x211
  .byte 1                                  // LOADED_HIGH
  .org .Lfile + 0x22c
  .long 0x7fffffff
  .org .Lfile + 0x236
  .short 1                                 // XLF_KERNEL_64
  .long 255                                // of command line
  .org .Lfile + 0x258
  .quad ADDRESS
  .long 0x10000
  .org .Lfile + 0x268
.Lheader_end:
  .org .Lfile + 0x400
.Lpayload:
  .org .Lpayload + 0x200
  .code64
  mov %rsi, %rbx                           // boot_params
  mov $STACK, %esp
  mov %cs, %eax
  shl $16, %eax
  mov %ds, %ecx
  or %ecx, %eax
  cmp $0x100018, %eax
  CHECK "segments", e
  cmpl $0x53726448, 0x202(%rbx)
  CHECK "setup header", e
  cmpb $3, 0x1e8(%rbx)
  CHECK "memory map", e
  mov 0x70(%rbx), %rax
  movabs $0x2052545020445352, %rcx         // "RSD PTR "
  cmp %rcx, (%rax)
  CHECK "root pointer", e
  in $0x64, %al
  test $3, %al
  CHECK "keyboard controller", z
  mov $0x0a, %al
  out %al, $0x70
  in $0x71, %al
  test $0x80, %al
  CHECK "clock", z
  mov $0x604, %edx
  in %dx, %ax
  test $1, %al
  CHECK "ACPI mode", nz
  mov $0x80000000, %eax
  mov $0xcf8, %edx
  out %eax, %dx
  mov $0xcfc, %edx
  in %dx, %eax
  inc %eax
  CHECK "no PCI", z
  // The PIT's channel 2 counts down from 16 once its gate opens; port 0x61 shows its output.
  mov $0xb0, %al
  out %al, $0x43
  mov $1, %al
  out %al, $0x61
  mov $16, %al
  out %al, $0x42
  xor %al, %al
  out %al, $0x42
  mov $100000, %ecx
.Lcount:
  in $0x61, %al
  test $0x20, %al
  jnz .Lcounted
  loop .Lcount
.Lcounted:
  test %ecx, %ecx
  CHECK "PIT", nz
  mov $0xfee00350, %eax
  mov (%rax), %ecx
  mov 0x10(%rax), %edx
  shl $16, %ecx
  or %edx, %ecx
  cmp $0x07000400, %ecx
  CHECK "LINT", e
  mov $1, %eax
  push %rbx
  cpuid
  pop %rbx
  bt $31, %ecx
  CHECK "hypervisor", c
  mov 0x228(%rbx), %esi
  mov (%rsi), %bpl
  call .Lprint
  lea .Lline(%rip), %rsi
  call .Lprint
  mov 0x218(%rbx), %esi
  mov 0x21c(%rbx), %ecx
  mov $0x3f8, %edx
  rep outsb
  cmp $'r', %bpl
  je .Lreset
  cmp $'p', %bpl
  je .Loff
  mov $7, %eax
  out %eax, $0xf4
.Lreset:
  mov $0xfe, %al
  out %al, $0x64
.Loff:
  mov $0x3400, %eax
  mov $0x604, %edx
  out %ax, %dx
  cli
  hlt

// RSI = a string of C. Destroys RAX, RDX, RSI.
.Lprint:
  mov $0x3f8, %edx
.Lcharacter:
  lodsb
  test %al, %al
  jz .Lprinted
  out %al, %dx
  jmp .Lcharacter
.Lprinted:
  ret
.Lyes:
  .asciz "yes\n"
.Lno:
  .asciz "no\n"
.Lline:
  .asciz "\n"
  .balign 16
.Lend:
  .globl test_linux_kernel_end
test_linux_kernel_end:
  .section .note.GNU-stack, "", @progbits
