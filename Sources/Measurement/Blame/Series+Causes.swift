internal import JSON

extension Series {
  /// The latencies of late interrupts that have one cause.
  public struct CauseTimes: Equatable, Sendable {
    /// The cause.
    public let cause: Cause
    /// From the planned deadline to the handler, of each.
    public internal(set) var times = LatencyHistogram()
  }

  /// Counts a late interrupt under its cause.
  mutating func blame(_ cause: Cause, for latency: Int64) {
    causes[indexOfCause(cause)].times.record(latency)
  }

  /// Where the cause is in ``causes``; it is put there if it was not.
  mutating func indexOfCause(_ cause: Cause) -> Int {
    let index = causes.firstIndex { $0.cause >= cause } ?? causes.count
    if index == causes.count || causes[index].cause != cause {
      causes.insert(CauseTimes(cause: cause), at: index)
    }
    return index
  }

  /// Late interrupts that have a cause.
  ///
  /// No overflow: at most fifteen terms of at most 2^31.
  var blamedCount: UInt64 { causes.reduce(0) { $0 + $1.times.count } }

  /// The latencies without those of late interrupts that are this host's noise.
  ///
  /// Where a load was part of what was measured, waiting for a processor is not noise.
  public var latencyWithoutNoise: LatencyHistogram {
    let isLoaded = ![.null, .string("none")].contains(setting("load"))
    let competing: Set<Cause> = [.preempted, .runQueue]
    return causes.filter { $0.cause.isHostNoise && !(isLoaded && competing.contains($0.cause)) }
      .reduce(latency) { $0.removing($1.times) }
  }
}
