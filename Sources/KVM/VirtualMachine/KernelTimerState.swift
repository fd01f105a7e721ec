/// The state of the kernel's i8254, as `KVM_GET_PIT2` gives it: what it reports of channel 0, the one that
/// interrupts, and what it does not.
///
/// It has the counts and modes that a guest set, and neither where in its count channel 0 is nor the ticks that KVM
/// still owes to a guest that is late. What is set begins a whole period.
public struct KernelTimerState: Hashable, Sendable {
  /// A `kvm_pit_state2`: three channels of 24 bytes, then flags.
  public let bytes: [UInt8]

  /// Where channel 0 has its count (4 bytes) and its mode, a channel's size, and where the flags are.
  private enum Offset {
    static let count = 0
    static let mode = 13
    static let channel = 24
    static let flags = 72
  }

  /// A `kvm_pit_state2` has as many.
  static let size = 112
  /// Of the counter's ticks, to 1 ns a tick in 10^6.
  private static let hertz: UInt64 = 1_193_182

  /// Takes a state that may come from a file.
  ///
  /// - Parameter bytes: A `kvm_pit_state2`.
  /// - Throws: ``KVMError/unsuitableState(_:)`` for another size, a count above 65536, and flags by which the
  ///   channel does not count at all (those of an HPET in its place).
  public init(_ bytes: [UInt8]) throws(KVMError) {
    guard bytes.count == Self.size else {
      throw .unsuitableState("an i8254 of \(bytes.count) bytes; this host takes \(Self.size)")
    }
    self.bytes = bytes
    for channel in 0..<3 where word(Offset.count + channel * Offset.channel) > 0x1_0000 {
      throw .unsuitableState("a count of the i8254's is above 65536")
    }
    guard word(Offset.flags) & ~2 == 0 else {
      throw .unsuitableState("the i8254 has flags 0x\(String(word(Offset.flags), radix: 16))")
    }
  }

  /// Whether the guest has given channel 0 a mode.
  public var isProgrammed: Bool { bytes[Offset.mode] != 0xff }

  /// How long channel 0 may still take until it interrupts for the last time, in nanoseconds; nil where it
  /// counts again and again, or does not count.
  ///
  /// Modes 0, 1 and 4 count once, and KVM lets all three interrupt at the end.
  public var longestLastCount: UInt64? {
    countsOnce ? (count * 1_000_000_000 + Self.hertz - 1) / Self.hertz : nil
  }

  private var countsOnce: Bool { [0, 1, 4].contains(bytes[Offset.mode]) }

  /// Channel 0's count, 1 to 65536.
  private var count: UInt64 {
    let count = word(Offset.count)
    return count == 0 ? 0x1_0000 : UInt64(count)
  }

  private func word(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
  }
}
