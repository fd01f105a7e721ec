internal import GuestImages
internal import KVM
internal import LinuxHost

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

  /// Gives the kernel the routes and sends what is due, after the state was brought back.
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
