internal import CForeignDevice
internal import TimerModels

/// What an architecture leaves to the device: never a difference.
public struct OpenChoice: Hashable, Sendable {
  /// Of which device.
  public var kind: DeviceKinds
  /// What is open, in a sentence.
  public var text: String

  private init(_ kind: DeviceKinds, _ text: String) {
    self.kind = kind
    self.text = text
  }

  /// All that a duel allows for.
  public static let all: [OpenChoice] = [
    OpenChoice(.countCompare, "COUNT_RESUME while COUNT_CTL.DC is clear"),
    OpenChoice(.countCompare, "bits of Cause other than TI, DC, IV, IP7, IP1 and IP0"),
    OpenChoice(
      .countCompare,
      "the line before Count, CC or Cause is read: what is due may not have been looked for"),
    OpenChoice(
      .countCompare, "the alarm: when the host is woken, as long as the line rises in time"),
    OpenChoice(.genericTimer, "ISTATUS while ENABLE is clear"),
    OpenChoice(.genericTimer, "TVAL while ENABLE is clear"),
    OpenChoice(.genericTimer, "the lines after a read: whether it looks for what is due"),
    OpenChoice(
      .genericTimer, "the alarm: when the host is woken, as long as the line rises in time"),
    OpenChoice(.interruptController, "GICC_HPPIR: whether it looks at GICC_PMR (never read)"),
    OpenChoice(.interruptController, "a second GICC_EOIR of the same interrupt (never written)"),
    OpenChoice(
      .interruptController, "GICC_RPR: the bits below the priorities that are implemented"),
    OpenChoice(.interruptController, "whether SGIs can be disabled"),
    OpenChoice(.interruptController, "the configuration of SGIs and PPIs (never read)"),
  ]

  /// The bits of a value that are not open.
  ///
  /// - Parameters:
  ///   - operation: What read the value.
  ///   - model: The right device, after the operation.
  /// - Returns: A bit per bit of the value.
  static func decidedBits(of operation: DeviceOperation, on model: ModelDevice) -> UInt64 {
    guard case .read(let register) = operation else { return .max }
    switch model.model {
    case .countCompare(let timer):
      if CountCompareHostAccess(operation) == .readResume, !timer.state.isMasterDisabled {
        return 0
      }
      if CountCompareGuestAccess(operation) == .readCause { return UInt64(causeBits.rawValue) }
      if CountCompareHostAccess(operation) == .readCause { return UInt64(causeBits.rawValue) }
      return .max
    case .genericTimer(let timer):
      switch GenericTimerRegister(register) {
      case .control(let channel):
        let isEnabled = timer.registers[channel].control.contains(.enable)
        return isEnabled ? 7 : UInt64(7 & ~GenericTimerControl.status.rawValue)
      case .timerValue(let channel):
        return timer.registers[channel].control.contains(.enable) ? .max : 0
      default: return .max
      }
    case .interruptController:
      let isPrivate = register.space == .distributor && register.offset == UInt32(GICD.isenabler)
      if isPrivate { return 0xffff_0000 }
      return register.space == .cpuInterface && register.offset == UInt32(GICC.rpr) ? 0xf0 : .max
    }
  }

  private static let causeBits: CP0Cause = [
    .timerInterrupt, .disableCount, .interruptVector, .pending7, .pending1, .pending0,
  ]

  /// The lines after an operation that are decided, as bits.
  ///
  /// - Parameters:
  ///   - operation: What came before.
  ///   - model: The right device, after the operation.
  /// - Returns: A bit per line, as the header has them.
  static func decidedLines(after operation: TimedOperation, on model: ModelDevice) -> UInt32 {
    switch (model.model, operation.operation) {
    case (.countCompare, _):
      switch CountCompareGuestAccess(operation.operation) {
      case .readCount, .readCycleCounter, .readCause: return .max
      default: return 0
      }
    case (.genericTimer, .read):
      // Our model does not look at a read; a line that is due by now may be up already.
      var looked = model
      let before = looked.lines
      _ = looked.perform(at: operation.now, .wakeUp)
      return ~(before ^ looked.lines)
    default: return .max
    }
  }
}
