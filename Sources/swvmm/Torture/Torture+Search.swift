import ArgumentParser
import BugMuseum
import Experiments
import Exploration
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

        Prints a line per kind of fault, with the shortest cut that shows it, which orders decide, and what helps. \
        A signal (Ctrl-C) ends it with the result so far. Exit status: 0 if nothing was found, 1 if something \
        was, 128 + n after signal n. With --known it is 0 if what was found is what is known: 1 for a new fault, \
        and for a known one that is gone.

        --inject raises an interrupt at every instruction of one guest, each time from the same state, and \
        draws where it is taken beside the guest's instructions; 1 if a boundary is unlike those around it.
        """)

    @Argument(
      help:
        "Subjects: \(TortureSubject.allCases.map(\.rawValue).joined(separator: ", ")); all by default. With --inject a guest, with --side-by-side files.",
      completion: .list(TortureSubject.allCases.map(\.rawValue) + BuiltInGuest.all.map(\.name))
    )
    var names: [String] = []

    @OptionGroup var options: GuestOptions

    @Option(help: "Damage the state on the way, and report what that does.")
    var plant: TorturePlant?

    @OptionGroup var output: TestFormatOptions

    @Option(
      help: "Compare with the faults that are known, in a file or `builtin`.", completion: .file())
    var known: String?

    @Option(
      help: "Write the shortest cut that was found as a C program.",
      completion: .file(extensions: ["c"]))
    var reproducer: String?

    @Option(
      help: ArgumentHelp(
        "Raise a line, 0 to 23, or `nmi` at every instruction of the guest that is named.",
        valueName: "line"),
      transform: InjectedInterrupt.parse)
    var inject: InjectedInterrupt?

    @OptionGroup var share: ShardOption

    @OptionGroup var progress: ProgressOptions

    @OptionGroup var legend: Legend

    @Flag(help: "Show what --inject --json wrote on several hosts side by side.")
    var sideBySide = false

    /// Those that are named, once ``validate()`` has looked at them.
    private var subjects: [TortureSubject] { names.compactMap(TortureSubject.init(rawValue:)) }

    func validate() throws {
      try refuse(
        "a share of the cuts is not all that is found", ("--known", known != nil),
        ("--reproducer", reproducer != nil), if: share.shard != nil)
      for option in ofSearch {
        try refuse("--inject has no cuts", option, if: inject != nil)
        try refuse("--side-by-side only prints", option, if: sideBySide)
      }
      try refuse(
        "--inject is text or json", ("--format", [.junit, .tap].contains(output.chosen)),
        if: inject != nil)
      try refuse("--side-by-side is text", ("--format", output.chosen != .text), if: sideBySide)
      try legend.refuseWithoutTable(output.chosen != .text)
      if sideBySide || inject != nil {
        guard sideBySide ? inject == nil && !names.isEmpty : names.count == 1 else {
          throw ValidationError(
            "--inject takes one guest; --side-by-side takes files and no --inject")
        }
        return
      }
      if let name = names.first(where: { TortureSubject(rawValue: $0) == nil }) {
        let guess = guess(at: name, among: TortureSubject.allCases.map(\.rawValue))
        throw ValidationError("\(shown(name)): no such subject\(guess)")
      }
      guard plant == nil && options.via == .bare || known == nil && reproducer == nil else {
        throw ValidationError(
          "--known and --reproducer are for KVM's own faults: --via bare, no --plant")
      }
      guard plant == nil || options.via != .checkpoint else {
        throw ValidationError("--plant: not with --via checkpoint, whose state is in a file")
      }
      try refuse(
        "these subjects are carried by a checkpoint alone", ("--plant", plant != nil),
        ("--via", ![nil, .checkpoint].contains(options.wantedVia)),
        if: !subjects.isEmpty && subjects.allSatisfy(\.isOwn))
    }

    /// What only a search of cuts obeys.
    private var ofSearch: [(name: String, isGiven: Bool)] {
      [
        ("--guest", options.guest != nil), ("--via", options.wantedVia != nil),
        ("--plant", plant != nil), ("--known", known != nil), ("--reproducer", reproducer != nil),
        ("--shard", share.shard != nil),
      ]
    }

    func run() throws {
      if sideBySide {
        return try end(
          TortureInjection.compare(names, legend: explaining(Legend.injectionSideBySide)))
      }
      if let inject {
        return try end(
          TortureInjection.inject(
            inject, names[0], isJSON: output.chosen == .json, legend: explaining(Legend.injection),
            progress.line()))
      }
      let inputs = [self.known, options.guest].compactMap { $0 }
      let image = try options.image()
      let reproducer = try reproducer.map {
        try TortureFile.reproducer($0, of: image, besides: inputs)
      }
      let host = KernelUnderTest.current
      let known = try known.map { try TortureFile.knownFaults($0, of: host) }
      let system = try exiting { try KVMSystem() }
      ProcessSignals.answerEndings()
      KickSignal.install()
      let status = progress.line()
      var writer = TestWriter<Regression.Result>(output.chosen)
      try publish(writer.head)
      var reports: [SubjectReport] = []
      for subject in chosen where ProcessSignals.ending == nil {
        let start = MonotonicClock.now()
        let title = "\(reports.count + 1) of \(chosen.count): \(subject.rawValue)"
        var report = try exiting(on: options.guest ?? "") {
          try search(subject, image, { status.show("\(title), \($0) cuts") }, on: system)
        }
        report.isPartial = ProcessSignals.ending != nil
        status.clear()
        reports.append(report)
        var result = report.result
        result.duration = MonotonicClock.now() - start
        let lines = writer.add(result)
        try publish(writer.format == .text ? report.text(replayedWith: options.words) : lines)
      }
      let comparison = known.map { FaultComparison(reports, with: $0) }
      try publish(closing(reports, comparison, writer))
      if let reproducer { try reproduce(reports, image, in: reproducer) }
      try endIfInterrupted()
      try end(comparison?.isAsKnown ?? reports.allSatisfy(\.findings.isEmpty))
    }

    /// What is printed below a result that it explains, if it is asked for.
    private func explaining(_ text: String) -> String { legend.legend ? "\n" + text : "" }

    private func end(_ isRight: Bool) throws {
      if !isRight { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }

    /// Writes the shortest of all cuts that were found.
    private func reproduce(
      _ reports: [SubjectReport], _ image: BootImage?, in file: OutputFile
    ) throws {
      let findings = reports.filter { !$0.subject.isOwn }.flatMap(\.findings)
      let shortest = findings.min { $0.shortest.cut.isShorter(than: $1.shortest.cut) }
      guard let shortest else { return Torture.complainOfNothing() }
      let image = try image ?? Torture.image(of: "conserve")
      try TortureFile.write(shortest.shortest, shortest.verdict, image, to: file)
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
      _ subject: TortureSubject, _ image: BootImage?, _ show: @escaping @Sendable (Int) -> Void,
      on system: borrowing KVMSystem
    ) throws -> SubjectReport {
      if options.via == .checkpoint || subject.isOwn {
        var search = CheckpointTorture(subject, image)
        search.isInterrupted = { ProcessSignals.ending != nil }
        search.progress = show
        search.shard = share.shard ?? .whole
        search.restoring = TortureProcess.restore
        return try search.run(on: system)
      }
      var search = TortureSearch(
        subject, try image ?? Torture.image(of: "conserve"), via: options.via, plant: plant)
      search.isInterrupted = { ProcessSignals.ending != nil }
      search.shard = share.shard ?? .whole
      search.progress = show
      return try HostThread.whilePreferred { () throws(TortureError) in
        try search.run(on: system)
      }
    }

    private func closing(
      _ reports: [SubjectReport], _ comparison: FaultComparison?,
      _ writer: TestWriter<Regression.Result>
    ) -> String {
      switch writer.format {
      case .text:
        TortureText.closing(reports, isRecipeWanted: options.via == .bare && plant == nil)
          + (comparison.map { "\n" + $0.text } ?? "") + explaining(Legend.torture)
      case .json:
        share.text(
          of: documentValue(.torture, TortureText.json(reports, comparison)),
          fellShort: !reports.allSatisfy(\.findings.isEmpty))
      case .junit, .tap: writer.closing(.current)
      }
    }
  }
}

extension InjectedInterrupt {
  /// Reads `nmi` or a line's number.
  static func parse(_ text: String) throws -> Self {
    guard let interrupt = Self(text) else { throw ValidationError("a line from 0 to 23, or nmi") }
    return interrupt
  }
}
