internal import GuestImages
internal import KVM
internal import LinuxHost

/// Lines wired to vCPU 0 like the interrupt pins of a MIPS processor (`--irqchip user`).
final class ProcessorPins: InterruptSink {
  private let cpu: VCPU

  init(of cpu: VCPU) { self.cpu = cpu }

  func setLine(_ line: Int, isHigh: Bool) { cpu.setLine(line, isHigh: isHigh) }
}

/// Lines that lead to the kernel's PIC and IOAPIC (`--irqchip kernel`).
final class KernelPins: InterruptSink {
  private let machine: SharedVM

  init(_ machine: SharedVM) { self.machine = machine }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    try machine.handle.setLine(line, isHigh: isHigh)
  }
}

/// How a timer's interrupt gets to the guest.
public enum InterruptRoute: String, CaseIterable, Hashable, Sendable {
  /// Queued at the vCPU by its own thread (`--irqchip user`).
  case inject
  /// `KVM_IRQ_LINE` (`--irqchip kernel`, as all that follow).
  case irqLine = "irq-line"
  /// `KVM_IRQFD`: an event makes an edge.
  case irqfd
  /// `KVM_IRQFD` with a resample event: a level, which the guest's end of interrupt lowers.
  case irqfdResample = "irqfd-resample"
  /// `KVM_SIGNAL_MSI`, past the IOAPIC.
  case msi

  /// Where the interrupt controllers have to be.
  public var irqchip: IRQChip { self == .inject ? .user : .kernel }
  /// Whether the guest has to expect edges.
  public var isEdge: Bool { self == .irqfd || self == .msi }
}

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

/// Lines that lead to an IOAPIC in this program, whose messages go to the kernel's local APICs
/// (`--irqchip split`).
///
/// *Order:* routes are set before a message is sent, because KVM learns from them that a vector is
/// level-triggered, and reports the EOI of no other.
final class SplitController: InterruptSink {
  private let machine: SharedVM
  private let ioapic = Lock(IOAPIC())

  init(_ machine: SharedVM) { self.machine = machine }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    try change { $0.setPin(line, isHigh: isHigh) }
  }

  /// The controller as it is.
  var state: IOAPIC { ioapic.withLock { $0 } }

  func read(offset: Int) -> UInt32 { ioapic.withLock { $0.read(offset: offset) } }

  func write(_ value: UInt32, offset: Int) throws(KVMError) {
    try change { $0.write(value, offset: offset) }
  }

  func endOfInterrupt(vector: UInt8) throws(KVMError) {
    try change { $0.endOfInterrupt(vector: vector) }
  }

  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try ioapic.withLock { (ioapic: inout IOAPIC) throws(Carrier.Failure) in
      try ioapic.carry(by: &carrier)
    }
  }

  /// Tells the kernel the routes and sends what is due, after the state was brought back.
  ///
  /// - Parameter vectors: Those that a local APIC has taken and the guest has not ended.
  /// - Throws: ``KVMError/failed(_:)`` where KVM refuses a route or a message.
  func settle(unended vectors: Set<UInt8>) throws(KVMError) {
    try change { $0.endInterrupts(except: vectors) }
  }

  /// Messages are sent under the lock, so that they leave in the order of the changes.
  private func change(_ body: (inout IOAPIC) -> Void) throws(KVMError) {
    try ioapic.withLock { (ioapic: inout IOAPIC) throws(KVMError) in
      body(&ioapic)
      if let routes = ioapic.takeRoutes() { try machine.handle.setRoutes(routes) }
      while let message = ioapic.takeMessage() { try machine.handle.signal(message) }
    }
  }
}

/// A VM that several owners refer to.
final class SharedVM: Sendable {
  let handle: VirtualMachine

  init(_ handle: consuming VirtualMachine) { self.handle = handle }
}
