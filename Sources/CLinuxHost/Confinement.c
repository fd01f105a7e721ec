// What the threads of a run may still ask of the kernel once the machine is set up: the lists, the filter
// made of them, and what happens to a call that is on none.
//
// Two lists, of calls and of requests by ioctl(2). Each line says for whom, and why; a change that adds a call to
// the program adds it here. A filter compares requests from the top: what is made most stands first.

#define _GNU_SOURCE

#include "CLinuxHost.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <termios.h>
#include <ucontext.h>
#include <unistd.h>

#define S CHOST_SUPERVISOR
#define V CHOST_VCPU
#define F CHOST_OPENS_FILES
#define D CHOST_DEBUGS
#define A CHOST_ASKS_ADAPTERS

enum check {
  ANY,      // whatever the arguments are
  NO_CODE,  // unless the third asks for memory that can be executed
  OURSELF,  // if the first is this process
};

static const struct {
  uint16_t number;
  uint8_t roles;
  uint8_t check;
} calls[] = {
    // Waiting and waking.
    {SYS_futex, S | V, ANY},            // locks; the end of a thread
    {SYS_ppoll, S | V, ANY},            // every wait for descriptors and kicks
    {SYS_tgkill, S | V, OURSELF},       // kicks; abort(3)
    {SYS_gettid, S | V, ANY},           // who is kicked
    {SYS_getpid, S | V, ANY},           // likewise
    {SYS_rt_sigprocmask, S | V, ANY},   // kicks are held back while a thread looks for messages
    {SYS_rt_sigreturn, S | V, ANY},     // the end of a handler
    {SYS_epoll_wait, S, ANY},           // which device's descriptor is ready
    {SYS_poll, S | V, ANY},             // room in the output; a terminal that went away
    {SYS_restart_syscall, S | V, ANY},  // a wait that SIGSTOP interrupted
    // Data, and the time.
    {SYS_write, S | V, ANY},            // output; events
    {SYS_read, S | V, ANY},             // input; events; expiries
    {SYS_timerfd_settime, S | V, ANY},  // a device's alarm
    {SYS_timerfd_create, V, ANY},       // a vCPU's own, at its first wait
    {SYS_clock_gettime, S | V, ANY},    // threads' processor time; where the vDSO has no clock
    {SYS_close, S | V, ANY},            // descriptors of what ends
    {SYS_preadv2, S, ANY},              // input that must not block
    {SYS_pwritev2, S, ANY},             // a remark that must not block
    {SYS_timer_create, S | V, ANY},     // a limit for a read or write that could block all the same; V: kicks
    {SYS_timer_settime, S | V, ANY},
    {SYS_timer_delete, S | V, ANY},
    {SYS_setitimer, S, ANY},            // a limit for the end of the program
    {SYS_recvfrom, D | A, ANY},         // a debugger's requests; an adapter's answers
    {SYS_sendto, D | A, ANY},           // the answers; the requests
    // Memory.
    {SYS_brk, S | V, ANY},              // malloc(3)
    {SYS_mmap, S | V, NO_CODE},
    {SYS_mprotect, S | V, NO_CODE},
    {SYS_munmap, S | V, ANY},
    {SYS_mremap, S | V, ANY},
    {SYS_madvise, S | V, ANY},          // the stack of a thread that ends
    {SYS_sched_getaffinity, S | V, ANY},  // malloc(3): how many arenas there may be
    {SYS_getrandom, S | V, ANY},        // malloc(3); seeds of hash tables
    // Job control, and the end.
    {SYS_rt_sigaction, S | V, ANY},     // abort(3); how the process stops
    {SYS_kill, S, OURSELF},             // stopping itself, as Ctrl-Z does
    {SYS_waitid, A, ANY},               // how an adapter ended
    {SYS_wait4, A, ANY},
    {SYS_clock_nanosleep, A, ANY},      // for an adapter that is about to end
    {SYS_getpgid, S | V, ANY},          // whose the terminal is
    {SYS_getpgrp, S | V, ANY},
    {SYS_pause, S | V, ANY},            // for the end, by another thread's handler
    {SYS_exit, S | V, ANY},
    {SYS_exit_group, S | V, ANY},
    // Files that are written when the guest runs already, or has run: checkpoints, a trace.
    {SYS_openat, F, ANY},               // the file and its folder; /proc/self/pagemap
    {SYS_newfstatat, S | V | F, ANY},   // what is in the file's place; whether a mapped file was changed
    {SYS_fstat, S | V | F, ANY},        // likewise, by other versions of the C library
    {SYS_flock, F, ANY},                // one writer at a time
    {SYS_geteuid, F, ANY},              // whether the temporary file is this user's
    {SYS_ftruncate, F, ANY},
    {SYS_pread64, S, ANY},              // the symbols of a guest that has fallen; /proc/self/pagemap
    {SYS_writev, F, ANY},
    {SYS_pwrite64, F, ANY},
    {SYS_fsync, F, ANY},
    {SYS_rename, F, ANY},
    {SYS_unlink, F, ANY},
};

