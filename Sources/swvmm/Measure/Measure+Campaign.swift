import ArgumentParser
import Experiments
import JSON
import KVM
import LinuxHost
import Measurement
import VMM

extension Measure {
  /// `swvmm measure`: how late a guest's handler runs, where the time goes, and whether any was lost.
  struct Campaign: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "campaign",
      abstract: "Measure interrupt delivery (the default of `swvmm measure`).",
      discussion: """
        Boots the guest `deadlines` once for every combination of timer, route, waiting and load. Its \
        handler stamps its first instruction with the TSC; latency counts from the planned deadline. \
        Each combination that stamps its stages is also measured without stamps, to show their cost. KVM's \
        own timers have no stages; their run with stamps makes an exit after each interrupt.

        Each interrupt over the budget has a cause, in runs with stamps: what the kernel counts of the \
        threads that serve it, exits in between, the host's tick and other gaps in the wait; with \
        --witness also what a thread that spins on the last processor sees.

        A signal (Ctrl-C) ends it with the result so far, marked as partial; up to 511 interrupts of the \
        interrupted run are still in the guest's memory and are not in the result.

        Exit status: 0, or 1 if a deadline was lost or early, a run timed out, verdicts do not add up, \
        or a condition of --require does not hold; 2 if it would hold without the interrupts that this \
        host's own noise made late; 128 + n after signal n. With --against 1, too, if this program is \
        slower at p50 or p99, or has more interrupts lost, early, duplicated or spurious; 66 if the other \
        is not there.
        """)

    private static let defaults = CampaignPlan()

    @Option(parsing: .upToNextOption, help: "Timers; several with commas.")
    var timer = [ValueList(defaults.timers)]

    @Option(
      parsing: .upToNextOption, help: "Routes of the timers in this program; several with commas.")
    var route = [ValueList(defaults.routes)]

    @Option(
      parsing: .upToNextOption, help: "How a halted vCPU waits (route inject); several with commas."
    )
    var wait = [ValueList(defaults.waits)]

    @Option(
      parsing: .upToNextOption,
      help: "Competing load on the vCPU's processor, or none; several with commas.")
    var load = [ValueList(defaults.loads)]

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "With waiting adaptive: the spin budget, of one core. (default: \(defaults.spinBudget)%)",
        valueName: "percent"),
      transform: Percentage.parse)
    var spinBudget = Percentage(value: defaults.spinBudget)

    @Option(
      help: ArgumentHelp(
        """
        How long before a deadline a halted guest is entered (route inject): off, auto (what an entry takes at \
        least on this host, less a margin), or a time. (default: \(AdvanceOption(defaults.advance)))
        """, valueName: "advance"), transform: AdvanceOption.parse)
    var advance = AdvanceOption(defaults.advance)

    @Option(
      help:
        "vCPUs, 1 to 16, each with its own timers: 8 at most of generic timers, 1 of a PIT."
    )
    var cpus = defaults.cpus

    @Option(help: "one-shot: each deadline is set after the one before; periodic: a schedule.")
    var shape = defaults.shape

    @Option(help: "The interrupted guest: halted, busy, or masking interrupts.")
    var guest = defaults.guest

    @Option(help: "Interrupts of each vCPU and combination; of all vCPUs 1 to 1000000.")
    var count = defaults.count

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "The period, 1us to 50ms; a number alone is of microseconds. (default: 500us)",
        valueName: "time"),
      transform: TimeSpan.parser(in: "us", microseconds: CampaignPlan.periods))
    var period = TimeSpan(microseconds: defaults.period)

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        """
        The greatest latency that counts as in time; a number alone is of microseconds. (default: 100us)
        """,
        valueName: "time"),
      transform: TimeSpan.parser(in: "us", microseconds: CampaignPlan.budgets))
    var budget = TimeSpan(microseconds: defaults.budget)

    @Flag(help: "Leave out the runs that stamp stages.")
    var noStamps = false

    @Flag(help: "Leave out the runs without stamps.")
    var noComparison = false

    @Option(
      help: "Measure everything so often, 1 to 1000; figures have an interval from 3 runs on.")
    var runs: Int?

    @Option(
      help: """
        Measure in turn with this other swvmm, 5 times or --runs, and print how this one differs; fewer than 3 \
        have no verdict.
        """,
      completion: .file())
    var against: String?

    @Flag(help: "Watch the host by a thread that spins on the last processor, beside stamped runs.")
    var witness = false

    @OptionGroup var gate: MeasurementGate

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        """
        Limit of each run; a number alone is of seconds; by default the span of its deadlines plus a minute.
        """, valueName: "time"), transform: TimeSpan.timeout)
    var timeout: TimeSpan?

    @Option(help: "Write the interrupts as a trace for Perfetto.", completion: .file())
    var trace: String?

    @OptionGroup var share: ShardOption

    @OptionGroup var output: MeasurementOutput

    @OptionGroup var progress: ProgressOptions

    func validate() throws {
      guard CampaignPlan.counts.contains(count) else {
        throw ValidationError("--count \(count): from 1 to 1000000")
      }
      do { try plan.check() } catch { throw ValidationError("\(error)") }
      try plan.refuseIdle()
      try refuse("the other program's path is empty", ("--against", against == ""))
      guard !(noStamps && noComparison) else {
        throw ValidationError("--no-stamps and --no-comparison leave nothing to measure")
      }
      if let runs, !(1...1000).contains(runs) {
        throw ValidationError("--runs \(runs): from 1 to 1000")
      }
      guard share.shard == nil || against == nil && gate.require == nil else {
        throw ValidationError("--shard shares out combinations: no --against or --require")
      }
      if against != nil && (trace != nil || output.hgrm != nil) {
        throw ValidationError("--against writes neither --trace nor --hgrm")
      }
    }

    func run() throws {
      let before = HostActivity.current
      if let against { return try compare(with: against, since: before) }
      let plan = plan
      let trace = try trace.map { try OutputFile(opening: $0, for: "--trace", besides: []) }
      let page = try output.open(besides: self.trace.map { [$0] } ?? [])
      let about = source
      var result: MeasurementResult?
      var chrome = ChromeTrace(origin: MonotonicClock.now(), about: about)
      var complaints: [String] = []
      var status = ExitStatus.shortfall.rawValue
      try exiting {
        let system = try KVMSystem()
        var session = try CampaignSession(plan, on: system)
        warn(since: before)
        ProcessSignals.answerEndings()
        let progress = CampaignProgress(plan, runs: runs ?? 1, progress.line())
        defer { progress.line.clear() }
        for number in 1...(runs ?? 1) where ProcessSignals.ending == nil {
          let source = source
          let series = try measure(
            by: &session, on: system, run: number, progress, &chrome, complaints: &complaints,
            status: &status)
          try add(series, from: source, to: &result)
        }
      }
      let signal = ProcessSignals.ending
      for complaint in complaints { complain(complaint) }
      let whole = result ?? MeasurementResult(host: about, series: [], isPartial: true)
      if let signal {
        let count = "\(whole.series.count) of \(plan.cells.count)"
        complain("ended by \(Signal.name(signal)): \(count) runs, in part")
      }
      let fellShort = !whole.hasAll || !complaints.isEmpty
      let published = Result {
        try output.publish(whole, page: page) { share.document($0, fellShort: fellShort) }
      }
      if let trace {
        try exiting { try trace.write([UInt8](chrome.text.utf8)) }
      }
      try published.get()
      try endIfInterrupted()
      if fellShort {
        try? gate.demand(of: whole)
        throw ExitCode(status)
      }
      try gate.demand(of: whole)
    }

    /// Where a run that begins now comes from.
    private var source: [JSONValue.Member] {
      [.init("program", .string(Version.line))] + HostDescription.members
    }

    /// Says before the work that the host has other work, too.
    func warn(since before: HostActivity) {
      if let warning = HostActivity.current.warning(since: before) { complain(warning) }
    }

    /// Measures every combination once; `complaints` gets a line of each shortfall, and `status` becomes that of a
    /// run that failed.
    private func measure(
      by session: inout CampaignSession, on system: borrowing KVMSystem, run number: Int,
      _ progress: CampaignProgress, _ chrome: inout ChromeTrace, complaints: inout [String],
      status: inout Int32
    ) throws -> [Series] {
      var series: [Series] = []
      progress.show(run: number, done: 0)
      try session.run(on: system, for: progress.onlooker(of: number)) { run in
        let name = run.cell.name
        progress.line.clear()
        defer { progress.show(run: number, done: series.count) }
        if number == 1 { for remark in run.remarks { complain("\(name): \(remark)") } }
        series.append(run.series)
        for (cpu, part) in run.vcpus.enumerated() {
          let vcpu = run.vcpus.count > 1 ? ", vCPU \(cpu)" : ""
          chrome.add(
            part.interrupts, causes: part.causes,
            name: name + vcpu + (number == 1 ? "" : ", run \(number)"))
        }
        complaints += run.complaints.map { "\(name): \($0)" }
        status = run.failureStatus ?? status
      }
      return series
    }

    /// Adds a run to those before; one that a signal ended is the result only if there is no other.
    private func add(
      _ series: [Series], from source: [JSONValue.Member], to result: inout MeasurementResult?
    ) throws {
      let isPartial = ProcessSignals.ending != nil
      let run = MeasurementResult(host: source, series: series, isPartial: isPartial)
      if result == nil {
        result = run
      } else if isPartial {
        result?.markPartial()
      } else {
        do { try result?.merge(run) } catch {
          throw Failure(.internalFault, "two runs do not fit together: \(error)")
        }
      }
    }
  }
}
