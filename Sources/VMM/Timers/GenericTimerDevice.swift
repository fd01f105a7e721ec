internal import TimerModels

/// A vCPU's generic timer page with its host timer and its private interrupt lines.
///
/// The host timer's expiry is a hint to look again: the page's state is the guest's registers alone,
/// and a line's level is computed from them and the time (upstream commit 1a74847885cc).
typealias GenericTimerDevice<Timer: GenericTimerInterface & Saveable, Lines: LineMemoryRules> =
  TimerDevice<GenericTimerPage<Timer>, Lines> where Timer.State: Checkpointed

/// A page with a counter that has its own origin.
protocol VirtualCounterPage: TimerPage {
  /// When CNTVCT became 0, in ticks of CNTPCT, and their frequency.
  var virtualOrigin: (ticks: UInt64, frequency: CounterFrequency) { get }
}

/// The platform's generic timer.
protocol PlatformGenericTimer: PlatformTimer {
  /// When CNTVCT became 0, in ticks of CNTPCT, and their frequency.
  var virtualOrigin: (ticks: UInt64, frequency: CounterFrequency) { get }
}

extension TimerDevice: PlatformGenericTimer where Page: VirtualCounterPage {
  var virtualOrigin: (ticks: UInt64, frequency: CounterFrequency) { page.virtualOrigin }
}
