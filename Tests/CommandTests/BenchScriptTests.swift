import Glibc
import TestSupport
import Testing

/// What `scripts/bench` says before it measures anything.
@Suite("scripts/bench")
struct BenchScriptTests {
  private static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/") + "/scripts"
  }()

  @Test(
    "a measure that is none is refused, wherever --only names it",
    arguments: [
      "--only nosuch", "--only start --only nosuch", "--only nosuch --only start", "--only",
      "--only ''", "--only lib", "--only ../lib", "--only 'start qemu'", "--only '*'",
    ])
  func unknown(options: String) {
    let result = shell("'\(Self.folder)/bench' \(options)")
    #expect(result.status == 2 && result.output.isEmpty, "\(result)")
    #expect(result.errors.hasPrefix("bench: no measure is called '"), "\(result)")
  }

  @Test("the help lists each measure that has a file")
  func help() {
    let help = shell("'\(Self.folder)/bench' --help")
    let files = shell("cd '\(Self.folder)/bench.d' && ls */*.bash").output.split(separator: "\n")
    #expect(help.status == 0 && files.count > 20, "\(help.errors)")
    for file in files {
      let name = file.split(separator: "/")[1].dropLast(5)
      #expect(help.output.contains("\n  \(name): "), "\(file)")
    }
  }
}
