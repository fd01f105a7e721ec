/// A 16550 serial port whose other end is this process's standard input and output.
///
/// The transmitter is never busy: a byte written to THR is gone at once, so LSR.THRE always reads 1.
/// The carrier (MSR.DCD) is on while standard input is open; its end is a hang-up, which a guest can
/// take as a modem status interrupt. No byte is lost: what the receiver has no room for waits at the other
/// end, and so does the hang-up behind it. Register names and bits are those of the PC16550D data sheet.
public struct SerialPort: Device, Hashable {
  private var interruptEnable: UInt8 = 0
  private var fifoControl: UInt8 = 0
  private var lineControl: UInt8 = 0
  private var modemControl: UInt8 = 0
  private var scratch: UInt8 = 0
  private var divisor: UInt16 = 12
  private var modemDelta: UInt8 = 0
  private var isTransmitterInterruptPending = false
  private var hasOverrun = false
  private var received = ReceiverFIFO()

  /// Whether the guest has shown that it listens: it enabled the interrupt of the receiver or of the modem's
  /// status, or looked for data or at the modem's status.
  ///
  /// *Why the modem's status is a sign:* its change is the end of the input, which nothing but reading finds.
  /// What comes before that goes where a 16550 puts it, enabled or not: into the receiver.
  ///
  /// Until then standard input is left alone, so that a guest that reads nothing does not swallow
  /// what was meant for the next program.
  public private(set) var isListening = false

  /// Whether the other end is there: MSR.DCD, CTS and DSR.
  public private(set) var isConnected: Bool

  /// Whether the guest is to be told of room in the receiver (``Effect/feedReceiver``).
  private var isFeederWaiting = false

  /// The state after reset.
  ///
  /// - Parameter isConnected: Whether the other end is connected.
  public init(isConnected: Bool = true) { self.isConnected = isConnected }

  // MARK: The other end

  /// How many bytes ``receive(_:)`` would take now; the guest changes it by MCR, FCR and, in loopback,
  /// by what it sends.
  public var room: Int { isLoopback ? 0 : capacity - received.count }

  /// Takes bytes from the other end.
  ///
  /// - Parameter bytes: At most ``room`` of them, looked at under the same lock.
  public mutating func receive(_ bytes: [UInt8]) {
    precondition(bytes.count <= room, "more bytes than the receiver has room for")
    for byte in bytes { received.append(byte) }
  }

  /// Asks for ``Effect/feedReceiver`` as soon as there is room.
  public mutating func askForRoom() { isFeederWaiting = true }

  /// The other end is gone for good: DCD, CTS and DSR fall.
  public mutating func hangUp() {
    guard isConnected else { return }
    isConnected = false
    modemDelta |= Modem.changed
  }

  /// Whether the other end's next byte, or its end, would be taken: the guest listens, the end is there, and
  /// there is room.
  ///
  /// To find the end of the input takes an attempt to read a byte, for which there has to be room.
  public var isReceiving: Bool { isListening && isConnected && room > 0 }

  /// Whether this port could still interrupt a guest that does nothing more.
  ///
  /// *Why no other interrupt is to come by itself:* the transmitter is empty, and whether its interrupt is
  /// pending changes with the guest's accesses alone; an overrun is made by the guest's own loop.
  public var mayInterrupt: Bool {
    interruptLine
      || isReceiving && isOutputGateOpen
        && interruptEnable & (Enable.received | Enable.modemStatus) != 0
  }

  // MARK: Device

  /// High while an enabled interrupt is pending and MCR.OUT2, the PC's gate, is open.
  public var interruptLine: Bool { isOutputGateOpen && identification & Identify.none == 0 }

  /// A load.
  ///
  /// The port is 8 bits wide: the bus splits wider accesses.
  public mutating func read(_ access: BusAccess) -> Reply {
    precondition(access.size == 1 && (0..<8).contains(access.offset))
    switch Register(rawValue: access.offset, divisorLatch: lineControl & 0x80 != 0) {
    case .data: return readData()
    case .interruptEnable: return Reply(UInt64(interruptEnable))
    case .interruptIdentification: return readIdentification()
    case .lineControl: return Reply(UInt64(lineControl))
    case .modemControl: return Reply(UInt64(modemControl))
    case .lineStatus: return readLineStatus()
    case .modemStatus: return readModemStatus()
    case .scratch: return Reply(UInt64(scratch))
    case .divisorLow: return Reply(UInt64(divisor & 0xff))
    case .divisorHigh: return Reply(UInt64(divisor >> 8))
    }
  }

