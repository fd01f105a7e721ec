// Proves: a write of IA32_TSC by the guest shows in RDTSC, and IA32_TSC_ADJUST moves with it.
// Prints: IA32_TSC: honoured, or ignored, as by a backend that has no separate TSC for a guest;
// where it is honoured, IA32_TSC_ADJUST: moved, or absent, if CPUID has none.
// Exits: 0; 1 if RDTSC shows neither what was written nor what it showed before, or if IA32_TSC_ADJUST
// stayed.
//
// The value written is 2^40 ahead: minutes, which no experiment takes, so the upper halves tell.

#include "guest.h"

#define IA32_TSC 0x10
#define IA32_TSC_ADJUST 0x3b
#define AHEAD 0x100                        // in the upper half
#define CPUID_TSC_ADJUST 2                 // leaf 7, subleaf 0, EBX

GUEST_BEGIN tsc_write
  rdtsc
  mov %edx, %edi                           // EDI: the upper half before
  add $AHEAD, %edx
  mov $IA32_TSC, %ecx
  wrmsr
  rdtsc
  mov %edx, %ebp
  sub %edi, %ebp                           // a carry out of the lower half may have come between
  cmp $1, %ebp
  jbe .Lignored
  sub $AHEAD, %ebp
  cmp $1, %ebp
  ja .Lwrong
  PRINT "IA32_TSC: honoured\n"

  xor %eax, %eax
  cpuid
  cmp $7, %eax
  jb .Labsent
  mov $7, %eax
  xor %ecx, %ecx
  cpuid
  test $CPUID_TSC_ADJUST, %ebx
  jz .Labsent
  mov $IA32_TSC_ADJUST, %ecx
  rdmsr                                    // it was 0: now 2^40 less the cycles that the write took
  sub $(AHEAD - 1), %edx
  cmp $1, %edx
  ja .Lstayed
  PRINT "IA32_TSC_ADJUST: moved\n"
  EXIT 0

.Labsent:
  PRINT "IA32_TSC_ADJUST: absent\n"
  EXIT 0
.Lignored:
  PRINT "IA32_TSC: ignored\n"
  EXIT 0
.Lwrong:
  PRINT "tsc-write: RDTSC shows neither the old nor the new value\n"
  EXIT 1
.Lstayed:
  PRINT "tsc-write: IA32_TSC_ADJUST did not move with IA32_TSC\n"
  EXIT 1
GUEST_END tsc_write
