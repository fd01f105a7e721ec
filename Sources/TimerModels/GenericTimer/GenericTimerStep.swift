/// Something that is done to a generic timer, and when.
public struct GenericTimerStep: Hashable, Sendable {
  /// What is done.
  public enum Operation: Hashable, Sendable {
    /// Another timer of the kind takes this one's place, as after reset.
    case restart(CounterFrequency)
    /// A register is read.
    case read(GenericTimerRegister)
    /// The guest writes a register, or the host CNTVOFF.
    case write(GenericTimerRegister, UInt64)
    /// The host moves CVAL, and nothing is looked at.
    case move(GenericTimerChannel, UInt64)
    /// A wake-up.
    case wakeUp
    /// The present moves back by so many nanoseconds, a whole number of ticks, and CVAL by as many.
    case shift(nanoseconds: UInt64, ticks: UInt64)
  }

  /// The instant.
  public var now: Instant
  /// What is done.
  public var operation: Operation

  /// Creates a step.
  public init(at now: Instant, _ operation: Operation) {
    self.now = now
    self.operation = operation
  }
}

/// A generic timer for whose answers many are asked at once.
public protocol RemoteGenericTimer: GenericTimerInterface {
  /// Carries out a step, and returns the value read (0 for another).
  mutating func perform(_ step: GenericTimerStep) -> UInt64

  /// Carries out sequences of steps, each from this state, so that those that follow are known.
  mutating func prepare(_ sequences: [[GenericTimerStep]])

  /// A number that equal timers share, and others seldom.
  var fingerprint: UInt64 { get }
}
