import ArgumentParser
import Experiments
import KVM
import LinuxHost
import VMM

extension Torture {
  /// `swvmm torture replay STRING`.
  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "replay",
      abstract: "Make one cut, several times, and say what came of it.",
      discussion: """
        A cut is \(CutMistake.form).

        Exit status: 0 if all went well, 1 if not, 64 if STRING is not a cut, 65 if its boundary is not reached.
        """)

    @Argument(help: "A cut as `swvmm torture` prints it.")
    var string: String

    @OptionGroup var options: GuestOptions

    @Option(help: "How often, 1 to 1000.")
    var times = 10

    @Flag(help: "Print what was seen of the first run that shows something.")
    var events = false

    @Option(help: "Write the cut as a C program.", completion: .file(extensions: ["c"]))
    var reproducer: String?

    @OptionGroup var progress: ProgressOptions

    func validate() throws {
      guard (1...1000).contains(times) else { throw ValidationError("--times: 1 to 1000") }
      guard let found = try? TortureCase(string) else { return }
      try refuse(
        "\(found.subject.rawValue) is carried by a checkpoint alone",
        ("--via", ![nil, .checkpoint].contains(options.wantedVia)), if: found.subject.isOwn)
      try refuse(
        "a checkpoint is restored in a separate process", ("--events", events),
        ("--reproducer", reproducer != nil), if: found.subject.isOwn || options.via == .checkpoint)
      try refuse(
        "a program shows KVM's own faults: --via bare, and no plant",
        ("--reproducer", reproducer != nil), if: found.cut.plant != nil || options.via == .recipe)
    }

    func run() throws {
      let found = try namedCut(string)
      let system = try exiting { try KVMSystem() }
      KickSignal.install()
      let image = try options.image()
      let reproducer = try reproducer.map {
        try TortureFile.reproducer(
          $0, of: image, besides: [options.guest].compactMap { $0 })
      }
      try publish("\(found.subject.rawValue): \(found.cut.words())\n")
      let status = progress.line()
      defer { status.clear() }
      let seen = try exiting(on: options.guest ?? "") {
        try verdicts(found, image, system, status)
      }
      status.clear()
      var counts: [TortureVerdict: Int] = [:]
      for verdict in seen.joined() { counts[verdict, default: 0] += 1 }
      guard !seen.isEmpty else {
        throw Failure(.badImage, "the boundary is not reached, or the deadline is not there")
      }
      if counts.isEmpty {
        try publish("nothing in \(seen.count) of \(seen.count)\n")
        if reproducer != nil { Torture.complainOfNothing() }
        return
      }
      let sorted = counts.sorted { $0.key < $1.key }
      for (verdict, count) in sorted {
        try publish("\(verdict.rawValue) in \(count) of \(seen.count)\n")
      }
      if let reproducer, let verdict = sorted.max(by: { $0.value < $1.value })?.key {
        let image = try image ?? Torture.image(of: "conserve")
        try TortureFile.write(found, verdict, image, to: reproducer)
      }
      throw ExitCode(ExitStatus.shortfall.rawValue)
    }

    private func verdicts(
      _ found: TortureCase, _ image: BootImage?, _ system: borrowing KVMSystem,
      _ status: StatusLine
    ) throws -> [Set<TortureVerdict>] {
      guard options.via != .checkpoint, !found.subject.isOwn else {
        var search = CheckpointTorture(found.subject, image)
        search.restoring = TortureProcess.restore
        return try (0..<times).flatMap { number in
          show(number, on: status)
          return try search.verdicts(at: found.cut.boundary, on: system)
        }
      }
      return try HostThread.whilePreferred { try judge(found, image, system, status) }
    }

    private func show(_ number: Int, on status: StatusLine) {
      status.show("\(number + 1) of \(times): \(string)")
    }

    private func judge(
      _ found: TortureCase, _ image: BootImage?, _ system: borrowing KVMSystem,
      _ status: StatusLine
    ) throws -> [Set<TortureVerdict>] {
      let image = try image ?? Torture.image(of: "conserve")
      let timing = try TortureTiming(measuring: found.subject, image, on: system)
      let bench = try TortureBench(found.subject, image, timing, via: options.via, on: system)
      var verdicts: [Set<TortureVerdict>] = []
      for number in 0..<times {
        show(number, on: status)
        guard let seen = try bench.judge(found.cut, on: system) else { continue }
        if events && (times == 1 || !seen.verdicts.isEmpty && verdicts.allSatisfy(\.isEmpty)) {
          status.clear()
          try publish(seen.observation.lines.map { $0 + "\n" }.joined())
        }
        verdicts.append(seen.verdicts)
      }
      return verdicts
    }
  }
}