static const struct {
  uint32_t number;
  uint8_t roles;
} requests[] = {
    {KVM_RUN, V | F},                   // F: a checkpoint has KVM settle what has expired
    {KVM_INTERRUPT, V},                 // the first interrupt of a vCPU
    {KVM_IRQ_LINE, S | V},              // devices' lines, by the kernel's controllers
    {KVM_SIGNAL_MSI, S | V},            // likewise, of a split one
    {KVM_SET_GSI_ROUTING, S | V},       // a guest's write to the split IOAPIC
    {KVM_SET_SIGNAL_MASK, V | F},       // for a KVM_RUN that ends before it enters the guest
    {KVM_GET_REGS, S | V},              // S: whether a silent guest is dead; F: a checkpoint; so below
    {KVM_SET_REGS, V | D},
    {KVM_GET_SREGS, S | V},             // S: of a guest that has fallen; F: a checkpoint
    {KVM_SET_SREGS, V | D},
    {KVM_GET_MP_STATE, S | V},
    {KVM_TRANSLATE, V | D},             // where an instruction is that KVM cannot emulate
    {KVM_HAS_DEVICE_ATTR, S | V},       // TSC offsets: explained writes; a checkpoint
    {KVM_GET_DEVICE_ATTR, S | V},
    {KVM_SET_DEVICE_ATTR, V},
    {KVM_SET_MSRS, V | D},              // a TSC write that is explained
    {KVM_GET_MSRS, V | F | D},
    {KVM_GET_CLOCK, S | V},             // whether the clock is stable, at the end
    {KVM_GET_CPUID2, F},
    {KVM_GET_XCRS, F | D},
    {KVM_GET_XSAVE, F | D},
    {KVM_GET_XSAVE2, F | D},
    {KVM_GET_DEBUGREGS, F | D},
    {KVM_GET_LAPIC, S},
    {KVM_GET_VCPU_EVENTS, S | D},
    {KVM_GET_TSC_KHZ, F},
    {KVM_SET_GUEST_DEBUG, D},           // breakpoints and steps
    {KVM_GET_FPU, D},                   // a debugger's registers
    {KVM_SET_FPU, D},
    {KVM_SET_VCPU_EVENTS, D},           // an exception handed on to the guest; going back; so below
    {KVM_SET_XCRS, D},
    {KVM_SET_XSAVE, D},
    {KVM_SET_DEBUGREGS, D},
    {KVM_SET_MP_STATE, D},
    {KVM_GET_DIRTY_LOG, D},             // what a guest wrote since the last look
    {KVM_GET_IRQCHIP, S},
    {KVM_GET_PIT2, F},
    {TCGETS, S | V},                    // a terminal's settings, changed while a guest listens
    {TCSETS, S | V},
    {TIOCGPGRP, S | V},                 // whose the terminal is
    {TIOCGWINSZ, S | V},                // its width: messages are broken at words
};

