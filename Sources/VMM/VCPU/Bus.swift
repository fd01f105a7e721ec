internal import GuestImages
internal import KVM
internal import Synchronization
internal import TimerModels

/// The platform's devices at their addresses: what answers `in`, `out` and unbacked memory.
///
/// Decoding is a `switch` over constants, so that an access takes one comparison tree, one lock and
/// no indirection. Where nothing answers, loads give all ones and stores are dropped, as on a PC;
/// such accesses are counted.
///
/// A struct that lies inside ``Machine``: reached through a separate reference, it would be retained
/// and released on every exit.
struct Bus: ~Copyable, Sendable {
  let serial: DeviceCell<SerialPort>
  private let debugExit: DeviceCell<DebugExit>
  let lab: DeviceCell<LabPort>
  let pc = DeviceCell(PCPorts())
  /// Whether ``pc`` is there.
  private let isPC: Bool
  let split: SplitController?
  let pins: KernelPins?
  private let controller: any PlatformInterruptController
  let test: TestBoard?

  /// Accesses that nothing answered.
  private let unclaimed = Mutex(UnclaimedAccesses())

  /// Places the devices.
  ///
  /// - Parameters:
  ///   - configuration: What the lab port reports of the machine.
  ///   - hasInput: Whether the other end is connected of the serial line.
  ///   - isPC: Whether the ports of a PC are there, too.
  ///   - lines: Where interrupt lines lead.
  ///   - controller: The platform's own interrupt controller.
  ///   - hasTestDevice: Whether the test device is there.
  init(
    configuration: LabPort.Configuration, hasInput: Bool = true, isPC: Bool = false,
    lines: (any InterruptSink)?, controller: any PlatformInterruptController,
    hasTestDevice: Bool = false
  ) {
    serial = DeviceCell(
      SerialPort(isConnected: hasInput), line: Int(PLATFORM_SERIAL_LINE), sink: lines)
    debugExit = DeviceCell(DebugExit())
    lab = DeviceCell(LabPort(configuration))
    self.isPC = isPC
    split = lines as? SplitController
    pins = lines as? KernelPins
    self.controller = controller
    test = hasTestDevice ? TestBoard(lines: lines) : nil
  }

  /// What answered nothing so far.
  var unclaimedAccesses: UnclaimedAccesses { unclaimed.withLock { $0 } }

  // MARK: Ports

  /// How many bytes the device at a port takes at once: wider accesses are split, as on a PC's bus.
  @inline(__always)
  func width(ofPort port: UInt16) -> Int {
    let serial = PLATFORM_SERIAL_PORT..<PLATFORM_SERIAL_PORT + PLATFORM_SERIAL_PORT_SIZE
    return serial.contains(Int32(port)) || isPC && PCPorts.has(port) ? 1 : 4
  }

  /// Whether an exit is an access to the serial port.
  func isSerial(_ exit: VCPUExit) -> Bool {
    guard case .port(let access) = exit else { return false }
    let serial = PLATFORM_SERIAL_PORT..<PLATFORM_SERIAL_PORT + PLATFORM_SERIAL_PORT_SIZE
    return serial.contains(Int32(access.port))
  }

  /// A load from a port.
  ///
  /// - Parameters:
  ///   - port: The address.
  ///   - size: 1, 2 or 4 bytes.
  ///   - cpu: The vCPU that loads.
  /// - Returns: The value, all ones where nothing answers, and what follows from the load.
  /// - Throws: ``KVMError/failed(_:)`` where an interrupt line cannot be driven.
  func readPort(_ port: UInt16, size: Int, cpu: Int) throws(KVMError) -> Reply {
    switch Int32(port) {
    case PLATFORM_SERIAL_PORT..<PLATFORM_SERIAL_PORT + PLATFORM_SERIAL_PORT_SIZE:
      try read(serial, at: port, from: PLATFORM_SERIAL_PORT, size, cpu)
    case PLATFORM_EXIT_PORT..<PLATFORM_EXIT_PORT + PLATFORM_EXIT_PORT_SIZE:
      try read(debugExit, at: port, from: PLATFORM_EXIT_PORT, size, cpu)
    case PLATFORM_LAB_PORT..<PLATFORM_LAB_PORT + PLATFORM_LAB_PORT_SIZE:
      try read(lab, at: port, from: PLATFORM_LAB_PORT, size, cpu)
    default:
      if isPC && PCPorts.has(port) {
        try read(pc, at: port, from: 0, size, cpu)
      } else {
        test?.readPort(port, size: size) ?? noteUnclaimed(.port(port))
      }
    }
  }

