import Experiments
import JSON
import TSCReplay
import TimerModels

/// A trace's explanations, published as they come.
struct TraceReport {
  let isJSON: Bool
  let isBrief: Bool
  private var accounts = TraceAccounts()
  private var text = ""
  private var isFirst = true

  init(isJSON: Bool, isBrief: Bool) {
    self.isJSON = isJSON
    self.isBrief = isBrief
  }

  /// What a document begins with, up to where its own members follow.
  private static let head = JSONValue.object(DocumentKind.tsc.head).text().dropLast() + ","

  mutating func add(_ record: TraceRecord) throws(TraceError) {
    guard !isBrief else { return try accounts.note(record) }
    let meaning = try accounts.explain(record)
    if isJSON {
      let event: JSONValue = [
        "line": JSONValue(record.line), "seconds": record.time.map { .string("\($0)") } ?? .null,
        "process": record.task?.process.map { JSONValue($0) } ?? .null,
        "thread": (record.task?.thread).map { JSONValue($0) } ?? .null,
        "meaning": .string(meaning),
      ]
      text += (isFirst ? "\(Self.head)\"events\":[\n" : ",\n") + event.text()
      isFirst = false
    } else {
      text += "\(record.line)  \(record.time.map { "\($0)  " } ?? "")\(meaning)\n"
    }
  }

  func verdict(of scanner: TraceScanner) -> TSCVerdict {
    accounts.verdict(lines: scanner.lineCount, loss: scanner.loss)
  }

  /// Ends the report with the verdict.
  mutating func finish(_ verdict: TSCVerdict) throws {
    if isJSON {
      text += isFirst ? Self.head : "\n],"
      text += "\"verdict\":" + verdict.json.text() + "}\n"
    } else {
      text += verdict.text
    }
    try publish(at: 0)
  }

  /// Publishes what has gathered, once it is `limit` bytes.
  ///
  /// What is published cannot be taken back: a bad line further down leaves half a JSON document,
  /// and the status says so.
  mutating func publish(at limit: Int) throws {
    guard text.utf8.count >= limit else { return }
    try swvmm.publish(text)
    text.removeAll(keepingCapacity: true)
  }
}

/// A sequence's decisions, and beside them an exhibit's.
struct SequenceReport {
  private let sequence: TSCSequence
  private let right: SequenceReplay<TSCMatchingTracker>
  private let wrong: (id: String, results: [SequenceResult], verdict: TSCVerdict)?

  init(_ sequence: TSCSequence, beside exhibit: TSCExhibit?) {
    func results(
      _ tracker: (some TSCMatchingRules).Type
    ) -> ([SequenceResult], TSCVerdict) {
      let replay = SequenceReplay(sequence, on: tracker)
      return (replay.results, replay.verdict)
    }
    self.sequence = sequence
    right = SequenceReplay(sequence, on: TSCMatchingTracker.self)
    wrong = exhibit.map {
      let (results, verdict) = results($0.tracker)
      return ($0.id, results, verdict)
    }
  }

  var verdict: TSCVerdict { right.verdict }

  /// A few lines a step: what happened, the decision, and the exhibit's where that differs.
  var table: String {
    var text = ""
    var time = sequence.start.instant
    for (index, step) in sequence.steps.enumerated() {
      time = time.adding(nanoseconds: step.after)
      text += "\(index + 1)  \(Self.seconds(time))  \(Self.name(of: step.operation))\n"
      text += "   \(right.results[index])\n"
      guard let wrong else { continue }
      let isSame = wrong.results[index] == right.results[index]
      text += "   \(wrong.id): \(isSame ? "the same" : "\(wrong.results[index])")\n"
    }
    if let wrong {
      text +=
        "\(wrong.id): kvmclock \(wrong.verdict.isStable ? "can be stable" : "is unstable"): "
        + "\(wrong.verdict.cause)\n"
    }
    return text
  }

  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("decisions", .array(right.results.map(\.json))), .init("verdict", right.verdict.json),
    ]
    if let wrong {
      members.append(
        .init(
          "bug",
          [
            "id": .string(wrong.id), "decisions": .array(wrong.results.map(\.json)),
            "verdict": wrong.verdict.json,
          ]))
    }
    return .object(members)
  }

  /// What `--verdict` leaves of ``json``.
  var verdictAlone: JSONValue { ["verdict": right.verdict.json] }

  private static func seconds(_ instant: Instant) -> String {
    let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let digits = String(rest / 1000)
    return "\(seconds).\(String(repeating: "0", count: 6 - digits.count))\(digits)"
  }

  private static func name(of operation: TSCOperation) -> String {
    switch operation {
    case .createVCPU: "a vCPU is created"
    case .hostWriteTSC(let vcpu, let value): "IA32_TSC of vCPU \(vcpu) := \(value)"
    case .hostWriteOffset(let vcpu, let offset):
      "offset of vCPU \(vcpu) := \(Int64(bitPattern: offset))"
    case .hostWriteAdjust(let vcpu, let value): "IA32_TSC_ADJUST of vCPU \(vcpu) := \(value)"
    case .guestWriteTSC(let vcpu, let value): "vCPU \(vcpu) writes IA32_TSC := \(value)"
    case .guestWriteAdjust(let vcpu, let value): "vCPU \(vcpu) writes IA32_TSC_ADJUST := \(value)"
    case .setFrequency(let vcpu, let kilohertz): "frequency of vCPU \(vcpu) := \(kilohertz) kHz"
    case .enterGuest(let vcpu): "vCPU \(vcpu) is entered"
    case .exitGuest(let vcpu): "vCPU \(vcpu) exits"
    }
  }
}
