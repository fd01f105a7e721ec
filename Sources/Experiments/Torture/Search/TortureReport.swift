/// A kind of fault that was found in a subject.
public struct TortureFinding: Hashable, Sendable {
  /// The kind.
  public let verdict: TortureVerdict
  /// How many of the cuts showed it.
  public let count: Int
  /// The shortest cut that shows it, as often as ``confirmations`` says.
  public let shortest: TortureCase
  /// In how many of how many more runs of that cut it was seen; nil: the search was ended before.
  public let confirmations: Tally?
  /// What that cut lies in the middle of.
  public let phase: CutPhase?

  /// How often of how often.
  public struct Tally: Hashable, Sendable {
    /// How often.
    public let count: Int
    /// Of so many.
    public let total: Int

    /// A tally.
    public init(_ count: Int, of total: Int) { (self.count, self.total) = (count, total) }
  }
}

/// Two requests whose order decides.
public struct OrderRule: Hashable, Sendable {
  /// The parts, in the order that is safe.
  public let pair: PartPair
  /// Whether it is the order of reading.
  public let isOfGets: Bool
  /// What the other order does.
  public let verdicts: Set<TortureVerdict>
}

/// What a search found in a subject.
public struct SubjectReport: Hashable, Sendable {
  /// The subject.
  public let subject: TortureSubject
  /// How many cuts were made.
  public var cuts = 0
  /// How many were not, because the deadline would not pass at its place.
  public var missed = 0
  /// The kinds of fault that were found, each time the shortest cut was tried.
  public var findings: [TortureFinding] = []
  /// Pairs whose order decides.
  public var rules: [OrderRule] = []
  /// How many orders that keep the rules were tried, of those that were left out because their parts commute.
  public var sampledOrders = 0
  /// How many of them did what the usual order did not.
  public var oddOrders = 0
  /// Whether the search was interrupted.
  public var isPartial = false
  /// Why nothing was cut; nil: it was.
  public var skipReason: String?

  /// Nothing found yet.
  public init(_ subject: TortureSubject) { self.subject = subject }
}
