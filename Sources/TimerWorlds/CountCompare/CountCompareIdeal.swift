/// What a Count/Compare timer is to do, from the rules alone: the measure of ``CountCompareWorld``.
///
/// It knows nothing of host timers, expiries and biases. On a stretch on which nothing is written,
/// Count is a number of whole ticks; each step of it onto Compare makes TI pending at that instant.
///
/// Its times are below 2^50 ns and its rates below 1000 ticks a period, so that no product comes
/// near 2^64.
struct CountCompareIdeal: Hashable, Sendable {
  /// A frequency as a fraction in lowest terms: so many ticks in so many nanoseconds.
  struct Rate: Hashable, Sendable {
    var ticks: UInt32
    var nanoseconds: UInt32

    static let hundredMegahertz = Rate(ticks: 1, nanoseconds: 10)
    static let threeHundredMegahertz = Rate(ticks: 3, nanoseconds: 10)
    static let gigahertz = Rate(ticks: 1, nanoseconds: 1)

    var hertz: UInt64 { Self.divide(1_000_000_000 * UInt64(ticks), by: nanoseconds) }

    /// The number of the tick that `time` is in.
    func tick(at time: UInt64) -> UInt64 { Self.divide(time * UInt64(ticks), by: nanoseconds) }

    /// The first nanosecond of a tick.
    func start(of tick: UInt64) -> UInt64 {
      Self.divide(tick * UInt64(nanoseconds) + UInt64(ticks) - 1, by: ticks)
    }

    /// *Why the cases:* a division by what is known is a multiplication, and these are the most frequent
    /// operation of a search.
    private static func divide(_ value: UInt64, by divisor: UInt32) -> UInt64 {
      switch divisor {
      case 1: value
      case 10: value / 10
      default: value / UInt64(divisor)
      }
    }
  }

  static let wrap: UInt64 = 1 << 32

  var rate: Rate
  /// Count at the present; while COUNT_CTL.DC is set, at COUNT_RESUME.
  var count: UInt32 = 0
  var compare: UInt32 = 0
  /// Cause.TI.
  var isPending = false
  /// Cause.DC.
  var isDisabled = false
  /// COUNT_CTL.DC.
  var isMasterDisabled = false
  /// COUNT_RESUME.
  var resumeTime: UInt64 = 0

  init(rate: Rate) { self.rate = rate }

  var isRunning: Bool { !isDisabled && !isMasterDisabled }

  /// Ticks from Count to the next match, 1 to 2^32.
  var distance: UInt64 { UInt64(compare &- count &- 1) + 1 }

  /// Lets time pass.
  mutating func advance(from time: UInt64, to now: UInt64) {
    guard isRunning else { return }
    let passed = rate.tick(at: now) - rate.tick(at: time)
    if passed >= distance { isPending = true }
    count &+= UInt32(truncatingIfNeeded: passed)
  }

  /// What would be if the host had never set COUNT_CTL.DC, as far as it can be made undone.
  func unstopped(at now: UInt64) -> CountCompareIdeal {
    var other = self
    other.setMaster(disabled: false, at: now)
    return other
  }

  /// COUNT_CTL.DC: Count stands still behind the guest's back, and then catches up.
  mutating func setMaster(disabled: Bool, at now: UInt64) {
    guard disabled != isMasterDisabled else { return }
    isMasterDisabled = disabled
    if disabled { resumeTime = now } else { advance(from: resumeTime, to: now) }
  }

  /// The instant of the next match, for a Count that runs.
  func nextMatch(after now: UInt64) -> UInt64 { rate.start(of: rate.tick(at: now) + distance) }

  /// The instant of the last match, or of what would have been one had Count always run.
  func lastMatch(before now: UInt64) -> UInt64 {
    rate.start(of: rate.tick(at: now) - UInt64(count &- compare))
  }
}
