/// What a generic timer should do, in exact arithmetic and without any formula for deadlines.
///
/// It finds the next rise of an output by looking for it: between two wraps of the count the
/// condition can only become met, so bisection finds where.
struct IdealGenericTimer {
  struct Channel {
    var isEnabled = false
    var isMasked = false
    var compare: UInt64 = 0
  }

  let hertz: UInt32
  var offset: UInt64 = 0
  /// The virtual and the physical timer.
  var channels = [Channel(), Channel()]

  func physicalCount(_ time: UInt64) -> UInt128 {
    UInt128(time) * UInt128(hertz) / 1_000_000_000
  }

  func count(_ time: UInt64, _ index: Int) -> UInt64 {
    let lag = index == 0 ? UInt128(offset) : 0
    return UInt64((physicalCount(time) + (1 << 64) - lag) % (1 << 64))
  }

  func isMet(_ time: UInt64, _ index: Int) -> Bool {
    count(time, index) >= channels[index].compare
  }

  func output(_ time: UInt64, _ index: Int) -> Bool {
    channels[index].isEnabled && !channels[index].isMasked && isMet(time, index)
  }

  func control(_ time: UInt64, _ index: Int) -> UInt64 {
    (channels[index].isEnabled ? 1 : 0) + (channels[index].isMasked ? 2 : 0)
      + (isMet(time, index) ? 4 : 0)
  }

  func timerValue(_ time: UInt64, _ index: Int) -> UInt64 {
    let distance = UInt128(channels[index].compare) + (1 << 64) - UInt128(count(time, index))
    return UInt64(distance % (1 << 32))
  }

  mutating func writeTimerValue(_ time: UInt64, _ index: Int, _ value: UInt32) {
    let distance = Int128(value) - (value >= 1 << 31 ? 1 << 32 : 0)
    let sum = Int128(count(time, index)) + distance
    channels[index].compare = UInt64((sum + (1 << 64)) % (1 << 64))
  }

  /// The first instant after `time` at which one of the outputs rises.
  func nextRise(after time: UInt64) -> UInt64? {
    (0...1).compactMap { nextRise(after: time, $0) }.min()
  }

  private func nextRise(after time: UInt64, _ index: Int) -> UInt64? {
    guard channels[index].isEnabled, !channels[index].isMasked else { return nil }
    let wrap = index == 1 ? 0 : first(in: 0...UInt64.max) { physicalCount($0) >= UInt128(offset) }
    var stretches: [ClosedRange<UInt64>] = []
    if let wrap {
      if wrap > 0 { stretches.append(0...wrap - 1) }
      stretches.append(wrap...UInt64.max)
    } else {
      stretches.append(0...UInt64.max)
    }
    return stretches.compactMap { first(in: $0) { isMet($0, index) } }
      .filter { $0 > time && !isMet($0 - 1, index) }.min()
  }

  /// The first instant of a range from which on `condition` holds in it.
  private func first(
    in range: ClosedRange<UInt64>, where condition: (UInt64) -> Bool
  ) -> UInt64? {
    guard condition(range.upperBound) else { return nil }
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if condition(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
