internal import TimerModels

/// What to keep of a run whose guest stamps its interrupts (the guest `deadlines`).
public struct DeliveryPlan: Sendable {
  /// The most bytes of records to take from each vCPU.
  public var recordBytesMax: Int
  /// How many stamps each thread and each timer keeps; 0 keeps none, for runs without them.
  public var stampCapacity: Int
  /// How many looks at the scheduler's counts each vCPU's thread keeps (``WitnessSample``); 0 takes none.
  public var sampleCapacity: Int
  /// The thread, beside the vCPU's own, whose waits for a processor count; nil for none.
  public var servingThread: Int32?
  /// Gets what a vCPU has just handed over, behind the last record of the time before; nil for none.
  ///
  /// It is called by the vCPU's thread, which has the next deadline to meet: it keeps what it gets, and no more.
  public var listener: (@Sendable (DeliveryTrace) -> Void)?

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
