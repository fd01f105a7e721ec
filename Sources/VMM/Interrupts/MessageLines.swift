internal import GuestImages
internal import KVM
internal import LinuxHost

/// Lines whose rises are messages to the local APIC of vCPU 0, with the vectors of the platform.
final class MessageLines: InterruptSink {
  private let machine: SharedVM

  init(_ machine: SharedVM) { self.machine = machine }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    guard isHigh else { return }
    try machine.handle.signal(
      InterruptMessage(
        addressLow: UInt32(PLATFORM_LAPIC), data: UInt32(Machine.vector(ofLine: line))))
  }
}
