public import TimerModels

/// `arm-level-cached-before-vgic-init`: a level that nobody heard was taken for said.
///
/// *Where:* no release. A trap in upstream commit 4b4b4512da2a (Linux 4.4), which made the timer
/// remember its output's level so as to call the interrupt controller only when that changes. It avoids
/// the trap by a check of its own.
///
/// *What would happen:* the host writes the timer's registers before it has set up the controller, which
/// is a valid order of restoring a guest. A timer that is due notes its level as high; nobody listens.
/// When the controller is there, the level has not changed, and no call is made.
///
/// *The shortest losing schedule:* the line rises, the controller begins to listen, the timer looks
/// again: nothing is pushed.
public struct LevelCachedEarly: LineMemoryRules {
  /// The levels as last seen, whether pushed or not.
  public var pushed: UInt32 = 0

  /// Nothing was pushed.
  public init() {}

  /// The faulty operation: notes the levels though nobody listens.
  public mutating func changes(to levels: UInt32, isListening: Bool) -> UInt32 {
    let changed = levels ^ pushed
    pushed = levels
    return isListening ? changed : 0
  }
}
