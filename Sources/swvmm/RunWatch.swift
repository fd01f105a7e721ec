import ArgumentParser
import JSON
import LinuxHost
import VMM

/// How a run is watched, whatever it runs: what ends it, what is recorded, when it is saved.
struct RunWatch {
  /// Seconds.
  var timeout = 60.0
  var wantsStatistics = false
  var traceFile: String?
  var wantsJSON = false
  var checkpoint: CheckpointPlan?
  var explainsTSC = false
  var confine = Confine.on

  /// Sets up a machine accordingly.
  func apply(to configuration: inout MachineConfiguration) throws(Failure) {
    guard timeout > 0 && timeout <= 1e6 else {
      throw Failure(.usage, "--timeout \(timeout): more than 0, at most 1000000 seconds")
    }
    configuration.timeoutNanoseconds = UInt64(timeout * 1e9)
    if wantsStatistics || wantsJSON { configuration.recording.insert(.statistics) }
    if traceFile != nil { configuration.recording.insert(.trace) }
    if wantsJSON { configuration.console = .error }
    configuration.checkpoint = checkpoint
    configuration.explainsTSC = explainsTSC
    configuration.confinement =
      confine == .on ? Confinement(opensFiles: traceFile != nil || checkpoint != nil) : nil
  }

  /// Reports, and ends with the run's status.
  ///
  /// - Parameters:
  ///   - result: What the run left.
  ///   - traceComments: Lines for the head of the trace.
  /// - Throws: The status, or what cannot be written.
  func finish(_ result: RunResult, traceComments: String = "") throws {
    if let traceFile { try write(result, traceComments, to: traceFile) }
    let report = RunReport(result)
    if wantsJSON { try publish(report.json.text(.pretty) + "\n") }
    if wantsStatistics && !wantsJSON { try? StandardStream.error.write(report.statisticsTable) }
    if let account = result.tsc, !wantsJSON { try? StandardStream.error.write(account.text) }
    if let note = report.note { complain(note) }
    if let message = report.message { complain(message) }
    if let checkpoint, result.checkpoints == 0, !result.outcome.isFailure {
      complain(
        "no checkpoint was written to \(checkpoint.file): the run ended before its time came")
    }
    if report.status != 0 { throw ExitCode(report.status) }
  }

  /// Writes a line an event: nanoseconds since the start, vCPU, what happened.
  private func write(_ result: RunResult, _ comments: String, to path: String) throws {
    var text = comments
    if result.lostEvents > 0 { text += "# \(result.lostEvents) earlier events were not kept\n" }
    for event in result.trace { text += event.line(since: result.start) + "\n" }
    do { try HostFile.write([UInt8](text.utf8), to: path) } catch {
      throw Failure(.system, "\(error)")
    }
  }
}

/// What `--confine` takes.
enum Confine: String, CaseIterable, ExpressibleByArgument {
  case on, off
}

/// The options of ``RunWatch``.
struct WatchOptions: ParsableArguments {
  @Option(help: "End the run after this many seconds of its clock.")
  var timeout = RunWatch().timeout

  @Flag(help: "Count exits by reason and place, with durations, on standard error.")
  var stats = false

  @Option(help: "Write every exit and mark to this file.", completion: .file())
  var trace: String?

  @Flag(
    help: """
      Explain every write of a TSC, the guest's included, and what KVM made of it, on standard error.
      """)
  var explainTSC = false

  @Option(
    help: """
      on, or off: once the guest is set up, give up all system calls that running it does not need.
      """)
  var confine = RunWatch().confine

  @Flag(help: "Print the result as JSON; the guest's output goes to standard error.")
  var json = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      Save the machine to a file and end the run: when the guest sets mark N (mark=N), after N exits \
      (exit=N), or when the signal comes (SIGUSR1).
      """, valueName: "trigger file"))
  var snapshotOn: [String] = []

  @Flag(help: "With --snapshot-on: go on after it; mark and signal save again each time.")
  var keepRunning = false

  func watch() throws(Failure) -> RunWatch {
    RunWatch(
      timeout: timeout, wantsStatistics: stats, traceFile: trace, wantsJSON: json,
      checkpoint: try checkpoint(), explainsTSC: explainTSC, confine: confine)
  }

  private func checkpoint() throws(Failure) -> CheckpointPlan? {
    guard !snapshotOn.isEmpty else {
      guard !keepRunning else { throw Failure(.usage, "--keep-running: only with --snapshot-on") }
      return nil
    }
    guard snapshotOn.count == 2 else {
      throw Failure(.usage, "--snapshot-on takes a trigger and a file: mark=N, exit=N or SIGUSR1")
    }
    guard let trigger = CheckpointPlan.Trigger(snapshotOn[0]) else {
      throw Failure(.usage, "--snapshot-on \(snapshotOn[0]): mark=N, exit=N (from 1) or SIGUSR1")
    }
    return CheckpointPlan(trigger, file: snapshotOn[1], keepsRunning: keepRunning)
  }
}

extension CheckpointPlan.Trigger {
  fileprivate init?(_ text: String) {
    let words = text.split(separator: "=", omittingEmptySubsequences: false)
    switch (words[0], words.count) {
    case ("SIGUSR1", 1): self = .signal
    case ("mark", 2):
      guard let mark = UInt32(words[1]) else { return nil }
      self = .mark(mark)
    case ("exit", 2):
      guard let count = UInt64(words[1]), count > 0 else { return nil }
      self = .exit(count)
    default: return nil
    }
  }
}
