internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-ptimer-lost-when-blocked`: a waiting vCPU is woken for its virtual timer only.
///
/// *Where:* KVM for Arm until upstream commit 245715cbe83c.
///
/// *What happened:* the emulated physical timer has its own soft timer, which is cancelled
/// when the vCPU leaves the processor. The background timer of a waiting vCPU was computed from the
/// virtual timer alone.
///
/// *The shortest losing schedule:* enable the physical timer with a deadline ahead, and wait for
/// the interrupt.
public struct PhysicalTimerLostWhenBlocked: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation.
  public mutating func block(at now: Instant) {
    parts.armed = parts.timer.nextRise(after: now, of: .virtual)
  }

  static let exhibit = Exhibit(
    "arm-ptimer-lost-when-blocked", "a waiting vCPU is woken for its virtual timer only",
    origin: "Linux KVM until 245715cbe83c",
    host: Self.self, breaks: .lost, by: .physicalCompareNext, .physicalEnable, .block, .toDeadline)
}
