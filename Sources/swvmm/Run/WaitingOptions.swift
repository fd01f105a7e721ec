public import ArgumentParser
import Experiments
import KVM
import TimerModels
public import VMM

/// How halted vCPUs wait for their timers.
struct WaitingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How a halted vCPU waits for its own timers, with --irqchip user at the host's time: block \
      (sleep until the deadline), spin (poll the clock), or adaptive (sleep until shortly before it, then \
      poll). (default: \(Waiting().strategy.rawValue))
      """, valueName: "wait"))
  var wait: Waiting.Strategy?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --wait adaptive: the spin budget of all vCPUs together, of one core. (default: \(Waiting().budget)%)",
      valueName: "percent"), transform: Percentage.parse)
  var spinBudget: Percentage?

  @Option(
    help: ArgumentHelp(
      """
      How long before a deadline a halted vCPU is entered, so that its interrupt is there when it is due: off, auto \
      (what an entry takes at least on this host, which is found out first, less a margin), or a time, up to \
      \(TimeSpan(nanoseconds: AdvanceOption.greatest)). (default: \(AdvanceOption(Waiting().advance)))
      """, valueName: "advance"), transform: AdvanceOption.parse)
  var advance: AdvanceOption?

  var request: WaitingRequest {
    WaitingRequest(strategy: wait, budget: spinBudget?.value, advance: advance?.policy)
  }
}

/// What ``WaitingOptions`` say; nil: nothing.
struct WaitingRequest {
  var strategy: Waiting.Strategy?
  var budget: Int?
  var advance: AdvancePolicy?

  /// With what is so by default.
  var waiting: Waiting {
    var waiting = Waiting()
    if let strategy { waiting.strategy = strategy }
    if let budget { waiting.budget = budget }
    if let advance { waiting.advance = advance }
    return waiting
  }

  /// Refuses what would do nothing in a machine.
  ///
  /// - Throws: `ValidationError` that names the option.
  func refuseIdle(_ irqchip: IRQChip, _ time: TimeSource) throws {
    guard strategy != nil || budget != nil || advance != nil else { return }
    let given = [
      ("--wait", strategy != nil), ("--spin-budget", budget != nil),
      ("--advance", advance.map { $0 != .off } ?? false),
    ]
    for option in given {
      try refuse(
        "with --irqchip \(irqchip.rawValue) KVM itself waits", option, if: irqchip != .user)
      try refuse("in virtual time nothing is waited for", option, if: time != .host)
    }
    try refuse(
      "only adaptive waiting has a budget", ("--spin-budget", budget != nil),
      if: waiting.strategy != .adaptive)
  }
}

extension Waiting.Strategy: ExpressibleByArgument {}

extension MachineConfiguration {
  /// Finds out what an entry takes at least, where the advance is to be that.
  mutating func learnAdvance(on system: borrowing KVMSystem) throws(MachineError) {
    guard waiting.advance == .learnt && irqchip == .user && time == .host else { return }
    waiting.leastEntry = try EntryCalibration.leastEntry(on: system)
  }
}
