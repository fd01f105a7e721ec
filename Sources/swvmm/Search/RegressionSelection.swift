import BugMuseum
import Experiments
import Exploration

/// Which tests of the catalogue a command line's filters choose.
struct RegressionSelection {
  /// Those of models.
  let regression: Regression
  /// The bugs that are to be shown in guests.
  let liveExhibits: [LiveExhibit]

  /// The names of all, in the order in which they are run.
  var names: [String] { regression.names + liveExhibits.map(\.name) }

  private static let livePrefix = "live/"

  /// Chooses tests.
  ///
  /// - Parameters:
  ///   - filters: As ``Regression/init(matching:threads:)`` takes them, or such with `live/` in front.
  ///   - wantsLive: Whether bugs are shown in guests at all.
  ///   - threads: How many threads search.
  ///   - shard: The share of them: models, then bugs, then bugs in guests are numbered through.
  ///   - models: The models whose place a device can take; nil where there is none.
  /// - Throws: ``Failure`` for a filter that matches nothing: a name that was changed would pass in silence.
  init(
    _ filters: [String], wantsLive: Bool, threads: Int, shard: Shard = .whole,
    models: [String]? = nil
  ) throws(Failure) {
    func regression(matching filters: [String]) -> Regression {
      var regression = Regression(matching: filters, threads: threads)
      if let names = models.map(Set.init) {
        regression.models.removeAll { !names.contains($0.name) }
        regression.exhibits.removeAll { !names.contains($0.model.name) }
      }
      return regression
    }
    var (plain, live): ([String], [String]) = ([], [])
    for filter in filters {
      // It would be a part of every name.
      guard !filter.isEmpty else { throw Failure(.usage, "a filter is empty") }
      let isLive = filter.hasPrefix(Self.livePrefix)
      guard wantsLive || !isLive else { throw Failure(.usage, "\(filter): only with --live") }
      let part = isLive ? String(filter.dropFirst(Self.livePrefix.count)) : filter
      let found = regression(matching: [part])
      let isFound =
        isLive
        ? found.exhibits.contains { LiveExhibit($0) != nil }
        : !found.models.isEmpty || !found.exhibits.isEmpty
      guard isFound else {
        let all = regression(matching: [])
        let guess = guess(at: part, among: all.models.map(\.name) + all.exhibits.map(\.id))
        throw Failure(
          .usage,
          "no test\(models == nil ? "" : " of such a device") matches \(filter)\(guess) "
            + "(swvmm regress --list)")
      }
      if isLive { live.append(part) } else { plain.append(filter) }
    }
    var chosen = regression(matching: plain)
    let inGuests = wantsLive ? regression(matching: plain + live).exhibits : []
    if plain.isEmpty && !live.isEmpty { (chosen.models, chosen.exhibits) = ([], []) }
    let (models, exhibits) = (chosen.models.count, chosen.exhibits.count)
    chosen.models = shard.share(of: chosen.models)
    chosen.exhibits = shard.share(of: chosen.exhibits, from: models)
    self.regression = chosen
    liveExhibits = shard.share(
      of: inGuests.compactMap(LiveExhibit.init), from: models + exhibits)
  }
}
