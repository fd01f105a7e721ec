internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `arm-edge-timer-stale-irq`: a timer that was disabled again leaves its interrupt behind.
///
/// *Where:* KVM for Arm until upstream commit 4b4b4512da2a.
///
/// *What happened:* the timer's PPI was edge-triggered in the controller. A rise of the output was
/// latched there, and a fall meant nothing. Its other side: an output that stays high after the end of the
/// interrupt is not a new edge, and the guest is not interrupted again.
///
/// *The shortest losing schedule:* enable the timer with a compare value that is met already, and
/// disable it: the interrupt is taken when the guest unmasks it.
public struct EdgeTimerStaleInterrupt: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: of a private input only the rise counts, and it is latched.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    guard id < 32 else {
      var controller = InterruptController(state: state)
      controller.setLine(id, cpu: cpu, level: level)
      state = controller.state
      return
    }
    if level { setPending(1 << id, word: 0, cpu: cpu) }
  }

  static let exhibit = Exhibit(
    "arm-edge-timer-stale-irq", "a timer that was disabled again leaves its interrupt behind",
    origin: "Linux KVM until 4b4b4512da2a",
    ofTimer: Self.self, breaks: .stale, by: .enable, .disable
  )
  .shown(by: "level", cpus: 2)
}
