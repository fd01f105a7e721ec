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
  /// What reports urgent data on a socket, of which this program has none.
  ///
  /// *Why not a real-time signal:* they queue, for one thread and against a limit that all of a user's
  /// processes share (`RLIMIT_SIGPENDING`), at which sending fails. A kick is pending or it is not.
  static let number: Int32 = SIGURG

  /// Gives the signal a handler that does nothing but set a ``KickTimer`` again, so that it interrupts instead of
  /// killing.
  ///
  /// Without `SA_RESTART`: an interrupted call returns `EINTR`, which is the purpose.
  public static func install() {
    let result = chost_install_kick(number)
    precondition(result == 0, "sigaction: \(Errno(rawValue: -result).message)")
  }

  /// Holds the signal back from this thread until ``unblock()`` or a wait of ``Poller``.
  public static func block() { change(SIG_BLOCK) }

  /// Lets the signal through to this thread again.
  public static func unblock() { change(SIG_UNBLOCK) }

  /// Runs a body while the signal is pending for this thread, which holds it back.
  ///
  /// A system call that lets it through by its own mask ends by it at once, and puts the thread's mask back
  /// before it returns: so the signal remains pending. It is delivered, to a handler that does nothing, after
  /// the body.
  ///
  /// *Why no kick is lost:* a signal is pending or it is not, so one that is sent meanwhile is this one. But its
  /// sender left a message first, and the caller looks for messages afterwards.
  ///
  /// - Parameter body: Is given the thread's mask without this signal, bit n - 1 for signal n.
  /// - Returns: What the body returns.
  /// - Throws: What the body throws.
  public static func whilePending<Result, Failure>(
    _ body: (_ mask: UInt64) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var former = sigset_t()
    var set = SignalSet.of(number)
    // SAFETY: the kernel reads and writes locals during the call.
    let blocked = unsafe pthread_sigmask(SIG_BLOCK, &set, &former)
    precondition(blocked == 0, "pthread_sigmask: \(Errno(rawValue: blocked).message)")
    defer {
      // SAFETY: the kernel reads a local during the call.
      let restored = unsafe pthread_sigmask(SIG_SETMASK, &former, nil)
      precondition(restored == 0, "pthread_sigmask: \(Errno(rawValue: restored).message)")
    }
    let sent = pthread_kill(pthread_self(), number)
    precondition(sent == 0, "pthread_kill: \(Errno(rawValue: sent).message)")
    return try body(SignalSet.kernelBits(of: SignalSet.ofWait(admittingUserSignal: false)))
  }

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

  /// A set as the kernel has it: bit n - 1 for signal n, of which there are 64.
  static func kernelBits(of set: sigset_t) -> UInt64 {
    // SAFETY: a sigset_t is an array of integers, and its first 8 bytes are what the kernel takes.
    unsafe withUnsafeBytes(of: set) { unsafe $0.load(as: UInt64.self) }
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
