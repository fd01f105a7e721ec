public import JSON

/// What was measured in one configuration: verdicts, distributions, costs, and the worst cases.
public struct Series: Equatable, Sendable {
  /// What distinguishes this series from the others of a result.
  public internal(set) var name: String
  /// What was measured and how, for people and programs; two series with equal settings merge.
  public let configuration: [JSONValue.Member]
  /// The verdicts, counted.
  public internal(set) var verdicts = Verdicts.none
  /// From the planned deadline to the handler run, for all deadlines that are not lost.
  ///
  /// Merged deadlines are in it with their own, longer latencies: nothing is omitted because the
  /// guest was late. Early ones count as 0 (``LatencyHistogram/belowRange``).
  public internal(set) var latency = LatencyHistogram()
  /// Where the time went, for the deadlines that were delivered or late.
  ///
  /// Only stages that were stamped, in the order of the chain. Without a stamp before the handler's, the
  /// time to it is of no stage.
  public internal(set) var stages: [StageTimes] = []
  /// The longest latencies of runs, the longest first; at most ``worstCountMax``.
  public internal(set) var worst: [WorstInterrupt] = []
  /// Why late interrupts were late, in the order of ``Cause``; empty where nothing was looked at, or none was late.
  public internal(set) var causes: [CauseTimes] = []
  /// The runs that were added up, in the order of the result's sources; empty where they are not known apart.
  public internal(set) var runs = [Run()]
  /// Each vCPU's part, where there were several; empty for one, and where the parts are not known.
  public internal(set) var vcpus: [VCPU] = []
  /// The processor time that measuring took.
  public var processor = ProcessorUse()
  /// What the stamps cost.
  public var stamping = StampingCost()
  /// How often an alarm of the timer had to wait because the guest had caused too many before.
  public var deferredAlarms: UInt64 = 0
  /// How long before its deadlines the guest was entered.
  public var advance = AdvanceTaken()
  /// Where deadlines are known only to lie between two instants, how far apart these are, in nanoseconds.
  ///
  /// The latest deadline that fits is taken, so latencies may be too small by as much, and an interrupt that is
  /// early by less shows as one that comes at once.
  public var deadlineWidth = LatencyHistogram()

  /// How many of the longest latencies are kept.
  public static let worstCountMax = 20

  /// An empty series.
  public init(name: String, configuration: [JSONValue.Member]) {
    self.name = name
    self.configuration = configuration
  }

  /// How the time of a stage was distributed.
  public struct StageTimes: Equatable, Sendable {
    /// The stage that ends the time.
    public let stage: Stage
    /// From what was stamped before it, or from the planned deadline.
    public internal(set) var times = LatencyHistogram()
    /// How many stamps were out of order, and cut to what they may be (``InterruptRecord/pieces``).
    public internal(set) var clipped: UInt64 = 0
  }

  /// One of the longest latencies.
  public struct WorstInterrupt: Equatable, Sendable {
    /// The deadline's number in its campaign, from 0.
    public let deadline: Int
    /// Which vCPU's, from 0.
    public var vcpu = 0
    /// The number of the result's source it comes from, from 0.
    public internal(set) var source: Int
    /// Delivered or late.
    public let verdict: Verdict
    /// From the planned deadline to the handler, in nanoseconds.
    public let latency: Int64
    /// The whole chain.
    public let pieces: [InterruptRecord.Piece]
    /// Why it was late; nil where it was not, or nothing was looked at.
    public var cause: Cause?
  }

