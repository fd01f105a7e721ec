public import JSON

/// What one run of `swvmm measure` found, or several merged.
public struct MeasurementResult: Equatable, Sendable {
  /// Where the numbers come from, in the order in which they were merged.
  public internal(set) var sources: [Source]
  /// The series, in the order in which they were measured; no two have the same name.
  public internal(set) var series: [Series]
  /// Whether a run was ended before all that was to be measured had been.
  public internal(set) var isPartial: Bool

  /// The most series of a result; so many counts of up to 2^53 still add up in 64 bits.
  public static let seriesCountMax = 1000

  /// The most cells of the table of settings in a result that is read: series times settings of different names.
  ///
  /// *Why:* a megabyte in which every series has its own settings would become a table of gigabytes.
  public static let settingCellsMax = 1 << 20

  /// One run on one machine.
  public struct Source: Equatable, Sendable {
    /// The file that the run was merged from; nil in the result of the run itself.
    public var file: String?
    /// The machine, for people and programs.
    public var host: [JSONValue.Member]

    /// Creates a source.
    public init(file: String? = nil, host: [JSONValue.Member]) {
      self.file = file
      self.host = host
    }
  }

  /// The result of one run.
  ///
  /// - Parameters:
  ///   - host: The machine.
  ///   - series: What was measured: at most ``seriesCountMax``, whose names differ.
  ///   - isPartial: Whether the run was ended before all that was to be measured had been.
  public init(host: [JSONValue.Member], series: [Series], isPartial: Bool = false) {
    precondition(series.count <= Self.seriesCountMax, "more than \(Self.seriesCountMax) series")
    precondition(Set(series.map(\.name)).count == series.count, "two series have one name")
    self.sources = [Source(host: host)]
    self.series = series
    self.isPartial = isPartial
  }

  init(sources: [Source], series: [Series], isPartial: Bool) {
    (self.sources, self.series, self.isPartial) = (sources, series, isPartial)
  }

  /// Whether no deadline was lost or early.
  ///
  /// *Why not ``Verdicts/isSound``:* a host may deliver what it should deliver once several times, and no timer of this
  /// program's is at fault then. Who wants to fail by it says so (``Gate``).
  public var hasAll: Bool {
    series.allSatisfy { $0.verdicts[.lost] == 0 && $0.verdicts[.early] == 0 }
  }

  /// Names the file that a result was read from, unless its sources have names already.
  public mutating func nameSources(_ file: String) {
    for index in sources.indices where sources[index].file == nil { sources[index].file = file }
  }

  /// Whether it is of the same runs, wherever it was read.
  public func isSameMeasurement(as other: MeasurementResult) -> Bool {
    series == other.series && sources.map(\.host) == other.sources.map(\.host)
  }

  /// Notes that it was ended before all that was to be measured had been.
  public mutating func markPartial() { isPartial = true }

  /// Adds another result: histograms, verdicts and costs are added series by series.
  ///
  /// - Parameter other: A result with the same series in the same configurations.
  /// - Throws: ``MergeError`` naming the first thing that differs.
  public mutating func merge(_ other: MeasurementResult) throws(MergeError) {
    for added in other.series where !series.contains(where: { $0.name == added.name }) {
      throw .seriesMissing(added.name, isInFirst: false)
    }
    var merged = series
    for index in merged.indices {
      let name = merged[index].name
      guard let added = other.series.first(where: { $0.name == name }) else {
        throw .seriesMissing(name, isInFirst: true)
      }
      if let setting = Self.difference(merged[index].configuration, added.configuration) {
        throw .configuration(
          series: name, setting: setting, first: merged[index].setting(setting),
          second: added.setting(setting))
      }
      try merged[index].add(added, sourceOffset: sources.count)
    }
    series = merged
    sources += other.sources
    isPartial = isPartial || other.isPartial
  }

  /// The first setting that one side has otherwise than the other, or not at all.
  private static func difference(
    _ left: [JSONValue.Member], _ right: [JSONValue.Member]
  ) -> String? {
    for (one, other) in [(left, Set(right)), (right, Set(left))] {
      if let setting = one.first(where: { !other.contains($0) }) { return setting.name }
    }
    return nil
  }
}

extension Series {
  /// A setting's value, or `null` if there is none.
  func setting(_ name: String) -> JSONValue {
    configuration.first { $0.name == name }?.value ?? .null
  }
}

/// Why two results cannot be merged.
public enum MergeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Only one of the two has the series.
  case seriesMissing(String, isInFirst: Bool)
  /// A setting differs.
  case configuration(series: String, setting: String, first: JSONValue, second: JSONValue)
  /// A sum would exceed its bound.
  case count(series: String, reason: String)

  /// What stands in the way.
  public var description: String {
    switch self {
    case .seriesMissing(let name, let isInFirst):
      "the series \(name) is only in the \(isInFirst ? "first" : "second") result"
    case .configuration(let series, let setting, let first, let second):
      "\(series): \(setting) is \(first.text()) in the first result, \(second.text()) in the second"
    case .count(let series, let reason): "\(series): \(reason)"
    }
  }
}
