internal import CKVM
internal import LinuxHost

/// A VM: one descriptor of KVM, and the RAM it was given.
public struct VirtualMachine: ~Copyable, Sendable {
  let descriptor: OwnedDescriptor
  let runSize: Int
  let saving: StateExtent

  /// The guest's RAM.
  ///
  /// *Order*: the kernel's VM refers to this mapping, so the descriptor is declared, and closed,
  /// first. (Were it the other way round, KVM would see the pages go through its MMU notifier.)
  public let memory: GuestMemory

  /// Creates a VM without vCPUs or interrupt controllers.
  ///
  /// - Parameters:
  ///   - system: The open device.
  ///   - memory: The guest's RAM, which becomes memory slot 0.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public init(on system: borrowing KVMSystem, memory: consuming GuestMemory) throws(KVMError) {
    let number = try checkKVM("KVM_CREATE_VM", Self.create(on: system))
    let descriptor = OwnedDescriptor(adopting: number)
    try Self.reserveProcessorPages(descriptor)
    try Self.place(memory, in: descriptor, flags: 0)
    self.descriptor = descriptor
    self.runSize = system.runSize
    self.saving = system.saving
    self.memory = memory
  }

  private static func place(
    _ memory: borrowing GuestMemory, in descriptor: borrowing OwnedDescriptor, flags: UInt32
  ) throws(KVMError) {
    var region = kvm_userspace_memory_region()
    region.flags = flags
    region.memory_size = UInt64(memory.size)
    // SAFETY: the kernel accesses the region until the VM's descriptor is closed; this value holds
    // both and lets neither go alone.
    region.userspace_addr = unsafe UInt64(UInt(bitPattern: memory.mapping.address))
    try checkKVM(
      "KVM_SET_USER_MEMORY_REGION", on: "\(memory.size >> 20) MiB",
      unsafe ckvm_set_user_memory_region(descriptor.number, &region))
  }

  /// Has KVM note from now on which pages a guest writes: `KVM_MEM_LOG_DIRTY_PAGES`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func logWrittenPages() throws(KVMError) {
    try Self.place(memory, in: descriptor, flags: UInt32(KVM_MEM_LOG_DIRTY_PAGES))
  }

  /// The pages that vCPUs have written since the last time, or since ``logWrittenPages()``:
  /// `KVM_GET_DIRTY_LOG`.
  ///
  /// Writes of this program's own are not among them.
  ///
  /// - Returns: Their numbers, ascending.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func takeWrittenPages() throws(KVMError) -> [Int] {
    let pages = memory.size / 4096
    var bits = [UInt64](repeating: 0, count: (pages + 63) / 64)
    // SAFETY: the kernel writes a bit for each page of slot 0, rounded up to 64, into an array that has as
    // many and outlives the call.
    let result = unsafe bits.withUnsafeMutableBytes { buffer in
      var log = unsafe kvm_dirty_log()
      unsafe log.dirty_bitmap = buffer.baseAddress
      return unsafe ckvm_get_dirty_log(descriptor.number, &log)
    }
    try checkKVM("KVM_GET_DIRTY_LOG", result)
    return (0..<pages).filter { bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
  }

  /// `EINTR` is retried: KVM returns it when a signal meets the creation of a worker thread, and
  /// nothing was created then.
  private static func create(on system: borrowing KVMSystem) -> Int32 {
    var result: Int32
    repeat {
      result = ckvm_create_vm(system.descriptor.number, 0)
    } while result == -Errno.interrupted.rawValue
    return result
  }

  /// Gives KVM four pages below 4 GiB, above every device, for its own use.
  ///
  /// Intel processors without unrestricted guest mode need them to run real mode; elsewhere the
  /// requests do nothing.
  private static func reserveProcessorPages(
    _ descriptor: borrowing OwnedDescriptor
  ) throws(KVMError) {
    var identityMap: UInt64 = 0xfffb_c000
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_SET_IDENTITY_MAP_ADDR",
      unsafe ckvm_set_identity_map_address(descriptor.number, &identityMap))
    try checkKVM("KVM_SET_TSS_ADDR", ckvm_set_tss_address(descriptor.number, 0xfffb_d000))
  }

  /// Puts PIC, IOAPIC and local APICs into the kernel: `KVM_CREATE_IRQCHIP`.
  ///
  /// Before any vCPU.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func createInterruptControllers() throws(KVMError) {
    try checkKVM("KVM_CREATE_IRQCHIP", ckvm_create_irqchip(descriptor.number))
  }

  /// Puts the local APICs into the kernel and leaves the IOAPIC to this program:
  /// `KVM_CAP_SPLIT_IRQCHIP`.
  ///
  /// Before any vCPU.
  ///
  /// - Parameter pins: The number of IOAPIC pins; GSIs below it have their EOIs reported.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func createLocalControllers(pins: Int) throws(KVMError) {
    var request = kvm_enable_cap()
    request.cap = UInt32(KVM_CAP_SPLIT_IRQCHIP)
    request.args.0 = UInt64(pins)
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_ENABLE_CAP", on: "SPLIT_IRQCHIP", unsafe ckvm_enable_cap(descriptor.number, &request))
  }

  /// Drives an input of the in-kernel controllers: `KVM_IRQ_LINE`.
  ///
  /// - Parameters:
  ///   - line: The global interrupt number.
  ///   - isHigh: The level.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    var level = kvm_irq_level()
    level.irq = UInt32(line)
    level.level = isHigh ? 1 : 0
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_IRQ_LINE", on: "line \(line)", unsafe ckvm_irq_line(descriptor.number, &level))
  }

  /// Sends a message-signalled interrupt: `KVM_SIGNAL_MSI`.
  ///
  /// - Parameter message: Address and data, as a device would write them.
  /// - Returns: Whether a local APIC took it; false where the guest blocks it.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  @discardableResult
  public func signal(_ message: InterruptMessage) throws(KVMError) -> Bool {
    var request = kvm_msi()
    request.address_lo = message.addressLow
    request.address_hi = message.addressHigh
    request.data = message.data
    // SAFETY: the kernel reads a local during the call.
    return try checkKVM(
      "KVM_SIGNAL_MSI", unsafe ckvm_signal_msi(descriptor.number, &request)) > 0
  }

  /// Replaces the table that turns interrupt numbers into messages: `KVM_SET_GSI_ROUTING`.
  ///
  /// KVM learns from it which vectors are level-triggered, and reports their EOIs.
  ///
  /// - Parameter routes: Pairs of an interrupt number and its message; at most 64.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setRoutes(_ routes: [(line: Int, message: InterruptMessage)]) throws(KVMError) {
    precondition(routes.count <= Int(CKVM_ROUTING_CAPACITY), "more routes than the table holds")
    var table = ckvm_routing()
    table.nr = UInt32(routes.count)
    unsafe withUnsafeMutableBytes(of: &table.entries) { bytes in
      // SAFETY: C declares the field as an array of this element type, so it is bound to it, and
      // the precondition above keeps every index inside.
      let entries = unsafe bytes.bindMemory(to: kvm_irq_routing_entry.self)
      for (index, route) in routes.enumerated() {
        var entry = kvm_irq_routing_entry()
        entry.gsi = UInt32(route.line)
        entry.type = UInt32(KVM_IRQ_ROUTING_MSI)
        unsafe entry.u.msi.address_lo = route.message.addressLow
        unsafe entry.u.msi.address_hi = route.message.addressHigh
        unsafe entry.u.msi.data = route.message.data
        unsafe entries[index] = entry
      }
    }
    // SAFETY: the kernel reads the table during the call.
    try checkKVM("KVM_SET_GSI_ROUTING", unsafe ckvm_set_gsi_routing(descriptor.number, &table))
  }

  /// Creates a vCPU: `KVM_CREATE_VCPU`.
  ///
  /// - Parameter index: From 0; it is the local APIC's id, too.
  /// - Returns: The vCPU, in the state after reset.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func createVCPU(_ index: Int) throws(KVMError) -> VirtualCPU {
    let number = try checkKVM(
      "KVM_CREATE_VCPU", on: "vCPU \(index)", ckvm_create_vcpu(descriptor.number, UInt(index)))
    return try VirtualCPU(
      adopting: OwnedDescriptor(adopting: number), runSize: runSize, saving: saving)
  }
}

/// A message-signalled interrupt in the format of the local APIC (Intel SDM 3A, 11.11).
public struct InterruptMessage: Hashable, Sendable {
  /// Bits 31:0 of the address: 0xfee in 31:20, the destination in 19:12, RH in 3, DM in 2.
  public let addressLow: UInt32
  /// Bits 63:32 of the address.
  public let addressHigh: UInt32
  /// Vector in 7:0, delivery mode in 10:8, level in 14, trigger mode in 15.
  public let data: UInt32

  /// Wraps an address and data.
  public init(addressLow: UInt32, addressHigh: UInt32 = 0, data: UInt32) {
    self.addressLow = addressLow
    self.addressHigh = addressHigh
    self.data = data
  }
}