  /// Adds the interrupts of a campaign in this configuration.
  ///
  /// - Parameters:
  ///   - interrupts: What was judged. Several vCPUs of one run are added in turn.
  ///   - causes: The cause of each that was late, in the same order; empty where nothing was looked at.
  ///   - isOneOfSeveral: Whether they are of the next of several vCPUs, each of which is known apart.
  /// - Throws: ``Verdicts/Discrepancy/count``, when a sum is beyond 2^53.
  public mutating func add(
    _ interrupts: JudgedInterrupts, causes: [Cause?] = [], isOneOfSeveral: Bool = false
  ) throws(Verdicts.Discrepancy) {
    precondition(causes.isEmpty || causes.count == interrupts.outcomes.count, "a cause a deadline")
    precondition(runs.count == 1, "interrupts are added to a series of one run")
    verdicts = try verdicts.adding(interrupts.verdicts)
    var vcpu = VCPU()
    vcpu.verdicts = interrupts.verdicts
    var candidates = worst
    let start = interrupts.records.first?.planned ?? 0
    for (number, outcome) in interrupts.outcomes.enumerated() {
      guard let duration = outcome.latency else { continue }
      let cause = causes.isEmpty ? nil : causes[number]
      latency.record(duration)
      if isOneOfSeveral { vcpu.latency.record(duration) }
      runs[0].record(duration, at: interrupts.records[number].planned - start)
      if let cause { blame(cause, for: duration) }
      guard outcome.hasOwnRun && outcome.verdict != .early else { continue }
      let pieces = interrupts.records[number].pieces
      for piece in pieces where piece.stage != .handler || pieces.haveStages { add(piece) }
      // What cannot be among the worst need not be sorted; this keeps the list short.
      if candidates.count >= 2 * Self.worstCountMax { Self.keepWorst(&candidates) }
      candidates.append(
        WorstInterrupt(
          deadline: number, vcpu: vcpus.count, source: 0, verdict: outcome.verdict,
          latency: duration, pieces: pieces, cause: cause))
    }
    Self.keepWorst(&candidates)
    worst = candidates
    if isOneOfSeveral { vcpus.append(vcpu) }
  }

  private mutating func add(_ piece: InterruptRecord.Piece) {
    let index = indexOfStage(piece.stage)
    stages[index].times.record(piece.duration)
    if piece.isClipped { stages[index].clipped += 1 }
  }

  /// Where the stage is in ``stages``; it is put there if it was not.
  private mutating func indexOfStage(_ stage: Stage) -> Int {
    let index = stages.firstIndex { $0.stage >= stage } ?? stages.count
    if index == stages.count || stages[index].stage != stage {
      stages.insert(StageTimes(stage: stage), at: index)
    }
    return index
  }

  /// Sorts by latency; among equals the order is that of sources and deadlines.
  private static func keepWorst(_ worst: inout [WorstInterrupt]) {
    worst.sort {
      ($1.latency, $0.source, $0.vcpu, $0.deadline) < ($0.latency, $1.source, $1.vcpu, $1.deadline)
    }
    if worst.count > worstCountMax { worst.removeLast(worst.count - worstCountMax) }
  }

  /// The part of the latency, from 0 to 1, that the stage took, over all deadlines in ``stages``.
  ///
  /// nil for a stage after the handler, and where there is no latency at all. The shares of a
  /// series add up to 1: they are shares of the sum, as medians would not add up.
  public func share(of stage: Stage) -> Double? {
    guard stage <= .handler, let own = stages.first(where: { $0.stage == stage }) else {
      return nil
    }
    let whole = stages.filter { $0.stage <= .handler }.reduce(0.0) { $0 + Double($1.times.sum) }
    return whole > 0 ? Double(own.times.sum) / whole : nil
  }

  /// Adds another series with equal name and configuration.
  ///
  /// - Parameters:
  ///   - other: What to add.
  ///   - sourceOffset: What to add to the numbers of its sources.
  /// - Throws: ``MergeError/count(series:reason:)``, when a sum exceeds its bound.
  mutating func add(_ other: Series, sourceOffset: Int) throws(MergeError) {
    do {
      verdicts = try verdicts.adding(other.verdicts)
      try latency.add(other.latency)
      for added in other.stages {
        let index = indexOfStage(added.stage)
        try stages[index].times.add(added.times)
        stages[index].clipped += added.clipped
      }
      for added in other.causes {
        try causes[indexOfCause(added.cause)].times.add(added.times)
      }
      runs = runs.isEmpty || other.runs.isEmpty ? [] : runs + other.runs
      try add(vcpus: other.vcpus)
      try deadlineWidth.add(other.deadlineWidth)
      try processor.add(other.processor)
      try stamping.add(other.stamping)
      deferredAlarms = try sum(deferredAlarms, other.deferredAlarms)
      try advance.add(other.advance)
    } catch {
      throw .count(series: name, reason: "\(error)")
    }
    worst += other.worst.map { interrupt in
      var interrupt = interrupt
      interrupt.source += sourceOffset
      return interrupt
    }
    Self.keepWorst(&worst)
  }
}
