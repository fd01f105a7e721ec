internal import GuestImages
internal import KVM
internal import Synchronization
internal import TimerModels

/// What a vCPU has for itself, at the same addresses as every other vCPU.
///
/// *Why a vCPU's thread holds these itself:* taken out of an array, they would be retained and
/// released at every access.
struct PrivateDevices: ~Copyable, Sendable {
  let cpu: Int
  let cp0: any PlatformCountCompare
  let genericTimer: any PlatformGenericTimer
  /// The machine's, by which ``genericTimer`` interrupts.
  let controller: any PlatformInterruptController

  /// Whether one of the timers will, left alone, interrupt the vCPU (`--irqchip user`).
  var mayInterrupt: Bool {
    cp0.possibleLevels != 0 || genericTimer.mayInterrupt(by: controller, cpu: cpu)
  }
}

extension PlatformGenericTimer {
  /// Whether the timer will, left alone, interrupt its vCPU.
  func mayInterrupt(
    by controller: borrowing any PlatformInterruptController, cpu: Int
  ) -> Bool {
    cpu < controller.cpuCount && controller.wouldInterrupt(cpu: cpu, ifHigh: possibleLevels)
  }
}
