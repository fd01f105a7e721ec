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
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    let isElsewhere = codeFlags(by: &coder)
    coder.code(&ideal.count, bits: 33)
    coder.code(&ideal.compare, bits: 33)
    coder.code(&ideal.resumeTime, expecting: ideal.isMasterDisabled ? now : 0, bits: 40)
    codeTimer(by: &coder)
    if isElsewhere { codeElsewhere(by: &coder) }
  }

  /// Names what is yes or no, the rate, and the place in the tick.
  ///
  /// - Returns: Whether there is anything beside the timer in software.
  private mutating func codeFlags<Coder: StateCoder>(by coder: inout Coder) -> Bool {
    let isUsual = ideal.rate == .hundredMegahertz || ideal.rate == .gigahertz
    var flags: UInt64 = ideal.rate == .gigahertz ? 1 : 0
    flags |= isUsual ? 0 : 2
    flags |= ideal.isPending ? 4 : 0
    flags |= ideal.isDisabled ? 8 : 0
    flags |= ideal.isMasterDisabled ? 16 : 0
    flags |= isWritingCause ? 32 : 0
    flags |= place != .software || compareWrite != nil ? 64 : 0
    coder.code(exactly: &flags, bits: 7)
    if coder.isUnpacking {
      ideal.rate = flags & 1 != 0 ? .gigahertz : .hundredMegahertz
      ideal.isPending = flags & 4 != 0
      ideal.isDisabled = flags & 8 != 0
      ideal.isMasterDisabled = flags & 16 != 0
      isWritingCause = flags & 32 != 0
      (place, hardware, compareWrite) = (.software, Hardware(), nil)
    }
    if flags & 2 != 0 {
      coder.code(&ideal.rate.ticks, expecting: 3, bits: 33)
      coder.code(&ideal.rate.nanoseconds, expecting: 10, bits: 33)
    }
    coder.code(&now, expecting: Self.present, bits: 5)
    return flags & 64 != 0
  }

  private mutating func codeTimer<Coder: StateCoder>(by coder: inout Coder) {
    guard !Host.Timer.isRemote else {
      for index in 0..<host.timer.wordCount {
        coder.code(exactly: &host.timer[word: index], bits: 64)
      }
      return
    }
    let isRunning = ideal.isRunning
    // Of the last stretch on which Count ran: while Cause.DC is set, that may be any.
    let start = ideal.isMasterDisabled ? ideal.resumeTime : now
    let bias = ideal.count &- UInt32(truncatingIfNeeded: ideal.rate.tick(at: start))
    let cause: CP0Cause = [
      ideal.isPending ? [.timerInterrupt, .pending7] : [], ideal.isDisabled ? .disableCount : [],
    ]
    let hertz = ideal.rate.hertz
    let still = isRunning ? 0 : UInt64(ideal.count)
    let flags: UInt64 = ideal.isMasterDisabled ? 2 : isRunning ? 1 : 0
    let compare = UInt64(ideal.compare)
    var timer = coder.isUnpacking ? .init(repeating: 0) : host.timer.packed
    // One after the other and by constant places: as a loop it is a fifth of a search.
    var differs =
      timer[0] != hertz || timer[2] != still || timer[3] != compare
      || timer[4] != UInt64(cause.rawValue) || timer[5] != flags || timer[6] != ideal.resumeTime
      || timer[8] != 0
    coder.code(&differs)
    if differs {
      coder.code(&timer[0], expecting: hertz, bits: 34)
      coder.code(&timer[2], expecting: still, bits: 34)
      coder.code(&timer[3], expecting: compare, bits: 34)
      coder.code(&timer[4], expecting: UInt64(cause.rawValue), bits: 34)
      coder.code(&timer[5], expecting: flags, bits: 3)
      coder.code(&timer[6], expecting: ideal.resumeTime, bits: 40)
      coder.code(&timer[8], expecting: 0, bits: 2)
    } else if coder.isUnpacking {
      timer = [
        hertz, 0, still, compare, UInt64(cause.rawValue), flags, ideal.resumeTime, 0, 0,
      ]
    }
    coder.code(&timer[1], expecting: UInt64(bias), bits: 34)
    coder.code(&timer[7], expecting: isRunning ? now : 0, bits: 40)
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
