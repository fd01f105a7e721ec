/// What a request to an adapter came to.
public struct DeviceAnswer: Hashable, Sendable {
  /// One per operation.
  public var results: [DeviceResult]
  /// None, the one at the end, or, of a fan, one per operation.
  public var states: [DeviceState]
}
