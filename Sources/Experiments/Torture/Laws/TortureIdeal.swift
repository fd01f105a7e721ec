/// What is known of a guest's runs that are not cut.
public struct TortureIdeal: Hashable, Sendable {
  /// ``Observation/remains`` of each of them.
  public var remains: UInt64
  /// How many interrupts each of them handled.
  public var deliveries: ClosedRange<Int>

  /// Creates an ideal.
  public init(remains: UInt64, deliveries: ClosedRange<Int>) {
    self.remains = remains
    self.deliveries = deliveries
  }
}
