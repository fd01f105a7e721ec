/// The breakpoints that a client has set, and what the debug registers are to hold for them.
public struct BreakpointTable: Hashable, Sendable {
  /// The most of one kind that a client may set.
  public static let softwareMax = 256
  /// Debug registers for the client's; the fourth is this program's own.
  public static let hardwareMax = 3

  /// Of instructions in memory: each one's linear address, and where that was in physical memory when it
  /// was set.
  public private(set) var software: [UInt64: UInt64] = [:]
  /// Of those, the addresses that the client wants by each kind: a breakpoint in memory may stand in for
  /// one of a debug register.
  private var wanted: [Breakpoint.Kind: Set<UInt64>] = [:]
  /// In debug registers, by their numbers.
  public private(set) var hardware: [Breakpoint] = []
  /// Memory that is compared after each instruction, because no debug register watches it.
  public private(set) var compared: [Breakpoint] = []

  /// No breakpoints.
  public init() {}

  /// Whether there are none.
  public var isEmpty: Bool { software.isEmpty && hardware.isEmpty && compared.isEmpty }

  /// Adds an instruction's, in memory, of either kind.
  ///
  /// - Returns: Whether there is room; one that is there already stays as it is.
  public mutating func insertInMemory(_ breakpoint: Breakpoint, physical: UInt64) -> Bool {
    let address = breakpoint.address
    guard software[address] != nil || software.count < Self.softwareMax else { return false }
    software[address] = software[address] ?? physical
    wanted[breakpoint.kind, default: []].insert(address)
    return true
  }

  /// The kind of the breakpoint in memory at an address; nil where there is none.
  public func kindInMemory(at address: UInt64) -> Breakpoint.Kind? {
    guard software[address] != nil else { return nil }
    return wanted[.software]?.contains(address) == true ? .software : .hardware
  }

  /// Adds one for a debug register.
  ///
  /// - Returns: Whether there is a register for it, and one can hold it.
  public mutating func insertHardware(_ breakpoint: Breakpoint) -> Bool {
    if hardware.contains(breakpoint) { return true }
    guard hardware.count < Self.hardwareMax, Self.lengthBits(of: breakpoint) != nil else {
      return false
    }
    hardware.append(breakpoint)
    return true
  }

  /// Adds memory to compare: 1 to 8 bytes.
  ///
  /// - Returns: Whether there is room.
  public mutating func insertCompared(_ breakpoint: Breakpoint) -> Bool {
    if compared.contains(breakpoint) { return true }
    guard compared.count < Self.softwareMax, (1...8).contains(breakpoint.length) else {
      return false
    }
    compared.append(breakpoint)
    return true
  }

  /// Takes a breakpoint out; one that is not there is none.
  public mutating func remove(_ breakpoint: Breakpoint) {
    let address = breakpoint.address
    wanted[breakpoint.kind]?.remove(address)
    if !wanted.values.contains(where: { $0.contains(address) }) { software[address] = nil }
    hardware.removeAll { $0 == breakpoint }
    compared.removeAll { $0 == breakpoint }
  }

  /// What debug registers 0 to 3 and 7 are to hold.
  ///
  /// - Parameter own: The linear address of an instruction that this program itself wants to stop at.
  /// - Returns: The four addresses, and DR7.
  public func debugRegisters(own: UInt64? = nil) -> (addresses: SIMD4<UInt64>, control: UInt64) {
    var addresses = SIMD4<UInt64>.zero
    // Bit 10 is always set.
    var control: UInt64 = 1 << 10
    for (number, breakpoint) in hardware.enumerated() {
      addresses[number] = breakpoint.address
      let length = Self.lengthBits(of: breakpoint) ?? 0
      control |= (Self.typeBits(of: breakpoint.kind) | length << 2) << UInt64(16 + 4 * number)
      control |= 2 << UInt64(2 * number)
    }
    if let own {
      addresses[3] = own
      control |= 2 << 6
    }
    return (addresses, control)
  }

  /// The breakpoint of a debug register that DR6 names; nil for this program's own.
  public func hardwareHit(debugStatus: UInt64) -> Breakpoint? {
    hardware.indices.first { debugStatus >> UInt64($0) & 1 == 1 }.map { hardware[$0] }
  }

  private static func typeBits(of kind: Breakpoint.Kind) -> UInt64 {
    switch kind {
    case .software, .hardware: 0
    case .write: 1
    case .read, .access: 3
    }
  }

  /// A debug register's length field; nil where none holds such a breakpoint.
  ///
  /// x86 cannot watch reads without writes, and watches 1, 2, 4 or 8 bytes at a multiple of that.
  private static func lengthBits(of breakpoint: Breakpoint) -> UInt64? {
    switch breakpoint.kind {
    case .software, .read: return nil
    case .hardware: return 0
    case .write, .access: break
    }
    guard breakpoint.length.nonzeroBitCount == 1, breakpoint.length <= 8,
      breakpoint.address % breakpoint.length == 0
    else { return nil }
    return [1: 0, 2: 1, 4: 3, 8: 2][breakpoint.length]
  }
}
