public import TimerModels

/// The rules that have a bug, to be put in the place of the right ones.
public enum Fault: Sendable {
  /// Of the Count/Compare timer.
  case countCompare(any CountCompareRules.Type)
  /// Of the generic timer.
  case genericTimer(any GenericTimerRules.Type)
  /// Of how the generic timer's levels are pushed.
  case lineMemory(any LineMemoryRules.Type)
  /// Of the interrupt controller.
  case interruptController(any InterruptControllerRules.Type)
  /// Of the matching of TSCs.
  case tsc(any TSCMatchingRules.Type)

  /// The tracker, where the bug is in the matching of TSCs.
  public var tracker: (any TSCMatchingRules.Type)? {
    if case .tsc(let tracker) = self { tracker } else { nil }
  }
}
