/// What a waiting owner's timers are told when its wait ends: the deadline, once it is near enough.
public struct Arrival: Hashable, Sendable {
  /// The deadline that the owner waited for.
  public let deadline: Instant
  /// From when on the timers are told the deadline, at most the deadline; before it, the present.
  public let earliest: Instant

  /// Creates an arrival; one that is its own earliest is not an advance.
  @inlinable
  public init(deadline: Instant, earliest: Instant) {
    self.deadline = deadline
    self.earliest = earliest
  }
}
