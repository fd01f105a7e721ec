internal import LinuxHost
internal import TimerModels

/// A ``SpinBudget`` that several threads share.
final class SharedSpinBudget: Sendable {
  private let budget: Lock<SpinBudget>

  init(_ budget: SpinBudget) { self.budget = Lock(budget) }

  func take(upTo wanted: UInt64, at now: Instant) -> UInt64 {
    budget.withLock { $0.take(upTo: wanted, at: now) }
  }

  func giveBack(_ nanoseconds: UInt64) { budget.withLock { $0.giveBack(nanoseconds) } }
}

/// How much processor time may go into waiting without sleeping: a token bucket, in nanoseconds.
///
/// *Guarantee:* from its creation to any later instant, what was taken and not given back is at most
/// ``percent`` of the time that has passed, rounded down. For that the bucket begins empty.
struct SpinBudget: Hashable, Sendable {
  /// The share of one core, 0 to 100.
  let percent: UInt64
  private var saved: UInt64 = 0
  private var latest: Instant

  /// What may be saved up, in nanoseconds: enough for a hundred waits after a long rest, and so
  /// little that a burst is over before the core is missed.
  static let savedMax: UInt64 = 10_000_000

  /// A budget of `percent`, 0 to 100, of the time from `now` on.
  init(percent: Int, at now: Instant) {
    precondition((0...100).contains(percent), "a share of one core in percent")
    self.percent = UInt64(percent)
    latest = now
  }

  /// Takes time out, to spend it or to give it back.
  ///
  /// - Parameters:
  ///   - wanted: The most to take, in nanoseconds.
  ///   - now: The present; one before an earlier call's earns nothing.
  /// - Returns: What there was of it.
  mutating func take(upTo wanted: UInt64, at now: Instant) -> UInt64 {
    earn(until: now)
    let taken = min(wanted, saved)
    saved -= taken
    return taken
  }

  /// Puts back what was taken and not spent.
  mutating func giveBack(_ nanoseconds: UInt64) { saved = min(saved + nanoseconds, Self.savedMax) }

  /// *Why no overflow:* time that would fill the bucket a hundred times over fills it, at 1 percent,
  /// too; what is beyond does not count.
  private mutating func earn(until now: Instant) {
    guard now > latest else { return }
    let elapsed = min(now.nanoseconds - latest.nanoseconds, 100 * Self.savedMax)
    latest = now
    saved = min(saved + elapsed * percent / 100, Self.savedMax)
  }
}
