/// How long before a deadline a waiting owner enters the guest, so that its interrupt is there when it is due.
///
/// An *entry* begins when the owner's wait ends, and ends with the first instruction of the guest's handler. It
/// takes a time that varies and that has a least value, which the host never undercuts. So the owner ends its
/// wait that much before the deadline, less a margin, and has its timers take it for the deadline
/// (``TimerTimeRules``).
///
/// What is learnt only makes the advance shorter: a host that is slow for a while is fast again later, and an
/// interrupt that comes early is a fault, where one that comes late is not.
///
/// *Guarantee:* as long as no entry takes less than the least one that was noted, less the margin, none that
/// was given ``arrival(for:)`` ends before its deadline. After one that did, none that takes as long does.
public protocol AdvanceRules: Hashable, Sendable {
  /// What is known of how long entries take.
  var state: AdvanceState { get set }

  /// Takes a state.
  init(state: AdvanceState)

  /// The advance, in nanoseconds; at most ``limit`` where it is learnt.
  var nanoseconds: UInt64 { get }

  /// An entry was seen to take so many nanoseconds.
  mutating func note(entry nanoseconds: UInt64)

  /// An entry that was noted was early: the guest's own clock says so.
  mutating func noteEarly()
}

extension AdvanceRules {
  /// The longest advance, in nanoseconds: where an entry takes longer, another cause holds it up.
  @inlinable
  public static var limit: UInt64 { 100_000 }

  /// Nothing, what was given, or ``lowBound``.
  @inlinable
  public var nanoseconds: UInt64 {
    switch state.policy {
    case .off: 0
    case .fixed(let nanoseconds):
      state.earlyEntries == 0 ? nanoseconds : min(nanoseconds, lowBound)
    case .learnt: lowBound
    }
  }

  /// What no entry undercuts: the least one less a quarter of it, less half of it after one that was early,
  /// and nothing after two.
  ///
  /// *Why a quarter:* a host was seen to be slower by an eighth for as long as the least entry was looked for.
  @inlinable
  public var lowBound: UInt64 {
    let least = min(state.least ?? 0, Self.limit)
    return least - least >> (2 - min(state.earlyEntries, 2))
  }

  /// When the owner's wait for a deadline ends, and from when on its timers are told the deadline.
  @inlinable
  public func arrival(for deadline: Instant) -> Arrival {
    let advance = min(nanoseconds, deadline.nanoseconds)
    return Arrival(
      deadline: deadline, earliest: Instant(nanoseconds: deadline.nanoseconds - advance))
  }

  /// Keeps the least.
  @inlinable
  public mutating func note(entry nanoseconds: UInt64) {
    state.least = min(state.least ?? .max, nanoseconds)
  }

  /// Makes the margin twice as large.
  @inlinable
  public mutating func noteEarly() { state.earlyEntries &+= 1 }
}
