internal import Exploration
public import TimerModels
public import TimerWorlds

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
public struct LineNeverLowered: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController>) {
    self.parts = parts
  }

  /// The faulty operation: levels are only ever raised.
  public mutating func push() {
    guard parts.isControllerReady else { return }
    for channel in GenericTimerChannel.allCases
    where parts.timer.outputs.contains(GenericTimerOutputs(channel)) {
      parts.controller.setLine(channel.defaultInterrupt, cpu: 0, level: true)
    }
    parts.pushed = parts.timer.outputs
  }

  static let exhibit = Exhibit(
    "arm-emul-line-never-lowered", "the line is raised when the timer fires, and never lowered",
    origin: "Linux KVM, bee038a67487 until e4e5a865e9a9",
    host: Self.self, breaks: .stale, by: .enable, .disable)
}
