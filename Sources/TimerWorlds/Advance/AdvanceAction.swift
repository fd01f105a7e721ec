public import Exploration

/// What must never happen to a guest that is entered before its deadline.
public enum AdvanceProperty: String, Hashable, Sendable, CaseIterable {
  /// An interrupt does not come.
  case lost = "lost-interrupt"
  /// The guest's handler runs before the deadline by the guest's own clock, although no entry was faster than
  /// those that were noted.
  case early = "early-interrupt"
  /// An access shows another time than the present.
  case clock = "wrong-clock"
  /// The timer is told an instant before the last one.
  case backwards = "time-goes-back"
  /// A wait ends, its deadline is near enough, and nothing is due: the owner waits again for nothing.
  case busy = "busy-loop"
  /// An access waits longer than the advance, or longer than until what the timer was told.
  case held = "access-held"
  /// What was seen of an entry made the advance longer, or three early entries leave one.
  case longer = "longer-advance"
}

/// What can happen in ``AdvanceWorld``.
public enum AdvanceAction: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  // Time.
  case tick
  case toArrival = "to-arrival"
  case toDeadline = "to-deadline"

  // The guest.
  case alarmNow = "alarm=now"
  case alarmNear = "alarm=near"
  case alarmFar = "alarm=far"
  case halt
  /// The first instruction of the handler.
  case handle
  /// A read of the timer's count, of this vCPU or of another thread.
  case read

  // The host.
  /// The wait ends: at its time, or by a kick.
  case endWait = "end-wait"
  /// The supervising thread looks at the timer, for an expiry that was for nothing.
  case look
  /// The owner leaves KVM before the guest has run.
  case kick
  /// The machine is saved, and continues from the checkpoint, elsewhere.
  case checkpoint
  /// Entries take a tick less from now on.
  case faster

  /// The word for it in a replay string.
  public var description: String { rawValue }

  /// In whose column it is printed.
  public var actor: Actor {
    switch self {
    case .tick, .toArrival, .toDeadline: .time
    case .alarmNow, .alarmNear, .alarmFar, .halt, .handle, .read: .guest
    case .endWait, .look, .kick, .checkpoint, .faster: .host
    }
  }
}
