internal import KVM
internal import LinuxHost
internal import TimerModels

/// A timer as it is wired up: a model that says which level is on which line.
protocol WiredTimer: TimerModel {
  /// The levels, bit n for the line that its sink knows as n; other bits are 0.
  var lineLevels: UInt32 { get }
}
