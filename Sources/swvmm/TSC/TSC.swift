import ArgumentParser
import BugMuseum
import Exploration
import JSON
import LinuxHost
import TSCReplay
import TimerModels

/// `swvmm tsc`: explains what KVM does with TSC writes, from a sequence or from a kernel's trace.
struct TSC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tsc",
    abstract: "Explain what KVM does with TSC writes, and whether kvmclock can be stable.",
    discussion: """
      FILE is the text of a trace in the format of perf script, trace-cmd report or ftrace's trace file, \
      also with raw fields:

        perf record -a -e kvm:kvm_write_tsc_offset,kvm:kvm_track_tsc,\\
        kvm:kvm_update_master_clock
        perf script -F +pid | swvmm tsc -

      Where the layout has process ids, each process counts as one VM; otherwise all events belong to \
      one VM. A trace that reports lost events, or contradicts itself, gets no verdict.

      Or FILE is a sequence of operations in JSON, whose decisions are predicted: an object with \
      "kilohertz", "kernel" (3.16, 3.19, 4.12, 6.7 or repaired), "stable", "clocksource", \
      "scaling" (svm or vmx), "uptime" (ns), and "operations": a list of objects with "op" \
      (create, write, offset, adjust, guest-write, guest-adjust, frequency, enter or exit), "vcpu", \
      "value", and "after" (ns). --example qemu-2.0 --show prints one, --example qemu-2.0-trace \
      --show a trace.

      Exit status: 0 if kvmclock can be stable at the end, in every VM; 1 if not, or without a verdict; \
      65 if the file is neither, or has no TSC event.
      """)

  @OptionGroup var result: ResultFormat
  private var json: Bool { result.isJSON }

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Give up on a pipe that sends nothing for this time; a number alone is of seconds. By default 60s, and for \
      standard input no limit.
      """,
      valueName: "time"),
    transform: TimeSpan.timeout)
  var timeout: TimeSpan?

  @Flag(help: "Print only the verdict.")
  var verdict = false

  @Option(
    help: "Use only events of this process or thread; may be repeated, or a list with commas.")
  var pid: [ValueList<Int>] = []

  @Option(
    help: "Show the decisions of this historic bug beside the right ones.",
    completion: .list(Self.exhibits.map(\.id)))
  var bug: String?

  @Option(
    help: "Use a built-in file: qemu-2.0 or qemu-2.0-trace.",
    completion: .list(TSCExample.allCases.map(\.rawValue)))
  var example: String?

  @Flag(help: "Print the built-in file itself.")
  var show = false

  @Argument(help: "A trace or a sequence; - is standard input.", completion: .file())
  var file: String?

  func validate() throws {
    try refuse(
      "--show only prints", ("--json", json), ("--verdict", verdict), ("--pid", !pid.isEmpty),
      ("--bug", bug != nil), ("--timeout", timeout != nil), if: show)
    try refuse("nothing is waited for", ("--timeout", timeout != nil), if: example != nil)
    try refuse("it prints no decisions, the bug's either", ("--verdict", verdict), if: bug != nil)
  }

  func run() throws {
    guard (file == nil) != (example == nil) else {
      throw Failure(.usage, "tsc needs a FILE or an --example, and not both (swvmm help tsc)")
    }
    let exhibit = try exhibit()
    if let name = example {
      guard let example = TSCExample(rawValue: name) else {
        let names = TSCExample.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure(.usage, "--example \(name): unknown; one of \(names)")
      }
      if show { return try publish(example.text) }
      try replay(name, text: Array(example.text.utf8), beside: exhibit)
    } else if let file {
      guard !show else { throw Failure(.usage, "--show needs an --example") }
      try replay(file, beside: exhibit)
    }
  }

  /// The bugs of TSC matching.
  private static var exhibits: [TSCExhibit] {
    Museum.exhibits.compactMap { exhibit in
      exhibit.fault?.tracker.map { (exhibit.id, $0) }
    }
  }

  /// The exhibit to compare with; QEMU's sequence is there for one.
  private func exhibit() throws -> TSCExhibit? {
    guard let id = bug ?? (example == TSCExample.sequence.rawValue ? "tsc-matched-overcount" : nil)
    else { return nil }
    guard let exhibit = Self.exhibits.first(where: { $0.id == id }) else {
      let ids = Self.exhibits.map(\.id).joined(separator: ", ")
      throw Failure(.usage, "--bug \(id): unknown; one of \(ids)")
    }
    return exhibit
  }

  private func replay(_ name: String, beside exhibit: TSCExhibit?) throws {
    do {
      let reader = try FileReader(path: name, patience: timeout?.nanoseconds)
      let first = try reader.next()
      if let remedy = TraceScanner.remedy(for: first) {
        throw Failure(.badImage, "\(name): \(remedy)")
      }
      if TSCSequence.startsSequence(first) {
        try replay(name, sequence: try rest(of: reader, after: first, name), beside: exhibit)
      } else {
        try refuseExhibit(exhibit, for: name)
        try replayTrace(name, from: first) { try reader.next() }
      }
    } catch let error as SystemError {
      throw Failure(reading: error)
    }
  }

  private func replay(_ name: String, text: [UInt8], beside exhibit: TSCExhibit?) throws {
    guard !TSCSequence.startsSequence(text) else {
      return try replay(name, sequence: text, beside: exhibit)
    }
    try refuseExhibit(exhibit, for: name)
    try replayTrace(name, from: text) { [] }
  }

  /// Scans a trace piece by piece; an empty one ends it.
  private func replayTrace(
    _ name: String, from first: [UInt8], next: () throws -> [UInt8]
  ) throws {
    var scanner = TraceScanner()
    var report = TraceReport(isJSON: json, isBrief: verdict)
    var passed = 0
    var piece = first
    while !piece.isEmpty {
      try rejecting(name) { () throws(TraceError) in
        try scanner.scan(piece.span) { (record) throws(TraceError) in
          try take(record, &report, &passed)
        }
      }
      try report.publish(at: 1 << 16)
      piece = try next()
    }
    try rejecting(name) { () throws(TraceError) in
      try scanner.finish { (record) throws(TraceError) in try take(record, &report, &passed) }
    }
    let verdict = report.verdict(of: scanner)
    guard verdict.events > 0 else {
      throw Failure(
        .badImage,
        passed > 0
          ? "\(name): none of its \(passed) TSC events is of a process or thread of --pid"
          : "\(name): no kvm_write_tsc_offset or kvm_track_tsc in \(counted(scanner.lineCount, "line")), by "
            + "name, as perf script, trace-cmd report and ftrace's trace file print them")
    }
    try report.finish(verdict)
    if !verdict.isStable { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  /// Adds an event to the report, or counts it where --pid excludes it.
  private func take(
    _ record: TraceRecord, _ report: inout TraceReport, _ passed: inout Int
  ) throws(TraceError) {
    guard
      pid.isEmpty
        || record.task.map({ isWanted($0.thread) || isWanted($0.process ?? -1) }) == true
    else {
      passed += 1
      return
    }
    try report.add(record)
  }

  private func isWanted(_ process: Int) -> Bool { pid.contains { $0.values.contains(process) } }

  private func rejecting(_ name: String, _ body: () throws(TraceError) -> Void) throws {
    do { try body() } catch { throw Failure(.badImage, "\(name): \(error)") }
  }

  private func refuseExhibit(_ exhibit: TSCExhibit?, for name: String) throws {
    guard exhibit == nil else {
      throw Failure(.usage, "\(name) is a trace: --bug needs a sequence")
    }
  }

  /// A sequence is read whole; 16 MiB are more than a hundred thousand operations.
  private func rest(
    of reader: borrowing FileReader, after first: [UInt8], _ name: String
  ) throws -> [UInt8] {
    var bytes = first
    while case let piece = try reader.next(), !piece.isEmpty {
      guard bytes.count + piece.count <= JSONNode.sizeMax else {
        throw Failure(.badImage, "\(name): more than \(JSONNode.sizeMax >> 20) MiB")
      }
      bytes += piece
    }
    return bytes
  }

  private func replay(_ name: String, sequence bytes: [UInt8], beside exhibit: TSCExhibit?) throws {
    guard pid.isEmpty else {
      throw Failure(.usage, "\(name) is a sequence: --pid picks events of a trace")
    }
    let sequence: TSCSequence
    do { sequence = try TSCSequence(parsing: bytes) } catch {
      throw Failure(.badImage, "\(name): \(error)")
    }
    let report = SequenceReport(sequence, beside: exhibit)
    try publish(
      json
        ? jsonDocument(.tsc, verdict ? report.verdictAlone : report.json)
        : (verdict ? "" : report.table) + report.verdict.text)
    if !report.verdict.isStable { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }
}

typealias TSCExhibit = (id: String, tracker: any TSCMatchingRules.Type)
