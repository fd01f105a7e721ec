public import TimerModels

/// `arm-ckpt-masked-timer`: a guest that was moved while its timer expired never heard of it.
///
/// *Where:* KVM for Arm until upstream commit 1a74847885cc (Linux 4.1).
///
/// *What happened:* for a vCPU that was not running, the expiry of the host's timer injected the
/// interrupt and set IMASK in the guest's CTL, and relied on the handler to clear it. Two states of the
/// guest's changed at a moment that no guest and no checkpoint had chosen.
///
/// *The shortest losing schedule:* a checkpoint saves the interrupt controller, with nothing pending;
/// the host's timer expires; the checkpoint saves the timer, masked. What is restored from it has no
/// interrupt pending and a timer that raises none.
public struct MaskAtExpiry: GenericTimerRules {
  /// What is stored: all that the guest and a checkpoint can see, and here an expiry's trace, too.
  public var registers: GenericTimerRegisters
  /// The outputs as they were when last looked at.
  public var outputs: GenericTimerOutputs = []
  /// The first instant after the last look at which an output will rise.
  public var alarm: Instant?

  /// Creates a timer with these registers that has not looked yet.
  public init(unsettled registers: GenericTimerRegisters) {
    self.registers = registers
  }

  /// The faulty operation: an expiry masks the timer, and injects what the mask then hides.
  ///
  /// What was injected stays so until the guest writes a register; in KVM the controller held it.
  public mutating func wakeUp(at now: Instant) {
    let injected = outputs
    settle(at: now)
    for channel in GenericTimerChannel.allCases
    where outputs.contains(GenericTimerOutputs(channel)) {
      registers[channel].control.insert(.mask)
    }
    outputs.formUnion(injected)
  }
}
