/// When threads that were told to end, and have not yet, are kicked again.
///
/// One kick may be missed: a thread that was about to block in write(2) when it came blocks after all.
///
/// *Why each span is twice the one before:* a thread executes nothing between two kicks that are closer together
/// than its return from a signal takes, which under a tracer may be long. Whatever that time is, a span is longer
/// after a few kicks, and the thread waits for a small multiple of that time.
struct KickPace {
  /// The first span, in nanoseconds.
  static let firstSpan: UInt64 = 10_000_000

  private var span = firstSpan

  /// When to kick next, in nanoseconds of the host's clock.
  private(set) var next: UInt64

  /// The threads were kicked.
  init(kickedAt now: UInt64) { next = now &+ Self.firstSpan }

  /// Whether to kick again, which counts as done then.
  mutating func isDue(at now: UInt64) -> Bool {
    guard now >= next else { return false }
    span &*= 2
    next = now &+ span
    return true
  }
}
