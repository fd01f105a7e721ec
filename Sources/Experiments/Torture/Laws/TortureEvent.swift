/// What a toy guest says of itself, by a 4-byte write to the lab port's mark register.
///
/// Bits 7:0 are the kind, 31:8 a number.
public struct TortureEvent: Hashable, Sendable {
  /// What happened.
  public enum Kind: UInt8, CaseIterable, Hashable, Sendable {
    /// All is set up and nothing is armed; boundaries are counted from here.
    case ready = 1
    /// The next instructions arm a deadline; the number is what is armed, in microseconds from now.
    case armed = 2
    /// It is armed. The guest may be held here until the deadline has passed.
    case started = 3
    /// The handler runs; the number counts from 1.
    case handled = 4
    /// The guest has disarmed a deadline that has not come.
    case disarmed = 5
    /// The guest waits for nothing any more; it listens for what should not come.
    case settled = 6
    /// The guest has stored a sample of its clocks; the number counts from 0.
    case sampled = 7
  }

  /// What happened.
  public var kind: Kind
  /// What goes with it: 0 to 2^24 - 1.
  public var number: Int
  /// When the exit came, in nanoseconds of the host's monotonic clock.
  public var time: UInt64

  /// Creates an event.
  public init(_ kind: Kind, _ number: Int = 0, at time: UInt64) {
    self.kind = kind
    self.number = number
    self.time = time
  }

  /// Reads a mark; nil where it says nothing of this.
  public init?(mark: UInt32, at time: UInt64) {
    guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: mark)) else { return nil }
    self.init(kind, Int(mark >> 8), at: time)
  }
}
