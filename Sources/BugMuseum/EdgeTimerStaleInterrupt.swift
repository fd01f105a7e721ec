public import Exploration
public import TimerModels

/// `arm-edge-timer-stale-irq`: a timer that was disabled again leaves its interrupt behind.
///
/// *Where:* KVM for Arm until upstream commit 4b4b4512da2a.
///
/// *What happened:* the timer's PPI was edge-triggered in the controller. A rise of the output was
/// latched there, and a fall meant nothing.
///
/// *The shortest losing schedule:* enable the timer with a compare value that is met already, and
/// disable it: the interrupt is taken when the guest unmasks it.
public struct EdgeTimerStaleInterrupt: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController>) {
    self.parts = parts
  }

  /// The faulty operation: rises are latched, and falls ignored.
  public mutating func push() {
    for channel in GenericTimerChannel.allCases {
      let output = GenericTimerOutputs(channel)
      if parts.timer.outputs.contains(output), !parts.pushed.contains(output) {
        parts.controller.setPending(1 << channel.defaultInterrupt, word: 0, cpu: 0)
      }
    }
    parts.pushed = parts.timer.outputs
  }

  static let exhibit = Exhibit(
    "arm-edge-timer-stale-irq", "a timer that was disabled again leaves its interrupt behind",
    origin: "Linux KVM until 4b4b4512da2a",
    host: Self.self, breaks: .stale, by: .enable, .disable)
}
