/// What a guest can do to its Count/Compare timer.
public enum CountCompareGuestAccess: Hashable, Sendable {
  /// `mfc0 Count`.
  case readCount
  /// `mtc0 Count`.
  case writeCount(UInt32)
  /// `mfc0 Compare`.
  case readCompare
  /// `mtc0 Compare`: sets the register and acknowledges the timer interrupt.
  case writeCompare(UInt32)
  /// `mfc0 Cause`.
  case readCause
  /// `mtc0 Cause`: changes DC, IV, IP1 and IP0; the other bits of the value are ignored.
  case writeCause(UInt32)
  /// `rdhwr CC`, hardware register 2: the same value as Count.
  case readCycleCounter
}

/// What the host can do to a guest's Count/Compare timer: KVM's ONE_REG registers.
public enum CountCompareHostAccess: Hashable, Sendable {
  /// Reads Count.
  case readCount
  /// Writes Count.
  case writeCount(UInt32)
  /// Reads Compare.
  case readCompare
  /// Writes Compare without acknowledging the timer interrupt.
  case writeCompare(UInt32)
  /// Reads Cause.
  case readCause
  /// Writes all of Cause, TI and IP included.
  case writeCause(UInt32)
  /// Reads COUNT_CTL.
  case readControl
  /// Writes COUNT_CTL; bit 0 (DC, the master disable) is its only bit.
  case writeControl(UInt64)
  /// Reads COUNT_RESUME, the instant of the last master disable, in nanoseconds.
  case readResume
  /// Writes COUNT_RESUME, in nanoseconds and not in the future.
  case writeResume(UInt64)
  /// Reads COUNT_HZ.
  case readFrequency
  /// Writes COUNT_HZ, 1 to 10^9.
  case writeFrequency(UInt64)
}

/// Why the timer refused what the host asked; nothing was changed.
public enum CountCompareError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A frequency outside 1 Hz to 1 GHz (CC-16).
  case invalidFrequency(hertz: UInt64)
  /// A value for COUNT_CTL with other bits than DC, bit 0 (CC-11).
  case reservedControlBits(UInt64)
  /// A value for COUNT_RESUME after the instant of the write (CC-15).
  case resumeInFuture(Instant, now: Instant)

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .invalidFrequency(let hertz):
      "a Count frequency of \(hertz) Hz is not between 1 and \(CountFrequency.maximumHertz) Hz"
    case .reservedControlBits(let value):
      "COUNT_CTL has no bits but DC (bit 0), so it cannot be 0x\(String(value, radix: 16))"
    case .resumeInFuture(let time, let now):
      "COUNT_RESUME of \(time.nanoseconds) ns is in the future: it is \(now.nanoseconds) ns now"
    }
  }
}

extension CountCompareRules {
  /// Carries out one access of the guest, and returns the value read (0 for a write).
  @discardableResult
  public mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    switch access {
    case .readCount: return readCount(at: now)
    case .writeCount(let value): guestWriteCount(at: now, value)
    case .readCompare: return state.compare
    case .writeCompare(let value): guestWriteCompare(at: now, value)
    case .readCause: return readCause(at: now).rawValue
    case .writeCause(let value): guestWriteCause(at: now, CP0Cause(rawValue: value))
    case .readCycleCounter: return readCycleCounter(at: now)
    }
    return 0
  }

  /// Carries out one access of the host, and returns the value read (0 for a write).
  ///
  /// - Throws: When the value written is not allowed. Nothing has been changed then.
  @discardableResult
  public mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    switch access {
    case .readCount: return UInt64(readCount(at: now))
    case .writeCount(let value): hostWriteCount(at: now, value)
    case .readCompare: return UInt64(state.compare)
    case .writeCompare(let value): hostWriteCompare(at: now, value)
    case .readCause: return UInt64(readCause(at: now).rawValue)
    case .writeCause(let value): hostWriteCause(at: now, CP0Cause(rawValue: value))
    case .readControl: return state.isMasterDisabled ? 1 : 0
    case .writeControl(let value):
      guard value <= 1 else { throw .reservedControlBits(value) }
      writeControl(at: now, isDisabled: value == 1)
    case .readResume: return state.resumeTime.nanoseconds
    case .writeResume(let value):
      let time = Instant(nanoseconds: value)
      guard time <= now else { throw .resumeInFuture(time, now: now) }
      writeResume(at: now, time)
    case .readFrequency: return state.frequency.hertz
    case .writeFrequency(let hertz): writeFrequency(at: now, try CountFrequency(hertz: hertz))
    }
    return 0
  }
}

extension CountCompareHostAccess {
  /// Why a right timer would have refused; a device that refused for less has its own reasons.
  public func refusal(at now: Instant) -> CountCompareError {
    switch self {
    case .writeControl(let value): .reservedControlBits(value)
    case .writeResume(let value): .resumeInFuture(Instant(nanoseconds: value), now: now)
    case .writeFrequency(let value): .invalidFrequency(hertz: value)
    default: .reservedControlBits(0)
    }
  }
}
