import ArgumentParser
import LinuxHost

/// What ends long work before it is done: a signal, or its time (`--timeout`).
struct WorkLimit: Sendable {
  private let time: TimeSpan?
  private let deadline: UInt64

  /// A limit from now on; nil: signals alone.
  init(_ time: TimeSpan?) {
    self.time = time
    deadline = time.map { MonotonicClock.now() &+ $0.nanoseconds } ?? .max
  }

  /// Whether the work is to end with what it has.
  var isReached: Bool { ProcessSignals.ending != nil || MonotonicClock.now() >= deadline }

  /// What has ended the work; nil: nothing has.
  var reason: String? {
    if let signal = ProcessSignals.ending { return "ended by \(Signal.name(signal))" }
    guard let time, isReached else { return nil }
    return "ended after \(time) (--timeout)"
  }

  /// The end of a command that this has ended; what there is has been published by then.
  ///
  /// - Throws: The status, if it has.
  func endIfReached() throws {
    try endIfInterrupted()
    if isReached { throw ExitCode(ExitStatus.timedOut.rawValue) }
  }
}
