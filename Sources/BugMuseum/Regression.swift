public import Exploration
internal import TimerWorlds

/// The whole catalogue as a test: every exhibit must be caught, and every right model must hold.
public struct Regression: Sendable {
  /// One test, and what came of it.
  public struct Result: Hashable, Sendable {
    /// The model's name, or the exhibit's id.
    public var name: String
    /// What the test belongs to: `models`, or the exhibit's subsystem.
    public var group: String
    /// What it is, in a line.
    public var title: String
    /// What was seen, in a line.
    public var detail: String
    /// Why it fell short; nil if it did not.
    public var shortfall: String?
    /// Why it could not be run; nil if it was.
    public var skipReason: String?
    /// How long it took, in nanoseconds, where that was measured.
    public var duration: UInt64 = 0

    /// Creates a result.
    public init(
      name: String, group: String, title: String, detail: String, shortfall: String? = nil,
      skipReason: String? = nil
    ) {
      self.name = name
      self.group = group
      self.title = title
      self.detail = detail
      self.shortfall = shortfall
      self.skipReason = skipReason
    }

    /// Whether it was run, and everything was as it must be.
    public var isPassed: Bool { shortfall == nil && skipReason == nil }
  }

  /// The models that are searched.
  public var models: [NamedWorld]
  /// The exhibits that are to be caught.
  public var exhibits: [Exhibit]
  /// How many threads search.
  public var threads: Int
  /// Asked from time to time, by any thread: whether to end with the results so far.
  public var isInterrupted: @Sendable () -> Bool = { false }
  /// Told of each test that begins: its name, its number from 1, and how many there are.
  public var begins: @Sendable (String, Int, Int) -> Void = { _, _, _ in }
  /// The most seconds for a search of an exhibit.
  public var secondsPerExhibit: UInt64 = 10

  /// Chooses what to test.
  ///
  /// - Parameters:
  ///   - filters: Parts of names or of groups, any of which is enough; none chooses everything.
  ///   - threads: How many threads search.
  public init(matching filters: [String] = [], threads: Int) {
    func isChosen(_ words: String...) -> Bool {
      filters.isEmpty || filters.contains { filter in words.contains { $0.contains(filter) } }
    }
    models = Museum.models.filter { isChosen($0.name, "models") }
    exhibits = Museum.exhibits.filter { isChosen($0.id, $0.subsystem.rawValue) }
    self.threads = threads
  }

  /// The names of the tests, in their order.
  public var names: [String] { models.map(\.name) + exhibits.map(\.id) }

  /// Runs the tests in a fixed order, and hands each result over when it is there.
  ///
  /// An interruption leaves out the test that it meets and those after it.
  ///
  /// - Throws: `SearchError` where the host has no more threads.
  public func run(_ report: (Result) throws -> Void) throws {
    try run(test, test, report)
  }

  /// The same with tests of something else.
  ///
  /// - Parameters:
  ///   - testModel: Tests whether what is in a model's place holds; nil if it was interrupted.
  ///   - testExhibit: Tests an exhibit.
  ///   - report: Is given each result.
  /// - Throws: What the three throw.
  public func run(
    _ testModel: @escaping (NamedWorld) throws -> Result?,
    _ testExhibit: @escaping (Exhibit) throws -> Result?,
    _ report: (Result) throws -> Void
  ) throws {
    let tests =
      models.map { model in (model.name, { try testModel(model) }) }
      + exhibits.map { exhibit in (exhibit.id, { try testExhibit(exhibit) }) }
    for (index, (name, test)) in tests.enumerated() {
      begins(name, index + 1, tests.count)
      guard !isInterrupted(), let result = try test() else { return }
      try report(result)
    }
  }

  /// The right model holds wherever its search leads, and the search gets as far as is stated.
  private func test(_ model: NamedWorld) throws -> Result? {
    let search = try model.world.search(
      SearchBounds(depth: model.depth), threads: threads, unless: isInterrupted)
    if search.end == .interrupted { return nil }
    var result = Result(
      name: model.name, group: "models", title: model.title, detail: search.summary)
    if search.property != nil {
      result.shortfall = "\(ReplayString(model: model.name, schedule: search.schedule))"
    } else if search.end != .exhausted, search.end != .depth {
      result.shortfall = "a bound ended the search: \(search.end.rawValue)"
    }
    return result
  }

  /// The exhibit loses by its own schedule, the right model does not, and the search finds a
  /// schedule of that length unaided.
  private func test(_ exhibit: Exhibit) throws -> Result? {
    var result = Result(
      name: exhibit.id, group: exhibit.subsystem.rawValue, title: exhibit.title,
      detail: "\(exhibit.replayString)")
    let faulty = try exhibit.world.replay(exhibit.schedule, for: exhibit.property)
    let right = try exhibit.model.world.replay(exhibit.schedule).verdict
    if faulty.verdict != .violated(exhibit.property) {
      result.shortfall = "its own schedule, on the bug: \(faulty.verdict)"
    } else if faulty.rows.count <= exhibit.schedule.count {
      result.shortfall =
        "its own schedule breaks it after \(counted(faulty.rows.count - 1, "action"))"
    } else if right != .held {
      result.shortfall = "its own schedule, on the right model: \(right)"
    } else {
      let bounds = SearchBounds(depth: exhibit.model.depth, seconds: secondsPerExhibit)
      let search = try exhibit.world.search(
        bounds, threads: threads, for: exhibit.property, unless: isInterrupted)
      if search.end == .interrupted { return nil }
      if search.property == nil {
        result.shortfall = "not found: \(search.summary)"
      } else if search.schedule.count != exhibit.schedule.count {
        result.shortfall =
          "found in \(counted(search.schedule.count, "action")): \(search.schedule)"
      } else if case let again = try exhibit.world.replay(search.schedule, for: exhibit.property),
        again.verdict != .violated(exhibit.property)
      {
        result.shortfall = "the schedule found, replayed: \(again.verdict)"
      }
    }
    return result
  }
}
