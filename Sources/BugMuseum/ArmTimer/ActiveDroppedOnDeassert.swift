internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-active-dropped-on-deassert`: a falling line takes the active state of its interrupt away.
///
/// *Where:* KVM for Arm from upstream commit 4b4b4512da2a until 0e3dfda91d9f.
///
/// *What happened:* the active state in the distributor was made to follow the timer's line. Where
/// the guest had taken the interrupt and quieted the timer, it was gone before the guest had ended
/// the interrupt.
///
/// *The shortest losing schedule:* take the timer's interrupt, and disable the timer.
public struct ActiveDroppedOnDeassert: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation: the active state follows the line.
  public mutating func push() {
    guard parts.isControllerReady else { return }
    for channel in GenericTimerChannel.allCases {
      let output = GenericTimerOutputs(channel)
      let level = parts.timer.outputs.contains(output)
      parts.controller.setLine(channel.defaultInterrupt, cpu: 0, level: level)
      if parts.lines.pushed >> channel.defaultInterrupt & 1 == 1, !level {
        parts.controller.clearActive(1 << channel.defaultInterrupt, word: 0, cpu: 0)
      }
    }
    parts.lines.pushed = parts.timer.outputs.levels
  }

  static let exhibit = Exhibit(
    "arm-active-dropped-on-deassert", "a falling line takes the active state of its interrupt away",
    origin: "Linux KVM, 4b4b4512da2a until 0e3dfda91d9f",
    host: Self.self, breaks: .activeValue, by: .enable, .acknowledge, .disable)
}
