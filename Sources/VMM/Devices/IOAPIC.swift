public import KVM

/// The interrupt controller between the device lines and the local APICs: an 82093AA with 24 pins.
///
/// Used where the kernel holds the local APICs only (`--irqchip split`). It turns pin changes into
/// messages; ``takeMessage()`` hands them out, and the owner sends them.
public struct IOAPIC: Hashable, Sendable {
  /// The number of pins.
  public static let pins = 24

  private var selected: UInt8 = 0
  private var identifier: UInt32 = 0
  var entries = Array(repeating: RedirectionEntry(), count: pins)
  /// Bit n: pin n's level.
  var levels: UInt32 = 0
  /// Bit n: pin n has something to deliver.
  ///
  /// For an edge pin it latches the rise; for a level pin it is the level, recomputed when it
  /// matters.
  private var edges: UInt32 = 0

  /// Whether a redirection entry changed since ``takeRoutes()`` was last called.
  private var hasNewRoutes = true

  /// The state after reset: every pin masked.
  public init() {}

  /// Sets a pin's level.
  public mutating func setPin(_ pin: Int, isHigh: Bool) {
    precondition((0..<Self.pins).contains(pin))
    let bit: UInt32 = 1 << pin
    // An edge that meets a masked pin is lost, as on the chip.
    if isHigh && levels & bit == 0 && !entries[pin].isMasked { edges |= bit }
    levels = isHigh ? levels | bit : levels & ~bit
  }

  /// The guest's EOI for a level-triggered vector.
  public mutating func endOfInterrupt(vector: UInt8) {
    for pin in entries.indices where entries[pin].isLevel && entries[pin].vector == vector {
      entries[pin].isInService = false
    }
  }

  /// Ends every level-triggered interrupt that no local APIC holds.
  ///
  /// *Why, after a restore:* an EOI reaches the local APIC at once, and this program at the vCPU's next
  /// exit. In between it is a request inside the kernel, which no part of a vCPU's state shows.
  ///
  /// - Parameter vectors: Those in some local APIC's IRR or ISR.
  public mutating func endInterrupts(except vectors: Set<UInt8>) {
    for pin in entries.indices where !vectors.contains(entries[pin].vector) {
      entries[pin].isInService = false
    }
  }

  /// Takes the next message to send, the lowest pin first.
  ///
  /// A level pin gives one message, then waits for its EOI; if the level is still high then, it
  /// gives another.
  ///
  /// - Returns: The message, or nil when there is nothing to deliver.
  public mutating func takeMessage() -> InterruptMessage? {
    for pin in entries.indices where !entries[pin].isMasked {
      let bit: UInt32 = 1 << pin
      if entries[pin].isLevel {
        guard levels & bit != 0 && !entries[pin].isInService else { continue }
        entries[pin].isInService = true
      } else {
        guard edges & bit != 0 else { continue }
        edges &= ~bit
      }
      return entries[pin].message
    }
    return nil
  }

  /// Takes the routes, if they changed since the last time.
  ///
  /// - Returns: A pair for every unmasked pin, or nil if nothing changed.
  public mutating func takeRoutes() -> [(line: Int, message: InterruptMessage)]? {
    guard hasNewRoutes else { return nil }
    hasNewRoutes = false
    return entries.indices.filter { !entries[$0].isMasked }.map { ($0, entries[$0].message) }
  }

  /// Loads a register: IOREGSEL at 0x00, IOWIN at 0x10.
  public func read(offset: Int) -> UInt32 {
    switch offset {
    case 0x00: UInt32(selected)
    case 0x10: window
    default: 0
    }
  }

  /// Stores to a register: IOREGSEL at 0x00, IOWIN at 0x10, EOI at 0x40.
  public mutating func write(_ value: UInt32, offset: Int) {
    switch offset {
    case 0x00: selected = UInt8(truncatingIfNeeded: value)
    case 0x10: setWindow(value)
    case 0x40: endOfInterrupt(vector: UInt8(truncatingIfNeeded: value))
    default: break
    }
  }

  private var window: UInt32 {
    switch selected {
    case 0x00, 0x02: identifier
    case 0x01: UInt32(Self.pins - 1) << 16 | 0x20  // with an EOI register, as version 0x20 has
    case 0x10..<UInt8(0x10 + 2 * Self.pins):
      entries[Int(selected - 0x10) / 2].half(isHigh: selected & 1 != 0)
    default: 0
    }
  }

  private mutating func setWindow(_ value: UInt32) {
    switch selected {
    case 0x00: identifier = value & 0x0f00_0000
    case 0x10..<UInt8(0x10 + 2 * Self.pins):
      entries[Int(selected - 0x10) / 2].setHalf(isHigh: selected & 1 != 0, value)
      hasNewRoutes = true
    default: break
    }
  }
}

extension IOAPIC: Checkpointed {
  /// The routes are the kernel's to know again: it did not come from the checkpoint.
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&selected)
    try carrier.carry(&identifier)
    for pin in entries.indices { try carrier.carry(&entries[pin].bits) }
    try carrier.carry(&levels)
    try carrier.carry(&edges)
    hasNewRoutes = true
  }
}

/// One entry of the redirection table; bits as in the 82093AA's data sheet, 3.2.4.
struct RedirectionEntry: Hashable, Sendable {
  private static let remoteIRR: UInt64 = 1 << 14
  private static let trigger: UInt64 = 1 << 15
  private static let mask: UInt64 = 1 << 16
  private static let readOnly: UInt64 = 1 << 12 | remoteIRR

  var bits: UInt64 = mask

  var vector: UInt8 { UInt8(truncatingIfNeeded: bits) }
  var isLevel: Bool { bits & Self.trigger != 0 }
  var isMasked: Bool { bits & Self.mask != 0 }

  /// Remote IRR: sent, and not yet ended.
  var isInService: Bool {
    get { bits & Self.remoteIRR != 0 }
    set { bits = newValue ? bits | Self.remoteIRR : bits & ~Self.remoteIRR }
  }

  /// Destination 63:56 and mode 11 go into the address; vector, delivery mode and trigger keep
  /// their places in the data.
  var message: InterruptMessage {
    InterruptMessage(
      addressLow: 0xfee0_0000 | UInt32(bits >> 56) << 12 | UInt32(bits >> 11 & 1) << 2,
      data: UInt32(bits & 0x7ff) | UInt32(bits & Self.trigger) | 1 << 14)
  }

  func half(isHigh: Bool) -> UInt32 { UInt32(truncatingIfNeeded: isHigh ? bits >> 32 : bits) }

  mutating func setHalf(isHigh: Bool, _ value: UInt32) {
    if isHigh {
      bits = bits & 0xffff_ffff | UInt64(value) << 32
    } else {
      bits = bits & (0xffff_ffff_0000_0000 | Self.readOnly) | UInt64(value) & ~Self.readOnly
      // An edge-triggered interrupt has no EOI to wait for.
      if !isLevel { isInService = false }
    }
  }
}
