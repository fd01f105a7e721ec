public import TimerModels

/// The code around a Count/Compare timer: what a hypervisor does with the model, step by step.
///
/// Most historic bugs are in the timer, and some are in how it is used: an operation that is one
/// step in the model and two in the hypervisor, or a restore in the wrong order. Each requirement
/// has a right implementation, and an exhibit replaces one.
public protocol CountCompareHost: Hashable, Sendable {
  /// The timer's type.
  associatedtype Timer: CountCompareRules

  /// The timer.
  var timer: Timer { get set }

  /// Takes a timer into use.
  init(timer: Timer)

  /// The first step of a guest's write of Cause: what is fetched for the second.
  mutating func beginWritingCause(at now: Instant)

  /// The last step of a guest's write of Cause.
  mutating func finishWritingCause(at now: Instant, _ cause: CP0Cause)

  /// The first step of a guest's write of Compare where the guest has registers in hardware.
  mutating func beginWritingCompare(_ compare: UInt32, in context: inout GuestContext)
}

/// The registers of a Count/Compare timer as a checkpoint holds them, read while COUNT_CTL.DC was
/// set.
public struct SavedCountCompare: Hashable, Sendable {
  /// COUNT_HZ.
  public var frequency: CountFrequency
  /// COUNT_RESUME.
  public var resumeTime: Instant
  /// Compare.
  public var compare: UInt32
  /// Cause.
  public var cause: CP0Cause
  /// Count.
  public var count: UInt32
}

extension CountCompareHost {
  /// Fetches nothing: what the timer does in between must not be lost.
  public mutating func beginWritingCause(at now: Instant) {}

  /// Writes the register, in one step.
  public mutating func finishWritingCause(at now: Instant, _ cause: CP0Cause) {
    timer.guestWriteCause(at: now, cause)
  }

  /// Moves what can go first without Count coming to lie before Compare (upstream commit
  /// 5dee99b24eef): forward it is Count, back it is Compare.
  public mutating func beginWritingCompare(_ compare: UInt32, in context: inout GuestContext) {
    if Int32(bitPattern: compare &- context.compare) > 0 {
      context.count = compare
    } else {
      context.compare = compare
    }
  }

  /// Moves the other of the two, and writes the timer's Compare.
  public mutating func finishWritingCompare(
    at now: Instant, _ compare: UInt32, in context: inout GuestContext
  ) {
    context.compare = compare
    context.count = compare
    timer.guestWriteCompare(at: now, compare)
  }

  /// Restores a stopped timer, register by register, into one that was just created (CC-15).
  ///
  /// It stops the new one first, and writes Cause before Count; the host starts it again.
  public mutating func restore(at now: Instant, from saved: SavedCountCompare) {
    timer.writeControl(at: now, isDisabled: true)
    timer.writeFrequency(at: now, saved.frequency)
    timer.writeResume(at: now, saved.resumeTime)
    timer.hostWriteCompare(at: now, saved.compare)
    timer.hostWriteCause(at: now, saved.cause)
    timer.hostWriteCount(at: now, saved.count)
  }
}

/// A hypervisor that does everything right with its timer, right or not.
public struct PlainCountCompareHost<Timer: CountCompareRules>: CountCompareHost {
  /// The timer.
  public var timer: Timer

  /// Takes a timer into use.
  public init(timer: Timer) {
    self.timer = timer
  }
}
