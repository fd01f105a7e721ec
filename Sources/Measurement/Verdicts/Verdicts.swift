/// The verdicts of a campaign, counted so that nothing is missing and nothing is counted twice.
///
/// *Guarantee:* the classes of deadlines add up to the planned deadlines, and every handler run
/// either answers one deadline or is counted as duplicated or spurious. A value that breaks either
/// sum cannot be made.
public struct Verdicts: Hashable, Sendable {
  /// How many deadlines were planned.
  public let planned: Int
  /// How often the guest's handler ran.
  public let runs: Int
  /// Runs that repeated what was answered already.
  public let duplicated: Int
  /// Runs for nothing.
  public let spurious: Int
  private let classes: [Verdict: Int]

  /// Checks and keeps the counts; a class that is not named counts 0.
  ///
  /// - Parameters:
  ///   - classes: How many deadlines have each verdict.
  ///   - planned: How many deadlines were planned.
  ///   - runs: How often the handler ran.
  ///   - duplicated: How many runs repeated what was answered already.
  ///   - spurious: How many runs were for nothing.
  /// - Throws: ``Discrepancy``, when a count is negative or a sum does not hold.
  public init(
    _ classes: [Verdict: Int], planned: Int, runs: Int, duplicated: Int, spurious: Int
  ) throws(Discrepancy) {
    let all = Verdict.allCases.map { classes[$0] ?? 0 } + [planned, runs, duplicated, spurious]
    guard all.allSatisfy({ (0...Self.countMax).contains($0) }) else { throw .count }
    // No overflow: at most five terms of at most 2^53.
    let sum = classes.values.reduce(0, +)
    guard sum == planned else { throw .deadlines(planned: planned, classified: sum) }
    let answering = (classes[.delivered] ?? 0) + (classes[.late] ?? 0) + (classes[.early] ?? 0)
    let accounted = answering + duplicated + spurious
    guard accounted == runs else { throw .runs(counted: runs, classified: accounted) }
    self.classes = classes.filter { $0.value > 0 }
    self.planned = planned
    self.runs = runs
    self.duplicated = duplicated
    self.spurious = spurious
  }

  /// What JSON's numbers hold exactly in every reader.
  static let countMax = 1 << 53

  /// How many deadlines have the verdict.
  public subscript(verdict: Verdict) -> Int { classes[verdict] ?? 0 }

  /// Whether no deadline was lost or early, and no run duplicated or spurious.
  public var isSound: Bool {
    self[.lost] == 0 && self[.early] == 0 && duplicated == 0 && spurious == 0
  }

  /// No deadlines and no runs.
  public static let none = Verdicts()

  private init() {
    (planned, runs, duplicated, spurious, classes) = (0, 0, 0, 0, [:])
  }

  /// The verdicts of both.
  ///
  /// - Parameter other: What to add.
  /// - Returns: The sums.
  /// - Throws: ``Discrepancy/count``, when a sum is beyond 2^53.
  public func adding(_ other: Verdicts) throws(Discrepancy) -> Verdicts {
    try Verdicts(
      classes.merging(other.classes, uniquingKeysWith: +), planned: planned + other.planned,
      runs: runs + other.runs, duplicated: duplicated + other.duplicated,
      spurious: spurious + other.spurious)
  }

  /// Why counts are no verdicts.
  public enum Discrepancy: Error, Hashable, Sendable, CustomStringConvertible {
    /// A count is negative, or beyond 2^53.
    case count
    /// The classes of deadlines do not add up.
    case deadlines(planned: Int, classified: Int)
    /// The handler runs do not add up.
    case runs(counted: Int, classified: Int)

    /// The discrepancy with its numbers.
    public var description: String {
      switch self {
      case .count: "a verdict's count is not between 0 and 2^53"
      case .deadlines(let planned, let classified):
        "\(planned) deadlines were planned, and \(classified) have a verdict"
      case .runs(let counted, let classified):
        "the handler ran \(counted) times, and \(classified) runs have a verdict"
      }
    }
  }
}
