internal import TimerModels

/// What to keep of a run whose guest stamps its interrupts (the guest `deadlines`).
public struct DeliveryPlan: Hashable, Sendable {
  /// The most bytes of records to take from the guest.
  public var recordBytesMax: Int
  /// How many stamps each thread and each timer keeps; 0 keeps none, for runs without them.
  public var stampCapacity: Int

  /// Creates a plan.
  public init(recordBytesMax: Int, stampCapacity: Int) {
    self.recordBytesMax = recordBytesMax
    self.stampCapacity = stampCapacity
  }
}
