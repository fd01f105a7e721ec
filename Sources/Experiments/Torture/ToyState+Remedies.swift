internal import KVM

extension ToyState {
  /// Takes back what a restore would make of a timer that counts once: the local APIC's one-shot that was
  /// delivered, and channel 0 of the PIT, of which what is left of its count is told by when it was loaded.
  ///
  /// Assumes: what had expired is in IRR (``KVM/VirtualCPU/settle()``).
  ///
  /// - Parameter now: The host's monotonic clock when the parts were read, in nanoseconds.
  mutating func stopWhatIsSpent(at now: UInt64) {
    if let bytes = parts[.localAPIC], bytes.count == 1024 {
      var page = LocalAPICPage(bytes)
      page.stopSpentTimer()
      parts[.localAPIC] = page.bytes
    }
    if var timer = parts[.pit].flatMap(OneShotChannel.init) {
      timer.letPass(until: now)
      parts[.pit] = timer.bytes
    }
  }
}

/// Channel 0 of a `kvm_pit_state2` in a mode that counts once.
struct OneShotChannel {
  private(set) var bytes: [UInt8]

  private enum Offset {
    static let count = 0
    static let mode = 13
    static let loaded = 16
  }

  private static let hertz: UInt64 = 1_193_182

  /// Nil for another size, and for a channel that does not count, or again and again.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == 112, [0, 1, 4].contains(bytes[Offset.mode]) else { return nil }
    self.bytes = bytes
  }

  /// Brings the count to where it is: KVM keeps the one that was loaded, and starts it anew when it is set.
  ///
  /// One that has ended becomes one that does not count: a mode without a timer.
  ///
  /// - Parameter now: The host's monotonic clock, which the moment of loading is told in.
  mutating func letPass(until now: UInt64) {
    let loaded = word(Offset.loaded, 8)
    let elapsed = UInt64(
      UInt128(now - min(now, loaded)) * UInt128(Self.hertz) / 1_000_000_000)
    let count = word(Offset.count, 4)
    let whole = count == 0 ? 0x1_0000 : count
    guard elapsed < whole else { return bytes[Offset.mode] |= 0x80 }
    let left = whole - elapsed
    for byte in 0..<4 { bytes[Offset.count + byte] = UInt8(truncatingIfNeeded: left >> (8 * byte)) }
  }

  private func word(_ start: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) }
  }
}
