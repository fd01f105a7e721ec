internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-ckpt-masked-timer`: an expiry between two halves of a checkpoint masks the timer for good.
///
/// *Where:* KVM for Arm until upstream commit 1a74847885cc.
///
/// *What happened:* when the soft timer of a vCPU that does not run went off, a work item injected
/// the interrupt into the controller and set IMASK in the guest's CTL. Userspace had saved the
/// controller before and saved the timer after that: the checkpoint held a masked timer and no
/// interrupt, and the restored guest never got one again.
///
/// *The shortest losing schedule:* enable the timer with a deadline ahead, stop, save the
/// controller, let the deadline pass, save the timer, restore both and continue.
public struct CheckpointMaskedTimer: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation: an expiry has effects that the guest and a checkpoint can see.
  public mutating func wakeUp(at now: Instant) {
    parts.timer.wakeUp(at: now)
    if !parts.isRunning, parts.timer.outputs.contains(.virtual) {
      parts.controller.setPending(1 << 27, word: 0, cpu: 0)
      parts.timer.registers.virtual.control.insert(.mask)
      parts.timer.settle(at: now)
    }
    push()
    arm(at: now)
  }

  static let exhibit = Exhibit(
    "arm-ckpt-masked-timer",
    "an expiry between two halves of a checkpoint masks the timer for good",
    origin: "Linux KVM until 1a74847885cc",
    in: .checkpoint, host: Self.self, breaks: .lost, by: .enable, .compareNext, .stop,
    .saveController, .toDeadline, .wake, .saveTimer,
    .restoreTimer, .restoreController, .goOn
  )
  .shown(by: "gtick", "20", as: .genericTimer(MaskAtExpiry.self))
}

/// The same fault inside the timer, for guests on KVM: `MachineConfiguration.rules.genericTimer`.
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
