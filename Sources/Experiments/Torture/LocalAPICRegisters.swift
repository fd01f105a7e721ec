/// A local APIC's registers, as `KVM_GET_LAPIC` gives them: 32 bits each, 16 bytes apart.
struct LocalAPICRegisters {
  /// The page.
  private(set) var bytes: [UInt8]

  static let inService = 0x100
  static let requested = 0x200
  static let timerEntry = 0x320
  static let initialCount = 0x380
  static let currentCount = 0x390

  /// Nil for another size than 1024 bytes.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == 1024 else { return nil }
    self.bytes = bytes
  }

  /// A register, by its offset.
  subscript(offset: Int) -> UInt32 {
    get { (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) } }
    set {
      for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: newValue >> (8 * byte)) }
    }
  }

  /// Whether the timer counts down once.
  var isOneShot: Bool { self[Self.timerEntry] >> 17 & 3 == 0 }

  /// Whether a vector's bit is set in one of the registers of 256 bits.
  func contains(_ register: Int, _ vector: UInt8) -> Bool {
    self[register + Int(vector) / 32 * 16] >> (vector % 32) & 1 == 1
  }

  /// Clears a register of 256 bits.
  mutating func clear(_ register: Int) {
    for word in 0..<8 { self[register + word * 16] = 0 }
  }

  /// Sets a vector's bit in one.
  mutating func insert(_ register: Int, _ vector: UInt8) {
    self[register + Int(vector) / 32 * 16] |= 1 << (vector % 32)
  }
}
