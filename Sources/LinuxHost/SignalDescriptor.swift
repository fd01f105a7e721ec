internal import CKVM
internal import Glibc

/// Signals of the process that arrive as data instead of interrupting: `signalfd(2)`.
///
/// They stay blocked for the creating thread, and for threads it starts, while this value lives.
public struct SignalDescriptor: ~Copyable {
  /// The descriptor, readable while a signal is pending.
  public let descriptor: OwnedDescriptor
  private let previousMask: sigset_t

  /// Blocks `signals` and opens a descriptor for them.
  ///
  /// - Parameter signals: Signal numbers. One that the process ignores (as `nohup` arranges) stays
  ///   ignored.
  /// - Throws: ``SystemError`` naming `signalfd`.
  public init(_ signals: [Int32]) throws(SystemError) {
    let set = SignalSet.of(signals.filter { !Self.isIgnored($0) })
    var previous = sigset_t()
    // SAFETY: the calls read and write locals that live until they return.
    unsafe withUnsafePointer(to: set) { unsafe _ = pthread_sigmask(SIG_BLOCK, $0, &previous) }
    let number = unsafe withUnsafePointer(to: set) {
      unsafe signalfd(-1, $0, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    }
    guard number >= 0 else {
      let errno = Errno.last
      unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
      throw SystemError(call: "signalfd", errno: errno)
    }
    previousMask = previous
    descriptor = OwnedDescriptor(adopting: number)
  }

  deinit {
    var mask = previousMask
    // SAFETY: the kernel reads a local set during the call.
    unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
  }

  /// Takes the next pending signal.
  ///
  /// - Returns: Its number, or nil if none is pending.
  public func next() -> Int32? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    // SAFETY: read(2) writes at most `size` bytes into a local of that size.
    let result = unsafe read(descriptor.number, &information, size)
    return result == size ? Int32(information.ssi_signo) : nil
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    // SAFETY: a nil new action makes the call a query, which writes a local.
    unsafe sigaction(signal, nil, &action)
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// Signals by name, for those who may not import the C library.
public enum Signal {
  /// Ctrl-C.
  public static let interrupt: Int32 = SIGINT
  /// What `kill(1)` sends.
  public static let terminate: Int32 = SIGTERM
  /// The terminal went away.
  public static let hangUp: Int32 = SIGHUP
  /// Ctrl-\.
  public static let quit: Int32 = SIGQUIT
  /// Ctrl-Z.
  public static let terminalStop: Int32 = SIGTSTP
  /// The first of the two that mean what a program says.
  public static let user1: Int32 = SIGUSR1

  /// The signal's usual name.
  public static func name(_ signal: Int32) -> String {
    switch signal {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    case SIGQUIT: "SIGQUIT"
    default: "signal \(signal)"
    }
  }

  /// Stops the whole process, as Ctrl-Z does, until it is continued.
  public static func stopProcess() { kill(getpid(), SIGSTOP) }

  /// Makes writing to a closed pipe an error that can be reported, not a silent death.
  public static func ignoreBrokenPipe() { _ = signal(SIGPIPE, SIG_IGN) }
}
