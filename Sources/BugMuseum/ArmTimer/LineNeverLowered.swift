internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `arm-emul-line-never-lowered`: the line is raised when the timer fires, and never lowered.
///
/// *Where:* KVM for Arm from upstream commit bee038a67487 until e4e5a865e9a9.
///
/// *What happened:* the code for the emulated timer raised the line where the timer should fire,
/// and did nothing where it should not. The guest masked or moved its timer, and the interrupt came
/// back for ever.
///
/// *The shortest losing schedule:* enable the timer with a compare value that is met already, and
/// disable it.
public struct LineNeverLowered: LineMemoryRules {
  /// The levels as last seen; the controller takes a line for high that has ever been so.
  public var pushed: UInt32 = 0

  /// Nothing was pushed.
  public init() {}

  /// The faulty operation: a fall is not pushed.
  public mutating func changes(to levels: UInt32, isListening: Bool) -> UInt32 {
    guard isListening else { return 0 }
    let raised = levels & ~pushed
    pushed = levels
    return raised
  }

  static let exhibit = Exhibit(
    "arm-emul-line-never-lowered", "the line is raised when the timer fires, and never lowered",
    origin: "Linux KVM, bee038a67487 until e4e5a865e9a9",
    lines: Self.self, breaks: .stale, by: .enable, .disable)
}
