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
  /// The frequency of a timer after reset, in ticks per second.
  public var frequency: UInt64
  /// Whether its instants and counts can be shifted, so that a search can be exhausted.
  public var canShift: Bool

  /// Whether a saved state means nothing to another process of the same adapter.
  public var hasPrivateStates: Bool

  /// How many bytes the protocol's `swvmm_identity` has.
  static let size = 32 + nameSize
  private static let nameSize = 64

  /// How many words a saved state has in the protocol.
  var stateWords: Int { (stateSize + 7) / 8 }

  /// Reads a `swvmm_identity`.
  ///
  /// - Throws: What is wrong with it, as a phrase.
  init(_ words: ArraySlice<UInt64>) throws(AdapterProblem) {
    func number(_ index: Int) -> UInt32 {
      UInt32(truncatingIfNeeded: words[words.startIndex + index / 2] >> (index % 2 * 32))
    }
    let version = number(0)
    guard version == UInt32(SWVMM_VERSION) else {
      throw .malformed("it speaks version \(version) of the protocol, not \(SWVMM_VERSION)")
    }
    kinds = DeviceKinds(rawValue: number(1))
    let (cpus, stateSize) = (number(2), number(3))
    frequency = UInt64(number(4)) | UInt64(number(5)) << 32
    let text = (0..<Self.nameSize).map { index in
      UInt8(truncatingIfNeeded: words[words.startIndex + 4 + index / 8] >> (index % 8 * 8))
    }.prefix { $0 != 0 }
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
    canShift = number(6) != 0
    hasPrivateStates = number(7) != 0
    name = String(decoding: text, as: UTF8.self)
  }
}