// What a denied call is likely to be.
static const struct {
  uint16_t number;
  const char *name;
} names[] = {
    {SYS_ioctl, "ioctl"},       {SYS_mmap, "mmap"},         {SYS_mprotect, "mprotect"},
    {SYS_openat, "openat"},     {SYS_open, "open"},         {SYS_execve, "execve"},
    {SYS_clone, "clone"},       {SYS_clone3, "clone3"},     {SYS_fork, "fork"},
    {SYS_vfork, "vfork"},       {SYS_socket, "socket"},     {SYS_connect, "connect"},
    {SYS_kill, "kill"},         {SYS_tgkill, "tgkill"},     {SYS_ptrace, "ptrace"},
    {SYS_prctl, "prctl"},       {SYS_unlink, "unlink"},     {SYS_rename, "rename"},
    {SYS_fcntl, "fcntl"},       {SYS_pipe2, "pipe2"},       {SYS_unlinkat, "unlinkat"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

// MARK: The filter

// Targets of jumps: the next instruction, and two at the end whose places are known when all is emitted.
enum { NEXT = 0, ALLOW = 254, DENY = 255 };

struct program {
  struct sock_filter code[5 * COUNT(calls) + COUNT(requests) + CHOST_ADAPTERS_MAX + 24];
  uint16_t count;
};
_Static_assert(2 * COUNT(calls) + COUNT(calls) / 3 + COUNT(requests) + 16 < ALLOW, "a jump reaches the end");

static void emit(struct program *program, uint16_t code, uint32_t operand, uint8_t yes, uint8_t no) {
  program->code[program->count++] = (struct sock_filter){code, yes, no, operand};
}

static void load(struct program *program, size_t offset) {
  emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, NEXT, NEXT);
}

// The low half of an argument: of all that are compared the kernel itself looks at no more.
static void load_argument(struct program *program, int index) {
  load(program, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
}

static void jump_if_equal(struct program *program, uint32_t operand, uint8_t yes, uint8_t no) {
  emit(program, BPF_JMP | BPF_JEQ | BPF_K, operand, yes, no);
}

static void emit_requests(struct program *program, unsigned roles) {
  uint8_t count = 0;
  for (size_t i = 0; i < COUNT(requests); i++) count += (requests[i].roles & roles) != 0;
  jump_if_equal(program, SYS_ioctl, NEXT, count + 2);
  load_argument(program, 1);
  for (size_t i = 0; i < COUNT(requests); i++) {
    if (requests[i].roles & roles) jump_if_equal(program, requests[i].number, ALLOW, NEXT);
  }
  emit(program, BPF_RET | BPF_K, SECCOMP_RET_TRAP, NEXT, NEXT);
}

static void emit_call(struct program *program, uint16_t number, enum check check) {
  switch (check) {
  case ANY: jump_if_equal(program, number, ALLOW, NEXT); break;
  case NO_CODE:
    jump_if_equal(program, number, NEXT, 2);
    load_argument(program, 2);
    emit(program, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, DENY, ALLOW);
    break;
  case OURSELF:
    jump_if_equal(program, number, NEXT, 2);
    load_argument(program, 0);
    jump_if_equal(program, (uint32_t)getpid(), ALLOW, DENY);
    break;
  }
}

// kill(2) of an adapter or its group: its end, with all that it started. Any other is left to the list.
//
// Before all else, with its own end: so it is not in the way of the jumps to the two ends.
static void emit_ends_of_adapters(struct program *program, const int32_t *adapters, uint8_t count) {
  jump_if_equal(program, SYS_kill, NEXT, count + 6);
  load_argument(program, 0);
  emit(program, BPF_JMP | BPF_JSET | BPF_K, 1u << 31, NEXT, 1);
  emit(program, BPF_ALU | BPF_NEG, 0, NEXT, NEXT);
  for (uint8_t i = 0; i < count; i++) {
    jump_if_equal(program, (uint32_t)adapters[i], count - i + 1, NEXT);
  }
  load(program, offsetof(struct seccomp_data, nr));
  emit(program, BPF_JMP | BPF_JA, 1, NEXT, NEXT);
  emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, NEXT, NEXT);
}

// The calls of a list in ascending order, a few behind each jump over them.
//
// Why: the kernel interprets a new filter for every number that a call can have, with interrupts off. Compared
// one by one, that takes longer than all else that confining a thread does.
static void emit_calls(struct program *program, unsigned roles) {
  enum { chunk = 6 };
  uint8_t order[COUNT(calls)];
  unsigned count = 0;
  for (unsigned i = 0; i < COUNT(calls); i++) {
    if (!(calls[i].roles & roles)) continue;
    unsigned place = count++;
    for (; place > 0 && calls[order[place - 1]].number > calls[i].number; place--) {
      order[place] = order[place - 1];
    }
    order[place] = (uint8_t)i;
  }
  for (unsigned first = 0; first < count; first += chunk) {
    unsigned next = first + chunk < count ? first + chunk : count;
    unsigned jump = program->count;
    emit(program, BPF_JMP | BPF_JGT | BPF_K, calls[order[next - 1]].number, NEXT, NEXT);
    for (unsigned i = first; i < next; i++) {
      emit_call(program, calls[order[i]].number, calls[order[i]].check);
    }
    // Of this chunk, or of none.
    emit(program, BPF_RET | BPF_K, SECCOMP_RET_TRAP, NEXT, NEXT);
    program->code[jump].jt = (uint8_t)(program->count - jump - 1);
  }
}

static uint8_t resolved(uint8_t target, unsigned from, unsigned end) {
  if (target == ALLOW) return (uint8_t)(end - from - 1);
  if (target == DENY) return (uint8_t)(end - from);
  return target;
}

static int result_of(int result) { return result < 0 ? -errno : result; }

int chost_confine_thread(unsigned roles, const int32_t *adapters, size_t count) {
  if (count > CHOST_ADAPTERS_MAX) return -E2BIG;
  struct program program = {.count = 0};
  load(&program, offsetof(struct seccomp_data, arch));
  jump_if_equal(&program, AUDIT_ARCH_X86_64, NEXT, DENY);
  load(&program, offsetof(struct seccomp_data, nr));
  if (count > 0) emit_ends_of_adapters(&program, adapters, (uint8_t)count);
  emit_requests(&program, roles);
  emit_calls(&program, roles);
  // What matched nothing comes here, one before the two ends.
  emit(&program, BPF_RET | BPF_K, SECCOMP_RET_TRAP, NEXT, NEXT);
  unsigned end = program.count;
  emit(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, NEXT, NEXT);
  emit(&program, BPF_RET | BPF_K, SECCOMP_RET_TRAP, NEXT, NEXT);
  for (unsigned i = 0; i < end; i++) {
    if (BPF_CLASS(program.code[i].code) != BPF_JMP) continue;
    program.code[i].jt = resolved(program.code[i].jt, i, end);
    program.code[i].jf = resolved(program.code[i].jf, i, end);
  }
  struct sock_fprog filter = {program.count, program.code};
  // Without the flag older kernels slow down a filtered thread, and the guest with it, against attacks
  // between code of one process (speculative store bypass). There is none of a guest's in this one.
  return result_of((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                  SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter));
}

// MARK: A denied call

struct line {
  char text[160];
  size_t count;
};

static void add(struct line *line, const char *text) {
  while (*text && line->count < sizeof line->text) line->text[line->count++] = *text++;
}

static void add_number(struct line *line, uint64_t number, unsigned base) {
  char digits[21];
  size_t place = sizeof digits;
  digits[--place] = 0;
  do digits[--place] = "0123456789abcdef"[number % base];
  while (number /= base);
  add(line, digits + place);
}

// Calls only what POSIX allows in a handler. All signals are blocked meanwhile; a call that is
// denied ends the process by SIGSYS.
static void on_denied_call(int number, siginfo_t *information, void *context) {
  // Sent, by another process: it ends this one as it would any other.
  if (information->si_code <= 0) {
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  chost_release_terminal();
  struct line line = {.count = 0};
  add(&line, "swvmm: denied: system call ");
  add_number(&line, (uint32_t)information->si_syscall, 10);
  for (size_t i = 0; i < COUNT(names); i++) {
    if (names[i].number != information->si_syscall) continue;
    add(&line, " (");
    add(&line, names[i].name);
    if (names[i].number == SYS_ioctl) {
      add(&line, " 0x");
      add_number(&line, (uint32_t)registers[REG_RSI], 16);
    }
    add(&line, ")");
  }
  add(&line, ", which a run gives up; --confine off keeps all\n");
  ssize_t written = write(STDERR_FILENO, line.text, line.count);
  (void)written;
  _exit(EX_SOFTWARE);
}

int chost_prepare_confinement(void) {
  // Why: malloc(3) opens a file before it gives part of a thread's heap back, also while the thread ends,
  // with all signals blocked. Memory is kept instead.
  mallopt(M_TRIM_THRESHOLD, -1);
  struct sigaction action = {.sa_sigaction = on_denied_call, .sa_flags = SA_SIGINFO};
  sigfillset(&action.sa_mask);
  int result = result_of(sigaction(SIGSYS, &action, NULL));
  return result < 0 ? result : result_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}
