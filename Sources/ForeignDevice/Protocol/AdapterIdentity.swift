internal import CForeignDevice

/// What an adapter says of its device.
public struct AdapterIdentity: Hashable, Sendable {
  /// The device's name, as its author has it: untrusted text.
  public var name: String
  /// What the device is.
  public var kinds: DeviceKinds
  /// For how many CPUs, 1 to 8.
  public var cpus: Int
  /// The bytes of a saved state, at most 4096; 0 where the device cannot be saved.
  public var stateSize: Int
  /// The frequency of a timer after reset, in ticks a second.
  public var frequency: UInt64
  /// Whether its instants and counts can be shifted, so that a search can be exhausted.
  public var canShift: Bool

  /// How many bytes the protocol's `swvmm_identity` has.
  static let size = 32 + nameSize
  private static let nameSize = 64

  /// Reads the bytes of a `swvmm_identity`.
  ///
  /// - Throws: What is wrong with it, as a phrase.
  init(_ bytes: ArraySlice<UInt8>) throws(AdapterProblem) {
    var reader = WireReader(bytes)
    let version: UInt32 = reader.number()
    guard version == UInt32(SWVMM_VERSION) else {
      throw .malformed("it speaks version \(version) of the protocol, not \(SWVMM_VERSION)")
    }
    kinds = DeviceKinds(rawValue: reader.number())
    let cpus: UInt32 = reader.number()
    let stateSize: UInt32 = reader.number()
    frequency = reader.number()
    let canShift: UInt32 = reader.number()
    let _: UInt32 = reader.number()
    let text = reader.bytes(Self.nameSize).prefix { $0 != 0 }
    guard !kinds.isEmpty, kinds.isSubset(of: .all) else {
      throw .malformed("its kinds are 0x\(String(kinds.rawValue, radix: 16)), which no device has")
    }
    guard (1...8).contains(cpus) else { throw .malformed("it has \(cpus) CPUs, not 1 to 8") }
    guard stateSize <= UInt32(SWVMM_STATE_MAX) else {
      throw .malformed("its state has \(stateSize) bytes, more than \(SWVMM_STATE_MAX)")
    }
    let hasTimer = !kinds.isDisjoint(with: [.countCompare, .genericTimer])
    guard !hasTimer || (1...1_000_000_000).contains(frequency) else {
      throw .malformed("its frequency is \(frequency) Hz, not 1 to 1000000000")
    }
    self.cpus = Int(cpus)
    self.stateSize = Int(stateSize)
    self.canShift = canShift != 0
    name = String(decoding: text, as: UTF8.self)
  }
}
