/// A register of the generic timer, by what it holds.
public enum GenericTimerRegister: Hashable, Sendable {
  /// CNTFRQ, 32 bits.
  case frequency
  /// CNTVCT or CNTPCT, 64 bits.
  case counter(GenericTimerChannel)
  /// CNTVOFF, 64 bits; the hypervisor's.
  case virtualOffset
  /// CNTV_CTL or CNTP_CTL, 32 bits.
  case control(GenericTimerChannel)
  /// CNTV_CVAL or CNTP_CVAL, 64 bits.
  case compareValue(GenericTimerChannel)
  /// CNTV_TVAL or CNTP_TVAL, 32 bits.
  case timerValue(GenericTimerChannel)
}

/// Why the timer refused what the host asked; nothing was changed.
public enum GenericTimerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A frequency outside 1 Hz to 1 GHz.
  case invalidFrequency(hertz: UInt64)
  /// A value for CTL with other bits than ENABLE, IMASK and ISTATUS.
  case reservedControlBits(UInt64)
  /// A register that the host cannot write either.
  case notWritable(GenericTimerRegister)

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .invalidFrequency(let hertz):
      "a counter frequency of \(hertz) Hz is not between 1 and \(CounterFrequency.maximumHertz) Hz"
    case .reservedControlBits(let value):
      "a timer's CTL has bits 0 to 2 only, so it cannot be 0x\(String(value, radix: 16))"
    case .notWritable(let register):
      "\(register) follows from other registers and cannot be written"
    }
  }
}

extension GenericTimerRules {
  /// Reads a register; for the guest, the host and a checkpoint alike.
  ///
  /// A read changes nothing, and what it shows does not depend on whether the host's timer has
  /// gone off (GT-17).
  public func read(at now: Instant, _ register: GenericTimerRegister) -> UInt64 {
    switch register {
    case .frequency: UInt64(registers.frequency.hertz)
    case .counter(let channel): counter(at: now, of: channel)
    case .virtualOffset: registers.virtualOffset
    case .control(let channel): UInt64(readControl(at: now, of: channel).rawValue)
    case .compareValue(let channel): registers[channel].compareValue
    case .timerValue(let channel): UInt64(readTimerValue(at: now, of: channel))
    }
  }

  /// The guest writes a register.
  ///
  /// A 32-bit register takes the low half of `value`. What a guest cannot write ignores it:
  /// CNTFRQ, the counters and CNTVOFF.
  public mutating func write(at now: Instant, _ register: GenericTimerRegister, _ value: UInt64) {
    let word = UInt32(truncatingIfNeeded: value)
    switch register {
    case .frequency, .counter, .virtualOffset: break
    case .control(let channel):
      writeControl(at: now, of: channel, GenericTimerControl(rawValue: word))
    case .compareValue(let channel): writeCompareValue(at: now, of: channel, value)
    case .timerValue(let channel): writeTimerValue(at: now, of: channel, word)
    }
  }

  /// The host writes a register: to set up a timer, or to restore one register by register.
  ///
  /// In a restore, CTL comes last, as with KVM (GT-12): a host that pushes the output after every
  /// write would otherwise show what a stale CVAL makes of it.
  ///
  /// Writing CNTVCT moves the offset so that the virtual count continues from `value`; it belongs
  /// to initialisation and restoring, and to leaving stopped time out (GT-13, GT-14), never to a
  /// general write-back of registers.
  ///
  /// - Throws: ``GenericTimerError/reservedControlBits(_:)`` for CTL, of which ISTATUS is
  ///   ignored, since a saved CTL contains it;
  ///   ``GenericTimerError/notWritable(_:)`` for CNTFRQ, CNTPCT and TVAL.
  public mutating func hostWrite(
    at now: Instant, _ register: GenericTimerRegister, _ value: UInt64
  ) throws(GenericTimerError) {
    switch register {
    case .frequency, .counter(.physical), .timerValue: throw .notWritable(register)
    case .counter(.virtual):
      writeVirtualOffset(at: now, counter(at: now, of: .physical) &- value)
    case .virtualOffset: writeVirtualOffset(at: now, value)
    case .control:
      guard value <= 7 else { throw .reservedControlBits(value) }
      write(at: now, register, value)
    case .compareValue: write(at: now, register, value)
    }
  }
}
