// What a signal handler does, and what Swift can neither call nor import of the C library.
//
// A handler may run between any two instructions, so it must not enter Swift's runtime: it is C, it
// uses atomics and async-signal-safe calls alone, and its whole state is in this target.
//
// A function returns its call's result, or -errno, unless it says otherwise.

#ifndef CLINUXHOST_H
#define CLINUXHOST_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>

// MARK: The process's signals

// Takes over SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGALRM, but for those that are ignored.
// SIGUSR1 is held back but in a wait that lets it through, so that it interrupts nothing else.
void chost_take_signals(void);

// Ends the program at once, the terminal as it was; any thread may.
_Noreturn void chost_end(int status);

// From now on the first ending signal is left to the program, which looks at chost_ending_signal().
void chost_answer_ending_signals(void);

// The ending signal that came first, or 0.
int chost_ending_signal(void);

// Whether SIGUSR1 came since it was last taken; takes it if asked to.
bool chost_user_signal(bool take);

// The eventfd that each signal raises; -1: none.
void chost_announce_signals(int event);

// Raises it, for a handler.
void chost_raise_event(void);

// Ends the process with a status once the calling thread, from so many nanoseconds on, has done
// nothing for more than half a second.
void chost_end_if_blocked(uint64_t nanoseconds, int status);

// MARK: The terminal

enum chost_terminal {
  // The descriptor is not a terminal, or one that is gone.
  CHOST_NO_TERMINAL,
  // It hands over every key at once, unechoed.
  CHOST_TERMINAL_HELD,
  // Its foreground is another process group: it is not to be read, written to or changed.
  CHOST_TERMINAL_ELSEWHERE,
};

// Unbuffers a terminal, if it is this process group's; does nothing where it is unbuffered already.
enum chost_terminal chost_hold_terminal(int descriptor);

// How many columns a terminal has; 0 where it does not say, or is none.
int chost_terminal_columns(int descriptor);

// Puts the terminal that is held back as it was, if it still is this process group's.
void chost_release_terminal(void);

// MARK: Descriptors that others share

// Waits as poll(2) does, with its result, for what looks by itself afterwards: where the kernel refuses to watch,
// because the limit on open files was lowered to 0, the wait lasts 10 ms at most, and the result is 0.
int chost_await(int descriptor, short events, int milliseconds);

// Reads what is there; -EAGAIN if nothing is. Blocks for a millisecond at most, or as long as a disk takes.
ssize_t chost_read_now(int descriptor, void *_Nullable buffer, size_t size, int kick);

// Writes what there is room for now; -EAGAIN if there is none. Blocks for a millisecond at most.
ssize_t chost_write_now(int descriptor, const void *_Nullable buffer, size_t size, int kick);

// MARK: Threads

// The signals that a thread of ours holds back: all that are not its own doing, but for `kick`.
sigset_t chost_signals_of_threads(int kick);

// Gives the signal of kicks its handler, without SA_RESTART: an interrupted call returns EINTR.
int chost_install_kick(int signal);

// A timer that sends `signal`, whose handler is that of kicks, to the calling thread alone: `first` nanoseconds
// after it was set (0: not at all), and if `interval` is not 0 again after that, twice that, and so on. Of a thread's
// timers one repeats, that which was set last. Its number may be 0, which as a timer_t is not a pointer that Swift takes.
// Why further and further apart: a thread executes nothing between two signals that are closer together than its
// return from a handler takes, which under a tracer may be long.
int chost_create_thread_timer(int signal, uintptr_t *_Nonnull timer);
int chost_set_thread_timer(uintptr_t timer, uint64_t first, uint64_t interval);
int chost_delete_thread_timer(uintptr_t timer);

// MARK: Other programs

// Has the kernel keep how a child ended, and its id, until it is waited for. Where the program that started this one
// had it ignore SIGCHLD, the kernel would forget the one, and give the other to a process that is not ours to kill.
void chost_keep_ended_children(void);

// Starts a command in its own process group, with a socket as its standard input and output, of which the caller gets
// the other end, and a descriptor with whose closing the kernel kills the group. A shell starts it unless it is one
// program and its words. Returns its process id, or the negative error, which is that of execve(2) where a program
// cannot be started.
int chost_spawn_on_socket(
    const char *_Nonnull command, int *_Nonnull channel, int *_Nonnull lifeline);

// Sends what there is room for, or -EAGAIN; a peer that is gone raises no signal.
ssize_t chost_send(int channel, const void *_Nullable buffer, size_t size);

// Receives what is there; -EAGAIN if nothing is, 0 at the end.
ssize_t chost_receive(int channel, void *_Nullable buffer, size_t size);

// Waits for the end of a program that was started, and kills its group if it has not come after so many
// milliseconds. Returns its exit status, or 256 and the signal that ended it. May be called again, until it
// is reaped.
int chost_wait_status(int process, unsigned milliseconds);

// Kills a program that was started, and what of all that it started is in its group; its id is free afterwards.
void chost_reap(int process);

