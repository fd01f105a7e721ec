public import Exploration
public import TimerModels

/// A vCPU's thread that waits for its timer and enters the guest before the deadline.
///
/// An entry takes at least `entryTicks`, which may become less, and as much more as the world likes. It may be given
/// up before the guest has run, saved, and made again. The timer is what matters of any: an alarm, which raises
/// the line once the timer has looked at that instant or later.
///
/// The rules are those that run, with smaller numbers: a tick is a nanosecond. The space of states is
/// finite, because the present is moved back after every action, and with it all that refers to it.
public struct AdvanceWorld<Rules: AdvanceRules, Time: TimerTimeRules>: World {
  /// What can happen.
  public typealias Action = AdvanceAction
  /// What must never happen.
  public typealias Property = AdvanceProperty

  /// What the owner is at.
  enum Owner: Hashable, Sendable {
    /// The guest runs, and sets its alarm.
    case running
    case waiting
    /// The guest is being entered since the instant, with its interrupt.
    case entering(Instant)
    /// The entry was given up: the interrupt is pending.
    case out
  }

  var rules: Rules
  var time = Time()
  /// When the timer wants to be looked at.
  var alarm: Instant?
  /// What the guest set last, until its handler has run.
  var deadline: Instant?
  var isLineHigh = false
  var owner = Owner.running
  /// What an entry takes at least, from now on.
  var entryTicks = Self.slowest
  /// The least that an entry took, and whether one was early; what the rules know of that is compared with nothing.
  var seen = Self.slowest
  var isWarned = false
  /// The latest instant that the timer was told.
  var told = Instant.origin
  var now = Self.present

  static var present: UInt64 { 1 << 20 }
  static var slowest: UInt64 { 3 }
  static var nearTicks: UInt64 { 2 }
  static var farTicks: UInt64 { 6 }
  /// What is longer past is all the same.
  static var memory: UInt64 { 7 }

  /// Creates a world of a timer without an alarm, on a host whose entries have been seen.
  public init(policy: AdvancePolicy = .learnt) {
    rules = Rules(state: AdvanceState(policy: policy, least: Self.slowest))
    normalise()
  }

  /// Everything that can happen.
  public static var alphabet: [AdvanceAction] { AdvanceAction.allCases }

  /// Who does it.
  public static func actor(of action: AdvanceAction) -> Actor { action.actor }

  var instant: Instant { Instant(nanoseconds: now) }

  /// A deadline that neither the alarm nor the line still stands for.
  public var violation: Property? {
    deadline != nil && alarm == nil && !isLineHigh ? .lost : nil
  }

  /// A deadline whose handler has not run.
  public var debt: Property? { deadline == nil ? nil : .lost }

  /// The owner continues, as its loop does, until the handler has run.
  public mutating func rest() {
    for _ in 0..<4 where deadline != nil {
      switch owner {
      case .running: owner = isLineHigh ? .entering(instant) : .waiting
      case .waiting:
        if let alarm { pass(to: rules.arrival(for: alarm).earliest) }
        _ = endWait()
      case .out: owner = .entering(instant)
      case .entering(let begun):
        pass(to: max(begun.adding(nanoseconds: entryTicks), deadline ?? instant))
        _ = handle()
      }
    }
  }

  /// The state in words, instants by their distance from the present.
  public var readout: Readout {
    let owner =
      switch owner {
      case .running: "runs"
      case .waiting: "waits"
      case .entering(let begun): "entered \(distance(begun))"
      case .out: "out"
      }
    let timer = alarm.map { "alarm \(distance($0))" } ?? (isLineHigh ? "line high" : "no alarm")
    let ahead = time.reached > instant ? ", told \(distance(time.reached))" : ""
    return Readout(
      timer: timer + ahead, controller: owner + ", advance \(rules.nanoseconds)")
  }

  private func distance(_ other: Instant) -> String {
    let distance = Int64(other.nanoseconds) - Int64(now)
    return distance < 0 ? "\(distance)" : "+\(distance)"
  }
}
