internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `arm-level-cached-before-vgic-init`: a level that the controller did not take is noted as pushed.
///
/// *Where:* what upstream commit 4b4b4512da2a takes care to avoid in KVM for Arm.
///
/// *What happened:* the timer remembers the level that it pushed last, and calls the controller
/// only on a change. Restored before the controller is set up, it remembered a high level that the
/// controller had not taken, and no change came any more.
///
/// *The shortest losing schedule:* a checkpoint of a timer whose output is high, restored with the timer
/// first.
public struct LevelCachedBeforeController: LineMemoryRules {
  /// The levels as last seen, whether pushed or not.
  public var pushed: UInt32 = 0

  /// Nothing was pushed.
  public init() {}

  /// The faulty operation: notes the levels though the controller does not listen.
  public mutating func changes(to levels: UInt32, isListening: Bool) -> UInt32 {
    let changed = levels ^ pushed
    pushed = levels
    return isListening ? changed : 0
  }

  static let exhibit = Exhibit(
    "arm-level-cached-before-vgic-init",
    "a level that the controller did not take is noted as pushed",
    origin: "avoided by Linux 4b4b4512da2a",
    in: .checkpoint, lines: Self.self, breaks: .lost,
    by: .enable, .stop, .saveTimer, .saveController, .restoreTimer, .restoreController, .goOn)
}
