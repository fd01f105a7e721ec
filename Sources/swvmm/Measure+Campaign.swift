import ArgumentParser
import JSON
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
        Each combination that stamps its stages is also measured without stamps, to show their cost.

        A signal (Ctrl-C) ends it with the result so far, marked as partial; up to 511 interrupts of the \
        interrupted run are still in the guest's memory and are not in the result.

        Exit status: 0, or 1 if a deadline was lost or early, a run timed out, or verdicts do not \
        add up; 128 + n after signal n.
        """)

    @Option(parsing: .upToNextOption, help: "Timers.")
    var timer: [MeasuredTimer] = [.countCompare]

    @Option(parsing: .upToNextOption, help: "Routes of the timers in this program.")
    var route: [InterruptRoute] = [.inject]

    @Option(parsing: .upToNextOption, help: "How a halted vCPU waits (route inject).")
    var wait: [Waiting.Strategy] = [.adaptive]

    @Option(parsing: .upToNextOption, help: "Competing load on the vCPU's processor, or none.")
    var load: [HostLoad] = [.none]

    @Option(help: "With waiting adaptive: the spin budget, in percent of one core.")
    var spinBudget = Waiting().budget

    @Option(help: "one-shot: each deadline is set after the one before; periodic: a schedule.")
    var shape = DeadlineShape.oneShot

    @Option(help: "The interrupted guest: halted, busy, or masking interrupts.")
    var guest = GuestState.halted

    @Option(help: "Interrupts of each combination, 1 to 1000000.")
    var count = 2000

    @Option(help: "The period in microseconds, 1 to 50000.")
    var period = 500

    @Option(help: "The greatest latency that counts as in time, in microseconds.")
    var budget = 100

    @Flag(help: "Leave out the runs that stamp stages.")
    var noStamps = false

    @Flag(help: "Leave out the runs without stamps.")
    var noComparison = false

    @Option(
      help: "Limit of each run in seconds; by default the span of its deadlines plus a minute.")
    var timeout: Double?

    @Option(help: "Write the interrupts as a trace for Perfetto.", completion: .file())
    var trace: String?

    @OptionGroup var output: MeasurementOutput

    func validate() throws {
      guard (1...1_000_000).contains(count) else {
        throw ValidationError("--count \(count): from 1 to 1000000")
      }
      guard (1...50_000).contains(period) else {
        throw ValidationError("--period \(period): from 1 to 50000 microseconds")
      }
      guard (0...1_000_000_000).contains(budget) else {
        throw ValidationError("--budget \(budget): from 0 to 1000000000 microseconds")
      }
      guard (0...100).contains(spinBudget) else {
        throw ValidationError("--spin-budget \(spinBudget): from 0 to 100 percent")
      }
      guard !(noStamps && noComparison) else {
        throw ValidationError("--no-stamps and --no-comparison leave nothing to measure")
      }
      if let timeout, !(timeout > 0 && timeout <= 1e6) {
        throw ValidationError("--timeout \(timeout): more than 0, at most 1000000 seconds")
      }
    }

    func run() throws {
      let stamps = (noStamps ? [] : [true]) + (noComparison ? [] : [false])
      let cells = MeasuredCell.all(
        timer.unique, route.unique, wait.unique, load.unique, stamps: stamps)
      let system = try openKVM()
      let session = CampaignSession(
        options: self, costOfStamp: HostStamps.measureCost(),
        kilohertz: try CampaignSession.guestKilohertz(on: system))
      ProcessSignals.answerEndings()
      var series: [Series] = []
      var chrome = ChromeTrace(origin: MonotonicClock.now())
      var complaints: [String] = []
      for cell in cells {
        let measured: CampaignSession.Measured?
        do { measured = try session.measure(cell, on: system) } catch {
          // A signal may interrupt any call; what the other runs gave is not lost with this one.
          guard ProcessSignals.ending != nil else { throw error }
          break
        }
        guard let measured else { break }
        series.append(measured.series)
        chrome.add(measured.interrupts, name: cell.name)
        complaints += measured.complaints.map { "\(cell.name): \($0)" }
      }
      let signal = ProcessSignals.ending
      for complaint in complaints { complain(complaint) }
      if let signal {
        complain("ended by \(Signal.name(signal)): \(series.count) of \(cells.count) runs, in part")
      }
      let published = Result {
        try output.publish(
          MeasurementResult(host: Host.description, series: series, isPartial: signal != nil))
      }
      if let trace {
        do { try HostFile.write([UInt8](chrome.text.utf8), to: trace) } catch {
          throw Failure(.system, "\(error)")
        }
      }
      try published.get()
      try endIfInterrupted()
      let fellShort = series.contains { $0.verdicts[.lost] + $0.verdicts[.early] > 0 }
      if fellShort || !complaints.isEmpty { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }
  }
}

extension Array where Element: Equatable {
  /// Each element where it first occurs.
  fileprivate var unique: [Element] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
