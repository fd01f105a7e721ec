/// What was seen of a guest from its mark `ready` to its end.
///
/// All times are nanoseconds of the host's monotonic clock.
public struct Observation: Hashable, Sendable {
  /// How a run ended.
  public enum End: Hashable, Sendable {
    /// The guest wrote to the exit port, after it had listened long enough.
    case exited(code: UInt32)
    /// It still ran, or was halted, long after it should have ended.
    case timedOut
    /// It stopped in a way that no toy guest should; the reason.
    case died(String)
  }

  /// What became of the vCPU between the boundary and its return into the guest.
  public struct Outside: Hashable, Sendable {
    /// When the boundary was reached.
    public var stopped: UInt64
    /// When the first part was read, with which the guest's timers may stop.
    public var saving: UInt64
    /// When the last part was written, after which they run for certain.
    public var restored: UInt64
    /// When the vCPU was entered again.
    public var resumed: UInt64
    /// Whether the timer's phase was lost on the way as KVM offers no way to keep it: what comes may be late by
    /// a period, once.
    public var isPhaseLost = false

    /// Creates a record of a cut.
    public init(stopped: UInt64, saving: UInt64, restored: UInt64, resumed: UInt64) {
      self.stopped = stopped
      self.saving = saving
      self.restored = restored
      self.resumed = resumed
    }

    /// For how long a timer of the guest's may have stood still.
    public var frozen: UInt64 { restored - saving }
  }

  /// A reading of the guest's clocks.
  public struct Sample: Hashable, Sendable {
    /// The clock, in nanoseconds from a beginning that does not matter.
    public var clock: Int64
    /// When the guest had not read it yet: it had just said so of the sample before, or begun.
    public var earliest: UInt64
    /// When the guest had said that it had read it.
    public var time: UInt64

    /// Creates a sample.
    public init(clock: Int64, earliest: UInt64, time: UInt64) {
      self.clock = clock
      self.earliest = earliest
      self.time = time
    }
  }

  /// The guest's marks, in their order.
  public var events: [TortureEvent] = []
  /// When the host raised a line or an NMI, for subjects that the host drives.
  public var raises: [UInt64] = []
  /// The guest's clocks, for subjects that are clocks.
  public var samples: [Sample] = []
  /// The time outside of the guest; nil for a run that was not cut.
  public var outside: Outside?
  /// Until when the vCPU was held at the mark `started`; nil: it was not.
  public var released: UInt64?
  /// How it ended.
  public var end = End.timedOut
  /// When.
  public var endTime: UInt64 = 0
  /// What is left in registers and memory that does not depend on time, as a digest.
  public var remains: UInt64 = 0

  /// Nothing seen yet.
  public init() {}

  /// How many interrupts the guest handled.
  public var deliveries: Int { events.count { $0.kind == .handled } }
}
