import Measurement
import VMM

/// What the guest `deadlines` recorded, on the machine's clock: a plan, and the handler's runs.
///
/// Deadlines that the guest passed over, because they were past when it could have set them, are in
/// the plan, and the run that follows names them: their latency counts from when they were planned.
struct DeadlineRecords {
  /// One run of the handler.
  struct Run {
    let instant: UInt64
    let acknowledged: UInt64
    let ended: UInt64
    /// The numbers of the deadlines that it is for; nil where nothing was due, or nobody knows.
    let deadlines: ClosedRange<Int>?
    let isConditionMet: Bool
  }

  private(set) var plan: [UInt64] = []
  private(set) var runs: [Run] = []
  private let timer: MeasuredTimer
  private let shape: DeadlineShape
  /// Nanoseconds, as near as the timer's ticks allow.
  private let period: Double
  private let trace: DeliveryTrace
  /// Whether the vCPU's thread injects: there a line that rises is no injection.
  private let isInjected: Bool

  private static let size = 32

  /// Reads the records.
  ///
  /// - Parameters:
  ///   - trace: What a run kept.
  ///   - cell: What was measured.
  ///   - shape: Whether its deadlines are a schedule.
  ///   - period: In nanoseconds.
  init(_ trace: DeliveryTrace, _ cell: MeasuredCell, _ shape: DeadlineShape, period: UInt64) {
    timer = cell.timer
    isInjected = cell.route == .inject
    self.shape = shape
    self.trace = trace
    self.period = cell.timer == .pit ? Self.pitPeriod(period) : Double(period)
    for record in 0..<trace.records.count / Self.size { add(record) }
    if isAnonymous { planTicks() }
  }

  /// The PIT's 1193182 ticks a second, of which a period has a whole number.
  private static func pitPeriod(_ period: UInt64) -> Double {
    Double(period * 1_193_182 / 1_000_000_000) * 1e9 / 1_193_182
  }

  /// Whether no tick says which deadline it is for.
  private var isAnonymous: Bool {
    shape == .periodic && (timer == .pit || timer == .apic)
  }

