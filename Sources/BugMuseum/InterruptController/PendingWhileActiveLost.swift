internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `kvm-gic-ispendr-while-active`: a write of GICD_ISPENDR is lost while the interrupt is active.
///
/// *Where:* KVM for Arm, to this day as far as is known; measured by a third party against a
/// GIC-400 and QEMU, which deliver twice.
///
/// *What happened:* the latch of a level-sensitive interrupt is folded away when its list register
/// comes back empty, and with it what was latched while the interrupt was active.
///
/// *The shortest losing schedule:* make an SPI pending, take it, make it pending again and end it.
public struct PendingWhileActiveLost: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: nothing is latched of a level-sensitive interrupt that is active.
  public mutating func setPending(_ bits: UInt32, word: Int, cpu: Int) {
    let bank = state[word, cpu: cpu]
    let latched = word == 0 ? bits & ~InterruptControllerState.sgiMask : bits
    state[word, cpu: cpu].latched |= latched & ~(bank.active & ~bank.edge)
  }

  static let exhibit = Exhibit(
    "kvm-gic-ispendr-while-active", "a write of GICD_ISPENDR is lost while the interrupt is active",
    origin: "Linux KVM, to this day",
    isLiving: true,
    in: .spi,
    controller: Self.self, breaks: .lost, by: .init(.setSPI), .init(.acknowledge), .init(.setSPI),
    .init(.endInterrupt))
}
