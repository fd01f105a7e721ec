/// The clocks of a guest at one moment.
struct GuestClock {
  private let tsc: UInt64
  private let version: UInt32
  private let versionAfter: UInt32
  private let stamp: UInt64
  private let systemTime: UInt64
  private let multiplier: UInt32
  private let shift: Int8

  /// The size of what a guest stores, in bytes.
  static let size = 44

  /// Reads a TSC of 8 bytes, a `pvclock_vcpu_time_info` of 32 and its version once more.
  init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.size)
    func word(_ start: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) }
    }
    tsc = word(0, 8)
    version = UInt32(word(8, 4))
    stamp = word(16, 8)
    systemTime = word(24, 8)
    multiplier = UInt32(word(32, 4))
    shift = Int8(bitPattern: bytes[36])
    versionAfter = UInt32(word(40, 4))
  }

  /// The clock that a subject is about, in nanoseconds; nil where the host was about to change it, or changed it
  /// while the guest read it.
  func nanoseconds(_ subject: TortureSubject, tscKilohertz: Int) -> Int64? {
    guard subject == .kvmclock else {
      return Int64(truncatingIfNeeded: UInt128(tsc) * 1_000_000 / UInt128(tscKilohertz))
    }
    guard version & 1 == 0, version != 0, versionAfter == version, (-31...31).contains(shift)
    else { return nil }
    // The stamp may be newer than the TSC that was read before it.
    let delta = Int64(bitPattern: tsc &- stamp)
    let shifted = shift < 0 ? delta >> Int64(-shift) : delta << Int64(shift)
    let scaled = (Int128(shifted) * Int128(multiplier)) >> 32
    return Int64(bitPattern: systemTime) &+ Int64(truncatingIfNeeded: scaled)
  }
}
