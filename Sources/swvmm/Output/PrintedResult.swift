import JSON
import LinuxHost

/// What a program that measures prints, taken while it runs: it may write to both of its streams as it likes.
struct PrintedResult {
  /// Its standard output.
  private(set) var output: [UInt8] = []
  /// The first line of its standard error; nil where there is none.
  var complaint: String? {
    errors.isEmpty ? nil : String(decoding: errors.prefix { $0 != 10 }, as: UTF8.self)
  }
  private var errors: [UInt8] = []

  private static let errorBytesMax = 4096
  /// How long a program may take to end after a signal, in nanoseconds.
  private static let farewell: UInt64 = 1_000_000_000

  /// Whether it is more than a document may have.
  var isTooLong: Bool { output.count > JSONNode.sizeMax }

  /// Takes what a program prints until it has ended, or is as good as killed: for printing more than a document
  /// has, or a second after a signal to this program, which is sent on to it.
  ///
  /// *Why its end counts and not that of its streams:* what it started may hold those open.
  ///
  /// - Parameters:
  ///   - child: The program.
  ///   - onlook: Is called ten times per second at least while it runs.
  /// - Throws: ``SystemError`` naming `read` or `ppoll`.
  mutating func follow(
    _ child: borrowing ChildProcess, _ onlook: () -> Void
  ) throws(SystemError) {
    var (isOutputOpen, areErrorsOpen) = (true, true)
    var deadline = UInt64.max
    while !isTooLong && MonotonicClock.now() < deadline {
      onlook()
      if let signal = ProcessSignals.ending, deadline == .max {
        child.send(signal)
        deadline = MonotonicClock.now() + Self.farewell
      }
      let ready = try Poller.wait(
        for: [
          isOutputOpen ? child.output.number : -1, areErrorsOpen ? child.errors.number : -1,
          child.descriptor.number, -1,
        ], until: min(deadline, MonotonicClock.now() + 100_000_000))
      if ready == .descriptor(2) { return }
      if ready.contains(.descriptor(0)) {
        let bytes = try child.output.read(upTo: 1 << 16)
        output += bytes
        isOutputOpen = !bytes.isEmpty
      }
      if ready.contains(.descriptor(1)) {
        let bytes = try child.errors.read(upTo: 1 << 16)
        errors += bytes.prefix(Self.errorBytesMax - errors.count)
        areErrorsOpen = !bytes.isEmpty
      }
    }
    child.send(Signal.kill)
  }
}