// Starts a program, whose descriptors 0 to 3 are these, with the signals that this process ignores ignored
// and all others as usual. It is killed when the calling thread ends. Returns its number and a descriptor
// that becomes readable when it ends (pidfd_open(2)).
pid_t chost_spawn(const char *_Nonnull path, char *_Nullable const *_Nonnull words,
                  const int descriptors[_Nonnull 4], int *_Nonnull process);

// Makes a pipe, whose ends no other program inherits: for reading, for writing.
int chost_pipe(int ends[_Nonnull 2]);

// MARK: The command line

// Keeps the words that the program was started with, which last as long as it runs.
void chost_keep_words(int count, char *_Nullable *_Nullable words);

// The words and their number; one of them, or null where there are not so many.
char *_Nullable *_Nullable chost_words(int *_Nonnull count);
const char *_Nullable chost_word(int index);

// MARK: The rest of the host

// An enumerator of the C library's, in the type that the field wants.
#define CHOST_EPOLLIN 0x001
// What lseek(2) seeks, declared only for GNU sources.
#define CHOST_SEEK_DATA 3
#define CHOST_SEEK_HOLE 4

// Threads that are started from now on get no separate heaps.
void chost_share_heap(void);

// Calls that the C library declares only for GNU sources: ppoll(2), accept4(2), and pthread_setname_np(3)
// and sched_setaffinity(2) of the calling thread.
int chost_accept(int descriptor, int flags);

// pthread_create(3) of a thread that stays, if it is to and may, on other processors than the calling one.
int chost_create_thread(bool elsewhere, pthread_t *_Nonnull thread,
                        void *_Nullable (*_Nonnull body)(void *_Nullable), void *_Nonnull argument);

// The symbol of a code of errno; null for a number that is none.
const char *_Nullable chost_error_name(int error);

void chost_name_thread(const char *_Nonnull name);
int chost_pin_thread(int processor);
// What the kernel counts of the calling thread since it began.
struct chost_thread_counts {
  uint64_t minor_faults;
  uint64_t major_faults;
  uint64_t voluntary_switches;
  uint64_t involuntary_switches;
};
void chost_thread_counts(struct chost_thread_counts *_Nonnull counts);

// The kernel's number of the calling thread.
int32_t chost_thread_number(void);

// The number with that index, from 0, on the first line of a file of /proc; 0 where there is none.
uint64_t chost_number_in_file(int descriptor, unsigned index);

int chost_ppoll(struct pollfd *_Nonnull entries, unsigned long count,
               const struct timespec *_Nullable timeout, const sigset_t *_Nonnull mask);

// Has a fault on a page that a mapped file has lost (SIGBUS) write a text to standard error and end the process
// with status 71 (EX_OSERR), the terminal behind standard input as it is now. One at a time may call this.
void chost_report_lost_pages(const char *_Nullable text, size_t length);

// Giving up system calls (Confinement.c). First once for the process, before it starts threads: nothing it
// executes has more rights than it, and a call that is denied ends it with a line on standard error that
// names the call, the terminal as it is now, and status 70. Then for the calling thread, for ever and for
// what it starts: what its roles do not need is denied.
enum chost_confinement {
  CHOST_SUPERVISOR = 1,
  CHOST_VCPU = 2,
  CHOST_OPENS_FILES = 4,
  CHOST_DEBUGS = 8,
  CHOST_ASKS_ADAPTERS = 16,
};
int chost_prepare_confinement(void);
// `adapters` are the programs that the thread may end, at most CHOST_ADAPTERS_MAX, of CHOST_ASKS_ADAPTERS only.
enum { CHOST_ADAPTERS_MAX = 40 };
int chost_confine_thread(unsigned roles, const int32_t *_Nullable adapters, size_t count);

// CRC-32C (Castagnoli, as in iSCSI) by the processor's own instruction, of which Swift has no name.
// The state is the bare register: ~0 at the start, and complemented at the end. SSE4.2 is older than
// every processor that runs x86-64 guests.
uint32_t chost_crc32c(uint32_t state, const void *_Nullable bytes, size_t count);

// The same for bytes that are 0, in a time that hardly depends on how many there are.
uint32_t chost_crc32c_zeros(uint32_t state, uint64_t count);

// The host's time-stamp counter, not before what precedes it in the program.
static inline uint64_t chost_host_tsc(void) {
  __builtin_ia32_lfence();
  return __builtin_ia32_rdtsc();
}

// Says to the processor that this is a spin-wait (PAUSE): it yields issue slots to the sibling thread.
static inline void chost_relax(void) { __builtin_ia32_pause(); }

// A lock of one word: free (0), held (1), held and perhaps waited for (2). What comes when it is free has it; what
// waits looks again for some hundred nanoseconds, and then sleeps.
//
// Order: acquire and release of the same word. An unlock wakes one sleeper, and only where there may be one; the
// sleeper takes the lock as waited for, because there may be another.
void chost_wait_for_lock(uint32_t *_Nonnull word);
void chost_wake_for_lock(uint32_t *_Nonnull word);

static inline void chost_lock(uint32_t *_Nonnull word) {
  uint32_t held = 0;
  if (!__atomic_compare_exchange_n(word, &held, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    chost_wait_for_lock(word);
}

static inline void chost_unlock(uint32_t *_Nonnull word) {
  if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2) chost_wake_for_lock(word);
}

#endif
