/// A saved state of a foreign device; what it means is the adapter's business.
public struct DeviceState: Hashable, Sendable {
  /// The adapter's bytes, padded with 0, as little-endian words.
  public var words: ContiguousArray<UInt64>

  /// Wraps what an adapter gave.
  public init(words: ContiguousArray<UInt64>) { self.words = words }
}
