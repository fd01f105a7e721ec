internal import JSON

/// A trace in the JSON format of Chrome and Perfetto: one process a vCPU, one track a stage.
///
/// Times are microseconds after the origin, with the nanoseconds as fractions. A stage is a complete
/// event from the end of the stage before it; deadlines without a run of their own, and runs that
/// answer none, are instant events.
public struct ChromeTrace: Sendable {
  private let origin: UInt64
  private var processes = 0
  private var events: [String] = []

  /// An empty trace.
  ///
  /// - Parameter origin: The campaign's start, in nanoseconds.
  public init(origin: UInt64) {
    self.origin = origin
  }

  /// Adds the interrupts of one vCPU.
  public mutating func add(_ interrupts: JudgedInterrupts, name: String) {
    processes += 1
    append(["name": "process_name", "ph": "M", "pid": pid, "args": ["name": .string(name)]])
    append(thread: 0, name: "deadlines")
    for stage in Stage.allCases { append(thread: Int(stage.rawValue), name: stage.title) }
    for (number, outcome) in interrupts.outcomes.enumerated() {
      append(interrupts.records[number], number: number, outcome)
    }
    for (run, verdict) in zip(interrupts.runs, interrupts.runVerdicts) {
      switch verdict {
      case .answers: break
      case .duplicated: append(instant: run.instant, .handler, "duplicated", [:])
      case .spurious: append(instant: run.instant, .handler, "spurious", [:])
      }
    }
  }

  private var pid: JSONValue { JSONValue(processes) }

  private mutating func append(_ event: JSONValue) { events.append(event.text()) }

  private mutating func append(thread: Int, name: String) {
    let thread = JSONValue(thread)
    append([
      "name": "thread_name", "ph": "M", "pid": pid, "tid": thread, "args": ["name": .string(name)],
    ])
    append([
      "name": "thread_sort_index", "ph": "M", "pid": pid, "tid": thread,
      "args": ["sort_index": thread],
    ])
  }

  private mutating func append(
    _ record: InterruptRecord, number: Int, _ outcome: Classifier.Outcome
  ) {
    let arguments: JSONValue = [
      "deadline": JSONValue(number), "verdict": .string(outcome.verdict.rawValue),
      "latency": outcome.latency.map { Self.microseconds($0) } ?? .null,
    ]
    append(instant: record.planned, nil, outcome.verdict.rawValue, arguments)
    guard outcome.hasOwnRun && outcome.verdict != .early else { return }
    for piece in record.pieces {
      append([
        "name": .string(piece.stage.title), "ph": "X", "pid": pid,
        "tid": JSONValue(piece.stage.rawValue),
        "ts": Self.microseconds(signedDifference(record.planned, origin) + piece.start),
        "dur": Self.microseconds(piece.duration), "args": arguments,
      ])
    }
  }

  private mutating func append(
    instant: UInt64, _ stage: Stage?, _ name: String, _ arguments: JSONValue
  ) {
    append([
      "name": .string(name), "ph": "i", "s": "t", "pid": pid,
      "tid": JSONValue(stage?.rawValue ?? 0),
      "ts": Self.microseconds(signedDifference(instant, origin)), "args": arguments,
    ])
  }

  /// Exact up to 2^53 nanoseconds, 104 days: the fewest digits that give this `Double` again are then
  /// the nanosecond's.
  private static func microseconds(_ nanoseconds: Int64) -> JSONValue {
    .number(Double(nanoseconds) / 1000)
  }

  /// The whole document.
  public var text: String {
    "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + events.joined(separator: ",\n") + "\n]}\n"
  }
}
