/// A saved state of a foreign device; what it means is the adapter's business.
public struct DeviceState: Hashable, Sendable {
  /// The adapter's bytes.
  public var bytes: [UInt8]

  /// Wraps bytes that an adapter gave.
  public init(bytes: [UInt8]) { self.bytes = bytes }
}
