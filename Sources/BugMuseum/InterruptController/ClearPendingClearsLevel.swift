internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `gic-icpendr-clears-level`: GICD_ICPENDR takes a pending state away whose line is still high.
///
/// *Where:* KVM for Arm until upstream commit faa1b46c3e9f.
///
/// *What happened:* the level of the line and the latch of GICD_ISPENDR were one bit.
///
/// *The shortest losing schedule:* raise the line, and write GICD_ICPENDR.
public struct ClearPendingClearsLevel: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: the line goes with the latch.
  public mutating func clearPending(_ bits: UInt32, word: Int, cpu: Int) {
    let cleared = word == 0 ? bits & ~InterruptControllerState.sgiMask : bits
    state[word, cpu: cpu].latched &= ~cleared
    state[word, cpu: cpu].line &= ~cleared
  }

  static let exhibit = Exhibit(
    "gic-icpendr-clears-level", "GICD_ICPENDR takes a pending state away whose line is still high",
    origin: "Linux KVM until faa1b46c3e9f",
    in: .ppi,
    controller: Self.self, breaks: .lost, by: .init(.raisePPI), .init(.clearPPI)
  )
  .shown(by: "level", cpus: 2)
}
