internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-update-early-return`: with the first CPU's interface off, the second CPU is not interrupted.
///
/// *Where:* QEMU until 235069a380.
///
/// *What happened:* the loop that computes the outputs of all CPUs returned at the first whose
/// interface was off, instead of continuing with the next. The outputs of those after it stayed as
/// they were; here they stay low.
///
/// *The shortest losing schedule:* switch the interface of CPU 0 off, and raise a line of CPU 1.
public struct UpdateReturnsEarly: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: a CPU whose interface is off hides those after it.
  public func irqOutput(cpu: Int) -> Bool {
    guard (0...cpu).allSatisfy({ state.cpus[$0].isEnabled }), let id = highestPending(cpu: cpu)
    else { return false }
    return Int(state[id / 32, cpu: cpu].priorities[id % 32]) < runningPriority(cpu: cpu)
  }

  static let exhibit = Exhibit(
    "qemu-gic-update-early-return",
    "with the first CPU's interface off, the second CPU is not interrupted",
    origin: "QEMU until 235069a380",
    in: .ppi,
    controller: Self.self, breaks: .lost, by: .init(.switchInterface), .init(.raisePPI, cpu: 1))
}
