internal import TimerModels

/// What to keep of a run whose guest stamps its interrupts (the guest `deadlines`).
public struct DeliveryPlan: Hashable, Sendable {
  /// The most bytes of records to take from the guest.
  public var recordBytesMax: Int
  /// How many stamps each thread and each timer keeps; 0 keeps none, for runs without them.
  public var stampCapacity: Int
  /// How many looks at the scheduler's counts vCPU 0's thread keeps (``WitnessSample``); 0 takes none.
  public var sampleCapacity: Int
  /// The thread, beside the vCPU's own, whose waits for a processor count; nil for none.
  public var servingThread: Int32?

  /// Creates a plan.
  public init(
    recordBytesMax: Int, stampCapacity: Int, sampleCapacity: Int = 0, servingThread: Int32? = nil
  ) {
    self.recordBytesMax = recordBytesMax
    self.stampCapacity = stampCapacity
    self.sampleCapacity = sampleCapacity
    self.servingThread = servingThread
  }
}
