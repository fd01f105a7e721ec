import ArgumentParser
import Exploration
import ForeignDevice
import JSON
import LinuxHost

/// `swvmm device`: tools for a timer of the user's own.
struct Device: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Put a timer or an interrupt controller of your own in the place of ours.",
    discussion: """
      An adapter is a program that swvmm starts and asks to carry out operations on your device. In C it is \
      one struct and a main of one line: `swvmm device header` prints the header, and its comments are the \
      protocol.

      swvmm device header >swvmm_device.h && cc -o timer timer.c, then `swvmm device check ./timer` and \
      `swvmm device duel ./timer`. With --device ./timer the device takes the place of ours in conform, \
      explore, replay, regress, run and restore. Alarms that come late or never are judged by explore alone.
      """,
    subcommands: [Header.self, Check.self, DuelCommand.self, Serve.self])

  struct Header: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "header", abstract: "Print the C header for adapters; it may be copied freely.")

    func run() throws { try publish(ForeignDeviceHeader.text) }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Say what an adapter offers, and whether it keeps the contract.",
      discussion: """
        Whether the device is right is not looked at; alarms that come late or never are judged by \
        `swvmm explore MODEL --device` alone. Exit status: 0 if it does, 1 if it does not, 65 if it ends, is silent, or breaks the protocol.
        """)

    @Argument(help: "The command line that starts the adapter.", completion: .file())
    var adapter: String

    @OptionGroup var result: ResultFormat
    private var json: Bool { result.isJSON }

    func run() throws {
      let adapter = try startAdapter(adapter)
      ProcessSignals.answerEndings()
      var isKept = true
      var documents: [JSONValue] = []
      if !json { try publish(describe(adapter.identity)) }
      for kind in DeviceKinds.single where adapter.identity.kinds.contains(kind) {
        let findings = try asking { try DeviceCheck(adapter, as: kind).run() }
        isKept = isKept && findings.allSatisfy { $0.violation == nil }
        documents.append([
          "kind": .string("\(kind)"), "rules": .array(findings.map(Self.document)),
        ])
        if !json { try publish(findings.map { Self.line($0, kind) }.joined()) }
      }
      if json { try publish(jsonDocument(.deviceCheck, ["devices": .array(documents)])) }
      try endIfInterrupted()
      if !isKept { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }

    private func describe(_ identity: AdapterIdentity) -> String {
      let state =
        identity.stateSize == 0
        ? "cannot be saved" : "\(counted(identity.stateSize, "byte")) of state"
      let shift = identity.canShift ? ", can be shifted" : ""
      return
        "\(identity.name): \(identity.kinds), \(counted(identity.cpus, "CPU")), "
        + "\(identity.frequency) Hz, "
        + "\(state)\(shift)\n"
    }

    private static func line(_ finding: DeviceCheck.Finding, _ kind: DeviceKinds) -> String {
      let outcome =
        finding.violation.map { "broken: \($0)" } ?? finding.omission.map { "not tried: \($0)" }
        ?? "held"
      return "\(kind): \(finding.rule): \(outcome)\n"
    }

    private static func document(_ finding: DeviceCheck.Finding) -> JSONValue {
      [
        "rule": .string(finding.rule),
        "outcome": .string(
          finding.violation != nil ? "broken" : finding.omission != nil ? "not tried" : "held"),
        "violation": finding.violation.map { .string($0) } ?? nil,
      ]
    }
  }

  struct DuelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "duel",
      abstract: "Run random operations on an adapter's device and on our model, side by side.",
      discussion: """
        Prints the shortest sequence found that makes a difference. What the architecture leaves open is \
        none; --open lists it. Of a device that does not answer the same twice it prints that. Alarms that come \
        late or never are judged by `swvmm explore MODEL --device` alone. A signal (Ctrl-C) ends it with the \
        result so far. Exit status: 0 without a difference, 1 with one, 65 if the adapter ends, is \
        silent, or breaks the protocol, 128 + n after signal n.
        """)

    @Argument(help: "The command line that starts the adapter.", completion: .file())
    var adapter: String?

    @Option(help: "The seed of the random operations. (default: 1)")
    var seed: UInt64?

    @Option(help: "How many operations, per kind of device. (default: 100000)")
    var operations: Int?

    @Option(
      help: """
        The most operations of a request to the adapter, 1 to \(Adapter.operationsMax), which is the default.
        """)
    var batch: Int?

    @Flag(help: "List what the architectures leave open, and run nothing.")
    var open = false

    @OptionGroup var progress: ProgressOptions

    func validate() throws {
      guard operations ?? 1 >= 1 else { throw ValidationError("--operations: at least 1") }
      guard (1...Adapter.operationsMax).contains(batch ?? 1) else {
        throw ValidationError("--batch: 1 to \(Adapter.operationsMax)")
      }
      try refuse(
        "--open runs nothing", ("ADAPTER", adapter != nil), ("--seed", seed != nil),
        ("--operations", operations != nil), ("--batch", batch != nil), if: open)
      guard open || adapter != nil else {
        throw ValidationError("an adapter's command line is missing")
      }
    }

    func run() throws {
      guard !open, let command = adapter else {
        return try publish(OpenChoice.all.map { "\($0.kind): \($0.text)\n" }.joined())
      }
      let (seed, operations) = (seed ?? 1, operations ?? 100_000)
      let batch = batch ?? Adapter.operationsMax
      let adapter = try startAdapter(command)
      ProcessSignals.answerEndings()
      let status = progress.line()
      defer { status.clear() }
      var isEqual = true
      for kind in DeviceKinds.single where adapter.identity.kinds.contains(kind) {
        let start = MonotonicClock.now()
        let (performed, difference) = try asking {
          try Duel(adapter, as: kind, seed: seed, batch: batch).run(
            operations: operations, unless: { ProcessSignals.ending != nil },
            progress: { status.show("\(kind): \($0) of \(operations) operations") })
        }
        status.clear()
        isEqual = isEqual && difference == nil
        let rate = Double(performed) / (Double(max(1, MonotonicClock.now() - start)) / 1e9)
        complain("\(kind): \(Int(rate)) operations/s, at most \(batch) per request")
        let isInterrupted = ProcessSignals.ending != nil
        let result =
          difference.map { "\($0.summary)\n\n\($0.text)" }
          ?? "no difference\(isInterrupted ? " (interrupted)" : "")"
        try publish("\(kind): \(counted(performed, "operation")), seed \(seed): \(result)\n")
        if isInterrupted { break }
      }
      try endIfInterrupted()
      if !isEqual { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }
  }

  struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve",
      abstract: "Serve one of our models as an adapter does, on standard input and output.",
      discussion: """
        For tests of the protocol, and as a yardstick: `swvmm device check "swvmm device serve gic"`. Exit \
        status: 0 at the end of input, 65 after a request that is none.
        """)

    @Argument(
      help: "count-compare, generic-timer or gic, or several joined by +.",
      completion: .list(DeviceKinds.single.map { "\($0)" }), transform: kinds(named:)
    )
    var kinds: DeviceKinds

    func run() throws {
      var server = ModelServer(kinds)
      while let header = try receive(ModelServer.headerSize) {
        guard let size = ModelServer.bodySize(of: header), let body = try receive(size),
          let answer = server.answer(to: header, body)
        else { throw Failure(.badImage, "standard input: not a request to an adapter") }
        try exiting { try StandardStream.output.write(answer.span) }
      }
    }

    /// So many bytes of standard input; nil at its end.
    private func receive(_ count: Int) throws -> [UInt8]? {
      var bytes: [UInt8] = []
      while bytes.count < count {
        let part = try exiting { try StandardStream.input.read(upTo: count - bytes.count) }
        if part.isEmpty { return nil }
        bytes += part
      }
      return bytes
    }
  }
}

private func kinds(named names: String) throws -> DeviceKinds {
  try names.split(separator: "+", omittingEmptySubsequences: false).reduce(into: []) {
    kinds, name in
    guard let kind = DeviceKinds.single.first(where: { "\($0)" == name }) else {
      throw ValidationError("count-compare, generic-timer or gic, or several joined by +")
    }
    kinds.insert(kind)
  }
}

/// Refuses a command line without words, which a shell carries out in silence.
func requireAdapter(_ command: String?) throws(Failure) {
  if let command, command.allSatisfy(\.isWhitespace) {
    throw Failure(.usage, "the adapter's command line is empty")
  }
}

/// Starts an adapter, or ends the command with what is wrong with it.
func startAdapter(_ command: String) throws -> Adapter {
  try requireAdapter(command)
  return try asking { try Adapter(running: command) }
}

/// Does what asks an adapter, and gives its failure the status that the command ends with.
func asking<Value>(_ body: () throws -> Value) throws -> Value {
  do { return try body() } catch let error as AdapterError {
    try endIfInterrupted()
    throw Failure(error)
  }
}