  /// A store.
  ///
  /// The port is 8 bits wide: the bus splits wider accesses.
  public mutating func write(_ value: UInt64, to access: BusAccess) -> Effect {
    precondition(access.size == 1 && (0..<8).contains(access.offset))
    let value = UInt8(truncatingIfNeeded: value)
    switch Register(rawValue: access.offset, divisorLatch: lineControl & 0x80 != 0) {
    case .data: return transmit(value)
    case .interruptEnable: return enableInterrupts(value)
    case .interruptIdentification:
      controlFIFO(value)
      return effectOfRoom()
    case .lineControl: lineControl = value
    case .modemControl:
      modemControl = value & 0x1f
      return effectOfRoom()
    case .lineStatus, .modemStatus: break  // read only
    case .scratch: scratch = value
    case .divisorLow: divisor = divisor & 0xff00 | UInt16(value)
    case .divisorHigh: divisor = divisor & 0x00ff | UInt16(value) << 8
    }
    return .none
  }

  // MARK: Registers

  private enum Register {
    case data, interruptEnable, interruptIdentification, lineControl, modemControl
    case lineStatus, modemStatus, scratch, divisorLow, divisorHigh

    /// Decodes an offset; LCR.DLAB puts the divisor latch in the place of the first two registers.
    init(rawValue: Int, divisorLatch: Bool) {
      switch rawValue {
      case 0: self = divisorLatch ? .divisorLow : .data
      case 1: self = divisorLatch ? .divisorHigh : .interruptEnable
      case 2: self = .interruptIdentification
      case 3: self = .lineControl
      case 4: self = .modemControl
      case 5: self = .lineStatus
      case 6: self = .modemStatus
      default: self = .scratch
      }
    }
  }

  private enum Enable {
    static let received: UInt8 = 0x01
    static let transmitterEmpty: UInt8 = 0x02
    static let lineStatus: UInt8 = 0x04
    static let modemStatus: UInt8 = 0x08
  }

  private enum Identify {
    static let none: UInt8 = 0x01
    static let modemStatus: UInt8 = 0x00
    static let transmitterEmpty: UInt8 = 0x02
    static let received: UInt8 = 0x04
    static let lineStatus: UInt8 = 0x06
    static let receiverIdle: UInt8 = 0x0c
    static let fifosEnabled: UInt8 = 0xc0
  }

  private enum Modem {
    /// DCD, DSR and CTS.
    static let present: UInt8 = 0xb0
    /// DDCD, DDSR and DCTS.
    static let changed: UInt8 = 0x0b
  }

  private var isLoopback: Bool { modemControl & 0x10 != 0 }
  private var isOutputGateOpen: Bool { modemControl & 0x18 == 0x08 }
  private var hasFIFO: Bool { fifoControl & 0x01 != 0 }
  private var capacity: Int { hasFIFO ? ReceiverFIFO.capacity : 1 }

  /// IIR without the FIFO bits: the pending interrupt of the highest priority.
  private var identification: UInt8 {
    if interruptEnable & Enable.lineStatus != 0 && hasOverrun { return Identify.lineStatus }
    if interruptEnable & Enable.received != 0 && received.count > 0 {
      // Below the trigger level the data sheet waits four character times for more; here the line
      // is idle as soon as nothing more has come, so the time-out is at once.
      return !hasFIFO || received.count >= triggerLevel ? Identify.received : Identify.receiverIdle
    }
    if interruptEnable & Enable.transmitterEmpty != 0 && isTransmitterInterruptPending {
      return Identify.transmitterEmpty
    }
    if interruptEnable & Enable.modemStatus != 0 && modemDelta != 0 { return Identify.modemStatus }
    return Identify.none
  }

  private var triggerLevel: Int {
    switch fifoControl >> 6 {
    case 0: 1
    case 1: 4
    case 2: 8
    default: 14
    }
  }

  private mutating func readData() -> Reply {
    let byte = received.removeFirst() ?? 0
    let effect = startListening()
    return Reply(UInt64(byte), effect: effect == .none ? effectOfRoom() : effect)
  }

