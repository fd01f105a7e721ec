import ArgumentParser
import Experiments
import JSON
import LinuxHost
import TerminalText
import VMM

/// How a run is watched, whatever it runs: what ends it, what is recorded, when it is saved.
struct RunWatch {
  var timeout = TimeSpan.seconds(60)
  /// The host's time for a run in virtual time; nil: ``MachineConfiguration``'s.
  var hostTimeout: TimeSpan?
  var wantsStatistics = false
  /// Whether the statistics are explained.
  var wantsLegend = false
  var trace: OutputFile?
  var traceFormat = RunTrace.Format.text
  var wantsJSON = false
  var checkpoint: CheckpointPlan?
  var explainsTSC = false
  /// Whether a terminal gets each of the guest's bytes as it is.
  var isRaw = false
  var confine = Confine.on
  /// How a debugger gets to look at the run, if one does.
  var debugger: DebuggerPlan?
  /// nil: the image's own symbols, if it has any.
  var symbols: SymbolFile?

  /// Sets up a machine accordingly.
  func apply(to configuration: inout MachineConfiguration) {
    configuration.timeoutNanoseconds = timeout.nanoseconds
    configuration.endsProgram = true
    configuration.virtualRunLimit = hostTimeout?.nanoseconds
    if wantsJSON { _ = Provenance.current }
    if wantsStatistics || wantsJSON { configuration.recording.insert(.statistics) }
    if trace != nil { configuration.recording.insert(.trace) }
    let console = wantsJSON ? StandardStream.error : .output
    configuration.console = console
    configuration.protectsTerminal = !isRaw && console.isTerminal
    configuration.checkpoint = checkpoint
    configuration.explainsTSC = explainsTSC
    configuration.confinement =
      confine == .on ? Confinement(opensFiles: trace != nil || checkpoint != nil) : nil
    if let debugger {
      configuration.debugger = debugger
      configuration.confinement?.debugs = true
      // What `monitor exits` shows.
      configuration.recording.formUnion([.statistics, .latest])
    }
  }

  /// Reports, and ends with the run's status.
  ///
  /// A reader that does not read may hold this up until the run's time is over, or a signal comes, and a
  /// second more.
  ///
  /// - Parameters:
  ///   - result: What the run left.
  ///   - image: The guest's image, for its symbols; nil where there is none.
  ///   - hasAdapter: Whether devices of the machine were an adapter's.
  ///   - traceComments: Lines for the head of the trace.
  /// - Throws: The status, or what cannot be written.
  func finish(
    _ result: RunResult, image: BootImage? = nil, hasAdapter: Bool, traceComments: String = ""
  ) throws {
    let report = RunReport(result, symbols ?? image.map { SymbolFile($0) }, hasAdapter: hasAdapter)
    let isSignalled = if case .signalled = result.outcome { true } else { false }
    // A result that cannot be delivered is not a success.
    ProcessSignals.endIfBlocked(
      from: isSignalled ? 0 : result.hostDeadline,
      status: report.status == 0 ? ExitStatus.system.rawValue : report.status)
    let runTrace = RunTrace(result: result, comments: traceComments)
    let traced = Result {
      guard let trace else { return }
      try exiting { try trace.write([UInt8](runTrace.document(traceFormat).utf8)) }
    }
    beginLine(after: result, report)
    if wantsJSON { try publish(jsonDocument(.run, report.json)) }
    if wantsStatistics && !wantsJSON {
      try? StandardStream.error.write(
        report.statisticsTable + (wantsLegend ? "\n" + Legend.statistics : ""))
    }
    if let account = result.tsc, !wantsJSON { try? StandardStream.error.write(account.text) }
    if let note = report.note { complain(note) }
    if let message = report.message { complain(message) }
    if let text = report.postMortemText, !wantsJSON {
      try? StandardStream.error.write(text.visibleLines)
    }
    if let checkpoint, result.checkpoints == 0, result.failedCheckpoints == 0,
      !result.outcome.isFailure
    {
      complain(
        "no checkpoint was written to \(checkpoint.file): the run ended before its trigger")
    }
    do { try traced.get() } catch let failure as Failure where failure.message == report.message {
      // The trace and the guest's output go to one stream, whose failure has been said.
      throw ExitCode(failure.status.rawValue)
    }
    if let trace, let loss = runTrace.loss { complain("\(trace.path): \(loss)") }
    if report.status != 0 { throw ExitCode(report.status) }
  }

