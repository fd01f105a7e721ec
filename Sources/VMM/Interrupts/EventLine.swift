internal import GuestImages
internal import KVM
internal import LinuxHost

/// A level line that leads to the kernel's IOAPIC by events: `KVM_IRQFD` with a resample event.
///
/// A raise makes the pin high. It stays so until the guest ends the interrupt; then the kernel makes it
/// low and raises the other event, upon which the device says its level again. A level that falls
/// before that takes nothing back: the guest is interrupted, and finds nothing to acknowledge.
final class EventLine: InterruptSink {
  private let trigger: EventDescriptor
  private let resample: EventDescriptor

  init(_ line: Int, of machine: SharedVM) throws(MachineError) {
    do {
      trigger = try EventDescriptor()
      resample = try EventDescriptor()
    } catch { throw .system(error) }
    do {
      try machine.handle.attachInterrupt(line: line, trigger: trigger, resample: resample)
    } catch { throw .kvm(error) }
  }

  func setLine(_ line: Int, isHigh: Bool) { if isHigh { trigger.raise() } }

  /// Readable once the guest has ended the interrupt.
  var descriptorNumber: Int32 { resample.descriptor.number }

  /// Takes the word that it has.
  func clear() { resample.clear() }
}
