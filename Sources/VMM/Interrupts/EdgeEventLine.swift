internal import GuestImages
internal import KVM
internal import LinuxHost

/// A line that leads to the kernel's IOAPIC by an event: a rise is an edge, a fall is nothing.
final class EdgeEventLine: InterruptSink {
  private let trigger: EventDescriptor

  init(_ line: Int, of machine: SharedVM) throws(MachineError) {
    do { trigger = try EventDescriptor() } catch { throw .system(error) }
    do { try machine.handle.attachInterrupt(line: line, trigger: trigger) } catch {
      throw .kvm(error)
    }
  }

  func setLine(_ line: Int, isHigh: Bool) { if isHigh { trigger.raise() } }
}