  private func word(_ record: Int, _ index: Int) -> UInt64 {
    let start = record * Self.size + index * 8
    return trace.records[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A guest's TSC in nanoseconds.
  private func nanoseconds(_ cycles: UInt64) -> UInt64 {
    trace.calibration.nanoseconds(at: cycles &- trace.guestOffset)
  }

  /// Adds a run, and what it says of the plan.
  ///
  /// *Two corrections:* a timer that counts down began to while the instruction that set it was under
  /// way, and the stamp is of after it: a run before the deadline so computed shows by how much the
  /// stamp is late. And where an APIC delivers a signal that has gone, the handler may find a deadline
  /// met that was not when it began: then it counts from when it had looked.
  private mutating func add(_ record: Int) {
    let acknowledged = nanoseconds(word(record, 2))
    var instant = nanoseconds(word(record, 1))
    let isMet = word(record, 0) != .max
    var deadlines: ClosedRange<Int>?
    if isMet && !isAnonymous {
      let first = plan.count
      var deadline = deadline(word(record, 0), near: instant)
      if timer.countsDown {
        deadline = min(deadline, instant)
      } else if !isInjected && instant < deadline && deadline <= acknowledged {
        instant = acknowledged
      }
      extendPlan(to: deadline)
      deadlines = first...plan.count - 1
    }
    runs.append(
      Run(
        instant: instant, acknowledged: acknowledged,
        ended: nanoseconds(word(record, 3)), deadlines: deadlines, isConditionMet: isMet))
  }

  private func deadline(_ point: UInt64, near instant: UInt64) -> UInt64 {
    switch timer {
    case .countCompare:
      trace.scale.nanoseconds(ofCompare: UInt32(truncatingIfNeeded: point), near: instant)
    case .generic: trace.scale.nanoseconds(ofCompareValue: point) ?? .max
    case .tscDeadline: nanoseconds(point)
    case .pit, .apic: nanoseconds(point) + UInt64(period)
    }
  }

  /// Plans `deadline`, and before it those of a schedule that were passed over.
  private mutating func extendPlan(to deadline: UInt64) {
    if shape == .periodic, let last = plan.last, deadline > last {
      let steps = Int((Double(deadline - last) / period).rounded())
      for step in 1..<max(steps, 1) { plan.append(last + UInt64(Double(step) * period)) }
    }
    // Two conversions round, by a nanosecond each.
    plan.append(max(deadline, plan.last ?? 0))
  }

  /// The ticks of a timer that counts by itself, from when it was set up to its last.
  ///
  /// The start is moved forward until no run is before its tick, for the reason given at
  /// ``add(_:)``; a run is of the tick that is nearest.
  private mutating func planTicks() {
    guard let last = runs.last else { return }
    let stamped = nanoseconds(word(0, 0))
    let earliness = runs.map { run in
      let ticks = Double(Int64(run.instant) - Int64(stamped)) / period
      return (max(ticks.rounded(), 1) - ticks) * period
    }
    let start = stamped - min(UInt64(max(earliness.max() ?? 0, 0).rounded(.up)), stamped)
    var tick = 1.0
    while start + UInt64(tick * period) <= last.instant {
      plan.append(start + UInt64(tick * period))
      tick += 1
    }
  }

  // MARK: Judging

  /// Gives every deadline its verdict, and the chain of those that were stamped.
  ///
  /// - Parameter budget: The greatest latency in time, in nanoseconds.
  /// - Returns: The verdicts, and how many stamps are in no deadline's chain.
  /// - Throws: ``JudgementError``, where deadlines or runs do not add up.
  func judge(budget: UInt64) throws(JudgementError) -> (JudgedInterrupts, strays: Int) {
    var records = plan.map(InterruptRecord.init(planned:))
    let stamps = allStamps
    let strays = stamps.count - fill(&records, from: stamps)
    let judged = try JudgedInterrupts(
      records: records,
      runs: runs.map {
        HandlerRun(at: $0.instant, isConditionMet: $0.isConditionMet, deadlines: $0.deadlines)
      },
      rules: VerdictRules(budget: budget, earlyWindow: UInt64(period) / 2))
    return (judged, strays)
  }

  /// Puts stamps where they belong: to the run in whose time, from the end of the one before to its
  /// own, and after whose deadline they were made.
  ///
  /// - Returns: How many stamps were used.
  private func fill(
    _ records: inout [InterruptRecord], from stamps: [(stage: Stage, instant: UInt64)]
  ) -> Int {
    var (next, used) = (0, 0)
    for run in runs {
      guard let deadline = run.deadlines?.lowerBound else { continue }
      records[deadline][.acknowledged] = run.acknowledged
      records[deadline][.endOfInterrupt] = run.ended
      while next < stamps.count && stamps[next].instant <= run.ended {
        let (stage, instant) = stamps[next]
        next += 1
        let start = stage == .lineLow ? run.instant : records[deadline].planned
        guard instant >= start, records[deadline][stage] == nil else { continue }
        records[deadline][stage] = instant
        used += 1
      }
    }
    return used
  }

  private var allStamps: [(stage: Stage, instant: UInt64)] {
    let timerStamps = trace.timerStamps[timer == .generic ? 1 : 0].stamps
    return (trace.threadStamps.stamps + timerStamps).compactMap { stamp in
      stage(of: stamp.event).map { ($0, trace.calibration.nanoseconds(at: stamp.cycles)) }
    }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  private func stage(of event: HostEvent) -> Stage? {
    switch event {
    case .hostWake: .hostWake
    case .threadRunning: .threadRunning
    case .injected: .injected
    case .lineHigh: isInjected ? nil : .injected
    case .lineLow: .lineLow
    }
  }
}
