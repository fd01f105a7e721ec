import ArgumentParser
import Experiments
import Exploration
import JSON
import Measurement

/// `swvmm merge`: the result of a command whose work was shared out.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Add up what one command printed for the shares of its work (--shard).",
    discussion: """
      The files are what `regress`, `explore --walk`, `torture` or `measure` printed with --shard I/N and \
      --json: all N shares, each once, of the same command line and the same version of this program. Prints \
      the document that the command prints without --shard. Exit status: 0, or 1 if a share fell short or \
      was interrupted; 65 if a file is not a share, or if shares are missing or do not fit together.
      """)

  @OptionGroup var pipes: PipeLimit

  @Argument(help: "The documents of all shares, in any order.", completion: .file())
  var files: [String]

  func run() throws {
    guard !files.isEmpty else { throw Failure(.usage, "merge: name files") }
    let documents = try files.map { file in
      let bytes = try pipes.contents(of: file)
      return try Self.reading(file) { () throws(JSONError) in
        try ShardDocument(JSONNode(parsing: bytes), file: file)
      }
    }
    let shares = try ShardDocument.whole(documents)
    try publish(jsonText(Self.document(of: shares)))
    for share in shares where share.isPartial { complain("\(share.file): it was interrupted") }
    if shares.contains(where: { $0.fellShort || $0.isPartial }) {
      throw ExitCode(ExitStatus.shortfall.rawValue)
    }
  }
}

extension Merge {
  /// What the command prints that did all of the work.
  private static func document(of shares: [ShardDocument]) throws -> JSONValue {
    switch shares[0].schema {
    case DocumentKind.regress.schema: try regression(shares)
    case DocumentKind.walk.schema: try walk(shares)
    case DocumentKind.torture.schema: try torture(shares)
    case MeasurementResult.schema: try measurement(shares)
    default:
      throw Failure(.badImage, "\(shares[0].file): '\(shares[0].schema)' is never shared out")
    }
  }

  /// Names the file in what reading its document throws.
  private static func reading<Result>(
    _ file: String, _ body: () throws(JSONError) -> Result
  ) throws(Failure) -> Result {
    do { return try body() } catch { throw Failure(.badImage, "\(file): \(error)") }
  }

  /// What is read of each share's result.
  private static func read<Result>(
    _ shares: [ShardDocument], _ body: (JSONNode) throws(JSONError) -> Result
  ) throws(Failure) -> [Result] {
    var results: [Result] = []
    for share in shares {
      results.append(
        try reading(share.file) { () throws(JSONError) in try body(share.result) })
    }
    return results
  }

  /// All tests, in the order in which one process runs them.
  private static func regression(_ shares: [ShardDocument]) throws -> JSONValue {
    let tests = try read(shares) { result throws(JSONError) in
      try result.elements("results").map { test throws(JSONError) in
        (isPassed: try test.member("passed").flag(), value: test.value)
      }
    }
    let all = Shard.joined(tests)
    return documentValue(
      .regress,
      [
        .init("tests", JSONValue(all.count)), .init("passed", JSONValue(all.count { $0.isPassed })),
        .init("results", .array(all.map(\.value))),
      ])
  }

  /// All walks; of schedules that break a property the shortest, of the first share that has one.
  private static func walk(_ shares: [ShardDocument]) throws -> JSONValue {
    let walks = try read(shares) { result throws(JSONError) in
      (
        walks: try result.member("walks").count(below: Self.countLimit),
        actions: try result.member("actions").count(below: Self.countLimit),
        model: try result.member("model").value, seed: try result.member("seed").value,
        property: try result.member("property").value,
        length: result["replay"] == nil ? nil : try result.elements("schedule").count,
        schedule: try result.member("schedule").value, replay: result["replay"]?.value
      )
    }
    let shortest =
      walks.filter { $0.length != nil }.min { ($0.length ?? 0) < ($1.length ?? 0) } ?? walks[0]
    var members: [JSONValue.Member] = [
      .init("model", walks[0].model), .init("seed", walks[0].seed),
      .init("shard", .string("\(Shard.whole)")),
      .init("walks", JSONValue(walks.reduce(0) { $0 + $1.walks })),
      .init("actions", JSONValue(walks.reduce(0) { $0 + $1.actions })),
      .init("property", shortest.property), .init("schedule", shortest.schedule),
    ]
    if let replay = shortest.replay { members.append(.init("replay", replay)) }
    return documentValue(.walk, members)
  }

  /// Counts of a million shares add up in 63 bits.
  private static let countLimit = 1 << 40

  /// All cuts of each subject.
  private static func torture(_ shares: [ShardDocument]) throws -> JSONValue {
    let parts = try read(shares) { result throws(JSONError) in
      (
        kernel: try result.member("kernel").string(),
        reports: try result.elements("subjects").map { subject throws(JSONError) in
          try SubjectReport(subject)
        }
      )
    }
    var whole = parts[0].reports
    for (part, share) in zip(parts, shares).dropFirst() {
      guard part.kernel == parts[0].kernel else {
        throw Failure(
          .badImage, "\(share.file): cuts on \(part.kernel), others on \(parts[0].kernel)")
      }
      for report in part.reports {
        if let index = whole.firstIndex(where: { $0.subject == report.subject }) {
          whole[index].merge(report)
        } else {
          whole.append(report)
        }
      }
    }
    return documentValue(.torture, TortureText.json(whole, kernel: parts[0].kernel))
  }

  /// The series of all combinations.
  private static func measurement(_ shares: [ShardDocument]) throws -> JSONValue {
    let results = try zip(shares, read(shares, MeasurementResult.init)).map { share, result in
      var result = result
      result.nameSources(share.file)
      return result
    }
    do { return try MeasurementResult(joining: results, inOrder: Shard.joined).json } catch {
      throw Failure(.badImage, "the shares do not fit together: \(error)")
    }
  }
}
