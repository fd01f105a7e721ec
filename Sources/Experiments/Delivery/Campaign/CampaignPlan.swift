public import Exploration
public import TimerModels
public import VMM

/// What a campaign varies, and what all its runs have in common.
public struct CampaignPlan: Sendable {
  /// The timers.
  public var timers: [MeasuredTimer] = [.countCompare]
  /// How the interrupts of this program's timers get to the guest.
  public var routes: [InterruptRoute] = [.inject]
  /// How a halted vCPU waits, where its thread injects.
  public var waits: [Waiting.Strategy] = [.adaptive]
  /// What else the vCPU's processor does.
  public var loads: [HostLoad] = [.none]
  /// With stamps, or without, or both, to show what they cost.
  public var stamps = [true, false]
  /// Percent of one core that an adaptive wait may spin, from 0 to 100.
  public var spinBudget = Waiting().budget
  /// How long before a deadline a halted guest is entered, where its vCPU's thread injects.
  public var advance = AdvancePolicy.learnt
  /// Whether the deadlines are a schedule.
  public var shape = DeadlineShape.oneShot
  /// How many vCPUs take interrupts, each with its own timers, in ``cpuCounts``.
  public var cpus = 1
  /// What is interrupted.
  public var guest = GuestState.halted
  /// The interrupts of each vCPU of a run, in ``counts``.
  public var count = 2000
  /// From a deadline to the next, in microseconds, in ``periods``.
  public var period = 500
  /// The greatest latency that is in time, in microseconds, in ``budgets``.
  public var budget = 100
  /// Whether a thread that spins watches the host beside each run with stamps.
  public var hasWitness = false
  /// The share of the combinations to measure.
  public var shard = Shard.whole
  /// Seconds that a run may take, more than 0 and at most 1000000; nil for what its deadlines take, and a
  /// minute.
  public var timeout: Double?

  /// What ``cpus`` may be.
  public static let cpuCounts = 1...MachineConfiguration.cpusMax
  /// What ``count`` may be.
  public static let counts = 1...1_000_000
  /// What ``period`` may be.
  public static let periods = 1...50_000
  /// What ``budget`` may be.
  public static let budgets = 0...1_000_000_000

  /// A plan of one combination, which is measured with stamps and without.
  public init() {}

  /// Looks for what no run can be of.
  ///
  /// - Throws: ``CampaignPlanError``.
  public func check() throws(CampaignPlanError) {
    guard Self.cpuCounts.contains(cpus) else { throw .cpus(cpus) }
    guard count <= Self.counts.upperBound / cpus else { throw .countOfAll(count, cpus: cpus) }
    for timer in timers where cpus > timer.cpusMax { throw .timer(timer, cpus: cpus) }
  }

  /// All combinations of the share, each once.
  public var cells: [CampaignCell] {
    shard.share(
      of: CampaignCell.all(
        timers.unique, routes.unique, waits.unique, loads.unique, stamps: stamps.unique))
  }
}

extension Array where Element: Equatable {
  /// Each element where it first occurs.
  fileprivate var unique: [Element] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
