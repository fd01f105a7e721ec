public import Exploration
internal import TimerModels

// A state in few bits: most of the timer is what the ideal has.

extension CountCompareWorld {
  /// Whether the host holds nothing beside a timer that can be packed.
  public static var isPacked: Bool {
    (Host.Timer.isPackable || Host.Timer.isRemote)
      && MemoryLayout<Host>.size == MemoryLayout<Host.Timer>.size
  }

  /// Names the ideal's parts, the timer's by the ideal's, and what there is beside them.
  ///
  /// Most of it is in one number, see `summary`; Compare is home in every state.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    var bits = coder.isUnpacking ? 0 : summary
    coder.code(exactly: &bits, bits: Summary.width)
    if coder.isUnpacking { become(bits) }
    if Host.Timer.isRemote {
      codeResume(by: &coder)
      for index in 0..<host.timer.wordCount {
        coder.code(exactly: &host.timer[word: index], bits: 64)
      }
    } else if bits & Summary.isIrregular != 0 {
      codeResume(by: &coder)
      codeTimer(by: &coder)
    }
    if bits & Summary.isElsewhere != 0 { codeElsewhere(by: &coder) }
  }

  /// All of a regular state with a timer in software, which most are.
  ///
  /// Whatever may be some quarters of a wrap away is in it by their number and by the rest, each with a bound
  /// added so that it is positive. What is irregular is coded once more, in full.
  @inline(__always)
  private var summary: UInt64 {
    let count = UInt64(ideal.count &- ideal.compare &+ 2)
    precondition(count & (1 << 30 - 1) < 8 && now &- Self.present < 16, "a state is normal")
    var bits: UInt64 = ideal.rate == .gigahertz ? Summary.isGigahertz : 0
    bits |= ideal.isPending ? Summary.isPending : 0
    bits |= ideal.isDisabled ? Summary.isDisabled : 0
    bits |= ideal.isMasterDisabled ? Summary.isMasterDisabled : 0
    bits |= isWritingCause ? Summary.isWritingCause : 0
    bits |= place != .software || compareWrite != nil ? Summary.isElsewhere : 0
    bits |= (now - Self.present) << 7 | (count >> 30) << 11 | (count & 7) << 13
    guard !Host.Timer.isRemote else { return bits }
    let isUsual = ideal.rate == .hundredMegahertz || ideal.rate == .gigahertz
    let present = ideal.rate.tick(at: now)
    let start = ideal.isMasterDisabled ? ideal.rate.tick(at: ideal.resumeTime) : present
    let (resume, isResumeRegular) = resumeBits(present &- start)
    let (timer, isTimerRegular) = timerBits(start)
    return isUsual && isResumeRegular && isTimerRegular
      ? bits | resume << 16 | timer << 27 : bits | Summary.isIrregular
  }

  /// COUNT_RESUME, `ticks` ago, by its distance from the present: some quarters, or some times ten where the
  /// frequency has become that of 1 GHz since, and up to 64 ns.
  @inline(__always)
  private func resumeBits(_ ticks: UInt64) -> (bits: UInt64, isRegular: Bool) {
    guard ideal.isMasterDisabled else { return (0, ideal.resumeTime == 0) }
    let quarters = (ticks &+ 3) >> 30
    let number = quarters < 8 ? quarters : 8 &+ quarters / 10
    let rest = now &- Summary.span(of: number & 15, ideal.rate) &- ideal.resumeTime &+ 64
    return (number | rest << 4, number < 16 && rest < 128)
  }

  /// What a timer that is right has for itself.
  ///
  /// While Count runs that is the expiry: it was computed in the middle of a tick, and is up to 63 ns late. While
  /// Cause.DC is set it is the bias: that of the last stretch on which Count ran, some quarters and up to 32 ticks
  /// from here.
  @inline(__always)
  private func timerBits(_ start: UInt64) -> (bits: UInt64, isRegular: Bool) {
    let (timer, right) = (host.timer.packed, right(start))
    let distance = UInt32(truncatingIfNeeded: timer[1] &- right[1]) &+ 32
    // One after the other and by constant places: as a loop it is a fifth of a search.
    let isRight =
      timer[0] == right[0] && timer[2] == right[2] && timer[3] == right[3] && timer[4] == right[4]
      && timer[5] == right[5] && timer[6] == right[6] && timer[8] == right[8]
    let lateness = timer[7] &- right[7]
    guard ideal.isDisabled else {
      return (lateness, isRight && distance == 32 && lateness < (ideal.isRunning ? 64 : 1))
    }
    let rest = distance & (1 << 30 - 1)
    return (UInt64(distance >> 30 | rest << 2), isRight && lateness == 0 && rest < 64)
  }

  /// What the timer's parts are if it is right, and the expiry is that of the next match.
  ///
  /// Count is what it is since the tick `start`: the present's, or that in which the host stopped it.
  @inline(__always)
  private func right(_ start: UInt64) -> [9 of UInt64] {
    let bias = ideal.count &- UInt32(truncatingIfNeeded: start)
    let cause: CP0Cause = [
      ideal.isPending ? [.timerInterrupt, .pending7] : [], ideal.isDisabled ? .disableCount : [],
    ]
    let isRunning = ideal.isRunning
    return [
      ideal.rate.hertz, UInt64(bias), isRunning ? 0 : UInt64(ideal.count), UInt64(ideal.compare),
      UInt64(cause.rawValue), ideal.isMasterDisabled ? 2 : isRunning ? 1 : 0, ideal.resumeTime,
      isRunning ? ideal.nextMatch(after: now) : 0, 0,
    ]
  }

  /// The tick of ``right(_:)``.
  private var start: UInt64 {
    ideal.rate.tick(at: ideal.isMasterDisabled ? ideal.resumeTime : now)
  }

  /// Becomes what a ``summary`` says, as if that were regular.
  private mutating func become(_ bits: UInt64) {
    ideal.rate = bits & Summary.isGigahertz != 0 ? .gigahertz : .hundredMegahertz
    ideal.isPending = bits & Summary.isPending != 0
    ideal.isDisabled = bits & Summary.isDisabled != 0
    ideal.isMasterDisabled = bits & Summary.isMasterDisabled != 0
    isWritingCause = bits & Summary.isWritingCause != 0
    (place, hardware, compareWrite) = (.software, Hardware(), nil)
    now = Self.present + bits >> 7 & 15
    let count = (bits >> 11 & 3) << 30 | bits >> 13 & 7
    ideal.count = ideal.compare &+ UInt32(truncatingIfNeeded: count) &- 2
    ideal.resumeTime =
      ideal.isMasterDisabled
      ? now &- Summary.span(of: bits >> 16 & 15, ideal.rate) &- bits >> 20 & 127 &+ 64 : 0
    guard !Host.Timer.isRemote else { return }
    var timer = right(start)
    if ideal.isDisabled {
      let distance = UInt32(truncatingIfNeeded: (bits >> 27 & 3) << 30 | bits >> 29) &- 32
      timer[1] = UInt64(UInt32(truncatingIfNeeded: timer[1]) &+ distance)
    } else {
      timer[7] &+= bits >> 27
    }
    host.timer.packed = timer
  }

  /// Names the rate and COUNT_RESUME, whatever they are.
  @inline(never)
  private mutating func codeResume<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&ideal.rate.ticks, expecting: 1, bits: 33)
    coder.code(&ideal.rate.nanoseconds, expecting: 10, bits: 33)
    coder.code(&ideal.resumeTime, expecting: ideal.isMasterDisabled ? now : 0, bits: 40)
  }

  /// Names all of the timer, whatever it is.
  @inline(never)
  private mutating func codeTimer<Coder: StateCoder>(by coder: inout Coder) {
    let right = right(start)
    var timer = coder.isUnpacking ? right : host.timer.packed
    let bits: [9 of Int] = [34, 34, 34, 34, 34, 3, 40, 40, 2]
    for index in right.indices {
      coder.code(&timer[index], expecting: right[index], bits: bits[index])
    }
    if coder.isUnpacking { host.timer.packed = timer }
  }

  /// Names what is in hardware, and a write of Compare between its steps.
  private mutating func codeElsewhere<Coder: StateCoder>(by coder: inout Coder) {
    var number = UInt64(place.rawValue)
    coder.code(exactly: &number, bits: 3)
    if coder.isUnpacking, let known = Place(rawValue: UInt8(number)) { place = known }
    coder.code(&hardware.count, bits: 33)
    coder.code(&hardware.countAfter, bits: 33)
    coder.code(&hardware.time, expecting: now, bits: 40)
    coder.code(&hardware.isPending)
    coder.code(
      &compareWrite, from: CompareWrite(compare: 0, context: GuestContext(compare: 0))
    ) { write, coder in
      coder.code(&write.compare, bits: 33)
      write.context.code(by: &coder)
    }
  }
}

extension GuestContext {
  /// Names all parts.
  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&count, bits: 33)
    coder.code(&compare, bits: 33)
    coder.code(&isPending)
  }
}

/// The parts of a ``CountCompareWorld``'s summary: flags, and from there on the present in its 10 ns (4 bits),
/// Count (5), COUNT_RESUME (10) and the bias (8).
private enum Summary {
  static let width = 35
  static let isGigahertz: UInt64 = 1 << 0
  static let isPending: UInt64 = 1 << 1
  static let isDisabled: UInt64 = 1 << 2
  static let isMasterDisabled: UInt64 = 1 << 3
  static let isWritingCause: UInt64 = 1 << 4
  static let isElsewhere: UInt64 = 1 << 5
  /// Something is not where it mostly is.
  static let isIrregular: UInt64 = 1 << 6

  /// How long some quarters of a wrap take: from 8 on, ten of them for each that a number is more than 8.
  @inline(__always)
  static func span(of number: UInt64, _ rate: CountCompareIdeal.Rate) -> UInt64 {
    rate.start(of: (number < 8 ? number : (number &- 8) &* 10) << 30)
  }
}