  private mutating func effectOfRoom() -> Effect {
    guard isFeederWaiting && room > 0 else { return .none }
    isFeederWaiting = false
    return .feedReceiver
  }

  private mutating func readIdentification() -> Reply {
    let pending = identification
    if pending == Identify.transmitterEmpty { isTransmitterInterruptPending = false }
    return Reply(UInt64(pending | (hasFIFO ? Identify.fifosEnabled : 0)))
  }

  private mutating func readLineStatus() -> Reply {
    let status: UInt8 = 0x60 | (hasOverrun ? 0x02 : 0) | (received.count > 0 ? 0x01 : 0)
    hasOverrun = false
    return Reply(UInt64(status), effect: startListening())
  }

  private mutating func startListening() -> Effect {
    guard !isListening else { return .none }
    isListening = true
    return .feedReceiver
  }

  private mutating func readModemStatus() -> Reply {
    let lines: UInt8
    var effect = Effect.none
    if isLoopback {
      // OUT2, OUT1, RTS and DTR come back as DCD, RI, CTS and DSR.
      let control = modemControl
      lines =
        (control & 0x08) << 4 | (control & 0x04) << 4 | (control & 0x02) << 3
        | (control & 0x01) << 5
    } else {
      lines = isConnected ? Modem.present : 0
      effect = startListening()
    }
    defer { modemDelta = 0 }
    return Reply(UInt64(lines | modemDelta), effect: effect)
  }

  private mutating func transmit(_ byte: UInt8) -> Effect {
    isTransmitterInterruptPending = true
    guard isLoopback else { return .transmit(byte) }
    if received.count < capacity { received.append(byte) } else { hasOverrun = true }
    return .none
  }

  private mutating func enableInterrupts(_ value: UInt8) -> Effect {
    // Enabling the transmitter's interrupt while THR is empty raises it at once.
    if value & ~interruptEnable & Enable.transmitterEmpty != 0 {
      isTransmitterInterruptPending = true
    }
    interruptEnable = value & 0x0f
    return value & (Enable.received | Enable.modemStatus) != 0 ? startListening() : .none
  }

  private mutating func controlFIFO(_ value: UInt8) {
    // Changing the enable bit clears the FIFO, as does the bit made for it.
    if (value ^ fifoControl) & 0x01 != 0 || value & 0x02 != 0 { received = ReceiverFIFO() }
    fifoControl = value & 0xc1
  }
}

extension SerialPort: Checkpointed {
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&interruptEnable)
    try carrier.carry(&fifoControl)
    try carrier.carry(&lineControl)
    try carrier.carry(&modemControl)
    try carrier.carry(&scratch)
    try carrier.carry(&divisor)
    try carrier.carry(&modemDelta)
    try carrier.carry(&isTransmitterInterruptPending)
    try carrier.carry(&hasOverrun)
    try received.carry(by: &carrier)
    try carrier.require(
      received.count <= capacity,
      "a 16550 without its FIFOs holds \(received.count) bytes, not 0 or 1")
    try carrier.carry(&isListening)
    try carrier.carry(&isConnected)
    try carrier.carry(&isFeederWaiting)
  }
}

/// The 16 bytes that a 16550 holds for a guest that is slow to read.
private struct ReceiverFIFO: Hashable, Sendable, Checkpointed {
  static let capacity = 16

  /// The bytes as two words, the oldest in the lowest bits: a value without separate storage, so
  /// that a device needs no allocation and hashes.
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  private(set) var count = 0

  mutating func append(_ byte: UInt8) {
    precondition(count < Self.capacity)
    if count < 8 {
      low |= UInt64(byte) << (8 * count)
    } else {
      high |= UInt64(byte) << (8 * (count - 8))
    }
    count += 1
  }

  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&low)
    try carrier.carry(&high)
    try carrier.carry(&count)
    try carrier.require(
      (0...Self.capacity).contains(count), "a 16550 holds \(count) bytes, not 0 to 16")
  }

  mutating func removeFirst() -> UInt8? {
    guard count > 0 else { return nil }
    let byte = UInt8(truncatingIfNeeded: low)
    low = low >> 8 | high << 56
    high >>= 8
    count -= 1
    return byte
  }
}
