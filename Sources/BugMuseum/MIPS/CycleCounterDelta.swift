internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-mips-rdhwr-delta`: RDHWR of CC returned what is added to the clock to make Count.
///
/// *Where:* QEMU until cdfcad7883.
///
/// *What happened:* the field called Count holds the difference between Count and the machine's
/// clock while Count runs. The instruction read the field.
///
/// *The shortest losing schedule:* read CC.
public struct CycleCounterDelta: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func readCycleCounter(at now: Instant) -> UInt32 {
    isCounting ? state.bias : state.staticCount
  }

  static let exhibit = Exhibit(
    "qemu-mips-rdhwr-delta", "RDHWR of CC shows the difference between Count and a clock",
    origin: "QEMU until cdfcad7883",
    timer: Self.self, breaks: .cycleCounterValue, by: .readCycleCounter
  )
  .shown(by: "count-continuity", "10")
}