  /// A store to a port.
  ///
  /// - Parameters:
  ///   - value: Zero-extended.
  ///   - port: The address.
  ///   - size: 1, 2 or 4 bytes.
  ///   - cpu: The vCPU that stores.
  /// - Returns: What follows from the store.
  /// - Throws: ``KVMError/failed(_:)`` where an interrupt line cannot be driven.
  func writePort(_ value: UInt32, to port: UInt16, size: Int, cpu: Int) throws(KVMError) -> Effect {
    switch Int32(port) {
    case PLATFORM_SERIAL_PORT..<PLATFORM_SERIAL_PORT + PLATFORM_SERIAL_PORT_SIZE:
      return try write(value, serial, at: port, from: PLATFORM_SERIAL_PORT, size, cpu)
    case PLATFORM_EXIT_PORT..<PLATFORM_EXIT_PORT + PLATFORM_EXIT_PORT_SIZE:
      return try write(value, debugExit, at: port, from: PLATFORM_EXIT_PORT, size, cpu)
    case PLATFORM_LAB_PORT..<PLATFORM_LAB_PORT + PLATFORM_LAB_PORT_SIZE:
      return try write(value, lab, at: port, from: PLATFORM_LAB_PORT, size, cpu)
    default: return try writeElsewhere(value, to: port, size: size, cpu: cpu)
    }
  }

  @inline(never)
  private func writeElsewhere(
    _ value: UInt32, to port: UInt16, size: Int, cpu: Int
  ) throws(KVMError) -> Effect {
    if isPC && PCPorts.has(port) { return try write(value, pc, at: port, from: 0, size, cpu) }
    if let effect = try test?.writePort(value, to: port, size: size) { return effect }
    _ = noteUnclaimed(.port(port))
    return .none
  }

  // MARK: Memory

  /// A load from an address that no RAM backs.
  ///
  /// - Parameters:
  ///   - address: Guest-physical.
  ///   - size: 1 to 8 bytes.
  ///   - own: What the vCPU that loads has for itself.
  /// - Returns: The value, all ones where nothing answers.
  /// - Throws: ``KVMError/failed(_:)`` where an interrupt line cannot be driven.
  func readMemory(
    _ address: UInt64, size: Int, own: PrivateDevices
  ) throws(KVMError) -> UInt64 {
    switch MemoryRange(address) {
    case .cp0(let offset): return try own.readCP0(offset: offset, size: size)
    case .genericTimer(let offset): return try own.genericTimer.read(offset: offset, size: size)
    case .controller(let frame, let offset) where own.cpu < controller.cpuCount:
      try own.genericTimer.wakeUp()
      return UInt64(try controller.read(frame, offset: offset, size: size, cpu: own.cpu))
    case .ioapic(let offset):
      guard let split else { return noteUnclaimed(.memory(address)).value }
      return UInt64(split.read(offset: offset))
    case .controller, nil:
      return test?.readMemory(address, size: size) ?? noteUnclaimed(.memory(address)).value
    }
  }

