/// A CPU's Arm generic timer: the virtual and the physical timer over one system counter.
///
/// The counter runs from the origin of time at its frequency, exactly, at any uptime. Each timer
/// compares it with CVAL and drives a level.
///
/// A driver calls an operation, then makes its lines agree with ``outputs`` and its host timer
/// with ``alarm``; before the owner samples the lines it calls ``GenericTimerRules/settle(at:)``.
/// A checkpoint saves ``registers``, at any moment and in any order with the controller: the
/// operations take the time from outside, so nothing can happen between two of them.
///
/// The behaviour is that of ``GenericTimerRules``, unchanged. Historic variants adopt the same
/// rules and replace one.
public struct GenericTimer: GenericTimerRules {
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
}
