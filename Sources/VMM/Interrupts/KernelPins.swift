internal import GuestImages
internal import KVM
internal import LinuxHost
internal import Synchronization

/// Lines that lead to the kernel's PIC and IOAPIC (`--irqchip kernel`), and what was said to them.
///
/// *Why levels are remembered:* the kernel has them, and does not give them out. Without them an edge-triggered
/// pin whose line is high is brought back as one whose line is low, and the level that its device says is a new edge.
final class KernelPins: InterruptSink {
  private let machine: SharedVM
  /// Bit n: line n was high when it was said last.
  private let levels = Atomic<UInt32>(0)

  init(_ machine: SharedVM) { self.machine = machine }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    let bit: UInt32 = 1 << UInt32(line)
    if isHigh {
      levels.bitwiseOr(bit, ordering: .sequentiallyConsistent)
    } else {
      levels.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
    }
    try machine.handle.setLine(line, isHigh: isHigh)
  }

  /// Says the levels again of all lines that are high.
  func repeatLevels() throws(KVMError) {
    let high = levels.load(ordering: .sequentiallyConsistent)
    for line in 0..<Int(PLATFORM_LINES) where high >> UInt32(line) & 1 == 1 {
      try machine.handle.setLine(line, isHigh: true)
    }
  }

  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    var high = levels.load(ordering: .sequentiallyConsistent)
    try carrier.carry(&high)
    try carrier.require(high >> UInt32(PLATFORM_LINES) == 0, "line 24 or above is high")
    levels.store(high, ordering: .sequentiallyConsistent)
  }
}
