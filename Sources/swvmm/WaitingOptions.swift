public import ArgumentParser
import Experiments
import KVM
import TimerModels
public import VMM

/// How halted vCPUs wait for their timers.
struct WaitingOptions: ParsableArguments {
  @Option(
    help: """
      How a halted vCPU waits for its own timers, with --irqchip user at the host's time: block \
      (sleep until the deadline), spin (poll the clock), or adaptive (sleep until shortly before it, then \
      poll).
      """)
  var wait = Waiting().strategy

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --wait adaptive: the spin budget of all vCPUs together, of one core. (default: \(Waiting().budget)%)",
      valueName: "percent"), transform: Percentage.parse)
  var spinBudget = Percentage(value: Waiting().budget)

  @Option(
    help: ArgumentHelp(
      """
      How long before a deadline a halted vCPU is entered, so that its interrupt is there when it is due: off, auto \
      (what an entry takes at least on this host, which is found out first, less a margin), or nanoseconds, up to \
      \(AdvanceOption.greatest).
      """, valueName: "advance"))
  var advance = AdvanceOption(Waiting().advance)

  func waiting() -> Waiting {
    var waiting = Waiting()
    waiting.strategy = wait
    waiting.budget = spinBudget.value
    waiting.advance = advance.policy
    return waiting
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
