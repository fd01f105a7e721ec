internal import GuestImages
internal import KVM
internal import LinuxHost

/// Lines whose rises are messages to a vCPU's local APIC, with the vectors of the platform.
///
/// A rise is an edge, a fall is nothing.
final class MessageLines: InterruptSink {
  private let machine: SharedVM
  private let cpu: Int

  /// Lines to the vCPU whose local APIC has that ID, below 256.
  init(_ machine: SharedVM, cpu: Int) {
    self.machine = machine
    self.cpu = cpu
  }

  var keepsRises: Bool { true }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    guard isHigh else { return }
    try machine.handle.signal(
      InterruptMessage(
        addressLow: UInt32(PLATFORM_LAPIC) | UInt32(cpu) << 12,
        data: UInt32(Machine.vector(ofLine: line))))
  }
}
