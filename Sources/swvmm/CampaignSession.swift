import JSON
import KVM
import LinuxHost
import Measurement
import Synchronization
import VMM

/// The runs of a campaign, one for each combination.
struct CampaignSession {
  let options: Measure.Campaign
  /// Nanoseconds.
  let costOfStamp: Double
  /// The TSC's frequency as guests see it.
  let kilohertz: Int

  /// The frequency of a guest's TSC, of which a throw-away vCPU knows.
  static func guestKilohertz(on system: borrowing KVMSystem) throws -> Int {
    do {
      let machine = try VirtualMachine(on: system, memory: GuestMemory(size: 4096))
      return Int(try machine.createVCPU(0).tscFrequency())
    } catch let error as KVMError { throw Failure(error: error) } catch let error as SystemError {
      throw Failure(.system, "\(error)")
    }
  }

  /// What a run gave.
  struct Measured {
    var series: Series
    let interrupts: JudgedInterrupts
    let complaints: [String]
  }

  /// Boots the guest and judges what it recorded.
  ///
  /// - Returns: What the run gave; nil where a signal ended it before anything was recorded.
  func measure(_ cell: MeasuredCell, on system: borrowing KVMSystem) throws -> Measured? {
    if ProcessSignals.ending != nil { return nil }
    let result: RunResult
    let busy: UInt64
    do {
      let image = try GuestFile.image(of: "deadlines", forcing: nil, timeout: 0)
      let machine = try Machine(
        configuration(cell), on: system, image: image,
        commandLine: [UInt8](arguments(cell).map(String.init).joined(separator: " ").utf8))
      let load = cell.load == .busy ? try BusyThread(on: Self.processor) : nil
      let before = ProcessorClock.now()
      result = try machine.run()
      let loadTime = load?.end() ?? 0
      let used = ProcessorClock.now() - before
      busy = used - min(loadTime, used)
    } catch let error as KVMError { throw Failure(error: error) } catch let error as MachineError {
      throw Failure(error: error, image: "deadlines")
    } catch let error as SystemError { throw Failure(.system, "\(error)") }
    if case .signalled = result.outcome, result.delivery?.records.isEmpty != false { return nil }
    return try judge(cell, result, busy: busy)
  }

  private func judge(_ cell: MeasuredCell, _ result: RunResult, busy: UInt64) throws -> Measured {
    guard let trace = result.delivery else {
      throw Failure(.internalFault, "\(cell.name): the run left no records")
    }
    let pace = pace(cell, trace)
    var series = Series(name: cell.name, configuration: settings(cell, pace))
    let records = DeadlineRecords(trace, cell, options.shape, pace: pace)
    do {
      let (interrupts, strays) = try records.judge(budget: UInt64(options.budget) * 1000)
      try series.add(interrupts)
      series.processor = ProcessorUse(
        elapsed: result.duration, busy: busy, spinning: result.waiting.spinning)
      let all = trace.timerStamps + [trace.threadStamps]
      let stamps = UInt64(all.reduce(0) { $0 + $1.stamps.count })
      series.stamping = StampingCost(
        stamps: stamps, dropped: UInt64(all.reduce(0) { $0 + $1.dropped }),
        strays: UInt64(strays),
        nanoseconds: UInt64(Double(stamps) * costOfStamp))
      series.deferredAlarms = result.deferredAlarms
      for remark in remarks(pace, records) { complain("\(cell.name): \(remark)") }
      return Measured(
        series: series, interrupts: interrupts,
        complaints: complaints(result, trace, records))
    } catch {
      throw Failure(.shortfall, "\(cell.name): \(error)")
    }
  }

  private func complaints(
    _ result: RunResult, _ trace: DeliveryTrace, _ records: DeadlineRecords
  ) -> [String] {
    var complaints: [String] = []
    if case .signalled = result.outcome { return [] }
    if result.outcome != .exited(code: 0) {
      complaints.append(RunReport(result).message ?? "this guest does not support that timer")
    }
    if trace.lostRecordBytes > 0 {
      complaints.append("\(trace.lostRecordBytes) bytes of the guest's records did not fit")
    }
    let taken = records.runs.count { $0.isConditionMet }
    if records.isCut {
      complaints.append(
        "the first \(taken) interrupts are judged: with the next there are more than "
          + "\(DeadlineRecords.planCountMax) deadlines; --count is too great for this --period")
    } else if result.outcome == .exited(code: 0) && taken != options.count {
      complaints.append("the guest took \(taken) interrupts, not \(options.count)")
    }
    return complaints
  }

