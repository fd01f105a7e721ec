/// Why a plan is of nothing that can be run.
public enum CampaignPlanError: Error, Hashable, CustomStringConvertible {
  /// There are no machines with so many vCPUs.
  case cpus(Int)
  /// All vCPUs together would take more interrupts than a run may have.
  case countOfAll(Int, cpus: Int)
  /// Not so many vCPUs can have such a timer.
  case timer(MeasuredTimer, cpus: Int)

  /// What is wrong, and why.
  public var description: String {
    switch self {
    case .cpus(let cpus): "--cpus \(cpus): from 1 to \(CampaignPlan.cpuCounts.upperBound)"
    case .countOfAll(let count, let cpus):
      "--count \(count) of \(cpus) vCPUs: together at most \(CampaignPlan.counts.upperBound)"
    case .timer(.pit, let cpus): "--timer pit --cpus \(cpus): KVM has one PIT, which is vCPU 0's"
    case .timer(.generic, let cpus):
      "--timer generic-timer --cpus \(cpus): a GICv2, by which generic timers interrupt, serves at most "
        + "\(MeasuredTimer.generic.cpusMax) vCPUs"
    case .timer(let timer, let cpus): "--timer \(timer.rawValue): none for each of \(cpus) vCPUs"
    }
  }
}
