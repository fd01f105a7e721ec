public import ArgumentParser
public import Experiments
import Exploration
public import VMM

extension Measure.Campaign {
  var plan: CampaignPlan {
    var plan = CampaignPlan()
    plan.timers = timer.flatMap(\.values)
    plan.routes = route.flatMap(\.values)
    plan.waits = wait.flatMap(\.values)
    plan.loads = load.flatMap(\.values)
    plan.stamps = (noStamps ? [] : [true]) + (noComparison ? [] : [false])
    plan.spinBudget = spinBudget.value
    plan.advance = advance.policy
    plan.shape = shape
    plan.cpus = cpus
    plan.guest = guest
    plan.count = count
    plan.period = period.microseconds
    plan.budget = budget.microseconds
    plan.timeout = timeout?.seconds
    plan.hasWitness = witness
    plan.shard = share.shard ?? .whole
    return plan
  }
}

extension DeadlineShape: ExpressibleByArgument {}
extension GuestState: ExpressibleByArgument {}
extension HostLoad: ExpressibleByArgument {}
extension InterruptRoute: ExpressibleByArgument {}
extension MeasuredTimer: ExpressibleByArgument {
  /// The name; `generic` is the old one of the generic timer.
  public init?(argument: String) {
    self.init(rawValue: argument == Self.genericName ? Self.generic.rawValue : argument)
  }

  /// The names that are shown.
  public static var allValueStrings: [String] {
    allCases.map { $0 == .generic ? genericName : $0.rawValue }
  }

  private static var genericName: String { "generic-timer" }
}
