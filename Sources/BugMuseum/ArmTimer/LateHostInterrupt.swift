internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-stale-host-irq-after-save`: a host interrupt that comes after the save overwrites the saved CTL.
///
/// *Where:* KVM for Arm from upstream commit b103cc3f10c0 until 36e5cfd410ad (the fix's name in a
/// vendor's mirror).
///
/// *What happened:* the host's handler took CTL from the hardware for the guest's. Where the
/// guest's timer had just been saved and switched off, that was a CTL of 0, and the guest's timer
/// was off when it continued.
///
/// *The shortest losing schedule:* enable the timer with a compare value that is met already, stop,
/// let the host's interrupt come, and continue.
public struct LateHostInterrupt: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation: what the hardware holds is taken for the guest's, whichever guest that is.
  public mutating func wakeUp(at now: Instant) {
    if !parts.isRunning { parts.timer.registers.virtual.control = [] }
    parts.timer.wakeUp(at: now)
    push()
    arm(at: now)
  }

  static let exhibit = Exhibit(
    "arm-stale-host-irq-after-save",
    "a host interrupt that comes after the save overwrites the saved CTL",
    origin: "Linux KVM, b103cc3f10c0 until 36e5cfd410ad",
    host: Self.self, breaks: .lost, by: .compareNext, .enable, .toDeadline, .stop, .wake, .goOn)
}