  /// What a reader must know, and is no shortfall.
  private func remarks(_ pace: TimerPace, _ records: DeadlineRecords) -> [String] {
    var remarks: [String] = []
    if let limit = pace.limit {
      remarks.append(
        "KVM ticks at most every \(limit) µs (kvm.min_timer_period_us), and so does the plan")
    }
    if records.owed > 0 {
      remarks.append(
        "\(records.owed) more ticks were due at the end: still to be injected, or lost; a run cannot distinguish the two"
      )
    }
    return remarks
  }

  private func pace(_ cell: MeasuredCell, _ trace: DeliveryTrace) -> TimerPace {
    let hertz =
      switch cell.timer {
      case .countCompare: trace.scale.countFrequency
      case .generic: trace.scale.counterFrequency
      case .tscDeadline, .pit, .apic: UInt64(kilohertz) * 1000
      }
    return TimerPace(
      cell.timer, options.shape, microseconds: options.period, hertz: hertz,
      limit: TimerPace.kernelLimit)
  }

  // MARK: What a run is

  /// Where a vCPU shares its processor with a load.
  private static let processor = 0

  private func configuration(_ cell: MeasuredCell) -> MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.memorySize = 2 << 20
    configuration.irqchip = cell.route?.irqchip ?? .kernel
    configuration.timerRoute = cell.route
    configuration.hasKernelTimer = cell.timer == .pit
    configuration.waiting.strategy = cell.wait ?? .block
    configuration.waiting.budget = options.spinBudget
    configuration.processor = cell.load == .busy ? Self.processor : nil
    configuration.readsInput = false
    configuration.console = .error
    let deadlines = UInt64(options.count) * UInt64(options.period) * 1000
    configuration.timeoutNanoseconds =
      options.timeout.map { UInt64($0 * 1e9) } ?? 60_000_000_000 + 4 * deadlines
    configuration.delivery = DeliveryPlan(
      // A record is 32 bytes; a host that delivers twice makes as many again for nothing.
      recordBytesMax: 64 * options.count + 65536,
      stampCapacity: cell.isStamped ? 8 * options.count + 1024 : 0)
    return configuration
  }

  /// As deadlines.S has them.
  private func arguments(_ cell: MeasuredCell) -> [Int] {
    [
      cell.timer.guestNumber, options.shape == .periodic ? 1 : 0,
      GuestState.allCases.firstIndex(of: options.guest) ?? 0, options.count, options.period,
      kilohertz, cell.route?.isEdge == true ? 1 : 0,
    ]
  }

  private func settings(_ cell: MeasuredCell, _ pace: TimerPace) -> [JSONValue.Member] {
    cell.settings + [
      .init("shape", .string(options.shape.rawValue)),
      .init("guest", .string(options.guest.rawValue)),
      .init("periodMicroseconds", .integer(Int64(options.period))),
      .init("budgetMicroseconds", .integer(Int64(options.budget))),
      .init(
        "spinBudgetPercent", cell.wait == .adaptive ? .integer(Int64(options.spinBudget)) : .null),
    ] + (pace.limit.map { [.init("limitMicroseconds", .integer(Int64($0)))] } ?? [])
  }
}

/// A thread that does nothing but keep one of the host's processors busy.
private final class BusyThread {
  private let isOver = Flag()
  private var thread: HostThread?

  init(on processor: Int) throws(SystemError) {
    thread = try HostThread(named: "load") { [isOver] in
      HostThread.pinCurrent(to: processor)
      while !isOver.value.load(ordering: .relaxed) {}
    }
  }

  /// Ends it.
  ///
  /// - Returns: The processor time it took, in nanoseconds.
  func end() -> UInt64 {
    let time = thread?.processorTime() ?? 0
    isOver.value.store(true, ordering: .relaxed)
    thread.take()?.join()
    return time
  }

  private final class Flag: Sendable { let value = Atomic<Bool>(false) }
}

/// The machine that measures.
enum Host {
  static var description: [JSONValue.Member] {
    [
      .init("kernel", .string(text(in: "/proc/sys/kernel/osrelease"))),
      .init(
        "clocksource",
        .string(text(in: "/sys/devices/system/clocksource/clocksource0/current_clocksource"))),
      .init("loadBefore", .string(text(in: "/proc/loadavg"))),
    ]
  }

  private static func text(in file: String) -> String {
    let bytes = (try? HostFile.contents(of: file, limit: 4096)) ?? nil
    return String(decoding: (bytes ?? []).filter { $0 != 10 }, as: UTF8.self)
  }
}
