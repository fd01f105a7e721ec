public import TimerModels

/// `arm-edge-timer-stale-irq`: a timer interrupt whose cause had gone was taken nevertheless.
///
/// *Where:* KVM for Arm until upstream commit 4b4b4512da2a (Linux 4.4).
///
/// *What happened:* all private interrupts were configured as edges, and the timer told the
/// controller when its output rose and never when it fell. So the controller remembered an expiry
/// that the guest had since called off. The other side of it: an output that stays high after the
/// end of the interrupt is no new edge, and the guest hears of it no more.
///
/// *The shortest losing schedule:* with interrupts off, turn the timer on with a deadline in the past,
/// turn it off, and let interrupts in: one is taken, and should not be.
public struct EdgeTimerLine: InterruptControllerRules {
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
}
