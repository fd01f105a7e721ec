/// Random long schedules of a world that no search exhausts.
///
/// Each walk has a number, from which and the seed its schedule follows, so that shares of the numbers can be
/// gone through in different places. A walk that breaks a property is shrunk: actions are left out as long as
/// the property is still broken.
public struct Walk<Explored: World>: Sendable {
  /// Where all schedules begin.
  public var start: Explored
  /// What can happen.
  public var alphabet: [Explored.Action]
  /// What the schedules follow from.
  public var seed: UInt64
  /// The walks to take: the numbers that leave this remainder.
  public var shard: Shard
  /// The one property to look at, or nil for all.
  public var target: Explored.Property?
  /// Asked from time to time: whether to end with what there is.
  public var isInterrupted: @Sendable () -> Bool
  /// Told before each walk what came of those before; nil by default.
  public var progress: (@Sendable (WalkReport) -> Void)?

  /// The most actions of a walk.
  @inlinable public static var length: Int { 1000 }

  /// Creates walks.
  ///
  /// - Parameters:
  ///   - start: Where all schedules begin.
  ///   - alphabet: What can happen; the world's whole alphabet by default.
  ///   - seed: What the schedules follow from.
  ///   - shard: The share of the walks to take; all by default.
  ///   - target: The one property to look at, or nil for all.
  @inlinable
  public init(
    from start: Explored, alphabet: [Explored.Action] = Explored.alphabet, seed: UInt64,
    shard: Shard = .whole, target: Explored.Property? = nil
  ) {
    precondition(!alphabet.isEmpty, "nothing can happen")
    self.start = start
    self.alphabet = alphabet
    self.seed = seed
    self.shard = shard
    self.target = target
    isInterrupted = { false }
  }

  /// Walks until a property is broken or the time is over.
  ///
  /// - Parameters:
  ///   - seconds: The most seconds.
  ///   - walks: The most walks; nil for no bound.
  /// - Returns: What came of it.
  @inlinable
  public func run(seconds: UInt64, walks: Int? = nil) -> WalkReport {
    let clock = SearchClock(seconds: seconds)
    var report = WalkReport(seed: seed, shard: shard)
    var number = UInt64(shard.index)
    while report.walks < walks ?? .max, !clock.isOver {
      if isInterrupted() {
        report.isInterrupted = true
        break
      }
      progress?(report)
      var random = WalkRandom(seed: seed, walk: number)
      let taken = walk { random.next(below: alphabet.count) }
      report.walks += 1
      report.actions += taken.schedule.count
      if let property = taken.property {
        let schedule = shrunk(taken.schedule, breaking: property)
        report.property = property.rawValue
        report.schedule = schedule.map { alphabet[$0].description }
        report.walk = number
        report.length = taken.schedule.count
        return report
      }
      number += UInt64(shard.count)
    }
    return report
  }

  /// Takes one action after the other, leaves out those that cannot happen, and ends where a property is broken.
  @inlinable
  func walk(_ next: () -> Int?) -> (schedule: [Int], property: Explored.Property?) {
    var world = start
    var schedule: [Int] = []
    var misses = 0
    if let property = world.fault(in: target) { return (schedule, property) }
    while schedule.count < Self.length, misses < 64 * alphabet.count, let action = next() {
      var after = world
      let step = after.perform(alphabet[action])
      if step.isImpossible {
        misses += 1
        continue
      }
      misses = 0
      schedule.append(action)
      if case .violated(let property) = step, target ?? property == property {
        return (schedule, property)
      }
      world = after
      if let property = world.fault(in: target) { return (schedule, property) }
    }
    return (schedule, nil)
  }

  /// A schedule of which no single action can be left out; what cannot happen any more goes, too.
  @inlinable
  func shrunk(_ schedule: [Int], breaking property: Explored.Property) -> [Int] {
    var best = schedule
    var size = max(1, best.count / 2)
    while true {
      var place = 0
      var isShorter = false
      while place < best.count {
        var rest = (best[..<place] + best[min(place + size, best.count)...]).makeIterator()
        let taken = walk { rest.next() }
        if taken.property == property, taken.schedule.count < best.count {
          best = taken.schedule
          isShorter = true
        } else {
          place += size
        }
      }
      if size == 1, !isShorter { return best }
      size = max(1, size / 2)
    }
  }
}

/// The random numbers of one walk: SplitMix64, begun at a place that is the walk's own.
@usableFromInline
struct WalkRandom {
  @usableFromInline var state: UInt64

  @inlinable
  init(seed: UInt64, walk: UInt64) {
    var fingerprint = Fingerprint()
    fingerprint.combine(seed)
    fingerprint.combine(walk)
    state = fingerprint.value
  }

  /// A number from 0, near enough to equally often.
  @inlinable
  mutating func next(below bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((word ^ word >> 31).multipliedFullWidth(by: UInt64(bound)).high)
  }
}
