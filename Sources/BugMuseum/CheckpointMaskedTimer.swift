public import Exploration
public import TimerModels

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
/// controller, let the deadline pass, save the timer, restore both and go on.
public struct CheckpointMaskedTimer: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController>) {
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
    .restoreTimer, .restoreController, .goOn)
}
