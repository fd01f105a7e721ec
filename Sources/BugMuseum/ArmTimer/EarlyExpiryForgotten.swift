internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-ntp-early-expiry`: a wake-up that comes early is the last one.
///
/// *Where:* KVM for Arm until upstream commit 1c5631c73fc2.
///
/// *What happened:* the host's clock is corrected, and a soft timer goes off before the guest's
/// counter has reached the compare value. The vCPU woke, saw nothing due, and slept again, with no
/// timer armed.
///
/// *The shortest losing schedule:* enable the timer with a deadline ahead; the host's timer goes
/// off before it.
public struct EarlyExpiryForgotten: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation: the host's timer is not armed again.
  public mutating func wakeUp(at now: Instant) {
    parts.timer.wakeUp(at: now)
    push()
    parts.armed = nil
  }

  static let exhibit = Exhibit(
    "arm-ntp-early-expiry", "a wake-up that comes early is the last one",
    origin: "Linux KVM until 1c5631c73fc2",
    host: Self.self, breaks: .lost, by: .compareNext, .enable, .wake, .toDeadline)
}
