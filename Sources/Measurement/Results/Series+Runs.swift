extension Series {
  /// What one run gave, of those that were added up in a series.
  ///
  /// An interval by run needs them apart: the deadlines of one run share its host, its placement in memory
  /// and its hour, so a thousand of them say less of the next run than ten runs do.
  public struct Run: Equatable, Sendable {
    /// The latencies of this run alone.
    public internal(set) var latency = LatencyHistogram()
    /// The same over the run's time; empty where that is not known.
    public internal(set) var history = LatencyHistory()

    /// A run without deadlines.
    init(latency: LatencyHistogram = LatencyHistogram(), history: LatencyHistory = LatencyHistory())
    {
      (self.latency, self.history) = (latency, history)
    }

    mutating func record(_ latency: Int64, at offset: UInt64) {
      self.latency.record(latency)
      history.record(latency, at: offset)
    }
  }

  /// Whether the runs are known, and add up to the series.
  static func doRuns(_ runs: [Run], addUpTo latency: LatencyHistogram) -> Bool {
    var sum = LatencyHistogram()
    for run in runs {
      do { try sum.add(run.latency) } catch { return false }
    }
    return sum == latency
  }
}
