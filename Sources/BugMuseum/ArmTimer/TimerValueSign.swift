internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `arm-cntp-tval-sign`: CNTP_TVAL is read with the wrong sign.
///
/// *Where:* KVM for Arm until upstream commit 8fa761624871.
///
/// *What happened:* TVAL is the compare value less the count. The emulation of the physical timer's
/// read returned the count less the compare value.
///
/// *The shortest losing schedule:* read CNTP_TVAL.
public struct TimerValueSign: GenericTimerRules {
  /// What is stored: all that the guest and a checkpoint can see.
  public var registers: GenericTimerRegisters
  /// The outputs as they were when last looked at.
  public var outputs: GenericTimerOutputs = []
  /// The first instant after the last look at which an output will rise.
  public var alarm: Instant?

  /// Creates a timer with these registers that has not looked yet.
  public init(unsettled registers: GenericTimerRegisters) {
    self.registers = registers
  }

  /// The faulty operation.
  public func readTimerValue(at now: Instant, of channel: GenericTimerChannel) -> UInt32 {
    let remaining = registers[channel].compareValue &- counter(at: now, of: channel)
    return UInt32(truncatingIfNeeded: channel == .physical ? 0 &- remaining : remaining)
  }

  static let exhibit = Exhibit(
    "arm-cntp-tval-sign", "CNTP_TVAL is read with the wrong sign",
    origin: "Linux KVM until 8fa761624871",
    timer: Self.self, breaks: .timerValue, by: .physicalReadTimer)
}
