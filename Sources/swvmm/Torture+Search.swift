public import ArgumentParser
public import BugMuseum
import Experiments
import JSON
import KVM
import LinuxHost
import VMM

extension Torture {
  /// `swvmm torture [SUBJECT...]`.
  struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "search",
      abstract: "Search for cuts that a subject does not survive (the default of `swvmm torture`).",
      discussion: """
        A subject is a toy guest that uses one timer, line or clock of KVM's and counts. It is stopped at \
        every exit and after every instruction, its state is read and written part by part, in the same VM \
        and in a new one, with the deadline before, between and after the requests; then in other orders. \
        What was armed must be delivered once, in time, and the rest of the guest must be as without the cut.

        Prints a line a kind of fault with the shortest cut that shows it, which orders decide, and what helps. \
        A signal (Ctrl-C) ends it with the result so far. Exit status: 0 if nothing was found, 1 if something \
        was, 128 + n after signal n.
        """)

    @Argument(
      help:
        "Subjects: \(TortureSubject.allCases.map(\.rawValue).joined(separator: ", ")); all by default."
    )
    var subjects: [TortureSubject] = []

    @OptionGroup var options: GuestOptions

    @Option(help: "Damage the state on the way, and report what that does.")
    var plant: TorturePlant?

    @Option(help: "text, junit, tap or json.")
    var format = RegressionFormat.text

    @Flag(help: "The same as --format json.")
    var json = false

    func validate() throws {
      guard plant == nil || options.via != .checkpoint else {
        throw ValidationError("--plant: not with --via checkpoint, whose state is in a file")
      }
    }

    func run() throws {
      let system = try exiting { try KVMSystem() }
      let image = try options.image()
      ProcessSignals.answerEndings()
      KickSignal.install()
      HostThread.preferCurrent()
      let format = json ? RegressionFormat.json : format
      var reports: [SubjectReport] = []
      for subject in chosen where ProcessSignals.ending == nil {
        let progress = TortureProgress(subject, number: reports.count + 1, of: chosen.count)
        var report = try exiting { try search(subject, image, progress, on: system) }
        report.isPartial = ProcessSignals.ending != nil
        progress.end()
        reports.append(report)
        if format == .text { try publish(report.text) }
      }
      try publish(closing(reports, format))
      try endIfInterrupted()
      if reports.contains(where: { !$0.findings.isEmpty }) {
        throw ExitCode(ExitStatus.shortfall.rawValue)
      }
    }

    /// Those that were asked for, each once; of all, those that a plant touches.
    private var chosen: [TortureSubject] {
      let subjects = TortureSubject.allCases.filter {
        self.subjects.isEmpty || self.subjects.contains($0)
      }
      guard let plant else { return subjects }
      return subjects.filter { plant.touches($0) || self.subjects.contains($0) }
    }

    private func search(
      _ subject: TortureSubject, _ image: BootImage?, _ progress: TortureProgress,
      on system: borrowing KVMSystem
    ) throws -> SubjectReport {
      if options.via == .checkpoint || subject.isOwn {
        var search = CheckpointTorture(subject, image)
        search.isInterrupted = { ProcessSignals.ending != nil }
        search.progress = { progress.show($0) }
        return try search.run(on: system)
      }
      var search = TortureSearch(
        subject, try image ?? Torture.image(of: "conserve"), via: options.via, plant: plant)
      search.isInterrupted = { ProcessSignals.ending != nil }
      search.progress = { progress.show($0) }
      return try search.run(on: system)
    }

    private func closing(_ reports: [SubjectReport], _ format: RegressionFormat) -> String {
      switch format {
      case .text: TortureText.closing(reports, isRecipeWanted: options.via == .bare && plant == nil)
      case .json: TortureText.json(reports).text(.pretty) + "\n"
      case .junit, .tap: format.text(reports.map(\.result))
      }
    }
  }
}

extension RegressionFormat: ExpressibleByArgument {}

/// How far a search is, on a terminal that is standard error.
struct TortureProgress: Sendable {
  private let title: String
  private let isShown = StandardStream.error.isTerminal

  init(_ subject: TortureSubject, number: Int, of count: Int) {
    title = "\(number)/\(count) \(subject.rawValue)"
  }

  /// Says how many cuts were made, now and then.
  func show(_ cuts: Int) {
    guard isShown, cuts % 16 == 1 else { return }
    write("\r\(title): \(cuts) cuts\u{1b}[K")
  }

  /// Clears the line.
  func end() { if isShown { write("\r\u{1b}[K") } }

  private func write(_ text: String) { try? StandardStream.error.write(text) }
}
