import BugMuseum
import Experiments
import Exploration

/// Which tests of the catalogue a command line's filters choose.
struct RegressionSelection {
  /// Those of models.
  let regression: Regression
  /// The bugs that are to be shown in guests.
  let liveExhibits: [LiveExhibit]

  private static let livePrefix = "live/"

  /// Chooses tests.
  ///
  /// - Parameters:
  ///   - filters: As ``Regression/init(matching:threads:)`` takes them, or such with `live/` in front.
  ///   - wantsLive: Whether bugs are shown in guests at all.
  ///   - threads: How many threads search.
  ///   - shard: The share of them: models, then bugs, then bugs in guests are numbered through.
  /// - Throws: ``Failure`` for a filter that matches nothing: a name that was changed would pass in silence.
  init(
    _ filters: [String], wantsLive: Bool, threads: Int, shard: Shard = .whole
  ) throws(Failure) {
    var (plain, live): ([String], [String]) = ([], [])
    for filter in filters {
      let isLive = filter.hasPrefix(Self.livePrefix)
      guard wantsLive || !isLive else { throw Failure(.usage, "\(filter): only with --live") }
      let part = isLive ? String(filter.dropFirst(Self.livePrefix.count)) : filter
      let found = Regression(matching: [part], threads: threads)
      guard !found.exhibits.isEmpty || !isLive && !found.models.isEmpty else {
        throw Failure(.usage, "no test matches \(filter)")
      }
      if isLive { live.append(part) } else { plain.append(filter) }
    }
    var regression = Regression(matching: plain, threads: threads)
    let inGuests =
      wantsLive ? Regression(matching: plain + live, threads: threads).exhibits : []
    if plain.isEmpty && !live.isEmpty { (regression.models, regression.exhibits) = ([], []) }
    let (models, exhibits) = (regression.models.count, regression.exhibits.count)
    regression.models = shard.share(of: regression.models)
    regression.exhibits = shard.share(of: regression.exhibits, from: models)
    self.regression = regression
    liveExhibits = shard.share(
      of: inGuests.compactMap(LiveExhibit.init), from: models + exhibits)
  }
}
