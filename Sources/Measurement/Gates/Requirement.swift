/// One condition on every series of a result, as in `p99<200us` or `lost=0`.
public struct Requirement: Hashable, Sendable, CustomStringConvertible {
  /// What is compared.
  public enum Figure: Hashable, Sendable {
    /// The least latency.
    case minimum
    /// A percentile of the latencies.
    case percentile(Percentile)
    /// The greatest latency.
    case maximum
    /// The mean latency.
    case mean
    /// How many deadlines have a verdict.
    case verdict(Verdict)
    /// How many handler runs repeat what was answered.
    case duplicated
    /// How many handler runs are for nothing.
    case spurious

    /// All, by the names that the tables have for them.
    static let named: [String: Figure] = {
      var named: [String: Figure] = [
        "min": .minimum, "max": .maximum, "mean": .mean, "duplicated": .duplicated,
        "spurious": .spurious,
      ]
      for percentile in Percentile.allCases { named[percentile.rawValue] = .percentile(percentile) }
      for verdict in Verdict.allCases { named[verdict.rawValue] = .verdict(verdict) }
      return named
    }()

    /// Whether it is a duration, and not a count.
    var isLatency: Bool {
      switch self {
      case .minimum, .percentile, .maximum, .mean: true
      case .verdict, .duplicated, .spurious: false
      }
    }
  }

  /// How the figure is to stand to the limit.
  public enum Relation: String, Hashable, Sendable, CaseIterable {
    /// Below it.
    case below = "<"
    /// At most that.
    case atMost = "<="
    /// That.
    case equal = "="
    /// At least that.
    case atLeast = ">="
    /// Above it.
    case above = ">"

    func holds(_ figure: UInt64, _ limit: UInt64) -> Bool {
      switch self {
      case .below: figure < limit
      case .atMost: figure <= limit
      case .equal: figure == limit
      case .atLeast: figure >= limit
      case .above: figure > limit
      }
    }
  }

  /// What is compared.
  public let figure: Figure
  /// How it is to stand to the limit.
  public let relation: Relation
  /// The limit: nanoseconds of a latency, else a count.
  public let limit: UInt64
  /// The condition as it was written, without blanks.
  public let description: String

  /// Reads a condition: a figure's name, a relation, and a whole number, of a latency with its unit.
  ///
  /// - Parameter text: As in `p99.9<=1ms`; blanks do not count.
  /// - Throws: ``RequirementError`` that says what is wrong.
  public init(_ text: some StringProtocol) throws(RequirementError) {
    description = String(text.filter { $0 != " " })
    let name = description.prefix { !"<=>".contains($0) }
    let sign = description.dropFirst(name.count).prefix { "<=>".contains($0) }
    let value = description.dropFirst(name.count + sign.count)
    guard let figure = Figure.named[String(name)] else {
      throw RequirementError(
        text: description,
        problem: "a figure is one of \(Figure.named.keys.sorted().joined(separator: ", "))")
    }
    guard let relation = Relation(rawValue: String(sign)) else {
      throw RequirementError(text: description, problem: "after \(name) comes <, <=, =, >= or >")
    }
    guard let limit = Self.limit(value, isLatency: figure.isLatency) else {
      throw RequirementError(
        text: description,
        problem: figure.isLatency
          ? "a latency is a whole number with ns, us, ms or s, below an hour"
          : "a count is a whole number below 2^53")
    }
    (self.figure, self.relation, self.limit) = (figure, relation, limit)
  }

  /// Reads conditions with commas between them; at least one.
  ///
  /// - Parameter text: As in `p99<200us,lost=0`.
  /// - Returns: The conditions, in their order.
  /// - Throws: ``RequirementError`` of the first that is none.
  public static func list(_ text: String) throws(RequirementError) -> [Requirement] {
    try text.split(separator: ",", omittingEmptySubsequences: false)
      .map { word throws(RequirementError) in try Requirement(word) }
  }

  private static func limit(_ text: Substring, isLatency: Bool) -> UInt64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count)
    guard let number = UInt64(digits), number <= Verdicts.countMax else { return nil }
    guard isLatency else { return unit.isEmpty ? number : nil }
    let units: [Substring: UInt64] = ["ns": 1, "us": 1000, "ms": 1_000_000, "s": 1_000_000_000]
    guard let length = units[unit] else { return nil }
    let (product, overflows) = number.multipliedReportingOverflow(by: length)
    return overflows || product > LatencyHistogram.rangeMax ? nil : product
  }
}

/// Why a text is not a condition.
public struct RequirementError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text.
  public let text: String
  /// What is wrong with it.
  public let problem: String

  /// Both.
  public var description: String { "\(text): \(problem)" }
}