  /// Where messages and the guest's output are on one terminal: has the first message begin a line.
  private func beginLine(after result: RunResult, _ report: RunReport) {
    let console = wantsJSON ? StandardStream.error : .output
    guard result.isMidLine, console.isTerminal, StandardStream.error.isTerminal,
      wantsStatistics || result.tsc != nil || report.note != nil || report.message != nil
    else { return }
    try? StandardStream.error.write("\n")
  }
}

/// What `--confine` takes.
enum Confine: String, CaseIterable, ExpressibleByArgument {
  case on, off
}

/// The options of ``RunWatch``.
struct WatchOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      End the run after this time of its clock; a number alone is of seconds. At the host's time, time in \
      which the process is stopped (Ctrl-Z) counts; a run whose limit passes meanwhile ends when it continues. \
      (default: \(RunWatch().timeout))
      """, valueName: "time"), transform: TimeSpan.timeout)
  var timeout = RunWatch().timeout

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      With --clock virtual: end the run after this time of the host's, whatever its own clock shows; by \
      default 60s, or --timeout with --gdb.
      """, valueName: "time"), transform: TimeSpan.timeout)
  var hostTimeout: TimeSpan?

  @Flag(help: "Print counts and durations of exits by reason and place, on standard error.")
  var stats = false

  @OptionGroup var legend: Legend

  @Option(
    help: """
      Write the latest 65536 exits and marks of each vCPU to this file, and the latest 65536 events of each of \
      its timers: armed for, expired, late by, line up and down.
      """, completion: .file())
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "text, or perfetto: JSON for ui.perfetto.dev. (default: text)", valueName: "format"))
  var traceFormat: RunTrace.Format?

  @Flag(
    help: """
      Explain each TSC write, including the guest's, and what KVM did with it, on standard error.
      """)
  var explainTSC = false

  @Flag(
    help: """
      Pass the guest's control characters to a terminal; by default a terminal shows them as ^[ and the \
      like. A pipe or a file gets every byte.
      """)
  var raw = false

  @Option(
    help: """
      on, or off: once the guest is set up, drop the system calls that running it does not need.
      """)
  var confine = RunWatch().confine

  @Option(
    help: """
      An ELF file whose symbols name the addresses of a guest that fell, instead of the image's own.
      """, completion: .file())
  var symbols: String?

  @OptionGroup var result: ResultFormat

  @Option(
    help: ArgumentHelp(
      """
      Wait for a debugger before the first instruction, at a port of 127.0.0.1 (tcp:PORT; 0 takes any) or \
      a socket's path (unix:PATH). With --clock virtual it can go back. The time limit holds.
      """, valueName: "address"), transform: LocalAddress.parse)
  var gdb: LocalAddress?

  @Option(
    name: [.customLong("checkpoint-on"), .customLong("snapshot-on")],
    help: ArgumentHelp(
      """
      Save the machine to --checkpoint's file and end the run: when the guest sets mark N (mark=N), after N exits \
      (exit=N), or when the signal arrives (SIGUSR1). --snapshot-on is the old name; the file may also follow the \
      trigger.
      """, valueName: "trigger"))
  var checkpointOn: [String] = []

  @Option(help: "The file that --checkpoint-on writes.", completion: .file())
  var checkpoint: String?

  @Flag(
    help: """
      With --checkpoint-on: continue the run after the checkpoint; mark and signal save again each time, \
      at most once in 0.1 s (an earlier mark is ignored, an earlier signal waits). Each checkpoint is confirmed \
      on standard error. One that cannot be written is reported and does not end the run; the guest's 0 then \
      becomes 71.
      """)
  var keepRunning = false

  /// The outputs are opened here: a run whose results have no place does not begin.
  ///
  /// - Parameter inputs: Files that the run reads.
  /// - Returns: What the options ask for.
  /// - Throws: ``Failure`` for an output that cannot be opened, or would destroy another file of the run.
  func watch(reading inputs: [String]) throws -> RunWatch {
    try refuse("only with --trace", ("--trace-format", traceFormat != nil), if: trace == nil)
    try refuse(
      "explains the table of --stats, which is not printed", ("--legend", legend.legend),
      if: !stats || result.isJSON)
    return RunWatch(
      timeout: timeout, hostTimeout: hostTimeout, wantsStatistics: stats,
      wantsLegend: legend.legend,
      trace: try trace.map {
        try OutputFile(
          opening: $0, for: "--trace", besides: inputs + [checkpoint].compactMap { $0 })
      },
      traceFormat: traceFormat ?? .text, wantsJSON: result.isJSON,
      checkpoint: try checkpointPlan(), explainsTSC: explainTSC, isRaw: raw, confine: confine,
      debugger: gdb.map(DebuggerPlan.init(at:)),
      symbols: try symbols.map(Self.symbolFile))
  }

  private static func symbolFile(_ path: String) throws(Failure) -> SymbolFile {
    do { return SymbolFile(reading: try RegularFile(reading: path)) } catch {
      throw Failure(reading: error)
    }
  }

  private func checkpointPlan() throws -> CheckpointPlan? {
    guard let word = checkpointOn.first else {
      guard checkpoint == nil else {
        throw Failure(.usage, "--checkpoint: when? --checkpoint-on mark=N, exit=N or SIGUSR1")
      }
      guard !keepRunning else { throw Failure(.usage, "--keep-running: only with --checkpoint-on") }
      return nil
    }
    guard checkpointOn.count == 1 else {
      throw Failure(.usage, "--checkpoint-on: one trigger alone; \(checkpointOn[1]) is another")
    }
    guard let trigger = CheckpointPlan.Trigger(word) else {
      throw Failure(.usage, "--checkpoint-on \(word): mark=N, exit=N (from 1) or SIGUSR1")
    }
    guard let checkpoint else {
      throw Failure(.usage, "--checkpoint-on \(word): into which file? --checkpoint FILE")
    }
    guard checkpoint != "-" else {
      throw Failure(.usage, "--checkpoint: a checkpoint is replaced at once, so it needs a file")
    }
    try exiting { try ReplacementFile.requireRoom(for: checkpoint) }
    return CheckpointPlan(
      trigger, file: checkpoint, keepsRunning: keepRunning, author: Version.line)
  }

  /// A command line in which the file of a checkpoint has its own option.
  ///
  /// *Why:* it used to be a second value, `--checkpoint-on TRIGGER FILE`, and an option of two values takes whatever
  /// follows for its own: the image, too.
  static func parting(_ words: [String]) -> [String] {
    guard ["run", "restore"].contains(words.first) else { return words }
    let end = words.firstIndex(of: "--") ?? words.endIndex
    func isOption(_ word: String, _ name: String) -> Bool {
      word == name || word.hasPrefix(name + "=")
    }
    guard !words[..<end].contains(where: { isOption($0, "--checkpoint") }),
      let option = words[..<end].firstIndex(where: {
        isOption($0, "--checkpoint-on") || isOption($0, "--snapshot-on")
      })
    else { return words }
    let file = option + (words[option].hasSuffix("-on") ? 2 : 1)
    guard file < end, words[file] == "-" || !words[file].hasPrefix("-") else { return words }
    var words = words
    words.insert("--checkpoint", at: file)
    return words
  }
}

extension LocalAddress {
  /// `tcp:PORT` or `unix:PATH`.
  static func parse(_ text: String) throws -> Self {
    let words = text.split(separator: ":", maxSplits: 1)
    switch words.first {
    case "tcp" where words.count == 2:
      if let port = UInt16(words[1]) { return .port(port) }
    case "unix" where words.count == 2: return .path(String(words[1]))
    default: break
    }
    throw ValidationError("tcp:PORT, with a port from 0 to 65535, or unix:PATH")
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
