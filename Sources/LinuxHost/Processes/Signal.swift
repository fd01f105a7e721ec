internal import Glibc

/// Signals by name, for those who may not import the C library.
public enum Signal {
  /// Asks a program to end.
  public static let terminate = SIGTERM
  /// The number of SIGKILL.
  public static let kill = SIGKILL

  /// The signal's usual name.
  public static func name(_ signal: Int32) -> String {
    switch signal {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    case SIGQUIT: "SIGQUIT"
    case SIGALRM: "SIGALRM"
    case SIGABRT: "SIGABRT"
    case SIGBUS: "SIGBUS"
    case SIGFPE: "SIGFPE"
    case SIGILL: "SIGILL"
    case SIGKILL: "SIGKILL"
    case SIGPIPE: "SIGPIPE"
    case SIGSEGV: "SIGSEGV"
    case SIGTRAP: "SIGTRAP"
    case SIGSYS: "SIGSYS"
    default: "signal \(signal)"
    }
  }

  /// Makes writing to a closed pipe, or beyond the limit on a file's size (`ulimit -f`), an error that can be
  /// reported, not a silent death.
  public static func ignoreWriteFailures() {
    for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
  }
}
