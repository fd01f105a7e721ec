internal import CLinuxHost
internal import Glibc

/// The signal that gets a thread out of `KVM_RUN` and out of a wait, and does nothing else.
///
/// The race it has to win: the kicked thread looks for work, finds none, and enters the kernel; the
/// signal that arrives in between must not be lost. Two protocols close that window.
/// Before `KVM_RUN`, the kicker sets `kvm_run.immediate_exit` before it sends the signal, and the
/// kicked thread clears it before it looks for work. Before ``Poller`` waits, the signal is blocked
/// while the thread looks, and unblocked by `ppoll(2)` atomically with the wait.
public enum KickSignal {
  /// What tells of urgent data on a socket, of which this program has none.
  ///
  /// *Why not a real-time signal:* they queue, for one thread and against a limit that all of a user's
  /// processes share (`RLIMIT_SIGPENDING`), at which sending fails. A kick is pending or it is not.
  static let number: Int32 = SIGURG

  /// Gives the signal a handler that does nothing, so that it interrupts instead of killing.
  ///
  /// Without `SA_RESTART`: an interrupted call returns `EINTR`, which is the purpose.
  public static func install() {
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in }
    // SAFETY: the handler touches nothing, so it is safe at any instant, and errno is untouched.
    let result = unsafe sigaction(number, &action, nil)
    precondition(result == 0, "sigaction: \(Errno.last.message)")
  }

  /// Holds the signal back from this thread until ``unblock()`` or a wait of ``Poller``.
  public static func block() { change(SIG_BLOCK) }

  /// Lets the signal through to this thread again.
  public static func unblock() { change(SIG_UNBLOCK) }

  private static func change(_ how: Int32) {
    var set = SignalSet.of(number)
    // SAFETY: the kernel reads a local set during the call.
    let result = unsafe pthread_sigmask(how, &set, nil)
    precondition(result == 0, "pthread_sigmask: \(Errno(rawValue: result).message)")
  }
}

/// Sets of signals, as `sigset_t`.
enum SignalSet {
  /// The set of the given signals.
  static func of(_ signals: Int32...) -> sigset_t { of(signals) }

  /// The set of the given signals.
  static func of(_ signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    // SAFETY: both calls write a local and fail only for numbers that are no signals.
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    return set
  }

  /// This thread's mask without ``KickSignal``, and without SIGUSR1 if that is admitted: what `ppoll(2)`
  /// waits with.
  static func ofWait(admittingUserSignal: Bool) -> sigset_t {
    var set = sigset_t()
    // SAFETY: a nil new set makes the call a query; both calls write a local.
    unsafe pthread_sigmask(SIG_BLOCK, nil, &set)
    unsafe sigdelset(&set, KickSignal.number)
    if admittingUserSignal { unsafe sigdelset(&set, SIGUSR1) }
    return set
  }
}
