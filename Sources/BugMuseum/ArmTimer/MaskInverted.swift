internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gt-ctl-triple`: the line follows IMASK instead of its complement.
///
/// *Where:* QEMU until d3afacc726.
///
/// *What happened:* on a write of CTL that changed IMASK, the line was set to ISTATUS and IMASK, so
/// that masking raised it. (Two more faults were in the same function: the write could clear
/// ISTATUS, and the change of IMASK was looked for with the wrong operator.)
///
/// *The shortest losing schedule:* enable the timer with a compare value that is met already, and
/// mask it.
public struct MaskInverted: GenericTimerRules {
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
  public func output(at now: Instant, of channel: GenericTimerChannel) -> Bool {
    let control = registers[channel].control
    return control.contains(.enable) && control.contains(.mask)
      && isConditionMet(at: now, of: channel)
  }

  static let exhibit = Exhibit(
    "qemu-gt-ctl-triple", "the line follows IMASK instead of its complement",
    origin: "QEMU until d3afacc726",
    timer: Self.self, breaks: .stale, by: .mask
  )
  .shown(by: "gtick", "20")
}
