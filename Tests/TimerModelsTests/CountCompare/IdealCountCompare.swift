/// What a Count/Compare timer should do, written from the rules alone and in exact arithmetic.
///
/// It knows nothing of host timers, expiries, biases or periods. Count is an integer function of
/// time on each stretch on which nothing is written, and every step of it onto Compare sets TI at
/// that very instant.
struct IdealCountCompare {
  var hertz: UInt64
  /// Count at `time`, up to which all matches have been counted.
  private(set) var count: UInt32
  private(set) var time: UInt64
  private(set) var compare: UInt32 = 0
  private(set) var isPending = false
  private(set) var causeDisabled = false
  private(set) var masterDisabled = false
  private(set) var resumeTime: UInt64 = 0
  /// How often Count stepped onto Compare.
  private(set) var matches: UInt128 = 0
  /// The instant of the last of these steps.
  private(set) var lastMatch: UInt64 = 0

  init(time: UInt64, hertz: UInt64) {
    self.time = time
    self.hertz = hertz
    count = 0
  }

  var isRunning: Bool { !causeDisabled && !masterDisabled }

  private func ticks(_ time: UInt64) -> UInt128 {
    UInt128(time) * UInt128(hertz) / 1_000_000_000
  }

  /// The first instant, from the ideal's present on, at which `n` more ticks have passed.
  func instant(ofTick n: UInt128) -> UInt128 {
    ((ticks(time) + n) * 1_000_000_000 + UInt128(hertz) - 1) / UInt128(hertz)
  }

  /// Ticks from the present Count to the next match: 1 to 2^32.
  var distance: UInt128 {
    let ahead = (UInt128(compare) + (1 << 32) - UInt128(count)) % (1 << 32)
    return ahead == 0 ? 1 << 32 : ahead
  }

  mutating func advance(to now: UInt64) {
    precondition(now >= time)
    if isRunning {
      let passed = ticks(now) - ticks(time)
      if passed >= distance {
        let more = (passed - distance) >> 32
        matches += 1 + more
        lastMatch = UInt64(instant(ofTick: distance + more << 32))
        isPending = true
      }
      count = UInt32((UInt128(count) + passed) % (1 << 32))
    }
    time = now
  }

  mutating func writeCount(_ value: UInt32) { count = value }

  mutating func writeCompare(_ value: UInt32, acknowledging: Bool) {
    compare = value
    if acknowledging { isPending = false }
  }

  mutating func writeCause(disabled: Bool, pending: Bool?) {
    causeDisabled = disabled
    if let pending { isPending = pending }
  }

  mutating func writeMaster(disabled: Bool) {
    guard disabled != masterDisabled else { return }
    masterDisabled = disabled
    if disabled {
      resumeTime = time
    } else if isRunning {
      // As if Count had run since then.
      let now = time
      time = resumeTime
      advance(to: now)
    }
  }

  mutating func writeResume(_ value: UInt64) { resumeTime = value }

  mutating func writeFrequency(_ value: UInt64) { hertz = value }
}
