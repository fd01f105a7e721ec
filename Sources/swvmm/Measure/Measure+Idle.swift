import Experiments
import TimerModels
import VMM

extension CampaignPlan {
  /// Refuses options that no combination obeys; what is as by default may be said all the same.
  ///
  /// - Throws: `ValidationError` that names the option.
  func refuseIdle() throws {
    let usual = CampaignPlan()
    let isKernels = timers.allSatisfy(\.isKernels)
    try refuse(
      "KVM's own timers have no route of this program's", ("--route", routes != usual.routes),
      if: isKernels)
    try refuse(
      "only a vCPU whose thread injects waits in this program (--route inject, a timer of this program's)",
      ("--wait", waits != usual.waits), ("--spin-budget", spinBudget != usual.spinBudget),
      ("--advance", ![usual.advance, .off].contains(advance)),
      if: isKernels || !routes.contains(.inject))
    try refuse(
      "only adaptive waiting has a budget", ("--spin-budget", spinBudget != usual.spinBudget),
      if: !waits.contains(.adaptive))
    try refuse(
      "it watches beside runs with stamps", ("--witness", hasWitness), if: !stamps.contains(true))
  }
}
