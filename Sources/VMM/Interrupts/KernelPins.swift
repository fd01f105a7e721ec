internal import GuestImages
internal import KVM
internal import LinuxHost

/// Lines that lead to the kernel's PIC and IOAPIC (`--irqchip kernel`).
final class KernelPins: InterruptSink {
  private let machine: SharedVM

  init(_ machine: SharedVM) { self.machine = machine }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    try machine.handle.setLine(line, isHigh: isHigh)
  }
}
