internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-mips-truncated-period`: Count ran too fast, since its period was cut to whole nanoseconds.
///
/// *Where:* QEMU until 0ac1fb2567.
///
/// *What happened:* Count was the clock divided by the period of a tick in nanoseconds. At 300 MHz
/// that is 3 instead of 3.33, and Count gained a tick on every ninth.
///
/// *The shortest losing schedule:* at 300 MHz, read Count after some ticks.
public struct TruncatedPeriod: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation.
  public func runningCount(at now: Instant) -> UInt32 {
    let period = 1_000_000_000 / state.frequency.hertz
    return state.bias &+ UInt32(truncatingIfNeeded: now.nanoseconds / period)
  }

  static let exhibit = Exhibit(
    "qemu-mips-truncated-period", "Count runs by a period that is cut to whole nanoseconds",
    origin: "QEMU until 0ac1fb2567",
    in: .fractional,
    timer: Self.self, breaks: .countValue, by: .toMatch)
}
