public import Exploration
public import TimerModels

/// A timer's host timer, the owner, the supervising thread, and another thread that changes the timer.
///
/// Any thread may be preempted at any step, for as long as the world likes. The host timer may be late
/// without a bound, and early by a tick. The timer is what matters of any: an alarm, which is gone once the
/// timer has looked at that instant or later.
///
/// The plan is the one that runs, with smaller numbers: a tick is a nanosecond, the pacing allows 2 expiries
/// at once and one every 2 ticks, and the owner is given 4 ticks. The space of states is finite, because the
/// present is moved back after every action, and with it all that refers to it. What is long past stays as
/// long past.
public struct HostTimerWorld<Plan: HostTimerRules>: World {
  /// What can happen.
  public typealias Action = HostTimerAction
  /// What must never happen.
  public typealias Property = HostTimerProperty

  /// What the supervising thread is at.
  enum Supervisor: Hashable, Sendable {
    case polling
    /// It saw that the host timer was readable, and does not have the lock yet.
    case seen
    /// It has the lock and has done the first command; this is the second.
    case serving(HostTimerCommand?)
  }

  /// The plan.
  public internal(set) var plan: Plan
  /// When the timer wants to be looked at.
  var alarm: Instant?
  var timer = OneShotTimer.idle
  var supervisor = Supervisor.polling
  /// Whether the owner waits; what the plan knows of that is compared with nothing.
  var isOwnerWaiting = false
  /// The measure of the pacing: every expiry served adds ``spacing``, and it drains with time.
  var load: UInt64 = 0
  var now = Self.present

  static var present: UInt64 { 1 << 20 }
  static var spacing: UInt64 { 2 }
  static var burst: UInt64 { 2 }
  static var backupDelay: UInt64 { 4 }
  static var nearTicks: UInt64 { 2 }
  static var farTicks: UInt64 { 9 }
  /// Longer than anything is away.
  static var pauseTicks: UInt64 { 20 }

  /// Creates a world of a timer without an alarm.
  public init() {
    let pacing = ExpiryPacing(spacing: Self.spacing, burst: Self.burst)
    plan = Plan(state: HostTimerState(backupDelay: Self.backupDelay, pacing: pacing))
    normalise()
  }

  /// Everything that can happen.
  public static var alphabet: [HostTimerAction] { HostTimerAction.allCases }

  /// Who does it.
  public static func actor(of action: HostTimerAction) -> Actor { action.actor }

  var instant: Instant { Instant(nanoseconds: now) }

  var isLocked: Bool {
    if case .serving = supervisor { true } else { false }
  }

  /// The plan counts on an expiry that does not come.
  ///
  /// An expiry that it does not count on may come: it is for nothing.
  public var violation: Property? {
    guard !isLocked, let armed = plan.state.armed else { return nil }
    return timer == .readable || timer == .pending(armed) ? nil : .disagreement
  }

  /// An alarm that there is.
  public var debt: Property? { alarm == nil ? nil : .missed }

  /// When the host timer is to have expired at the latest.
  private func promised(for alarm: Instant) -> Instant {
    if isOwnerWaiting { return max(instant, alarm.adding(nanoseconds: Self.backupDelay)) }
    let full = (Self.burst - 1) * Self.spacing
    return max(alarm, instant.adding(nanoseconds: load > full ? load - full : 0))
  }

  /// The owner does nothing; the host timer goes off in time, and the supervising thread serves it, until
  /// the alarm's time is over.
  ///
  /// *Why three times:* an expiry that was seen before, one for an alarm that has moved, and the last.
  public mutating func rest() {
    for _ in 0..<3 {
      rearm()
      guard let alarm else { return }
      let latest = promised(for: alarm)
      if supervisor != .seen {
        if case .pending(let expiry) = timer, expiry <= latest {
          pass(to: expiry)
          timer = .readable
        }
        guard timer == .readable else { return }
      }
      _ = expire()
    }
    rearm()
  }

  /// Made of what changes.
  public var fingerprint: UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.combine(Self.word(alarm) << 32 | Self.word(plan.state.armed))
    fingerprint.combine(plan.state.pacing.earliest.nanoseconds << 32 | load)
    let pending: UInt64 =
      switch timer {
      case .idle: 0
      case .readable: 1
      case .pending(let expiry): 2 + expiry.nanoseconds
      }
    let next: UInt64 =
      switch supervisor {
      case .polling: 0
      case .seen: 1
      case .serving(.arm(let expiry)): 4 + expiry.nanoseconds
      case .serving(let command): command == nil ? 2 : 3
      }
    let flags: UInt64 = (isOwnerWaiting ? 2 : 0) | (plan.state.isOwnerWaiting ? 1 : 0)
    fingerprint.combine(pending << 32 | next)
    return fingerprint.value ^ flags << 56
  }

  private static func word(_ instant: Instant?) -> UInt64 { instant.map { $0.nanoseconds } ?? 0 }

  /// The state in words, instants by their distance from the present.
  public var readout: Readout {
    var words = [alarm.map { "alarm \(distance($0))" } ?? "no alarm"]
    if isOwnerWaiting { words.append("waiting") }
    var host = [plan.state.armed.map { "armed \(distance($0))" } ?? "not armed"]
    switch timer {
    case .idle: break
    case .pending(let expiry): host.append("expires \(distance(expiry))")
    case .readable: host.append("readable")
    }
    if plan.state.pacing.earliest > instant {
      host.append("not before \(distance(plan.state.pacing.earliest))")
    }
    switch supervisor {
    case .polling: break
    case .seen: host.append("seen")
    case .serving: host.append("being served")
    }
    return Readout(
      timer: words.joined(separator: ", "), controller: host.joined(separator: ", "))
  }

  private func distance(_ other: Instant) -> String {
    let distance = Int64(other.nanoseconds) - Int64(now)
    return distance < 0 ? "\(distance)" : "+\(distance)"
  }
}