  /// A store to an address that no RAM backs.
  ///
  /// - Parameters:
  ///   - value: Zero-extended.
  ///   - address: Guest-physical.
  ///   - size: 1 to 8 bytes.
  ///   - own: What the vCPU that stores has for itself.
  /// - Returns: What follows from the store.
  /// - Throws: ``KVMError/failed(_:)`` where an interrupt cannot be sent.
  func writeMemory(
    _ value: UInt64, to address: UInt64, size: Int, own: PrivateDevices
  ) throws(KVMError) -> Effect {
    switch MemoryRange(address) {
    case .cp0(let offset): try own.cp0.write(value, offset: offset, size: size)
    case .genericTimer(let offset):
      try own.genericTimer.write(value, offset: offset, size: size)
    case .controller(let frame, let offset) where own.cpu < controller.cpuCount:
      try own.genericTimer.wakeUp()
      try controller.write(
        UInt32(truncatingIfNeeded: value), frame, offset: offset, size: size, cpu: own.cpu)
    case .ioapic(let offset):
      guard let split else { fallthrough }
      try split.write(UInt32(truncatingIfNeeded: value), offset: offset)
    case .controller, nil:
      if test?.writeMemory(value, to: address, size: size) != true {
        _ = noteUnclaimed(.memory(address))
      }
    }
    return .none
  }

  /// The guest's end of a level-triggered interrupt (`--irqchip split`).
  ///
  /// - Parameter vector: The interrupt's vector.
  /// - Throws: ``KVMError/failed(_:)`` where the next interrupt cannot be sent.
  func endOfInterrupt(vector: UInt8) throws(KVMError) {
    try split?.endOfInterrupt(vector: vector)
  }

  // MARK: Decoding

  @inline(never)
  private func read<Model>(
    _ cell: borrowing DeviceCell<Model>, at port: UInt16, from base: Int32, _ size: Int, _ cpu: Int
  ) throws(KVMError) -> Reply {
    try cell.withDevice { device in
      device.read(BusAccess(offset: Int(Int32(port) - base), size: size, cpu: cpu))
    }
  }

  @inline(never)
  private func write<Model>(
    _ value: UInt32, _ cell: borrowing DeviceCell<Model>, at port: UInt16, from base: Int32,
    _ size: Int, _ cpu: Int
  ) throws(KVMError) -> Effect {
    try cell.withDevice { device in
      device.write(
        UInt64(value), to: BusAccess(offset: Int(Int32(port) - base), size: size, cpu: cpu))
    }
  }

  @inline(never)
  private func noteUnclaimed(_ place: UnclaimedAccesses.Place) -> Reply {
    unclaimed.withLock { $0.note(place) }
    return .openBus
  }
}

/// The platform's ranges of memory, with an offset into each.
private enum MemoryRange {
  case cp0(Int)
  case genericTimer(Int)
  case controller(InterruptControllerFrame, Int)
  case ioapic(Int)

  @inline(__always)
  init?(_ address: UInt64) {
    // Above 2^63 there is no guest-physical address, so none becomes negative here.
    guard let address = Int(exactly: address) else { return nil }
    switch address {
    case Int(PLATFORM_CP0)..<Int(PLATFORM_CP0) + Int(PLATFORM_CP0_SIZE):
      self = .cp0(address - Int(PLATFORM_CP0))
    case Int(PLATFORM_GENERIC_TIMER)..<Int(PLATFORM_GENERIC_TIMER)
      + Int(PLATFORM_GENERIC_TIMER_SIZE):
      self = .genericTimer(address - Int(PLATFORM_GENERIC_TIMER))
    case Int(PLATFORM_GICD)..<Int(PLATFORM_GICD) + Int(PLATFORM_GICD_SIZE):
      self = .controller(.distributor, address - Int(PLATFORM_GICD))
    case Int(PLATFORM_GICC)..<Int(PLATFORM_GICC) + Int(PLATFORM_GICC_SIZE):
      self = .controller(.cpuInterface, address - Int(PLATFORM_GICC))
    case Int(PLATFORM_IOAPIC)..<Int(PLATFORM_IOAPIC) + 0x100:
      self = .ioapic(address - Int(PLATFORM_IOAPIC))
    default: return nil
    }
  }
}
