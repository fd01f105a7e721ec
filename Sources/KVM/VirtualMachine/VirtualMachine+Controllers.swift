internal import CKVM
internal import LinuxHost

/// An interrupt controller of the VM's in the kernel; local APICs belong to their vCPUs.
///
/// The raw value is the controller's tag in a file.
public enum KernelController: String, CaseIterable, Hashable, Sendable {
  /// The first 8259A, lines 0 to 7.
  case primaryPIC = "PIC1"
  /// The second 8259A, lines 8 to 15.
  case secondaryPIC = "PIC2"
  /// The IOAPIC, with its pins' levels and pending bits.
  case ioapic = "IOAP"

  fileprivate var identifier: UInt32 {
    switch self {
    case .primaryPIC: UInt32(KVM_IRQCHIP_PIC_MASTER)
    case .secondaryPIC: UInt32(KVM_IRQCHIP_PIC_SLAVE)
    case .ioapic: UInt32(KVM_IRQCHIP_IOAPIC)
    }
  }
}

/// State of what ``VirtualMachine/createInterruptControllers()`` put into the kernel.
extension VirtualMachine {
  /// A controller's state: `KVM_GET_IRQCHIP`.
  ///
  /// - Parameter controller: Which.
  /// - Returns: `kvm_pic_state` or `kvm_ioapic_state`, padded with zeros to 512 bytes.
  /// - Throws: ``KVMError/failed(_:)`` naming the request, as for a VM without such controllers.
  public func state(of controller: KernelController) throws(KVMError) -> [UInt8] {
    var chip = kvm_irqchip()
    chip.chip_id = controller.identifier
    // SAFETY: the kernel writes a local during the call.
    try checkKVM(
      "KVM_GET_IRQCHIP", on: controller.rawValue, unsafe ckvm_get_irqchip(descriptor.number, &chip))
    return rawBytes(of: chip.chip)
  }

  /// Sets a controller's state: `KVM_SET_IRQCHIP`.
  ///
  /// The IOAPIC comes after every vCPU's local APIC: pins that are pending in it are injected now.
  ///
  /// - Parameters:
  ///   - controller: Which.
  ///   - bytes: What ``state(of:)`` gave; the kernel takes any contents.
  /// - Throws: ``KVMError/unsuitableState(_:)`` for another length than 512,
  ///   ``KVMError/failed(_:)`` naming the request.
  public func setState(of controller: KernelController, _ bytes: [UInt8]) throws(KVMError) {
    var chip = kvm_irqchip()
    chip.chip_id = controller.identifier
    let size = MemoryLayout.size(ofValue: chip.chip)
    guard bytes.count == size else {
      throw .unsuitableState(
        "part \(controller.rawValue) has \(bytes.count) bytes; this host takes \(size)")
    }
    // SAFETY: the field is a union of structures of integers, of just as many bytes.
    unsafe withUnsafeMutableBytes(of: &chip.chip) { unsafe $0.copyBytes(from: bytes) }
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_SET_IRQCHIP", on: controller.rawValue, unsafe ckvm_set_irqchip(descriptor.number, &chip))
  }

  /// Puts an i8254 into the kernel, ports 0x40 to 0x43 and 0x61: `KVM_CREATE_PIT2`.
  ///
  /// After ``createInterruptControllers()``, whose line 0 it drives.
  ///
  /// *Why its worker is preferred to a thread of real-time priority:* KVM has the i8254's interrupts raised by a thread
  /// of the kernel's, which a vCPU that runs on such a thread would keep waiting until they are lost.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func createTimer() throws(KVMError) {
    var configuration = kvm_pit_config()
    // Port 0x61 as well: the gate and the output of channel 2, without which it cannot be polled.
    configuration.flags = UInt32(KVM_PIT_SPEAKER_DUMMY)
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_CREATE_PIT2", unsafe ckvm_create_pit(descriptor.number, &configuration))
    HostThread.preferWorker("kvm-pit")
  }

  /// The i8254's state: `KVM_GET_PIT2`.
  ///
  /// Counts and modes, not where in its period a channel is.
  ///
  /// - Returns: A `kvm_pit_state2`.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func timerState() throws(KVMError) -> [UInt8] {
    var state = kvm_pit_state2()
    // SAFETY: the kernel writes a local during the call.
    try checkKVM("KVM_GET_PIT2", unsafe ckvm_get_pit(descriptor.number, &state))
    return rawBytes(of: state)
  }

  /// Sets the i8254's state, from which channel 0 begins a whole period: `KVM_SET_PIT2`.
  ///
  /// - Parameter bytes: What ``timerState()`` gave; the kernel takes any contents.
  /// - Throws: ``KVMError/unsuitableState(_:)`` for another length, ``KVMError/failed(_:)`` naming the request.
  public func setTimerState(_ bytes: [UInt8]) throws(KVMError) {
    var state = kvm_pit_state2()
    let size = MemoryLayout<kvm_pit_state2>.size
    guard bytes.count == size else {
      throw .unsuitableState("the i8254 has \(bytes.count) bytes; this host takes \(size)")
    }
    // SAFETY: a structure of integers, of just as many bytes.
    unsafe withUnsafeMutableBytes(of: &state) { unsafe $0.copyBytes(from: bytes) }
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_SET_PIT2", unsafe ckvm_set_pit(descriptor.number, &state))
  }
}
