internal import CKVM

/// How the processor reads descriptors, pushes frames and finds code.
enum GuestMode: Hashable, Sendable {
  case real, protected, long

  init(_ registers: kvm_sregs) {
    if registers.cr0 & 1 == 0 {
      self = .real
    } else {
      self = registers.efer & 1 << 10 != 0 && registers.cs.l != 0 ? .long : .protected
    }
  }

  /// Bytes of a pushed instruction pointer, which lies at the top of an interrupt's frame.
  var frameWordSize: Int {
    switch self {
    case .real: 2
    case .protected: 4
    case .long: 8
    }
  }

  /// Bytes of an entry of the interrupt table.
  private var gateSize: Int {
    switch self {
    case .real: 4
    case .protected: 8
    case .long: 16
    }
  }

  /// Where an interrupt table has a vector's entry; nil where it ends before.
  func gate(of vector: UInt8, in table: kvm_dtable) -> (address: UInt64, size: Int)? {
    let offset = Int(vector) * gateSize
    guard offset + gateSize - 1 <= Int(table.limit) else { return nil }
    return (table.base &+ UInt64(offset), gateSize)
  }

  /// The linear address of the handler that an entry names; nil where it is not present.
  ///
  /// Code segments are taken to be flat, but for real mode's.
  func handler(_ gate: [UInt8]) -> UInt64? {
    func half(_ offset: Int) -> UInt64 { UInt64(gate[offset]) | UInt64(gate[offset + 1]) << 8 }
    if self == .real {
      let (offset, segment) = (half(0), half(2))
      return offset | segment == 0 ? nil : segment << 4 + offset
    }
    guard gate[5] & 0x80 != 0 else { return nil }
    var address = half(0) | half(6) << 16
    if self == .long { address |= half(8) << 32 | half(10) << 48 }
    return address
  }
}
