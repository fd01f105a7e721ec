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
    help: ArgumentHelp(
      "With --wait adaptive: the spin budget of all vCPUs together, in percent of one core.",
      valueName: "percent"))
  var spinBudget = Waiting().budget

  func waiting() throws(Failure) -> Waiting {
    guard (0...100).contains(spinBudget) else {
      throw Failure(.usage, "--spin-budget \(spinBudget): from 0 to 100 percent")
    }
    var waiting = Waiting()
    waiting.strategy = wait
    waiting.budget = spinBudget
    return waiting
  }
}

extension Waiting.Strategy: ExpressibleByArgument {}
