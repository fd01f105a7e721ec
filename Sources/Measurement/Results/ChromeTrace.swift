public import JSON

/// A trace in the JSON format of Chrome and Perfetto: one process a vCPU, one track a stage.
///
/// *Guarantee:* no process's or thread's id is 0, which Perfetto takes for the kernel's idle threads, and
/// no two ids of any process or thread are the same: a thread whose id is a process's is its main one.
///
/// Times are microseconds after the origin, with the nanoseconds as fractions. A stage is a complete
/// event from the end of the stage before it; deadlines, and runs that answer none, are instant
/// events.
///
/// *Guarantee:* no two events of a track overlap, as viewers demand. Where interrupts were queued, and
/// one was still in a stage when the next one entered it, the next one's event begins later; its
/// arguments have the stage's whole duration.
public struct ChromeTrace: Sendable {
  private let origin: UInt64
  private let about: [JSONValue.Member]
  private var processes = 0
  private var events: [String] = []
  /// Where the latest event of each of the process's tracks ends, in nanoseconds after the origin.
  private var ends: [Stage: Int64] = [:]

  /// An empty trace.
  ///
  /// - Parameters:
  ///   - origin: The campaign's start, in nanoseconds.
  ///   - about: Where it comes from, for people; viewers show it as the trace's metadata.
  public init(origin: UInt64, about: [JSONValue.Member] = []) {
    self.origin = origin
    self.about = about
  }

  /// Adds the interrupts of one vCPU.
  ///
  /// - Parameters:
  ///   - interrupts: What was judged.
  ///   - causes: The cause of each that was late, in the same order; empty where nothing was looked at.
  ///   - name: What the vCPU is called.
  public mutating func add(
    _ interrupts: JudgedInterrupts, causes: [Cause?] = [], name: String
  ) {
    processes += 1
    ends = [:]
    append(["name": "process_name", "ph": "M", "pid": pid, "args": ["name": .string(name)]])
    append(nil, name: "deadlines")
    for stage in Stage.allCases { append(stage, name: stage.title) }
    for (number, outcome) in interrupts.outcomes.enumerated() {
      append(
        interrupts.records[number], number: number, outcome,
        cause: causes.isEmpty ? nil : causes[number])
    }
    for (run, verdict) in zip(interrupts.runs, interrupts.runVerdicts) {
      switch verdict {
      case .answers: break
      case .duplicated: append(instant: run.instant, .handler, "duplicated", [])
      case .spurious: append(instant: run.instant, .handler, "spurious", [])
      }
    }
  }

  private var pid: JSONValue { JSONValue(10 * processes) }

  /// The id of a stage's track, or of the deadlines': from the process's + 1 to + 8.
  private func tid(_ stage: Stage?) -> JSONValue {
    JSONValue(10 * processes + 1 + Int(stage?.rawValue ?? 0))
  }

  private mutating func append(_ event: JSONValue) { events.append(event.text()) }

  private mutating func append(_ stage: Stage?, name: String) {
    let thread = tid(stage)
    append([
      "name": "thread_name", "ph": "M", "pid": pid, "tid": thread, "args": ["name": .string(name)],
    ])
    append([
      "name": "thread_sort_index", "ph": "M", "pid": pid, "tid": thread,
      "args": ["sort_index": thread],
    ])
  }

  private mutating func append(
    _ record: InterruptRecord, number: Int, _ outcome: Classifier.Outcome, cause: Cause?
  ) {
    let arguments: [JSONValue.Member] =
      [
        .init("deadline", JSONValue(number)), .init("verdict", .string(outcome.verdict.rawValue)),
        .init("latencyNanoseconds", outcome.latency.map { JSONValue($0) } ?? .null),
      ] + (cause.map { [.init("cause", .string($0.rawValue))] } ?? [])
    append(instant: record.planned, nil, outcome.verdict.rawValue, arguments)
    guard outcome.hasOwnRun && outcome.verdict != .early else { return }
    let planned = signedDifference(record.planned, origin)
    for piece in record.pieces {
      let start = max(planned + piece.start, ends[piece.stage] ?? .min)
      let end = max(planned + piece.start + piece.duration, start)
      ends[piece.stage] = end
      append([
        "name": .string(piece.stage.title), "cat": "stage", "ph": "X", "pid": pid,
        "tid": tid(piece.stage), "ts": Self.microseconds(start),
        "dur": Self.microseconds(end - start),
        "args": .object(arguments + [.init("nanoseconds", JSONValue(piece.duration))]),
      ])
    }
  }

  private mutating func append(
    instant: UInt64, _ stage: Stage?, _ name: String, _ arguments: [JSONValue.Member]
  ) {
    append([
      "name": .string(name), "cat": "verdict", "ph": "i", "s": "t", "pid": pid, "tid": tid(stage),
      "ts": Self.microseconds(signedDifference(instant, origin)), "args": .object(arguments),
    ])
  }

  /// Exact up to 2^53 nanoseconds, 104 days: the fewest digits that give this `Double` again are then
  /// the nanosecond's.
  private static func microseconds(_ nanoseconds: Int64) -> JSONValue {
    .number(Double(nanoseconds) / 1000)
  }

  /// The whole document.
  public var text: String {
    "{\"displayTimeUnit\":\"ns\",\"otherData\":\(JSONValue.object(about).text()),\"traceEvents\":[\n"
      + events.joined(separator: ",\n") + "\n]}\n"
  }
}
