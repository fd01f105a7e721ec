internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-sync-window-cliff`: the second in which TSCs can be synchronised was counted from the
/// first write.
///
/// *Where:* KVM for x86 until upstream commit 4dd7980b2140 (Linux 3.4).
///
/// *What happened:* a write was compared with the one that had started the generation, not with
/// the last. A firmware or kernel that synchronises its CPUs one by one, some of them a second
/// after the first, fell off the edge of the window.
///
/// *The shortest losing schedule:* write a value to the first vCPU, the same to a second one
/// 0.97 s later, and to a third one 1.01 s after the first. The third starts a new generation.
public struct SyncWindowCliff: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: a write that matched leaves no trace.
  public mutating func remember(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool
  ) {
    guard !isMatched else { return }
    state.lastWrite = value
    state.lastInstant = now.instant
    state.lastKilohertz = state.vcpus[vcpu].frequency.kilohertz
    state.lastOffset = offset
  }

  static let exhibit = Exhibit(
    "tsc-sync-window-cliff", "the second for synchronising is counted from the first write",
    origin: "Linux KVM until 4dd7980b2140 (3.4)",
    in: .window, tracker: Self.self, breaks: .decision,
    by: [
      .init(.writeFar), .init(.passMost), .init(.writeSame, vcpu: 1), .init(.passLittle),
      .init(.writeSame, vcpu: 2),
    ])
}
