internal import JSON
internal import LinuxHost
internal import Measurement
internal import TimerModels
internal import VMM

/// What a run of a combination is.
extension CampaignSession {
  /// Where a vCPU shares its processor with a load.
  static let processor = 0

  func configuration(of cell: CampaignCell) -> MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.memorySize = 2 << 20
    configuration.cpus = plan.cpus
    configuration.irqchip = cell.route?.irqchip ?? .kernel
    configuration.timerRoute = cell.route
    configuration.hasKernelTimer = cell.timer == .pit
    configuration.waiting.strategy = cell.wait ?? .block
    configuration.waiting.budget = plan.spinBudget
    configuration.waiting.advance = cell.wait == nil ? .off : plan.advance
    configuration.waiting.leastEntry = leastEntry
    configuration.processor = cell.load == .busy ? Self.processor : nil
    configuration.readsInput = false
    configuration.console = .error
    let deadlines = UInt64(plan.count) * UInt64(plan.period) * 1000
    configuration.timeoutNanoseconds =
      plan.timeout.map { UInt64($0 * 1e9) } ?? 60_000_000_000 + 4 * deadlines
    configuration.delivery = DeliveryPlan(
      // A record is 32 bytes; a host that delivers twice makes as many again for nothing.
      recordBytesMax: 64 * plan.count + 65536,
      stampCapacity: cell.isStamped && cell.route != nil ? 8 * plan.count + 1024 : 0,
      // A handler writes to its timer once or twice.
      sampleCapacity: cell.isStamped ? 2 * plan.count + 1024 : 0,
      // This thread serves the timers but for KVM's own, and those that their vCPU's own waits for.
      servingThread: [nil, .inject].contains(cell.route) ? nil : HostThread.currentNumber)
    return configuration
  }

  /// As deadlines.S has them.
  func arguments(of cell: CampaignCell) -> [Int] {
    [
      cell.timer.guestNumber, plan.shape == .periodic ? 1 : 0, plan.guest.guestNumber, plan.count,
      plan.period, kilohertz, cell.route?.isEdge == true ? 1 : 0,
      cell.isStamped && cell.timer.isKernels ? 1 : 0,
    ]
  }

  func settings(of cell: CampaignCell, _ pace: TimerPace) -> [JSONValue.Member] {
    cell.settings + [
      .init("shape", .string(plan.shape.rawValue)),
      .init("guest", .string(plan.guest.rawValue)),
      .init("periodMicroseconds", .integer(Int64(plan.period))),
      .init("budgetMicroseconds", .integer(Int64(plan.budget))),
      .init(
        "spinBudgetPercent", cell.wait == .adaptive ? .integer(Int64(plan.spinBudget)) : .null),
      .init("advance", cell.wait == nil ? .null : plan.advance.json),
    ] + (plan.cpus > 1 ? [.init("cpus", .integer(Int64(plan.cpus)))] : [])
      + (pace.limit.map { [.init("limitMicroseconds", .integer(Int64($0)))] } ?? [])
  }
}

extension AdvancePolicy {
  /// As the command line has it.
  fileprivate var json: JSONValue {
    switch self {
    case .off: "off"
    case .fixed(let nanoseconds): .integer(Int64(clamping: nanoseconds))
    case .learnt: "auto"
    }
  }
}
