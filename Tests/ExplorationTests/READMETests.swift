import Exploration
import LinuxHost
import Testing

@Suite("README")
struct READMETests {
  private func text(_ path: String) throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let bytes = try HostFile.contents(of: "/\(root)/\(path)", limit: 1 << 20)
    return String(decoding: try #require(bytes), as: UTF8.self)
  }

  @Test("The custom timer of README is what is compiled here, in under 40 lines")
  func example() throws {
    let example = try text("Tests/ExplorationTests/READMEExample.swift")
    #expect(try text("README.md").contains("```swift\n\(example)```\n"))
    #expect(example.split(separator: "\n", omittingEmptySubsequences: false).count < 40)
  }

  @Test("It prints what the README says")
  func output() throws {
    let output = try searchCountdown()
    #expect(output.contains("broken: lost-interrupt"))
    let indented = output.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.isEmpty ? "" : "    \(line)"
    }
    #expect(try text("README.md").contains(indented.joined(separator: "\n")))
  }
}
