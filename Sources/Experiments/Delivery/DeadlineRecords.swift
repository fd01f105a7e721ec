internal import Measurement
internal import VMM

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
    /// The numbers of the deadlines that it is for; nil where nothing was due, or it is not known.
    let deadlines: ClosedRange<Int>?
    let isConditionMet: Bool
  }

  private(set) var plan: [UInt64] = []
  private(set) var runs: [Run] = []
  /// How many ticks of a queue were due by the last run, and are in no plan (``TickPlan/owed``).
  private(set) var owed = 0
  /// Of each deadline of a timer that counts down, how far apart the two instants are between which it was set, in
  /// nanoseconds; empty for other timers, whose deadlines are known.
  private(set) var deadlineWidth = LatencyHistogram()
  private let timer: MeasuredTimer
  private let shape: DeadlineShape
  private let pace: TimerPace
  private let trace: DeliveryTrace
  private let words: RecordWords
  /// How long before its deadline an interrupt's stages may be stamped, in nanoseconds.
  private let advance: UInt64
  /// Whether the vCPU's thread injects: there a line that rises is not an injection.
  private let isInjected: Bool
  /// An instant, in nanoseconds, after which the present deadline was set.
  private var lastUnset: UInt64 = 0

  /// Whether records were left out, because there would be more than ``planCountMax`` deadlines.
  private(set) var isCut = false

  /// The most deadlines that are planned: those that a guest passes over may be any number, and each
  /// takes some 350 bytes until it is counted.
  static let planCountMax = 1 << 22

  /// Reads the records.
  ///
  /// - Parameters:
  ///   - trace: What a run kept.
  ///   - cell: What was measured.
  ///   - shape: Whether its deadlines are a schedule.
  ///   - pace: How far apart they are.
  ///   - advance: The longest advance by which the guest was entered, in nanoseconds.
  init(
    _ trace: DeliveryTrace, _ cell: CampaignCell, _ shape: DeadlineShape, pace: TimerPace,
    advance: UInt64 = 0
  ) {
    timer = cell.timer
    isInjected = cell.route == .inject
    self.shape = shape
    self.trace = trace
    words = RecordWords(trace)
    self.pace = pace
    self.advance = advance
    let count = words.count
    guard count > 1 else { return }
    lastUnset = words.instant(0, .handler)
    if isAnonymous {
      addTicks(count)
    } else {
      for record in 1..<count where !isCut { add(record) }
    }
  }

  /// Whether no tick says which deadline it is for.
  private var isAnonymous: Bool { shape == .periodic && timer.countsDown }

  /// Adds a run, and what it says of the plan.
  ///
  /// *A correction:* where an APIC delivers a signal that has gone, the handler may find a deadline met
  /// that was not when it began: then it counts from when it had looked.
  private mutating func add(_ record: Int) {
    let acknowledged = words.instant(record, .acknowledged)
    let began = words.instant(record, .handler)
    var instant = began
    let isMet = words[record, .point] != .max
    var deadlines: ClosedRange<Int>?
    if isMet {
      let first = plan.count
      let deadline = deadline(words[record, .point], takenAt: instant)
      if !timer.countsDown && !isInjected && instant < deadline && deadline <= acknowledged {
        instant = acknowledged
      }
      guard extendPlan(to: deadline) else {
        isCut = true
        return
      }
      deadlines = first...plan.count - 1
      if timer.countsDown { noteWidth(until: words.instant(record, .point)) }
      // The handler sets the next one: counts after the acknowledgement, Compare before it.
      lastUnset = timer.countsDown ? acknowledged : began
    }
    runs.append(
      Run(
        instant: instant, acknowledged: acknowledged,
        ended: words.instant(record, .ended), deadlines: deadlines, isConditionMet: isMet))
  }

  /// Notes that a timer which counts down was set at some time until then.
  private mutating func noteWidth(until wasSet: UInt64) {
    deadlineWidth.record(Int64(clamping: wasSet - min(lastUnset, wasSet)))
  }

  /// The deadline of a record.
  ///
  /// A timer that counts down began to between two stamps, and the deadline is the latest that the run
  /// is not before: only a run before all of them is early.
  private func deadline(_ point: UInt64, takenAt instant: UInt64) -> UInt64 {
    switch timer {
    case .countCompare:
      trace.scale.nanoseconds(ofCompare: UInt32(truncatingIfNeeded: point), after: lastUnset)
    case .generic: trace.scale.nanoseconds(ofCompareValue: point) ?? .max
    case .tscDeadline: words.nanoseconds(point)
    case .pit, .apic:
      max(lastUnset + pace.first, min(words.nanoseconds(point) + pace.first, instant))
    }
  }

  /// Plans `deadline`, and before it those of a schedule that were passed over.
  ///
  /// - Returns: Whether there is room for them.
  private mutating func extendPlan(to deadline: UInt64) -> Bool {
    var steps = 1.0
    let last = plan.last ?? 0
    if shape == .periodic, !plan.isEmpty, deadline > last {
      steps = max((Double(deadline - last) / pace.period).rounded(), 1)
    }
    guard Double(plan.count) + steps <= Double(Self.planCountMax) else { return false }
    for step in 1..<Int(steps) { plan.append(last + UInt64(Double(step) * pace.period)) }
    // Two conversions round, by a nanosecond each.
    plan.append(max(deadline, last))
    return true
  }

  /// The ticks and runs of a timer that counts by itself.
  private mutating func addTicks(_ count: Int) {
    let wasSet = words.instant(1, .point)
    noteWidth(until: wasSet)
    let end = wasSet + UInt64(Self.planCountMax) * UInt64(pace.period)
    let instants = (1..<count).map { words.instant($0, .handler) }.prefix { $0 < end }
    isCut = instants.count < count - 1
    let ticks = TickPlan(
      TickSource(timer, pace), setBetween: min(lastUnset, wasSet)...wasSet, runs: Array(instants))
    plan = ticks.ticks
    owed = ticks.owed
    runs = (1..<instants.count + 1).map { record in
      Run(
        instant: instants[record - 1], acknowledged: words.instant(record, .acknowledged),
        ended: words.instant(record, .ended),
        deadlines: ticks.ticksOfRun[record - 1], isConditionMet: true)
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
      rules: VerdictRules(budget: budget, earlyWindow: UInt64(pace.period) / 2))
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
        let start =
          stage == .lineLow
          ? run.instant : records[deadline].planned - min(advance, records[deadline].planned)
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

extension TickSource {
  /// The ticks of one of KVM's timers that count by themselves.
  init(_ timer: MeasuredTimer, _ pace: TimerPace) {
    self.init(
      first: pace.first, period: UInt64(pace.period), backlog: timer == .pit ? .queued : .merged)
  }
}
