/// What a request to an adapter came to.
public struct DeviceAnswer: Hashable, Sendable {
  /// One per operation.
  public var results: [DeviceResult]
  /// One per operation that was to be followed by a save.
  public var states: [DeviceState]
}
