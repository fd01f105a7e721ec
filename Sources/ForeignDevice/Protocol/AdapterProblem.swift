public import LinuxHost

/// What an adapter did that ends the work with it.
public enum AdapterProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// It could not be started.
  case notStarted(SystemError)
  /// It ended.
  case ended(SocketProcess.Ending)
  /// It did not answer, or not read, for so many seconds.
  case silent(seconds: UInt64)
  /// Its answer is none.
  case malformed(String)
  /// It cannot do what is asked for.
  case unsupported(String)
  /// A signal to this program ended the wait.
  case interrupted

  /// A phrase whose subject is the adapter.
  public var description: String {
    switch self {
    case .notStarted(let error): "could not be started: \(error)"
    case .ended(.exited(127)): "exited with status 127: its shell found no such program"
    case .ended(let ending): "\(ending)"
    case .silent(let seconds): "did not answer for \(seconds) s"
    case .malformed(let what): "broke the protocol: \(what)"
    case .unsupported(let what): "cannot do it: \(what)"
    case .interrupted: "was stopped by a signal"
    }
  }
}
