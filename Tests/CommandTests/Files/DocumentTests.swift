import Foundation
import JSON
import TestSupport
import Testing

@testable import Measurement
@testable import swvmm

/// Every JSON document says what it is, and is what its schema says.
@Suite("documents", .timeLimit(.minutes(5)))
struct DocumentTests {
  @Test("are what their schemas say", arguments: JSONCommands.anywhere.map(\.script))
  func documents(script: String) throws {
    let result = shell(script)
    let problems = try JSONSchema.problems(in: result.output)
    #expect(problems.isEmpty, "\(problems.prefix(5)) \(result.errors)")
  }

  /// A command as the argument parser describes it.
  private func commands(in node: JSONNode, _ path: [String] = []) throws -> [(String, JSONNode)] {
    let name = try node.member("commandName").string()
    let path = path + [name]
    let below = try node["subcommands"]?.elements().flatMap { try commands(in: $0, path) } ?? []
    return [(path.dropFirst().joined(separator: " "), node)] + below
  }

  @Test("each command that prints one is tried")
  func all() throws {
    let dump = try JSONNode(
      parsing: Array(shell("$SWVMM --experimental-dump-help").output.utf8), maximumCount: 1 << 22)
    let known = Set((JSONCommands.anywhere + JSONCommands.onKVM).map(\.command))
    var count = 0
    for (name, command) in try commands(in: dump.member("command")) {
      let hasJSON = try command["arguments"]?.elements().contains { argument in
        try argument["names"]?.elements().contains { $0["name"]?.value == "json" } ?? false
      }
      // What has subcommands has a default one, whose options these are.
      guard hasJSON == true, command["subcommands"] == nil else { continue }
      count += 1
      #expect(known.contains(name), "nothing tries the document of \(name)")
    }
    #expect(count >= 17, "\(count) commands have --json")
  }

  @Test("a kind of document has one version: in the program, in its schema, and on the page")
  func versions() throws {
    let page = try String(
      contentsOfFile: JSONSchema.folder + "/../Documents.md", encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `swvmm-") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    var versions = Dictionary(
      uniqueKeysWithValues: DocumentKind.allCases.map { ($0.schema, $0.version) })
    versions[MeasurementResult.schema] = MeasurementResult.schemaVersion
    for (kind, version) in versions {
      let schema = try #require(try JSONSchema(of: kind))
      #expect(schema.version == version, "\(kind)")
      let row = rows.first { $0[0].contains("`\(kind)`") }
      #expect(row?[2] == "\(version)", "\(kind)")
    }
  }

  @Test("a schema is refused what is not in it, and says where")
  func validator() throws {
    let good = shell("$SWVMM explore --json").output
    #expect(try JSONSchema.problems(in: good) == [])
    let cases = [
      ("\"version\": 1", "\"version\": 9", ".version: 9 is not 1"),
      ("\"models\": [", "\"modles\": [", ".modles: not in the schema"),
      ("\"build\": \"debug\"", "\"build\": 5", ".program.build: 5 is none of the words"),
      ("swvmm-models", "swvmm-none", "no schema of swvmm-none"),
      ("\"title\": \"", "\"titel\": \"", "title is missing"),
    ]
    for (from, to, problem) in cases {
      let bad = good.replacing(from, with: to)
      let problems = try JSONSchema.problems(in: bad)
      #expect(problems.contains { $0.hasSuffix(problem) }, "\(problems.prefix(3))")
    }
  }
}
