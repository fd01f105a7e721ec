/// An interrupt controller for whose answers many are asked at once.
public protocol RemoteInterruptController: InterruptControllerInterface {
  /// Carries out sequences of steps, each from this state, so that those that follow are known.
  mutating func prepare(_ sequences: [[InterruptControllerStep]])

  /// A word of which a read changes nothing, not looked at.
  func look(_ frame: InterruptControllerFrame, offset: Int, cpu: Int) -> UInt32

  /// A number that equal controllers share, and others seldom.
  var fingerprint: UInt64 { get }
}
