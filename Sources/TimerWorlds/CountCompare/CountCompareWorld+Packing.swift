public import Exploration
internal import TimerModels

// A state in few bits: most of the timer is what the ideal has.

extension CountCompareWorld {
  /// Whether the host holds nothing beside a timer that can be packed.
  public static var isPacked: Bool {
    Host.Timer.isPackable && MemoryLayout<Host>.size == MemoryLayout<Host.Timer>.size
  }

  /// Names the ideal's parts, the timer's by the ideal's, and what there is beside them.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&now, expecting: Self.present, bits: 5)
    codeIdeal(by: &coder)
    codeTimer(by: &coder)
    coder.code(&isWritingCause)
    var isElsewhere = place != .software
    coder.code(&isElsewhere)
    if isElsewhere {
      codeHardware(by: &coder)
    } else if coder.isUnpacking {
      (place, hardware) = (.software, Hardware())
    }
    coder.code(
      &compareWrite, from: CompareWrite(compare: 0, context: GuestContext(compare: 0))
    ) { write, coder in
      coder.code(&write.compare, bits: 33)
      write.context.code(by: &coder)
    }
  }

  private mutating func codeIdeal<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&ideal.rate.ticks, expecting: 1, bits: 3)
    coder.code(&ideal.rate.nanoseconds, expecting: 10, bits: 5)
    coder.code(&ideal.count, bits: 33)
    coder.code(&ideal.compare, bits: 33)
    coder.code(&ideal.isPending)
    coder.code(&ideal.isDisabled)
    coder.code(&ideal.isMasterDisabled)
    coder.code(&ideal.resumeTime, expecting: ideal.isMasterDisabled ? now : 0, bits: 40)
  }

  private mutating func codeTimer<Coder: StateCoder>(by coder: inout Coder) {
    var timer: [9 of UInt64] = coder.isUnpacking ? .init(repeating: 0) : host.timer.packed
    let isStopped = !ideal.isRunning
    let bias = ideal.count &- UInt32(truncatingIfNeeded: ideal.rate.tick(at: now))
    let cause: CP0Cause = [
      ideal.isPending ? [.timerInterrupt, .pending7] : [], ideal.isDisabled ? .disableCount : [],
    ]
    coder.code(&timer[0], expecting: ideal.rate.hertz, bits: 31)
    coder.code(&timer[1], expecting: UInt64(bias), bits: 33)
    coder.code(&timer[2], expecting: isStopped ? UInt64(ideal.count) : 0, bits: 33)
    coder.code(&timer[3], expecting: 0, bits: 33)
    coder.code(&timer[4], expecting: UInt64(cause.rawValue), bits: 33)
    coder.code(&timer[5], expecting: ideal.isMasterDisabled ? 2 : isStopped ? 0 : 1, bits: 3)
    coder.code(&timer[6], expecting: ideal.resumeTime, bits: 40)
    coder.code(&timer[7], expecting: timer[5] & 1 == 1 ? now : 0, bits: 40)
    coder.code(&timer[8], expecting: 0, bits: 1)
    if coder.isUnpacking { host.timer.packed = timer }
  }

  private mutating func codeHardware<Coder: StateCoder>(by coder: inout Coder) {
    var placeNumber = UInt64(place.rawValue)
    coder.code(&placeNumber, bits: 3)
    if coder.isUnpacking {
      place = Place(rawValue: UInt8(placeNumber)) ?? .software
    }
    coder.code(&hardware.count, bits: 33)
    coder.code(&hardware.countAfter, bits: 33)
    coder.code(&hardware.time, expecting: now, bits: 40)
    coder.code(&hardware.isPending)
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
