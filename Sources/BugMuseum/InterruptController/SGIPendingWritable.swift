internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `gic-sgi-pendr-writable`: GICD_ISPENDR makes an SGI pending that was not sent.
///
/// *Where:* QEMU until 5b0adce156.
///
/// *What happened:* the bits of SGIs in GICD_ISPENDR and GICD_ICPENDR are read-only in this version
/// of the controller, which has other registers for them. They were writable.
///
/// *The shortest losing schedule:* write the bit of an SGI to GICD_ISPENDR.
public struct SGIPendingWritable: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: SGIs are no exception.
  public mutating func setPending(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].latched |= bits
  }

  static let exhibit = Exhibit(
    "gic-sgi-pendr-writable", "GICD_ISPENDR makes an SGI pending that was not sent",
    origin: "QEMU until 5b0adce156",
    in: .sgi,
    controller: Self.self, breaks: .stale, by: .init(.setSGI))
}
