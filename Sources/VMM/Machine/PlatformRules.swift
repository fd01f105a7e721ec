public import TimerModels

/// The rules that a platform's devices follow; another type than the right one shows a bug.
public struct PlatformRules: Sendable {
  /// The Count/Compare timers'.
  public var countCompare: any CountCompareRules.Type = CountCompareTimer.self
  /// The generic timers'.
  public var genericTimer: any GenericTimerRules.Type = GenericTimer.self
  /// Those by which the generic timers push their levels to the platform's interrupt controller.
  public var lineMemory: any LineMemoryRules.Type = LineMemory.self
  /// The interrupt controller's.
  public var controller: any InterruptControllerRules.Type = InterruptController.self

  /// The right ones.
  public init() {}
}
