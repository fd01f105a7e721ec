public import ArgumentParser
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

  func waiting() -> Waiting {
    var waiting = Waiting()
    waiting.strategy = wait
    waiting.budget = spinBudget.value
    return waiting
  }
}

extension Waiting.Strategy: ExpressibleByArgument {}
