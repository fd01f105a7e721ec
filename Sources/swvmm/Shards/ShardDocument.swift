import Exploration
import JSON
import Measurement

/// What a command prints of a share of its work: the result, and what tells whether shares fit together.
struct ShardDocument {
  /// Where it was read.
  let file: String
  let shard: Shard
  /// The program's version.
  let program: JSONValue
  /// The command line's words, without `--shard`.
  let command: JSONValue
  let fellShort: Bool
  /// Whether a signal ended it.
  let isPartial: Bool
  let result: JSONNode
  /// What kind of document the result is.
  let schema: String

  private static let option = "--shard"

  /// The document of a share that this process did.
  static func value(
    of result: JSONValue, _ shard: Shard, fellShort: Bool, isPartial: Bool
  ) -> JSONValue {
    let words = words(of: CommandLine.arguments.dropFirst())
    return documentValue(
      .shard,
      [
        .init("shard", .string("\(shard)")), .init("command", .array(words.map { .string($0) })),
        .init("fellShort", .bool(fellShort)), .init("partial", .bool(isPartial)),
        .init("result", result),
      ])
  }

  /// A command line without the option that differs from share to share.
  private static func words(of line: some Sequence<String>) -> [String] {
    var words: [String] = []
    var isValue = false
    for word in line {
      defer { isValue = word == option }
      if !isValue, word != option, !word.hasPrefix(option + "=") { words.append(word) }
    }
    return words
  }

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - node: The document.
  ///   - file: Where it was read.
  /// - Throws: ``JSONError`` with the place of what is missing or malformed.
  init(_ node: JSONNode, file: String) throws(JSONError) {
    guard node["schema"]?.value != .string(MeasurementResult.schema) else {
      throw node.error(
        "this is a whole measurement, not a share; `swvmm measure merge` adds measurements up")
    }
    guard node["schema"]?.value == .string(DocumentKind.shard.schema),
      node["version"]?.value == JSONValue(DocumentKind.shard.version)
    else { throw node.error("this is not what a command printed with --shard and --json") }
    self.file = file
    let text = try node.member("shard")
    guard let shard = Shard(try text.string()) else { throw text.error("I/N, I from 1 to N") }
    self.shard = shard
    program = try node.member("program").value
    command = try node.member("command").value
    fellShort = try node.member("fellShort").flag()
    isPartial = try node.member("partial").flag()
    result = try node.member("result")
    schema = try result.member("schema").string()
  }

  /// Puts the shares of one command in their order.
  ///
  /// - Parameter documents: At least one.
  /// - Returns: All of them, by their shares' numbers.
  /// - Throws: ``Failure`` that names what is missing, there twice, or of another command or version.
  static func whole(_ documents: [ShardDocument]) throws(Failure) -> [ShardDocument] {
    let first = documents[0]
    var found: [Int: ShardDocument] = [:]
    for document in documents {
      func differs(_ what: String) -> Failure {
        Failure(.badImage, "\(document.file): not of the same \(what) as \(first.file)")
      }
      guard document.program == first.program else { throw differs("version of this program") }
      guard document.command == first.command, document.schema == first.schema else {
        throw differs("command line")
      }
      guard document.shard.count == first.shard.count else { throw differs("number of shares") }
      if let other = found.updateValue(document, forKey: document.shard.index) {
        throw Failure(
          .badImage, "\(document.file): share \(document.shard) is in \(other.file), too")
      }
    }
    let missing = (0..<first.shard.count).lazy.filter { found[$0] == nil }
    guard found.count == first.shard.count else {
      let some = missing.prefix(10).map { "\($0 + 1)" }.joined(separator: ", ")
      let count = first.shard.count - found.count
      let rest = count > 10 ? ", ..." : ""
      throw Failure(
        .badImage, "\(count) of \(first.shard.count) shares missing: \(some)\(rest)")
    }
    return documents.sorted { $0.shard.index < $1.shard.index }
  }
}
