internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-hotplug-zero-not-synced`: plugging in a vCPU cost the guest its stable clock.
///
/// *Where:* KVM for x86 until upstream commit bd8fab39cd4f (Linux 4.12).
///
/// *What happened:* a new vCPU's TSC is written with 0, and 0 was compared like any value: once
/// the VM had run for a second, it was not what the other vCPUs' TSCs showed. The new vCPU
/// started its own generation.
///
/// *How it showed:* kvmclock became unstable after a CPU was plugged in.
///
/// *The shortest losing schedule:* create a vCPU, and another one a second later.
public struct HotPlugNotSynchronized: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: 0 is a value like any other.
  public func alwaysSynchronizes(_ value: UInt64) -> Bool { false }

  static let exhibit = Exhibit(
    "tsc-hotplug-zero-not-synced", "plugging in a vCPU costs the guest its stable clock",
    origin: "Linux KVM until bd8fab39cd4f (4.12)",
    in: .older, tracker: Self.self, breaks: .decision, by: [.init(.passSecond), .init(.create)])
}
