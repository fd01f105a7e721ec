/// What came of a ``Walk``.
public struct WalkReport: Hashable, Sendable {
  /// What the schedules followed from.
  public var seed: UInt64
  /// The share of the walks.
  public var shard: Shard
  /// How many walks were taken.
  public var walks = 0
  /// How many actions were carried out in them.
  public var actions = 0
  /// Whether it was ended from outside, before its time.
  public var isInterrupted = false
  /// What is broken, if anything is.
  public var property: String?
  /// The actions that lead there, after shrinking.
  public var schedule: [String] = []
  /// The number of the walk that broke it.
  public var walk: UInt64?
  /// How many actions that walk had.
  public var length = 0

  @usableFromInline
  init(seed: UInt64, shard: Shard) {
    self.seed = seed
    self.shard = shard
  }

  /// What was found, and how much was walked, in a line without an end.
  public var summary: String {
    let result =
      property.map { "broken: \($0), by walk \(walk ?? 0) of \(counted(length, "action"))" }
      ?? "held in every walk\(isInterrupted ? " (interrupted)" : "")"
    let part = shard == .whole ? "" : ", shard \(shard)"
    return
      "\(result); \(counted(walks, "walk")), \(counted(actions, "action")), seed \(seed)\(part)"
  }
}
